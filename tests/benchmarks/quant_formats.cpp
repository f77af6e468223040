// SPDX-License-Identifier: Apache-2.0
// Speed of encoding and decoding number formats against the bandwidth of memory, and of fixed-point casts against the clock.
//   bench_quant_formats --size 16777216 --repeats 9 --json out.json
// Encoding reads 4 bytes and a code's bytes an element and writes the code: a line is read before it is written, so code bytes count twice; likewise the
// floats of decoding. Two roofs take their turns with every format: the triad z = x + s y, counted the same way, and a loop that does nothing but move as
// many bytes (fewer streams keep less of memory busy than the triad's three). Arrays lie far beyond the caches and, once more, within the second-level cache.
// Casts: 2^14 integers in cache, all pairs of modes; the clock is that of a chain of additions, one a cycle, in the same run.
#include "race.hpp"

#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/timing.hpp>
#include <ansatz/data/instruction_set.hpp>
#include <ansatz/data/version.hpp>
#include <ansatz/learning/random.hpp>
#include <ansatz/quant/formats/fixed_point.hpp>
#include <ansatz/quant/formats/lmul.hpp>
#include <ansatz/quant/tensors/tensor_format.hpp>

#include <cstdio>
#include <functional>

namespace {

using namespace ansatz;
using namespace ansatz::quant;
using apps::OptionKind;
using apps::Tree;

struct Contestant {
  std::string name;
  double bytes;    ///< moved by one run
  double elements; ///< of one run
  std::function<void()> run;
  std::vector<double> times{};

  [[nodiscard]] double rate(double amount) const { return amount / apps::quantile(times, 0.5); }
};

Tree entry_of(const Contestant& c) {
  Tree entry = Tree::object();
  entry["name"] = Tree::of(c.name);
  entry["seconds"] = apps::statistics(c.times);
  return entry;
}

void report_stream(apps::RunContext& run, const Contestant& c, const std::string& place, double triad, double stream) {
  const double bandwidth = c.rate(c.bytes);
  Tree entry = entry_of(c);
  entry["arrays"] = Tree::of(place);
  entry["bytes"] = Tree::of(c.bytes);
  entry["gbytes_per_second"] = Tree::of(1e-9 * bandwidth);
  entry["share_of_bandwidth"] = Tree::of(bandwidth / triad);
  entry["share_of_stream"] = Tree::of(bandwidth / stream);
  run.summary.add_result(entry);
  char line[160];
  std::snprintf(line, sizeof line, "%-6s  %-42s %8.2f GB/s  %5.2f of triad  %5.2f of stream", place.c_str(), c.name.c_str(), 1e-9 * bandwidth,
                bandwidth / triad, bandwidth / stream);
  run.progress.say(line);
}

void report_cast(apps::RunContext& run, const Contestant& c, double clock) {
  Tree entry = entry_of(c);
  entry["elements_per_cycle"] = Tree::of(c.rate(c.elements) / clock);
  run.summary.add_result(entry);
  char line[160];
  std::snprintf(line, sizeof line, "%-44s %8.2f elements a cycle", c.name.c_str(), c.rate(c.elements) / clock);
  run.progress.say(line);
}

/// Cycles a second: a chain of additions takes one cycle each.
double clock_rate() {
  constexpr std::int64_t rounds = 4'000'000;
  double best = 1e30;
  for (int pass = 0; pass < 5; ++pass)
    best = std::min(best, benchmarks::seconds([] {
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

/// The least that encoding and decoding codes of some bytes can do: words are cut or filled.
template <class From, class To>
void move_words(const std::vector<std::byte>& from, std::vector<std::byte>& to, std::size_t n) {
  const auto* const x = reinterpret_cast<const From*>(from.data());
  auto* const y = reinterpret_cast<To*>(to.data());
  for (std::size_t i = 0; i < n; ++i) y[i] = static_cast<To>(x[i] + 1U); // a mere copy would go past the caches
}

class Streams {
public:
  Streams(apps::RunContext& run, std::string place, std::size_t n, int passes)
      : run_(run), place_(std::move(place)), n_(n), passes_(passes), x_(n), y_(n), z_(n), wide_(4 * n), narrow_(4 * n) {
    for (std::size_t i = 0; i < n; ++i) x_[i] = static_cast<float>(learning::normal(1, 2, i % 65521));
  }

  void format(const std::string& text, std::int64_t repeats) {
    const auto format = make_format(text);
    EncodedTensor e;
    format->fit(x_, {1, n_}, e);
    const double codes = static_cast<double>(e.bytes()), floats = 4.0 * static_cast<double>(n_);
    std::vector<Contestant> field{make(text + " encode", floats + 2.0 * codes, [&] { format->encode(x_, e); }),
                                  make(text + " decode", codes + 2.0 * floats, [&] { format->decode(e, y_); })};
    const std::size_t bytes = e.bytes() < 2 * n_ ? 1 : (e.bytes() < 4 * n_ ? 2 : 4);
    for (const bool narrow : {true, false}) field.push_back(mover(bytes, narrow));
    finish(field, 2, repeats);
  }

  void products(std::int64_t repeats) {
    const LMul carry, formula({.form = LMulForm::formula});
    const double bytes = 16.0 * static_cast<double>(n_);
    std::vector<Contestant> field{make("lmul carry", bytes, [&] { carry.multiply(x_, y_, z_); }),
                                  make("lmul formula", bytes, [&] { formula.multiply(x_, y_, z_); })};
    finish(field, 0, repeats);
  }

private:
  template <class Body>
  Contestant make(std::string name, double bytes, Body body) const {
    return {std::move(name), passes_ * bytes, 1.0 * passes_ * static_cast<double>(n_), [body, passes = passes_] {
              for (int pass = 0; pass < passes; ++pass) body();
            }};
  }

  Contestant mover(std::size_t bytes, bool narrow) {
    const auto n = static_cast<double>(n_), code = static_cast<double>(bytes);
    const double moved = narrow ? (4.0 + 2.0 * code) * n : (code + 8.0) * n;
    return make("stream", moved, [this, bytes, narrow] {
      if (narrow)
        (bytes == 1   ? move_words<std::uint32_t, std::uint8_t>
         : bytes == 2 ? move_words<std::uint32_t, std::uint16_t>
                      : move_words<std::uint32_t, std::uint32_t>)(wide_, narrow_, n_);
      else
        (bytes == 1   ? move_words<std::uint8_t, std::uint32_t>
         : bytes == 2 ? move_words<std::uint16_t, std::uint32_t>
                      : move_words<std::uint32_t, std::uint32_t>)(narrow_, wide_, n_);
    });
  }

  /// Contestant i of the field has the stream i + `offset` as its second roof; 0: the triad again.
  void finish(std::vector<Contestant>& field, std::size_t offset, std::int64_t repeats) {
    field.push_back(make("triad", 16.0 * static_cast<double>(n_), [this] {
      for (std::size_t i = 0; i < n_; ++i) z_[i] = x_[i] + 3.0F * y_[i];
      asm volatile("" : : "r"(z_.data()) : "memory");
    }));
    benchmarks::race(field, repeats);
    const double triad = field.back().rate(field.back().bytes);
    for (std::size_t i = 0; i < 2; ++i) {
      const Contestant& stream = offset > 0 ? field[i + offset] : field.back();
      report_stream(run_, field[i], place_, triad, stream.rate(stream.bytes));
    }
  }

  apps::RunContext& run_;
  std::string place_;
  std::size_t n_;
  int passes_;
  std::vector<float> x_, y_, z_;
  std::vector<std::byte> wide_, narrow_;
};

void streams(apps::RunContext& run, std::int64_t repeats) {
  const auto n = static_cast<std::size_t>(run.config.get_int("size"));
  constexpr std::size_t cached = 1 << 14; // three arrays of floats fill 192 KiB
  run.summary.set("triad_bytes_a_second", Tree::of(apps::triad_bandwidth()));
  Streams memory(run, "memory", n, 1);
  for (const std::string& text : formats) memory.format(text, repeats);
  memory.products(repeats);
  Streams cache(run, "cache", std::min(n, cached), 100);
  for (const std::string& text : formats) cache.format(text, repeats);
  cache.products(repeats);
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
  benchmarks::race(field, repeats);
  for (const Contestant& c : field) report_cast(run, c, clock);
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
