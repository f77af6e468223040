// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <ansatz/learning/losses/direction_loss.hpp>
#include <ansatz/learning/networks/direction_network.hpp>

#include <boost/test/unit_test.hpp>

namespace ansatz::learning::tests {

namespace {

template <class T>
std::vector<T> apply(const Network<T>& net, const Arena<T>& arena, const Shape& s, const std::vector<T>& x) {
  const Stack<T> out = evaluate<T>(net.chain, {from_plain<T>(Memory::real(), s, x)}, arena.parameters());
  return to_plain(out.at(0));
}

/// All parameters positive: no ReLU cuts a path, so every input within reach shows.
template <class T>
Arena<T> open_arena(const Network<T>& net) {
  Arena<T> arena(net.layout);
  for (const Block& b : net.layout.blocks())
    for (T& v : arena.parameters(b)) v = static_cast<T>(0.02);
  return arena;
}

} // namespace

BOOST_AUTO_TEST_SUITE(networks)

BOOST_AUTO_TEST_CASE(parameters_are_as_published) {
  BOOST_TEST(direction_network<float>("from64").layout.parameters() == 97'457);
  BOOST_TEST(direction_network<float>("from128").layout.parameters() == 152'881);
  BOOST_TEST(direction_network<double>("from64").layout.blocks().front().size() == 27 * 16);
  BOOST_CHECK_THROW((void)direction_network<float>("from32"), UsageError);
}

BOOST_AUTO_TEST_CASE(initial_weights_are_glorot_with_the_published_fans) {
  const auto net = direction_network<double>("from64");
  Arena<double> arena(net.layout);
  initialise(arena, 7);
  const auto largest = [&](const std::string& name) {
    for (const Block& b : net.layout.blocks())
      if (b.name == name) {
        const auto values = arena.parameters(b);
        return std::abs(*std::max_element(values.begin(), values.end(), [](double u, double v) { return std::abs(u) < std::abs(v); }));
      }
    return -1.0;
  };
  // The largest of n uniform numbers comes within a few 1/n of the limit.
  const double inner = std::sqrt(6.0 / (27 * 16 + 27 * 16));
  BOOST_TEST(largest("enter.weight") <= inner);
  BOOST_TEST(largest("enter.weight") > 0.99 * inner);
  BOOST_TEST(largest("input.weight") <= std::sqrt(6.0 / (27 + 27 * 16)));
  BOOST_TEST(largest("output.weight") <= std::sqrt(6.0 / 17));
  BOOST_TEST(largest("output.weight") > 0.5 * std::sqrt(6.0 / 17));
  BOOST_TEST(largest("enter.bias") == 0);
}

BOOST_AUTO_TEST_CASE(reach_is_22_and_34_voxels) {
  struct Row {
    const char* name;
    std::int64_t reach;
  };
  for (const auto& [name, reach] : {Row{"from64", 22}, Row{"from128", 34}}) {
    const auto net = direction_network<double>(name);
    const Arena<double> arena = open_arena(net);
    const Shape s{1, 1, 2, 2, 80};
    std::int64_t farthest = 0;
    for (const std::size_t at : {38U, 39U, 40U, 41U}) { // the farthest depends on the place in its pair
      std::vector<double> x(static_cast<std::size_t>(s.size()), 0.5);
      const std::vector<double> before = apply(net, arena, s, x);
      x[at] += 1;
      const std::vector<double> after = apply(net, arena, s, x);
      for (std::size_t i = 0; i < before.size(); ++i)
        if (before[i] != after[i]) farthest = std::max(farthest, std::abs(static_cast<std::int64_t>(i % 80) - static_cast<std::int64_t>(at)));
    }
    BOOST_TEST(farthest == reach, name);
  }
}

BOOST_AUTO_TEST_CASE(shifts_by_two_voxels_commute_away_from_borders) {
  const auto net = direction_network<double>("from64");
  Arena<double> arena(net.layout);
  randomise(arena, 9);
  for (double& v : arena.parameters()) v *= 0.2;
  const Shape s{1, 1, 4, 4, 64};
  const std::vector<double> x = random_values<double>(s.size(), 3);
  std::vector<double> moved(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) moved[i] = x[i % 64 < 2 ? i : i - 2];

  const std::vector<double> y = apply(net, arena, s, x);
  const std::vector<double> y_moved = apply(net, arena, s, moved);

  const double largest = std::abs(*std::max_element(y.begin(), y.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
  int checked = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i % 64 < 26 || i % 64 >= 40) continue; // both borders farther than the reach
    BOOST_TEST(std::abs(y_moved[i] - y[i - 2]) <= 1e-13 * largest);
    ++checked;
  }
  BOOST_TEST(checked == 14 * 16);
  BOOST_TEST(y_moved[30] != y[30]);
}

BOOST_AUTO_TEST_CASE(kernels_agree_on_the_whole_network) {
  const Shape s{1, 1, 8, 6, 10};
  const auto truth_net = direction_network<double>("from128", make_convolution_kernels<double>("reference"));
  Arena<double> truth_arena(truth_net.layout);
  initialise(truth_arena, 1);
  const std::vector<double> truth = apply(truth_net, truth_arena, s, random_values<double>(s.size(), 2));
  const double size = std::sqrt(dot(truth, truth) / static_cast<double>(truth.size()));
  for (const std::string& name : convolution_kernel_names<float>()) {
    const auto net = direction_network<float>("from128", make_convolution_kernels<float>(name));
    Arena<float> arena(net.layout);
    initialise(arena, 1);
    const std::vector<float> got = apply(net, arena, s, random_values<float>(s.size(), 2));
    // 22 layers of rounding at 432 products each; 1e-5 is some 8 u sqrt(432).
    for (std::size_t i = 0; i < got.size(); ++i) BOOST_REQUIRE_SMALL((static_cast<double>(got[i]) - truth[i]) / size, 1e-5);
  }
}

BOOST_AUTO_TEST_CASE(gradient_of_the_loss_through_the_network) {
  const Shape s{1, 1, 4, 4, 4};
  const auto net = direction_network<double>("from64");
  Arena<double> arena(net.layout);
  initialise(arena, 3);
  const std::vector<double> b = random_values<double>(64, 5);
  const Apply A = [](std::span<const double> x, std::span<double> y) { // tridiagonal, positive definite
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = 3 * x[i] - (i > 0 ? x[i - 1] : 0) - (i + 1 < x.size() ? x[i + 1] : 0);
  };
  const auto memory = Memory::real();
  const Stack<double> input{from_plain<double>(memory, s, b)};
  double loss = 0;
  const Seed<double> seed = [&](const Stack<double>& value) -> Stack<double> {
    std::vector<double> gradient(64);
    loss = direction_loss(A, b, value[0].values(), gradient).value;
    return {value[0].make(s, [&](double* out) { std::copy(gradient.begin(), gradient.end(), out); })};
  };
  const auto loss_at = [&](const Arena<double>& at) {
    (void)seed(evaluate<double>(net.chain, input, at.parameters()));
    return loss;
  };

  for (const char* planner : {"store_all", "balanced"}) {
    arena.clear_gradients();
    (void)gradient<double>(net.chain, make_plan(planner, static_cast<std::int64_t>(net.chain.size())), input, seed, std::as_const(arena).parameters(),
                           arena.gradients());
    const std::vector<double> direction = random_values<double>(net.layout.size(), 8);
    constexpr double h = 1e-7; // the network is piecewise linear: no kink is met so close
    Arena<double> up = arena, down = arena;
    for (std::size_t i = 0; i < direction.size(); ++i) {
      up.parameters()[i] += h * direction[i];
      down.parameters()[i] -= h * direction[i];
    }
    const double difference = (loss_at(up) - loss_at(down)) / (2 * h);
    const double adjoint = dot(std::as_const(arena).gradients(), direction);
    BOOST_TEST(std::abs(adjoint - difference) <= 1e-6 * std::abs(adjoint), adjoint << " " << difference);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(direction)

namespace {

constexpr std::size_t n = 12;

/// B^T B + I with random B, dense.
std::vector<double> positive_matrix() {
  const std::vector<double> b = random_values<double>(n * n, 11);
  std::vector<double> a(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      a[i * n + j] = i == j ? 1 : 0;
      for (std::size_t k = 0; k < n; ++k) a[i * n + j] += b[k * n + i] * b[k * n + j];
    }
  return a;
}

const std::vector<double> matrix = positive_matrix();

void multiply(std::span<const double> x, std::span<double> y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = dot(std::span(matrix).subspan(i * n, n), x);
}

DirectionLoss loss(const std::vector<double>& b, const std::vector<double>& f, std::vector<double>& gradient) {
  gradient.resize(f.size());
  return direction_loss(multiply, b, f, gradient);
}

} // namespace

BOOST_AUTO_TEST_CASE(gradient_is_the_derivative_and_orthogonal_to_the_direction) {
  const std::vector<double> b = random_values<double>(n, 1);
  const std::vector<double> f = random_values<double>(n, 2);
  std::vector<double> gradient, unused;

  const DirectionLoss at = loss(b, f, gradient);

  constexpr double h = 1e-6;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> up = f, down = f;
    up[i] += h;
    down[i] -= h;
    BOOST_TEST(std::abs(gradient[i] - (loss(b, up, unused).value - loss(b, down, unused).value) / (2 * h)) <= 1e-7 * at.value);
  }
  BOOST_TEST(std::abs(dot(f, gradient)) <= 1e-13 * std::sqrt(dot(f, f) * dot(gradient, gradient)));
}

BOOST_AUTO_TEST_CASE(loss_is_the_residual_after_the_exact_step) {
  const std::vector<double> b = random_values<double>(n, 1);
  const std::vector<double> f = random_values<double>(n, 2);
  std::vector<double> gradient, g(n);
  const DirectionLoss at = loss(b, f, gradient);
  multiply(f, g);
  double residual = 0, along = 0;
  for (std::size_t i = 0; i < n; ++i) {
    residual += (b[i] - at.step * g[i]) * (b[i] - at.step * g[i]);
    along += f[i] * (b[i] - at.step * g[i]);
  }
  BOOST_TEST(std::abs(at.value - residual) <= 1e-14 * residual);
  BOOST_TEST(std::abs(along) <= 1e-13); // the line search is exact
}

BOOST_AUTO_TEST_CASE(scale_of_the_direction_does_not_matter) {
  const std::vector<double> b = random_values<double>(n, 1);
  std::vector<double> f = random_values<double>(n, 2), gradient, scaled_gradient;
  const DirectionLoss one = loss(b, f, gradient);
  for (double& v : f) v *= -4; // a power of two: bit for bit
  const DirectionLoss four = loss(b, f, scaled_gradient);
  BOOST_TEST(one.value == four.value);
  for (std::size_t i = 0; i < n; ++i) BOOST_TEST(gradient[i] == -4 * scaled_gradient[i]);
}

BOOST_AUTO_TEST_CASE(the_solution_has_no_loss) {
  const std::vector<double> x = random_values<double>(n, 4);
  std::vector<double> b(n), gradient;
  multiply(x, b);
  BOOST_TEST(loss(b, x, gradient).value <= 1e-28 * dot(b, b));
  const Apply identity = [](std::span<const double> from, std::span<double> to) { std::copy(from.begin(), from.end(), to.begin()); };
  gradient.resize(n);
  BOOST_TEST(direction_loss(identity, b, b, gradient).value == 0);
}

BOOST_AUTO_TEST_CASE(bad_inputs) {
  const std::vector<double> b = random_values<double>(n, 1);
  std::vector<double> gradient(n);
  const std::vector<double> zero(n), short_one(n - 1), nan(n, std::nan(""));
  BOOST_CHECK_THROW((void)direction_loss(multiply, b, zero, gradient), UsageError);
  BOOST_CHECK_THROW((void)direction_loss(multiply, b, nan, gradient), UsageError);
  BOOST_CHECK_THROW((void)direction_loss(multiply, b, short_one, gradient), UsageError);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::learning::tests
