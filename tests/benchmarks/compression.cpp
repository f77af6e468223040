// SPDX-License-Identifier: Apache-2.0
// Compression of fields within a bound: bits a value against the entropy of the predictor's integers and against zfp, and speed of one core.
//   bench_compression --fields S,M,F --size 96 --bounds 1e-4,1e-6,1e-8 --repeats 9 --json out.json
//   bench_compression --fields [] --files plume_0001.h5 --bounds 1e-3,1e-4,1e-6
// Fields: S, M and F of tests/data/compression/fields.hpp with absolute bounds, and the float64 fields of result files with bounds relative to their
// range. A field is cut along z into chunks of at most 4 MiB, as result files cut it; zfp gets it whole, with the largest tolerance that keeps the
// bound. MB/s count the doubles, 8 bytes each; medians. `won`: fewer bits than zfp with its raised tolerance. The order of contestants changes with
// every repetition.
#include "../data/compression/fields.hpp"
#include "race.hpp"

#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/timing.hpp>
#include <ansatz/apps/common/zfp.hpp>
#include <ansatz/data/compression/chunk.hpp>
#include <ansatz/data/compression/interpolation.hpp>
#include <ansatz/data/compression/lorenzo.hpp>
#include <ansatz/data/compression/reference/prediction.hpp>
#include <ansatz/data/result_reader.hpp>
#include <ansatz/data/version.hpp>

#include <cstdio>
#include <functional>
#include <memory>

namespace {

using namespace ansatz;
using namespace ansatz::compression;
using apps::OptionKind;
using apps::Tree;
using benchmarks::seconds;

struct Sample {
  std::string name;
  Shape shape;
  std::vector<double> values;
  double scale; ///< of the bounds asked for
};

struct Contestant {
  std::string name;
  std::function<void()> encode;
  std::function<void(std::vector<double>&)> decode;
  std::function<std::size_t()> bytes;
  double entropy = 0; ///< 0: not known
  std::vector<double> encode_times{};
  std::vector<double> decode_times{};
  double error = 0;
};

/// Planes of a chunk of at most 4 MiB, by halving.
std::size_t chunk_planes(const Shape& n) {
  std::size_t planes = n[0];
  while (planes > 1 && planes * n[1] * n[2] * sizeof(double) > std::size_t{4} << 20) planes = (planes + 1) / 2;
  return planes;
}

struct Chunked {
  Chunked(const Sample& s, Coding c) : sample(s), coding(c), planes(chunk_planes(s.shape)) {}
  template <class Body>
  void each(const Body& body) const {
    const std::size_t plane = sample.shape[1] * sample.shape[2];
    for (std::size_t k = 0, i = 0; k < sample.shape[0]; k += planes, ++i) {
      const std::size_t count = std::min(planes, sample.shape[0] - k);
      body(i, k * plane, Shape{count, sample.shape[1], sample.shape[2]});
    }
  }
  void encode_all() {
    coded.clear();
    each([&](std::size_t, std::size_t first, const Shape& n) {
      coded.push_back(encode<double>(std::span(sample.values).subspan(first, volume(n)), n, coding));
    });
  }
  void decode_all(std::vector<double>& back) const {
    each([&](std::size_t i, std::size_t first, const Shape& n) { decode<double>(coded[i], n, std::span(back).subspan(first, volume(n))); });
  }
  [[nodiscard]] double entropy() const {
    std::vector<std::int64_t> all;
    each([&](std::size_t, std::size_t first, const Shape& n) {
      const auto values = std::span(sample.values).subspan(first, volume(n));
      Quantizer<double> quantizer(coding.eps);
      if (coding.method == Method::lorenzo) {
        const auto codes = lorenzo_codes(values, n, quantizer);
        all.insert(all.end(), codes.begin(), codes.end());
      } else {
        for (const auto& codes : interpolation_codes(values, n, quantizer).codes) all.insert(all.end(), codes.begin(), codes.end());
      }
    });
    return reference::entropy(std::move(all));
  }
  const Sample& sample;
  Coding coding;
  std::size_t planes;
  std::vector<std::vector<std::byte>> coded{};
};

Contestant ours(const std::string& name, const std::shared_ptr<Chunked>& c) {
  return {.name = name,
          .encode = [c] { c->encode_all(); },
          .decode = [c](std::vector<double>& back) { c->decode_all(back); },
          .bytes =
              [c] {
                std::size_t sum = 0;
                for (const auto& chunk : c->coded) sum += chunk.size();
                return sum;
              },
          .entropy = c->coding.method == Method::bfp ? 0 : c->entropy()};
}

/// The largest of eps, 2 eps, 4 eps, ... at which the measured error still is within eps: zfp's own error stays far below what it is asked for, and
/// it rounds tolerances down to powers of two. 0 if not even eps keeps the bound.
double zfp_raised_tolerance(const std::vector<double>& values, const Shape& shape, double eps) {
  std::vector<double> back(values.size());
  double best = 0;
  for (double tolerance = eps;; tolerance *= 2) {
    apps::zfp_decode<double>(apps::zfp_encode<double>(values, shape, tolerance), shape, tolerance, back);
    double error = 0;
    for (std::size_t p = 0; p < values.size(); ++p) error = std::max(error, std::fabs(values[p] - back[p]));
    if (!(error <= eps)) return best;
    best = tolerance;
  }
}

void add_zfp(std::vector<Contestant>& field, const Sample& s, double eps) {
  const auto coded = std::make_shared<std::vector<std::byte>>();
  const double raised = zfp_raised_tolerance(s.values, s.shape, eps);
  for (const auto& [name, tolerance] : {std::pair("zfp as asked", eps), std::pair("zfp raised", raised)})
    if (tolerance > 0)
      field.push_back({.name = name,
                       .encode = [&s, coded, t = tolerance] { *coded = apps::zfp_encode<double>(s.values, s.shape, t); },
                       .decode = [&s, coded, t = tolerance](std::vector<double>& back) { apps::zfp_decode<double>(*coded, s.shape, t, back); },
                       .bytes = [coded] { return coded->size(); }});
}

void race(std::vector<Contestant>& field, const Sample& s, std::int64_t repeats) {
  std::vector<double> back(s.values.size());
  for (std::int64_t r = -1; r < repeats; ++r)
    for (std::size_t i = 0; i < field.size(); ++i) {
      Contestant& c = field[(i + static_cast<std::size_t>(r + 1)) % field.size()];
      const double e = seconds(c.encode);
      const double d = seconds([&] { c.decode(back); });
      if (r < 0) {
        for (std::size_t p = 0; p < back.size(); ++p) c.error = std::max(c.error, std::fabs(back[p] - s.values[p]));
        continue;
      }
      c.encode_times.push_back(e);
      c.decode_times.push_back(d);
    }
}

void measure(apps::RunContext& run, const Sample& s, double bound) {
  const double eps = bound * s.scale;
  std::vector<Contestant> field{ours("interp", std::make_shared<Chunked>(s, Coding{Method::interp, eps})),
                                ours("lorenzo", std::make_shared<Chunked>(s, Coding{Method::lorenzo, eps})),
                                ours("bfp16", std::make_shared<Chunked>(s, Coding{Method::bfp, 0, 16}))};
  if (apps::has_zfp()) add_zfp(field, s, eps);
  race(field, s, run.config.get_int("repeats"));
  const auto n = static_cast<double>(s.values.size());
  const auto bits = [&](const Contestant& c) {
    c.encode();
    return 8.0 * static_cast<double>(c.bytes()) / n;
  };
  const auto peer = std::find_if(field.begin(), field.end(), [](const Contestant& c) { return c.name == "zfp raised"; });
  const double to_beat = peer == field.end() ? 0 : bits(*peer);
  for (const Contestant& c : field) {
    Tree entry = Tree::object();
    entry["name"] = Tree::of(c.name);
    entry["field"] = Tree::of(s.name);
    entry["values"] = Tree::of(static_cast<std::int64_t>(s.values.size()));
    entry["error_bound"] = Tree::of(eps);
    entry["error_max_measured"] = Tree::of(c.error);
    entry["bits"] = Tree::of(bits(c));
    entry["ratio"] = Tree::of(64 / bits(c));
    if (c.entropy > 0) entry["entropy"] = Tree::of(c.entropy);
    if (c.entropy > 0) entry["bits_to_entropy"] = Tree::of(bits(c) / c.entropy);
    if (c.entropy > 0 && to_beat > 0) entry["won"] = Tree::of(bits(c) < to_beat);
    entry["encode_MB_s"] = Tree::of(8e-6 * n / apps::quantile(c.encode_times, 0.5));
    entry["decode_MB_s"] = Tree::of(8e-6 * n / apps::quantile(c.decode_times, 0.5));
    entry["encode_seconds"] = apps::statistics(c.encode_times);
    entry["decode_seconds"] = apps::statistics(c.decode_times);
    run.summary.add_result(entry);
    char line[200];
    std::snprintf(line, sizeof line, "%-24s %8.1e  %-13s %7.3f %8.3f %6.3f %8.0f %8.0f  %.3f%s", s.name.c_str(), eps, c.name.c_str(), bits(c),
                  c.entropy, c.entropy > 0 ? bits(c) / c.entropy : 0.0, 8e-6 * n / apps::quantile(c.encode_times, 0.5),
                  8e-6 * n / apps::quantile(c.decode_times, 0.5), c.error / eps,
                  c.entropy > 0 && to_beat > 0 && bits(c) >= to_beat ? "  lost to zfp" : "");
    run.progress.say(line);
  }
}

std::vector<Sample> samples_of(const apps::Config& config) {
  std::vector<Sample> samples;
  const auto n = static_cast<std::size_t>(config.get_int("size"));
  for (const std::string& name : config.get_text_list("fields")) samples.push_back({name, {n, n, n}, tests::smooth_field(name[0], {n, n, n}), 1.0});
  for (const std::string& path : config.get_text_list("files")) {
    const ResultReader file(path);
    for (const std::string& name : file.fields()) {
      const Field f = file.read_field(name);
      const auto [least, greatest] = std::minmax_element(f.values.begin(), f.values.end());
      if (f.is_byte || f.values.empty() || !(*greatest > *least)) continue;
      samples.push_back({name,
                         {static_cast<std::size_t>(f.dims[0]), static_cast<std::size_t>(f.dims[1]), static_cast<std::size_t>(f.dims[2])},
                         f.values,
                         *greatest - *least});
    }
  }
  return samples;
}

apps::Outcome body(apps::RunContext& run) {
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  run.summary.set("zfp", Tree::of(apps::has_zfp()));
  run.progress.say("field                     bound     method           bits  entropy  ratio  enc MB/s dec MB/s  error/bound");
  for (const Sample& s : samples_of(run.config))
    for (const double bound : run.config.get_real_list("bounds")) measure(run, s, bound);
  return {ExitCode::answer, "measured"};
}

apps::AppDescription description() {
  using K = OptionKind;
  return {.name = "bench_compression",
          .summary = "Measure the compression of fields within a bound, with zfp beside it.",
          .options =
              {{.path = "fields",
                .kind = K::text_list,
                .fallback = "[\"S\", \"M\", \"F\"]",
                .sentence = "made fields",
                .choices = {"S", "M", "F"},
                .flag = "--fields"},
               {.path = "size", .kind = K::integer, .fallback = "96", .sentence = "points an edge", .minimum = 2, .maximum = 512, .flag = "--size"},
               {.path = "files", .kind = K::text_list, .fallback = "[]", .sentence = "result files whose fields to take", .flag = "--files"},
               {.path = "bounds",
                .kind = K::real_list,
                .fallback = "[1e-4, 1e-6, 1e-8]",
                .sentence = "bounds; of files relative to a field's range",
                .minimum = 0,
                .open_minimum = true,
                .min_length = 1,
                .flag = "--bounds"},
               {.path = "repeats", .kind = K::integer, .fallback = "9", .sentence = "repetitions", .minimum = 1, .flag = "--repeats"}},
          .examples = {"bench_compression --fields S,M,F --size 96 --json out.json"}};
}

} // namespace

int main(int argc, char** argv) { return apps::run_app(argc, argv, description(), body); }
