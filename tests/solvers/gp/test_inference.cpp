// SPDX-License-Identifier: Apache-2.0
// Unknown functions and coefficients from noisy and partial data: estimates and error bars against laws of error, bands against truths drawn from the
// prior.
#include "posed.hpp"

#include <ansatz/data/error.hpp>

#include <numbers>

using namespace gp_tests;

namespace {

constexpr double pi = std::numbers::pi;

/// |estimate - truth| within 3 sd, and the sd within 15 % of the law's.
void check_estimate(const Estimate& estimate, double truth, double law) {
  BOOST_TEST(std::abs(estimate.value - truth) < 3.0 * law, estimate.name << " " << estimate.value << ", sd " << estimate.sd << ", law " << law);
  BOOST_TEST(std::abs(estimate.sd - law) < 0.15 * law, estimate.name << ": sd " << estimate.sd << ", law " << law);
}

} // namespace

BOOST_AUTO_TEST_SUITE(gp_inference)

BOOST_AUTO_TEST_CASE(wave_number_from_sensors) {
  const Posed posed = pose(find_problem("I1"), 11);
  const InferenceResult result = solve(posed);

  double sum = 0.0;
  for (const double x : posed.statement.sensors.points.x) sum += std::pow(std::sin(100.0 * x), 2);
  const double k2 = 80.3 * 80.3;
  check_estimate(result.coefficients[0], k2, (1e4 - k2) * 0.01 / std::sqrt(sum));
  BOOST_TEST(result.converged, result.reason << " " << result.relative_residual);
  BOOST_TEST(result.warnings.empty(), words(result.warnings));
}

BOOST_AUTO_TEST_CASE(speed_from_sensors) {
  const Posed posed = pose(find_problem("I2"), 12);
  const InferenceResult result = solve(posed);

  double sum = 0.0;
  const PointSet& at = posed.statement.sensors.points;
  for (std::size_t i = 0; i < at.x.size(); ++i) sum += std::pow(at.x[i] * std::cos(at.x[i] - 200.0 * at.y[i]), 2);
  check_estimate(result.coefficients[0], 200.0, 200.0 * 0.01 / std::sqrt(sum));
  BOOST_TEST(result.warnings.empty(), words(result.warnings));
}

BOOST_AUTO_TEST_CASE(no_boundary_data) {
  const Posed posed = pose(find_problem("I3"), 13);
  const InferenceResult result = solve(posed);

  const auto& places = posed.statement.sensors.points.x;
  const auto n = static_cast<double>(places.size());
  double mean = 0.0;
  for (const double x : places) mean += x / n;
  double spread = 0.0;
  for (const double x : places) spread += (x - mean) * (x - mean);
  const auto x = uniform_points({0.0, 2.0 * pi}, 21);
  const std::vector<double> none{0.0};
  const Matrix u = result.solution.mean(x, none);
  const Matrix variance = result.solution.variance(x, none);
  for (int i = 0; i < 21; ++i) {
    const double at = x[static_cast<std::size_t>(i)];
    const double law = 0.01 * std::sqrt(1.0 / n + (at - mean) * (at - mean) / spread);
    BOOST_TEST(std::abs(u(i, 0) - std::sin(6.0 * at) * std::cos(100.0 * at)) < 3.0 * law);
    BOOST_TEST(std::abs(std::sqrt(variance(i, 0)) - law) < 0.15 * law, std::sqrt(variance(i, 0)) << " " << law);
  }
}

// Sensors alone, their noise not told: a wave is found in the values and the noise from what it leaves.
BOOST_AUTO_TEST_CASE(noise_is_estimated) {
  ProblemText text{.box = {0, 1}, .terms = {"u: 1"}, .faces = {}, .exact = "sin(30*x) + 0.5*x", .points = {200, 1}, .sensors = 120, .noise = 0.05};
  Posed posed = pose(text, 14);
  posed.statement.collocation = {};
  posed.statement.sensors.noise = 0.0;
  posed.models = {AxisModel{.lines = {{.weight = 1.0, .rate = 2.0}}}, AxisModel{}};
  const InferenceResult result = solve(posed);

  BOOST_TEST(std::abs(result.sensor_noise - 0.05) < 0.012, result.sensor_noise); // sd of the estimate: 0.05/sqrt(240) = 0.0033
  BOOST_TEST(error_of(posed, result) < 0.1);
  BOOST_TEST(result.outer.theta.models[0].lines.size() >= 2U);
}

// Truths from the prior, noise from the model: bands of 95 % hold the truth in 95 % of cases. Three binomial standard deviations of 4000: 1.0 %.
BOOST_AUTO_TEST_CASE(bands_are_calibrated) {
  const ProblemText text{.terms = {"xx: 1", "u: 4"}, .source = "1", .boundary = "0", .faces = {"x_low"}, .points = {25, 1}};
  Statement statement{.problem = to_problem(text), .delta = 1.0};
  statement.collocation = latin_hypercube(statement.problem.box, 1, 25, 21);
  statement.sensors = {.points = latin_hypercube(statement.problem.box, 1, 10, 22), .values = std::vector<double>(10), .noise = 0.1};
  OuterState state = start_of(
      statement, {AxisModel{.lines = {{.weight = 0.5, .rate = 2.0}, {.weight = 0.3, .rate = 0.5, .frequency = 9.0}}, .cut = 1e-8}, AxisModel{}});
  Observations observations = observe(statement, state.scales, {});
  observations.sets[1].sd = 0.05;
  const auto& model = state.theta.models[0];
  std::mt19937_64 random(23);
  std::normal_distribution<double> normal;
  int inside = 0;
  double square = 0.0;
  constexpr int runs = 4000;
  for (int run = 0; run < runs; ++run) {
    Matrix c(feature_count(model.lines, model.interval.length, model.cut), 1);
    for (double& value : c.values) value = normal(random);
    for (RowSet& set : observations.sets) {
      const RowFeatures features(set, state.theta.models);
      Matrix rows(set.size(), c.rows);
      features.assemble({}, 1.0, rows, 0);
      set.target = product(rows, c).values;
      const double sd = &set == &observations.sets.back() ? 0.1 : set.sd;
      for (double& value : set.target) value += sd * normal(random);
    }
    const Evidence evidence = evaluate_evidence(observations, state.theta, {});
    const FeatureSolution solution({AxisBasis(model, {}), AxisBasis({}, {})}, evidence.coefficients, evidence.r, 1.0);
    const std::vector<double> x{static_cast<double>(random() >> 11U) * 0x1p-53};
    const std::vector<double> none{0.0};
    const double truth = values_at({.x = x, .y = none}, state.theta.models, c)[0];
    const double z = (truth - solution.mean(x, none)(0, 0)) / std::sqrt(solution.variance(x, none)(0, 0));
    inside += std::abs(z) < 1.959964 ? 1 : 0;
    square += z * z;
  }
  BOOST_TEST(std::abs(inside / static_cast<double>(runs) - 0.95) < 0.0103, inside);
  BOOST_TEST(std::abs(square / runs - 1.0) < 3.0 * std::sqrt(2.0 / runs), square / runs);
}

// Samples have the posterior's mean and variance.
BOOST_AUTO_TEST_CASE(samples_follow_the_posterior) {
  const Posed posed = pose(find_problem("I3"), 13);
  const InferenceResult result = solve(posed, {.optimise = false});
  const auto x = uniform_points({0.0, 2.0 * pi}, 5);
  const std::vector<double> none{0.0};
  const Matrix mean = result.solution.mean(x, none);
  const Matrix variance = result.solution.variance(x, none);
  std::mt19937_64 random(31);
  constexpr int count = 600;
  std::vector<double> sum(5);
  std::vector<double> square(5);
  for (int s = 0; s < count; ++s) {
    const Matrix sample = result.solution.sample(random).mean(x, none);
    for (int i = 0; i < 5; ++i) {
      const double deviation = sample(i, 0) - mean(i, 0);
      sum[static_cast<std::size_t>(i)] += deviation / count;
      square[static_cast<std::size_t>(i)] += deviation * deviation / count;
    }
  }
  for (int i = 0; i < 5; ++i) {
    const auto at = static_cast<std::size_t>(i);
    BOOST_TEST(std::abs(sum[at]) < 4.0 * std::sqrt(variance(i, 0) / count));
    BOOST_TEST(std::abs(square[at] / variance(i, 0) - 1.0) < 4.0 * std::sqrt(2.0 / count));
  }
}

BOOST_AUTO_TEST_CASE(warnings_are_given) {
  const auto warned = [](const InferenceResult& result, const char* phrase) {
    return std::any_of(result.warnings.begin(), result.warnings.end(),
                       [&](const std::string& text) { return text.find(phrase) != std::string::npos; });
  };
  ProblemText text{.box = {0, 1}, .terms = {"xx: 1"}, .source = "1", .faces = {}, .exact = "x", .points = {30, 1}};
  const std::array<AxisModel, 2> broad{AxisModel{.lines = {{.weight = 1.0, .rate = 2.0}}}, AxisModel{}};
  Posed posed{.text = text, .statement = {.problem = to_problem(text)}, .models = broad};
  posed.statement.collocation = pairs_of(uniform_points({0.0, 1.0}, 30), {0.0});
  BOOST_TEST(warned(solve(posed, {.optimise = false}), "no boundary values and no observations"));

  // Between equal end values u_x = 0 fits every speed.
  text.terms = {"x: b"};
  text.unknowns = {"b: 1, 0, 2"};
  text.source = "0";
  text.faces = {"x_low"};
  text.boundary = "1";
  text.sensors = 10;
  text.exact = "1";
  text.noise = 0.1;
  posed = pose(text, 5);
  posed.models = broad;
  BOOST_TEST(warned(solve(posed, {.optimise = false}), "next to nothing about b"));

  posed.statement.sensors.values[0] += 5.0;
  BOOST_TEST(warned(solve(posed, {.optimise = false}), "times their stated noise"));

  posed.statement.collocation = {};
  posed.statement.problem.faces = {};
  BOOST_TEST(warned(solve(posed, {.optimise = false}), "features but only"));
}

BOOST_AUTO_TEST_CASE(foolish_statements_are_refused) {
  const ProblemText text{.box = {0, 1}, .terms = {"xx: 1"}, .faces = {}};
  const std::array<AxisModel, 2> broad{AxisModel{.lines = {{.weight = 1.0, .rate = 2.0}}}, AxisModel{}};
  const auto refused = [&](const Statement& statement) {
    BOOST_CHECK_THROW((void)infer(statement, {}, start_of(statement, broad)), ansatz::UsageError);
  };
  Statement nothing{.problem = to_problem(text)};
  refused(nothing);
  Statement outside = nothing;
  outside.sensors = {.points = {.x = {2.0}, .y = {0.0}}, .values = {1.0}, .noise = 0.1};
  refused(outside);
  outside.sensors = {.points = {.x = {0.5}, .y = {0.0}}, .values = {std::nan("")}, .noise = 0.1};
  refused(outside);
  outside.sensors = {.points = {.x = {0.5}, .y = {0.0}}, .values = {1.0, 2.0}, .noise = 0.1};
  refused(outside);
  ProblemText wrong{.terms = {"u: b"}};
  for (const char* unknowns : {"b", "b: 1", "b: 1, 2, 3", "b: 1, 0, 2, 3", "b c: 1, 0, 2"}) {
    wrong.unknowns = {unknowns};
    BOOST_CHECK_THROW((void)to_problem(wrong), ansatz::UsageError);
  }
  wrong.unknowns = {"c: 1, 0, 2"};
  wrong.terms = {"u: 1"};
  BOOST_CHECK_THROW((void)to_problem(wrong), ansatz::UsageError);
}

BOOST_AUTO_TEST_SUITE_END()
