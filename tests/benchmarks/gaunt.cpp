// SPDX-License-Identifier: Apache-2.0
// Methods of the Gaunt product side by side: time a product and for its gradients, share of the processor's multiply-add rate, error.
//   bench_gaunt --degrees 1,2,4,8 --json out.json
// A product is one signal times one signal, in lane blocks that stay in the second-level cache; outputs to 2L, or to L with --truncated. Methods are visited in an
// order drawn anew for every repetition. `gflops` counts the operations of the sparse and of the ring method by formula; `peak_gflops` is the rate of independent
// multiply-adds measured between the repetitions of the same run, `share` the quotient at the least times. `error` is relative to |z|, against the sum over exact
// coefficients to L = 8, against the 64-bit product above.
#include "timing.hpp"

#include <ansatz/apps/common/app.hpp>
#include <ansatz/data/version.hpp>
#include <ansatz/equivariant/gaunt/coefficients.hpp>
#include <ansatz/equivariant/gaunt/direct_table.hpp>
#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/plan.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>

namespace {

using namespace ansatz;
using namespace ansatz::equivariant;
using apps::Tree;
using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

constexpr int chains = 10;
constexpr int peak_loops = 100'000;

/// Ten independent chains of multiply-adds, 32 or 64 bytes wide.
__attribute__((target("avx2,fma"))) void multiply_adds_avx2() {
  for (int i = 0; i < peak_loops; ++i)
    asm volatile("vfmadd231ps %%ymm10, %%ymm11, %%ymm0\n vfmadd231ps %%ymm10, %%ymm11, %%ymm1\n vfmadd231ps %%ymm10, %%ymm11, %%ymm2\n"
                 "vfmadd231ps %%ymm10, %%ymm11, %%ymm3\n vfmadd231ps %%ymm10, %%ymm11, %%ymm4\n vfmadd231ps %%ymm10, %%ymm11, %%ymm5\n"
                 "vfmadd231ps %%ymm10, %%ymm11, %%ymm6\n vfmadd231ps %%ymm10, %%ymm11, %%ymm7\n vfmadd231ps %%ymm10, %%ymm11, %%ymm8\n"
                 "vfmadd231ps %%ymm10, %%ymm11, %%ymm9" ::
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9");
}
__attribute__((target("avx512f"))) void multiply_adds_avx512() {
  for (int i = 0; i < peak_loops; ++i)
    asm volatile("vfmadd231ps %%zmm10, %%zmm11, %%zmm0\n vfmadd231ps %%zmm10, %%zmm11, %%zmm1\n vfmadd231ps %%zmm10, %%zmm11, %%zmm2\n"
                 "vfmadd231ps %%zmm10, %%zmm11, %%zmm3\n vfmadd231ps %%zmm10, %%zmm11, %%zmm4\n vfmadd231ps %%zmm10, %%zmm11, %%zmm5\n"
                 "vfmadd231ps %%zmm10, %%zmm11, %%zmm6\n vfmadd231ps %%zmm10, %%zmm11, %%zmm7\n vfmadd231ps %%zmm10, %%zmm11, %%zmm8\n"
                 "vfmadd231ps %%zmm10, %%zmm11, %%zmm9" ::
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9");
}

/// Gflop/s of those chains with the vectors of these kernels; 0 for kernels without multiply-adds.
template <class T>
double peak(std::string_view kernels) {
  if (kernels != "avx2" && kernels != "avx512") return 0.0;
  const bool wide = kernels == "avx512";
  const auto start = Clock::now();
  if (wide)
    multiply_adds_avx512();
  else
    multiply_adds_avx2();
  return 2e-9 * chains * peak_loops * (wide ? 64.0 : 32.0) / sizeof(T) / since(start);
}

template <class T>
AlignedVector<T> random_signals(std::mt19937& random, int degree, std::size_t blocks) {
  std::normal_distribution<double> normal;
  AlignedVector<T> x(signal_size(degree) * lanes<T> * blocks);
  for (T& v : x) v = static_cast<T>(normal(random));
  return x;
}

/// Flops of a product by formula: 2 a multiply-add.
double flops(const std::string& method, int L, int l3) {
  if (method == "direct") {
    const DirectTable<double> table(L, L, l3);
    return 2.0 * static_cast<double>(2 * table.terms() + table.products());
  }
  const double rings = (2 * L + l3 + 2) / 2, pairs = std::ceil(rings / 2);
  const auto legendre = [&](double l) { return pairs * (l + 1) * (l + 1) + 2 * pairs * (2 * l + 1); };
  double pairs_of_orders = 0;
  for (int v = 0; v <= std::min(l3, 2 * L); ++v) pairs_of_orders += 2 * L + 1 - v;
  return 2.0 * (2 * legendre(L) + legendre(l3) + rings * 4 * pairs_of_orders);
}

/// Largest |z - truth| / |truth| over the lanes of the first block.
template <class T>
double error_of(const AlignedVector<T>& z, const AlignedVector<T>& x, const AlignedVector<T>& y, int L, int l3) {
  std::vector<double> truth(signal_size(l3) * lanes<T>);
  if (L <= 8) {
    for (const auto& c : gaunt_table(L, L, l3))
      for (std::size_t lane = 0; lane < lanes<T>; ++lane)
        truth[c.k * lanes<T> + lane] +=
            static_cast<double>(c.value) * static_cast<double>(x[c.i * lanes<T> + lane]) * static_cast<double>(y[c.j * lanes<T> + lane]);
  } else {
    const GauntPlan<double> plan({L, L, l3, "theta_mconv"});
    AlignedVector<double> work(plan.workspace()), a(plan.block_size(1)), b(a.size()), c(plan.block_size(3));
    for (std::size_t part = 0; part < lanes<T>; part += lanes<double>) {
      for (std::size_t i = 0; i < a.size(); ++i) {
        const std::size_t from = i / lanes<double> * lanes<T> + part + i % lanes<double>;
        a[i] = static_cast<double>(x[from]);
        b[i] = static_cast<double>(y[from]);
      }
      plan.execute(a, b, c, work);
      for (std::size_t i = 0; i < c.size(); ++i) truth[i / lanes<double> * lanes<T> + part + i % lanes<double>] = c[i];
    }
  }
  double worst = 0.0;
  for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
    double difference = 0.0, size = 0.0;
    for (std::size_t k = 0; k < signal_size(l3); ++k) {
      const double t = truth[k * lanes<T> + lane];
      difference += std::pow(static_cast<double>(z[k * lanes<T> + lane]) - t, 2);
      size += t * t;
    }
    worst = std::max(worst, std::sqrt(difference / size));
  }
  return worst;
}

/// One method at one degree.
template <class T>
struct Candidate {
  GauntPlan<T> plan;
  AlignedVector<T> work;
  std::vector<double> product, gradient; ///< seconds a signal
  double error = 0.0;
  explicit Candidate(const GauntOptions& options) : plan(options), work(plan.workspace()) {}
};

/// Signals of one degree and the buffers for their products.
template <class T>
struct Signals {
  std::size_t blocks;
  AlignedVector<T> x, y, g, z, xbar, ybar;

  Signals(std::mt19937& random, int L, int l3)
      : blocks(std::clamp<std::size_t>(131072 / ((2 * signal_size(L) + signal_size(l3)) * ansatz::cache_line), 1, 64)),
        x(random_signals<T>(random, L, blocks)), y(random_signals<T>(random, L, blocks)), g(random_signals<T>(random, l3, blocks)), z(g.size()),
        xbar(x.size()), ybar(y.size()) {}
};

/// Seconds a signal: f over all blocks, again and again for `seconds`.
template <class F>
double seconds_a_signal(std::size_t signals, double seconds, F&& f) {
  const auto start = Clock::now();
  int count = 0;
  do {
    f();
    ++count;
  } while (since(start) < seconds);
  return since(start) / count / static_cast<double>(signals);
}

template <class T>
class Benchmark {
public:
  explicit Benchmark(apps::RunContext& run) : run_(run) {}

  void measure(int L, int l3) {
    Signals<T> s(random_, L, l3);
    std::vector<Candidate<T>> candidates;
    for (const std::string& method : run_.config.get_text_list("methods"))
      if (method != "direct" || L <= 10) candidates.emplace_back(GauntOptions{L, L, l3, method, run_.config.get_text("kernels")});
    for (auto& c : candidates) {
      c.plan.execute(s.x, s.y, s.z, c.work);
      c.error = error_of(s.z, s.x, s.y, L, l3);
    }
    const double seconds = run_.config.get_real("seconds");
    std::vector<Candidate<T>*> order;
    for (auto& c : candidates) order.push_back(&c);
    for (int repetition = 0; repetition < run_.config.get_int("repeats"); ++repetition) {
      std::shuffle(order.begin(), order.end(), random_);
      for (Candidate<T>* c : order) {
        peak_.push_back(peak<T>(c->plan.kernels()));
        c->product.push_back(seconds_a_signal(s.blocks * lanes<T>, seconds, [&] { c->plan.execute(s.x, s.y, s.z, c->work); }));
        c->gradient.push_back(seconds_a_signal(s.blocks * lanes<T>, seconds, [&] { c->plan.vjp(s.x, s.y, s.g, s.xbar, s.ybar, c->work); }));
      }
    }
    for (const auto& c : candidates) report(c, L, l3);
  }
  [[nodiscard]] const std::vector<double>& peaks() const { return peak_; }

private:
  void report(const Candidate<T>& c, int L, int l3) {
    const double least = benchmarks::quantile(c.product, 0.0);
    const double peak = benchmarks::quantile(peak_, 1.0);
    const bool counted = c.plan.method() == "direct" || c.plan.method() == "theta_mconv";
    const double rate = counted ? flops(c.plan.method(), L, l3) / least * 1e-9 : 0.0;
    Tree e = Tree::object();
    e["degree"] = Tree::of(std::int64_t{L});
    e["output_degree"] = Tree::of(std::int64_t{l3});
    e["method"] = Tree::of(c.plan.method());
    e["kernels"] = Tree::of(std::string(c.plan.kernels()));
    e["product_seconds"] = benchmarks::statistics(c.product);
    e["gradient_seconds"] = benchmarks::statistics(c.gradient);
    if (counted) e["gflops"] = Tree::of(rate);
    if (counted && peak > 0.0) e["share"] = Tree::of(rate / peak);
    e["error"] = Tree::of(c.error);
    run_.summary.add_result(e);
    char line[160];
    std::snprintf(line, sizeof line, "%3d %3d  %-16s %10.2f %10.2f %10.2f %6.1f %5.2f  %.1e", L, l3, c.plan.method().c_str(), 1e9 * least,
                  1e9 * benchmarks::quantile(c.product, 0.5), 1e9 * benchmarks::quantile(c.gradient, 0.0), rate, peak > 0.0 ? rate / peak : 0.0,
                  c.error);
    run_.progress.say(line);
  }

  apps::RunContext& run_;
  std::mt19937 random_{1};
  std::vector<double> peak_;
};

template <class T>
void run_all(apps::RunContext& run) {
  Benchmark<T> benchmark(run);
  for (const std::int64_t degree : run.config.get_int_list("degrees")) {
    const int L = static_cast<int>(degree);
    benchmark.measure(L, run.config.get_bool("truncated") ? L : 2 * L);
  }
  run.summary.set("peak_gflops", benchmarks::statistics(benchmark.peaks()));
}

apps::Outcome body(apps::RunContext& run) {
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  run.progress.say("  L  L3  method             least ns  median ns     vjp ns GF/s share  error (a product of two signals)");
  if (run.config.get_text("type") == "f64")
    run_all<double>(run);
  else
    run_all<float>(run);
  return {ExitCode::answer, "measured"};
}

apps::AppDescription description() {
  using K = apps::OptionKind;
  std::vector<std::string> kernels = {"best"};
  for (const auto* k : available_kernels<float>()) kernels.emplace_back(k->name);
  std::string all;
  for (const std::string& name : method_names()) all += (all.empty() ? "[\"" : ", \"") + name + "\"";
  return {.name = "bench_gaunt",
          .summary = "Measure the methods of the Gaunt product side by side.",
          .options =
              {{.path = "degrees",
                .kind = K::integer_list,
                .fallback = "[1, 2, 3, 4, 6, 8, 10, 16, 20, 40]",
                .sentence = "degrees of the factors",
                .minimum = 0,
                .maximum = 63,
                .min_length = 1,
                .flag = "--degrees"},
               {.path = "methods",
                .kind = K::text_list,
                .fallback = all + "]",
                .sentence = "methods to compare; direct is left out above degree 10",
                .min_length = 1,
                .choices = method_names(),
                .flag = "--methods"},
               {.path = "truncated", .kind = K::boolean, .fallback = "false", .sentence = "outputs to L instead of 2L", .flag = "--truncated"},
               {.path = "type", .kind = K::choice, .fallback = "\"f32\"", .sentence = "precision", .choices = {"f32", "f64"}, .flag = "--type"},
               {.path = "kernels", .kind = K::choice, .fallback = "\"best\"", .sentence = "instruction set", .choices = kernels, .flag = "--kernels"},
               {.path = "repeats", .kind = K::integer, .fallback = "15", .sentence = "repetitions", .minimum = 1, .flag = "--repeats"},
               {.path = "seconds",
                .kind = K::real,
                .fallback = "0.01",
                .sentence = "length of one timing",
                .minimum = 0,
                .unit = "s",
                .flag = "--seconds"}},
          .examples = {"bench_gaunt --degrees 1,2,4,8 --json out.json"}};
}

} // namespace

int main(int argc, char** argv) { return apps::run_app(argc, argv, description(), body); }
