// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/learning/optimisers/lbfgs.hpp>
#include <ansatz/learning/optimisers/optimiser.hpp>
#include <ansatz/learning/optimisers/schedule.hpp>

#include <boost/test/unit_test.hpp>

namespace ansatz::learning::tests {

namespace {

Layout two_blocks() {
  Layout layout;
  layout.add({.name = "w", .shape = {3}, .decays = true});
  layout.add({.name = "b", .shape = {2}});
  layout.add({.name = "fixed", .shape = {1}, .trainable = false});
  return layout;
}

/// Least squares |X theta - y|^2 / 2 for fixed random data, and its exact solution by Gaussian elimination of the normal equations.
struct Regression {
  static constexpr std::size_t rows = 40, columns = 5;
  std::vector<double> x = random_values<double>(rows * columns, 1);
  std::vector<double> y = random_values<double>(rows, 2);

  template <class T>
  double operator()(Arena<T>& arena) const {
    const auto theta = arena.parameters(arena.layout().blocks()[0]);
    const auto g = arena.gradients(arena.layout().blocks()[0]);
    double loss = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      double r = -y[i];
      for (std::size_t j = 0; j < columns; ++j) r += x[i * columns + j] * static_cast<double>(theta[j]);
      for (std::size_t j = 0; j < columns; ++j) g[j] += static_cast<T>(x[i * columns + j] * r);
      loss += r * r / 2;
    }
    return loss;
  }

  [[nodiscard]] std::vector<double> solution() const {
    std::vector<std::vector<double>> a(columns, std::vector<double>(columns + 1));
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < columns; ++j) {
        for (std::size_t k = 0; k < columns; ++k) a[j][k] += x[i * columns + j] * x[i * columns + k];
        a[j][columns] += x[i * columns + j] * y[i];
      }
    for (std::size_t p = 0; p < columns; ++p)
      for (std::size_t j = 0; j < columns; ++j) {
        if (j == p) continue;
        const double factor = a[j][p] / a[p][p];
        for (std::size_t k = p; k <= columns; ++k) a[j][k] -= factor * a[p][k];
      }
    std::vector<double> theta(columns);
    for (std::size_t j = 0; j < columns; ++j) theta[j] = a[j][columns] / a[j][j];
    return theta;
  }
};

Layout regression_layout() {
  Layout layout;
  layout.add({.name = "theta", .shape = {5}});
  layout.add({.name = "fixed", .shape = {2}, .initial = Initial::one, .trainable = false});
  return layout;
}

} // namespace

BOOST_AUTO_TEST_SUITE(optimisers)

BOOST_AUTO_TEST_CASE(sgd_by_hand) {
  Arena<double> arena(two_blocks());
  Sgd<double> sgd(arena.layout(), {.momentum = 0.5, .decay = 0.1});
  const auto& blocks = arena.layout().blocks();
  for (double& v : arena.parameters()) v = 2;
  for (double& v : arena.gradients()) v = 1;

  BOOST_TEST(sgd.step(arena, 0.25)); // w: v = 1 + 0.2; b: v = 1
  BOOST_TEST(std::abs(arena.parameters(blocks[0])[1] - (2 - 0.25 * 1.2)) < 1e-15);
  BOOST_TEST(arena.parameters(blocks[1])[0] == 1.75);
  BOOST_TEST(sgd.step(arena, 0.5)); // w: v = 0.6 + 1 + 0.17; b: v = 1.5
  BOOST_TEST(std::abs(arena.parameters(blocks[0])[2] - (1.7 - 0.5 * 1.77)) < 1e-15);
  BOOST_TEST(arena.parameters(blocks[1])[1] == 1);
  BOOST_TEST(arena.parameters(blocks[2])[0] == 2);
  BOOST_TEST(sgd.steps() == 2);
}

BOOST_AUTO_TEST_CASE(adam_by_hand) {
  Arena<double> arena(two_blocks());
  Adam<double> adam(arena.layout());
  const auto& block = arena.layout().blocks()[0];
  long double m = 0, q = 0, theta = 0.3L;
  arena.parameters(block)[0] = 0.3;
  for (int k = 1; k <= 5; ++k) {
    const long double g = 0.1L * k - 0.25L;
    arena.clear_gradients();
    arena.gradients(block)[0] = static_cast<double>(g);
    BOOST_TEST(adam.step(arena, 0.01));
    m = 0.9L * m + 0.1L * g;
    q = 0.999L * q + 0.001L * g * g;
    theta -= 0.01L * (m / (1 - std::pow(0.9L, k))) / (std::sqrt(q / (1 - std::pow(0.999L, k))) + 1e-8L);
    BOOST_TEST(std::abs(arena.parameters(block)[0] - static_cast<double>(theta)) < 1e-15);
  }
  BOOST_TEST(arena.parameters(block)[1] == 0); // no gradient, no step
}

BOOST_AUTO_TEST_CASE(gradients_that_are_not_finite_change_nothing) {
  for (const float bad : {std::numeric_limits<float>::infinity(), std::nanf("")}) {
    Arena<float> arena(two_blocks());
    Adam<float> adam(arena.layout());
    for (float& v : arena.gradients()) v = 1;
    BOOST_TEST(adam.step(arena, 0.1));
    const std::vector<float> before(arena.parameters().begin(), arena.parameters().end());
    arena.gradients()[1] = bad;
    BOOST_TEST(!adam.step(arena, 0.1));
    BOOST_TEST(same_bits<float>(before, arena.parameters()));
    BOOST_TEST(adam.steps() == 1);
    const double norm = clip_gradient(arena, 1);
    BOOST_TEST(!std::isfinite(norm));
    BOOST_TEST(arena.gradients()[0] == 1);
  }
}

BOOST_AUTO_TEST_CASE(schedule_and_clipping) {
  BOOST_TEST(cosine_rate(0.1, 0, 10) == 0.1);
  BOOST_TEST(std::abs(cosine_rate(0.1, 5, 10) - 0.05) < 1e-16);
  BOOST_TEST(std::abs(cosine_rate(0.1, 10, 10)) < 1e-17);
  Arena<double> arena(two_blocks());
  arena.gradients(arena.layout().blocks()[0])[0] = 3;
  arena.gradients(arena.layout().blocks()[1])[0] = 4;
  BOOST_TEST(clip_gradient(arena, 10) == 5);
  BOOST_TEST(arena.gradients()[0] == 3);
  BOOST_TEST(clip_gradient(arena, 2.5) == 5);
  BOOST_TEST(arena.gradients()[0] == 1.5);
  BOOST_TEST(clip_gradient(arena, 2.5) == 2.5);
}

BOOST_AUTO_TEST_CASE(lbfgs_solves_the_normal_equations) {
  const Regression regression;
  const std::vector<double> truth = regression.solution();
  Arena<double> arena(regression_layout());
  initialise(arena, 1);

  const LbfgsResult result = minimise<double>(arena, regression, {.gradient_atol = 1e-10});

  BOOST_TEST(result.converged, result.reason);
  BOOST_TEST(result.gradient_norm <= 1e-10);
  BOOST_TEST(result.evaluations >= result.iterations);
  const auto theta = arena.parameters(arena.layout().blocks()[0]);
  for (std::size_t j = 0; j < truth.size(); ++j) BOOST_TEST(std::abs(theta[j] - truth[j]) <= 1e-8);
  BOOST_TEST(arena.parameters(arena.layout().blocks()[1])[1] == 1);

  Arena<float> single(regression_layout());
  const LbfgsResult rounded = minimise<float>(single, regression, {.iterations = 30, .gradient_atol = 1e-5});
  BOOST_TEST(rounded.value <= result.value + 1e-6);
  for (std::size_t j = 0; j < truth.size(); ++j) BOOST_TEST(std::abs(static_cast<double>(single.parameters()[j]) - truth[j]) <= 1e-5);
}

BOOST_AUTO_TEST_CASE(lbfgs_stops_with_a_reason_and_hands_on_exceptions) {
  Arena<double> arena(regression_layout());
  const LbfgsResult stopped = minimise<double>(arena, Regression{}, {.iterations = 1, .gradient_atol = 1e-14});
  BOOST_TEST(!stopped.converged);
  BOOST_TEST(stopped.reason == "DIVERGED_MAXITS");
  const auto failing = [](Arena<double>&) -> double { throw UsageError("bad_value", "no value here"); };
  BOOST_CHECK_THROW((void)minimise<double>(arena, failing), UsageError);
}

BOOST_AUTO_TEST_CASE(bad_inputs) {
  const Layout layout = two_blocks();
  BOOST_CHECK_THROW(Sgd<float>(layout, {.momentum = 1}), UsageError);
  BOOST_CHECK_THROW(Sgd<float>(layout, {.decay = -1}), UsageError);
  BOOST_CHECK_THROW(Adam<float>(layout, {.beta1 = -0.1}), UsageError);
  BOOST_CHECK_THROW(Adam<float>(layout, {.beta2 = std::nan("")}), UsageError);
  BOOST_CHECK_THROW(Adam<float>(layout, {.epsilon = 0}), UsageError);
  Arena<float> other(regression_layout());
  Adam<float> adam(layout);
  BOOST_CHECK_THROW((void)adam.step(other, 0.1), UsageError);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::learning::tests
