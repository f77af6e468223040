// SPDX-License-Identifier: Apache-2.0
// Operations beside the plain product, each next to what one would use without it: time a signal, forward and with gradients.
//   bench_gaunt_operations --json out.json
// many_body    x + x^2 + x^3 with weights on one grid; beside it two nested products, by the published and by the fastest method, without the weights
// bracket      the sparse and the grid method
// cg           Clebsch-Gordan paths with weights, even half and all; beside it the Gaunt product
// convolution  one edge of a graph for a channel, filter and rotations included; beside it the product with a filter's harmonics that lie ready
// wide         single precision with arithmetic in double beside the plain product
// Lane blocks stay in the second-level cache. Candidates of a shape are visited in an order drawn anew for every repetition.
#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/timing.hpp>
#include <ansatz/data/version.hpp>
#include <ansatz/equivariant/gaunt/cg_plan.hpp>
#include <ansatz/equivariant/gaunt/conv_plan.hpp>
#include <ansatz/equivariant/gaunt/many_body.hpp>
#include <ansatz/equivariant/gaunt/plan.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <random>

namespace {

using namespace ansatz;
using namespace ansatz::equivariant;
using apps::Tree;
using T = float;

constexpr std::size_t blocks = 16;
constexpr std::size_t signals = blocks * lanes<T>;
constexpr std::size_t channels = 4 * lanes<T>;

/// One way to do an operation: called again and again, timed by the signal.
struct Candidate {
  std::string operation, variant;
  int degree, output_degree;
  std::function<void()> forward, gradient;
  std::vector<double> forward_seconds{}, gradient_seconds{};
};

AlignedVector<T> random_numbers(std::mt19937& random, std::size_t n) {
  std::normal_distribution<double> normal;
  AlignedVector<T> x(n);
  for (T& v : x) v = static_cast<T>(normal(random));
  return x;
}
AlignedVector<T> random_signals(std::mt19937& random, int degree) { return random_numbers(random, signal_size(degree) * signals); }

/// A plan of products with its buffers.
struct Products {
  GauntPlan<T> plan;
  AlignedVector<T> work, z, xbar, ybar;
  explicit Products(const GauntOptions& o)
      : plan(o), work(plan.workspace()), z(blocks * plan.block_size(3)), xbar(blocks * plan.block_size(1)), ybar(blocks * plan.block_size(2)) {}
};

class Benchmark {
public:
  explicit Benchmark(apps::RunContext& run) : run_(run) {}

  void many_body(int L, int l3) {
    const auto x = std::make_shared<AlignedVector<T>>(random_signals(random_, L));
    const auto g = std::make_shared<AlignedVector<T>>(random_signals(random_, l3));
    const auto plan = std::make_shared<ManyBodyPlan<T>>(ManyBodyOptions{.degree = L, .output_degree = l3, .order = 3, .channels = channels});
    const auto weights = std::make_shared<AlignedVector<T>>(random_numbers(random_, plan->weights_size()));
    const auto bar = std::make_shared<std::vector<double>>(weights->size());
    const auto z = std::make_shared<AlignedVector<T>>(*g), xbar = std::make_shared<AlignedVector<T>>(*x);
    const auto work = std::make_shared<AlignedVector<T>>(plan->workspace());
    std::vector<Candidate> all;
    all.push_back({"many_body", "one grid", L, l3, [=] { plan->execute(*x, {*weights}, *z, *work); },
                   [=] { plan->vjp(*x, {*weights}, *g, *xbar, *bar, *work); }});
    for (const std::string& method : nested_methods()) {
      const int middle = std::min(2 * L, L + l3);
      const auto square = std::make_shared<Products>(GauntOptions{.degree1 = L, .degree2 = L, .degree3 = middle, .method = method});
      const auto cube = std::make_shared<Products>(GauntOptions{.degree1 = middle, .degree2 = L, .degree3 = l3, .method = method});
      all.push_back({"many_body", "nested " + method, L, l3,
                     [=] {
                       square->plan.execute(*x, *x, square->z, square->work);
                       cube->plan.execute(square->z, *x, cube->z, cube->work);
                     },
                     [=] {
                       square->plan.execute(*x, *x, square->z, square->work);
                       cube->plan.vjp(square->z, *x, *g, cube->xbar, cube->ybar, cube->work);
                       square->plan.vjp(*x, *x, cube->xbar, square->xbar, square->ybar, square->work);
                     }});
    }
    measure(all);
  }

  void bracket(int L) {
    std::vector<Candidate> all;
    for (const std::string& method : method_names(Parts::odd))
      if (method != "direct" || L <= 10)
        all.push_back(product("bracket", method, {.degree1 = L, .degree2 = L, .degree3 = L, .method = method, .part = Parts::odd}));
    measure(all);
  }

  void wide(int L) {
    std::vector<Candidate> all;
    for (const bool wide : {false, true})
      all.push_back(
          product("wide", wide ? "double" : "single", {.degree1 = L, .degree2 = L, .method = L <= 4 ? "direct" : "theta_mconv", .wide = wide}));
    measure(all);
  }

  void cg(int L) {
    std::vector<Candidate> all = {product("cg", "gaunt", {.degree1 = L, .degree2 = L, .degree3 = L})};
    for (const Parts parts : {Parts::even, Parts::both}) {
      const auto plan = std::make_shared<CGPlan<T>>(CGOptions{.degree1 = L, .degree2 = L, .degree3 = L, .parts = parts, .channels = channels});
      const auto x = std::make_shared<AlignedVector<T>>(random_signals(random_, L)),
                 y = std::make_shared<AlignedVector<T>>(random_signals(random_, L));
      const auto z = std::make_shared<AlignedVector<T>>(*x), xbar = std::make_shared<AlignedVector<T>>(*x),
                 ybar = std::make_shared<AlignedVector<T>>(*x);
      const auto w = std::make_shared<AlignedVector<T>>(random_numbers(random_, plan->weights_size()));
      const auto bar = std::make_shared<std::vector<double>>(w->size());
      const auto work = std::make_shared<AlignedVector<T>>(plan->workspace());
      all.push_back({"cg", parts == Parts::even ? "even paths" : "all paths", L, L, [=] { plan->execute(*x, *y, *w, *z, *work); },
                     [=] { plan->vjp(*x, *y, *w, *y, *xbar, *ybar, *bar, *work); }});
    }
    measure(all);
  }

  void convolution(int L) {
    constexpr std::size_t channel_blocks = channels / lanes<T>, edges = signals / channels;
    std::vector<Candidate> all = {product("convolution", "unaligned", {.degree1 = L, .degree2 = L, .degree3 = L})};
    for (const bool per_channel : {false, true}) {
      const auto plan = std::make_shared<ConvPlan<T>>(
          ConvOptions{.degree1 = L, .degree2 = L, .degree3 = L, .channel_blocks = channel_blocks, .filter_per_channel = per_channel});
      const auto graph = std::make_shared<std::vector<ConvEdge>>();
      const auto r = std::make_shared<std::vector<Vector3>>();
      std::normal_distribution<double> normal;
      for (std::size_t e = 0; e < edges; ++e) {
        graph->push_back({e, (e * 7 + 1) % edges});
        r->push_back({normal(random_), normal(random_), normal(random_)});
      }
      const auto x = std::make_shared<AlignedVector<T>>(random_signals(random_, L)), z = std::make_shared<AlignedVector<T>>(*x);
      const auto xbar = std::make_shared<AlignedVector<T>>(*x),
                 h = std::make_shared<AlignedVector<T>>(random_numbers(random_, edges * plan->filter_size()));
      const auto hbar = std::make_shared<AlignedVector<T>>(*h), work = std::make_shared<AlignedVector<T>>(plan->workspace());
      const auto rbar = std::make_shared<std::vector<Vector3>>(*r);
      all.push_back({"convolution", per_channel ? "aligned, filter per channel" : "aligned", L, L,
                     [=] {
                       plan->execute(*x, {*graph, *r, *h}, *z, *work);
                     },
                     [=] {
                       plan->vjp(*x, {*graph, *r, *h}, *z, *xbar, *rbar, *hbar, *work);
                     }});
    }
    measure(all);
  }

private:
  static std::vector<std::string> nested_methods() {
    const auto names = method_names();
    std::vector<std::string> chosen = {"auto"};
    if (std::find(names.begin(), names.end(), "torus_published") != names.end()) chosen.insert(chosen.begin(), "torus_published");
    return chosen;
  }

  Candidate product(const std::string& operation, const std::string& variant, const GauntOptions& o) {
    const auto p = std::make_shared<Products>(o);
    const auto x = std::make_shared<AlignedVector<T>>(random_signals(random_, p->plan.degree(1)));
    const auto y = std::make_shared<AlignedVector<T>>(random_signals(random_, p->plan.degree(2)));
    const auto g = std::make_shared<AlignedVector<T>>(random_signals(random_, p->plan.degree(3)));
    return {operation,
            variant,
            p->plan.degree(1),
            p->plan.degree(3),
            [=] { p->plan.execute(*x, *y, p->z, p->work); },
            [=] { p->plan.vjp(*x, *y, *g, p->xbar, p->ybar, p->work); }};
  }

  /// Seconds a signal.
  [[nodiscard]] double time(const std::function<void()>& f) const {
    using Clock = std::chrono::steady_clock;
    const double least = run_.config.get_real("seconds");
    const auto start = Clock::now();
    double passed = 0.0;
    int count = 0;
    do {
      f();
      ++count;
      passed = std::chrono::duration<double>(Clock::now() - start).count();
    } while (passed < least);
    return passed / count / static_cast<double>(signals);
  }

  void measure(std::vector<Candidate>& all) {
    std::vector<Candidate*> order;
    order.reserve(all.size());
    for (auto& c : all) order.push_back(&c);
    for (const auto& c : all) c.forward(); // tables and pages are warm
    for (int repetition = 0; repetition < run_.config.get_int("repeats"); ++repetition) {
      std::shuffle(order.begin(), order.end(), random_);
      for (Candidate* c : order) {
        c->forward_seconds.push_back(time(c->forward));
        c->gradient_seconds.push_back(time(c->gradient));
      }
    }
    for (const auto& c : all) report(c);
  }

  void report(const Candidate& c) {
    Tree e = Tree::object();
    e["operation"] = Tree::of(c.operation);
    e["variant"] = Tree::of(c.variant);
    e["degree"] = Tree::of(std::int64_t{c.degree});
    e["output_degree"] = Tree::of(std::int64_t{c.output_degree});
    e["forward_seconds"] = apps::statistics(c.forward_seconds);
    e["gradient_seconds"] = apps::statistics(c.gradient_seconds);
    run_.summary.add_result(e);
    char line[128];
    std::snprintf(line, sizeof line, "%-12s %3d %3d  %-28s %10.2f %10.2f %10.2f", c.operation.c_str(), c.degree, c.output_degree, c.variant.c_str(),
                  1e9 * apps::quantile(c.forward_seconds, 0.0), 1e9 * apps::quantile(c.forward_seconds, 0.5),
                  1e9 * apps::quantile(c.gradient_seconds, 0.0));
    run_.progress.say(line);
  }

  apps::RunContext& run_;
  std::mt19937 random_{1};
};

apps::Outcome body(apps::RunContext& run) {
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  run.progress.say("operation      L  L3  variant                        least ns  median ns     vjp ns  (a signal, f32)");
  Benchmark benchmark(run);
  for (const auto& [L, l3] : {std::pair{2, 2}, {3, 2}, {4, 4}}) benchmark.many_body(L, l3);
  for (const std::int64_t degree : run.config.get_int_list("degrees")) {
    const int L = static_cast<int>(degree);
    benchmark.bracket(L);
    if (L <= 10) benchmark.cg(L);
    if (L <= 10) benchmark.convolution(L);
    benchmark.wide(L);
  }
  return {ExitCode::answer, "measured"};
}

apps::AppDescription description() {
  using K = apps::OptionKind;
  return {.name = "bench_gaunt_operations",
          .summary = "Measure many-body products, brackets, Clebsch-Gordan paths and aligned convolutions.",
          .options = {{.path = "degrees",
                       .kind = K::integer_list,
                       .fallback = "[1, 2, 3, 4, 6, 8]",
                       .sentence = "degrees of the factors",
                       .minimum = 1,
                       .maximum = 31,
                       .min_length = 1,
                       .flag = "--degrees"},
                      {.path = "repeats", .kind = K::integer, .fallback = "9", .sentence = "repetitions", .minimum = 1, .flag = "--repeats"},
                      {.path = "seconds",
                       .kind = K::real,
                       .fallback = "0.005",
                       .sentence = "length of one timing",
                       .minimum = 0,
                       .unit = "s",
                       .flag = "--seconds"}},
          .examples = {"bench_gaunt_operations --degrees 2,4 --json out.json"}};
}

} // namespace

int main(int argc, char** argv) { return apps::run_app(argc, argv, description(), body); }
