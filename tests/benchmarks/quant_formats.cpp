// SPDX-License-Identifier: Apache-2.0
// Speed of encoding and decoding number formats against the bandwidth of memory, and of fixed-point casts against the clock.
//   bench_quant_formats --size 16777216 --repeats 9 --json out.json
// Encoding reads 4 bytes and a code's bytes an element and writes the code: a line is read before it is written, so code bytes count twice; likewise the
// floats of decoding. Roof: the triad a = b + s c of the same run, counted the same way. Casts: 2^14 integers in cache, all pairs of modes; the clock is that
// of a chain of additions, one a cycle, in the same run. The order of competitors changes with every repetition.
#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/timing.hpp>
#include <ansatz/data/instruction_set.hpp>
#include <ansatz/data/version.hpp>
#include <ansatz/learning/random.hpp>
#include <ansatz/quant/formats/fixed_point.hpp>
#include <ansatz/quant/formats/lmul.hpp>
#include <ansatz/quant/tensors/tensor_format.hpp>

#include <chrono>
#include <cstdio>
#include <functional>

namespace {

using namespace ansatz;
using namespace ansatz::quant;
using apps::OptionKind;
using apps::Tree;

double seconds(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Contestant {
  std::string name;
  double bytes;    ///< moved by one run
  double elements; ///< of one run
  std::function<void()> run;
  std::vector<double> times{};
};

/// Two warm-ups, then all contestants in turn, starting with another one each time.
void race(std::vector<Contestant>& field, std::int64_t repeats) {
  for (std::int64_t r = -2; r < repeats; ++r)
    for (std::size_t i = 0; i < field.size(); ++i) {
      Contestant& c = field[(i + static_cast<std::size_t>(r + 2)) % field.size()];
      const double t = seconds(c.run);
      if (r >= 0) c.times.push_back(t);
    }
}

void report(apps::RunContext& run, const Contestant& c, double roof, double clock) {
  const double time = apps::quantile(c.times, 0.5);
  Tree entry = Tree::object();
  entry["name"] = Tree::of(c.name);
  entry["seconds"] = apps::statistics(c.times);
  char line[160];
  if (roof > 0.0) {
    entry["bytes"] = Tree::of(c.bytes);
    entry["gbytes_per_second"] = Tree::of(1e-9 * c.bytes / time);
    entry["share_of_bandwidth"] = Tree::of(c.bytes / time / roof);
    std::snprintf(line, sizeof line, "%-44s %8.2f GB/s  %5.2f of memory", c.name.c_str(), 1e-9 * c.bytes / time, c.bytes / time / roof);
  } else {
    entry["elements_per_cycle"] = Tree::of(c.elements / time / clock);
    std::snprintf(line, sizeof line, "%-44s %8.2f elements a cycle", c.name.c_str(), c.elements / time / clock);
  }
  run.summary.add_result(entry);
  run.progress.say(line);
}

/// Cycles a second: a chain of additions takes one cycle each.
double clock_rate() {
  constexpr std::int64_t rounds = 4'000'000;
  double best = 1e30;
  for (int pass = 0; pass < 5; ++pass)
    best = std::min(best, seconds([] {
                      std::uint64_t x = 1;
                      for (std::int64_t r = 0; r < rounds; ++r)
                        asm volatile("add $1, %0\n\tadd $1, %0\n\tadd $1, %0\n\tadd $1, %0\n\tadd $1, %0\n\tadd $1, %0\n\tadd $1, %0\n\tadd $1, %0"
                                     : "+r"(x));
                    }));
  return 8.0 * rounds / best;
}

const std::vector<std::string> formats{"bf16",
                                       "fp8-e4m3",
                                       "fp8-e5m2",
                                       "uniform:b=8",
                                       "uniform:b=8,asym",
                                       "uniform:b=16",
                                       "uniform:b=8,round=stochastic",
                                       "dfp",
                                       "dfp:b=8",
                                       "bfp:w=16,B=32",
                                       "dfp:round=stochastic",
                                       "power:b=4,a=0.73",
                                       "power:b=8,a=0.5",
                                       "power:b=8,a=0.73",
                                       "ternary",
                                       "binary",
                                       "codebook:b=4",
                                       "codebook:b=8",
                                       "fixed:W=16,I=5,Q=RND_CONV,O=SAT"};

void streams(apps::RunContext& run, std::int64_t repeats) {
  const auto n = static_cast<std::size_t>(run.config.get_int("size"));
  std::vector<float> x(n), y(n), z(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<float>(learning::normal(1, 2, i % 65521));
  const double roof = apps::triad_bandwidth();
  run.summary.set("triad_bytes_a_second", Tree::of(roof));
  for (const std::string& text : formats) { // one at a time: the codes of all would not fit small machines
    const auto format = make_format(text);
    EncodedTensor e;
    format->fit(x, {1, n}, e);
    const double codes = static_cast<double>(e.bytes()), floats = 4.0 * static_cast<double>(n);
    std::vector<Contestant> field{{text + " encode", floats + 2.0 * codes, static_cast<double>(n), [&] { format->encode(x, e); }},
                                  {text + " decode", codes + 2.0 * floats, static_cast<double>(n), [&] { format->decode(e, y); }}};
    race(field, repeats);
    for (const Contestant& c : field) report(run, c, roof, 0.0);
  }
  const LMul carry, formula({.form = LMulForm::formula});
  std::vector<Contestant> field{{"lmul carry", 16.0 * static_cast<double>(n), static_cast<double>(n), [&] { carry.multiply(x, y, z); }},
                                {"lmul formula", 16.0 * static_cast<double>(n), static_cast<double>(n), [&] { formula.multiply(x, y, z); }}};
  race(field, repeats);
  for (const Contestant& c : field) report(run, c, roof, 0.0);
}

void casts(apps::RunContext& run, std::int64_t repeats) {
  constexpr std::size_t n = 1 << 14;
  constexpr int passes = 20;
  std::vector<std::int32_t> v(n), code(n);
  std::vector<float> x(n);
  for (std::size_t i = 0; i < n; ++i) {
    v[i] = static_cast<std::int32_t>(learning::mix(i)) >> 10;
    x[i] = static_cast<float>(v[i]) * 0x1p-12F;
  }
  const double clock = clock_rate();
  run.summary.set("clock_hertz", Tree::of(clock));
  std::vector<Contestant> field;
  for (int q = 0; q < 7; ++q)
    for (int o = 0; o < 5; ++o) {
      const FixedPoint f{.width = 12, .integer = 6, .quantization = static_cast<FixedQuantization>(q), .overflow = static_cast<FixedOverflow>(o)};
      const std::string modes = std::string(name(f.quantization)) + ' ' + std::string(name(f.overflow));
      const double elements = 1.0 * passes * n;
      field.push_back({"cast integers " + modes, 8.0 * elements, elements, [&, f] {
                         for (int pass = 0; pass < passes; ++pass) f.cast(v, 12, code);
                       }});
      field.push_back({"cast floats " + modes, 8.0 * elements, elements, [&, f] {
                         for (int pass = 0; pass < passes; ++pass) f.encode(x, code);
                       }});
    }
  race(field, repeats);
  for (const Contestant& c : field) report(run, c, 0.0, clock);
}

apps::Outcome body(apps::RunContext& run) {
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  run.summary.set("threads", Tree::of(std::int64_t{1}));
  run.summary.set("kernels", Tree::of(std::string(name(instruction_set()))));
  const std::int64_t repeats = run.config.get_int("repeats");
  streams(run, repeats);
  casts(run, repeats);
  return {ExitCode::answer, "measured"};
}

apps::AppDescription description() {
  using K = OptionKind;
  return {.name = "bench_quant_formats",
          .summary = "Measure the speed of number formats.",
          .options = {{.path = "size",
                       .kind = K::integer,
                       .fallback = "16777216",
                       .sentence = "values; far more than the caches hold",
                       .minimum = 1,
                       .maximum = 1073741824,
                       .flag = "--size"},
                      {.path = "repeats", .kind = K::integer, .fallback = "9", .sentence = "repetitions", .minimum = 1, .flag = "--repeats"}},
          .examples = {"bench_quant_formats --size 65536 --repeats 3"},
          .solves = false};
}

} // namespace

int main(int argc, char** argv) { return apps::run_app(argc, argv, description(), body); }
