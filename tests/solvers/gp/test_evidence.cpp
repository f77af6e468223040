// SPDX-License-Identifier: Apache-2.0
// The evidence of scattered observations: equal to the dense formulas over the Gram matrix, gradients equal to finite differences, curvature that of
// the projected problem.
#include "support.hpp"

#include <ansatz/solvers/gp/inference.hpp>

#include <boost/test/unit_test.hpp>

#include <numbers>

using namespace gp_tests;

namespace {

using Kind = Parameter::Kind;

/// u'' + beta u = f at scattered points with a visible noise, u at one end, twelve sensors.
Statement small_statement() {
  const ProblemText text{
      .terms = {"xx: 1", "u: b * 1"}, .unknowns = {"b: 3, -10, 10"}, .source = "20*cos(9*x) + 8*x", .boundary = "0.2", .faces = {"x_low"}};
  Statement statement{.problem = to_problem(text), .delta = 3e-3};
  statement.collocation = latin_hypercube(statement.problem.box, 1, 30, 3);
  statement.sensors.points = latin_hypercube(statement.problem.box, 1, 12, 4);
  for (const double x : statement.sensors.points.x) statement.sensors.values.push_back(0.3 * std::sin(7.0 * x));
  return statement;
}

Hyperparameters small_theta(const Statement& statement) {
  AxisModel model{.interval = statement.problem.box[0], .lines = {{.weight = 0.5, .rate = 2.0}, {.weight = 0.3, .rate = 1.5, .frequency = 8.0}}};
  return {.models = {model, AxisModel{}}, .coefficients = {3.0}, .sensor_noise = 0.05};
}

/// Covariance of the values sum_k a_k d^k u of two places under the prior.
double covariance(const std::vector<Line>& lines, const std::vector<double>& left, const std::vector<double>& right, double z) {
  double sum = 0.0;
  for (std::size_t i = 0; i < left.size(); ++i)
    for (std::size_t j = 0; j < right.size(); ++j)
      if (left[i] * right[j] != 0.0)
        sum += left[i] * right[j] * (j % 2 == 1 ? -1.0 : 1.0) * kernel(Envelope::gaussian, lines, z, static_cast<int>(i + j));
  return sum;
}

struct DenseDatum {
  double x = 0.0;
  std::vector<double> operation{}; ///< coefficients of u, u', u''
  double target = 0.0;
  double sd = 0.0;
};

std::vector<DenseDatum> dense_data(const Observations& observations, const Hyperparameters& theta) {
  std::vector<DenseDatum> data;
  for (std::size_t s = 0; s < observations.sets.size(); ++s) {
    const RowSet& set = observations.sets[s];
    for (std::size_t i = 0; i < set.points.x.size(); ++i) {
      DenseDatum datum{.x = set.points.x[i], .operation = {0.0, 0.0, 0.0}, .target = set.target[i], .sd = set.sd};
      if (static_cast<int>(s) == observations.sensors) datum.sd = theta.sensor_noise;
      for (const RowTerm& term : set.terms)
        datum.operation[static_cast<std::size_t>(term.order[0])] += term.factor[i] * (term.unknown < 0 ? 1.0 : theta.coefficients[0]);
      data.push_back(std::move(datum));
    }
  }
  return data;
}

std::vector<Parameter> all_parameters() {
  return {{Kind::log_weight, 0, 0}, {Kind::log_rate, 0, 0},    {Kind::log_weight, 0, 1}, {Kind::log_rate, 0, 1},
          {Kind::frequency, 0, 1},  {Kind::coefficient, 0, 0}, {Kind::log_noise, 0, 0}};
}

/// Central differences of fourth order against the analytic gradient.
void check_gradient(const Observations& observations, Hyperparameters theta, const std::vector<Parameter>& parameters, double tolerance) {
  for (AxisModel& model : theta.models)
    for (Line& line : model.lines) line.terms = feature_terms(line, model.interval.length, model.cut);
  const Evidence evidence = evaluate_evidence(observations, theta, parameters);
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const double value = value_of(theta, parameters[p]);
    const double h = 2e-3 * std::max(1.0, std::abs(value) * (parameters[p].kind == Kind::frequency ? 0.1 : 1.0));
    const auto at = [&](double shift) {
      Hyperparameters moved = theta;
      set_value(moved, parameters[p], value + shift);
      return evaluate_evidence(observations, moved, {}).negative_log;
    };
    const double slope = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
    BOOST_TEST(std::abs(slope - evidence.gradient[p]) < tolerance * std::max(1.0, std::abs(slope)),
               name_of(parameters[p]) << ": " << evidence.gradient[p] << ", by differences " << slope);
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(gp_evidence)

BOOST_AUTO_TEST_CASE(equals_the_dense_formulas) {
  Statement statement = small_statement();
  const Hyperparameters theta = small_theta(statement);
  Scales scales = scales_of(statement, theta);
  Observations observations = observe(statement, scales, {});
  observations.sets[1].sd = 0.01; // a boundary value of 1e-10 would drown in the rounding of the Gram matrix
  const Evidence evidence = evaluate_evidence(observations, theta, {});

  const auto data = dense_data(observations, theta);
  const auto& lines = theta.models[0].lines;
  const int n = static_cast<int>(data.size());
  Matrix gram(n, n);
  Matrix y(n, 1);
  const auto datum = [&](int i) -> const DenseDatum& { return data[static_cast<std::size_t>(i)]; };
  for (int i = 0; i < n; ++i) {
    y(i, 0) = datum(i).target;
    for (int j = 0; j < n; ++j)
      gram(i, j) = covariance(lines, datum(i).operation, datum(j).operation, datum(i).x - datum(j).x) + (i == j ? datum(i).sd * datum(i).sd : 0.0);
  }
  const Matrix factor = cholesky(gram);
  BOOST_REQUIRE(!factor.values.empty());
  double log_det = 0.0;
  for (int i = 0; i < n; ++i) log_det += 2.0 * std::log(factor(i, i));
  const Matrix weights = solve_general(gram, y);
  const double expected = 0.5 * (dot(y.values, weights.values) + log_det + n * std::log(2.0 * std::numbers::pi));
  BOOST_TEST(std::abs(evidence.negative_log - expected) < 1e-8 * std::abs(expected), evidence.negative_log << " " << expected);

  const FeatureSolution solution({AxisBasis(theta.models[0], {}), AxisBasis(theta.models[1], {})}, evidence.coefficients, evidence.r, 1.0);
  const auto x = uniform_points({0.0, 1.0}, 11);
  const std::vector<double> none{0.0};
  const Matrix mean = solution.mean(x, none);
  const Matrix variance = solution.variance(x, none);
  for (int i = 0; i < 11; ++i) {
    Matrix cross(n, 1);
    for (int j = 0; j < n; ++j) cross(j, 0) = covariance(lines, {1.0, 0.0, 0.0}, datum(j).operation, x[static_cast<std::size_t>(i)] - datum(j).x);
    BOOST_TEST(std::abs(mean(i, 0) - dot(cross.values, weights.values)) < 1e-9);
    const double v = kernel(Envelope::gaussian, lines, 0.0, 0) - dot(cross.values, solve_general(gram, cross).values);
    BOOST_TEST(std::abs(variance(i, 0) - v) < 1e-9);
  }
}

BOOST_AUTO_TEST_CASE(gradient_in_one_dimension) {
  const Statement statement = small_statement();
  const Hyperparameters theta = small_theta(statement);
  Observations observations = observe(statement, scales_of(statement, theta), {});
  observations.sets[1].sd = 0.01; // differences of an evidence with rows weighted 1e10 have five digits
  check_gradient(observations, theta, all_parameters(), 1e-6);
}

BOOST_AUTO_TEST_CASE(gradient_in_two_dimensions) {
  const ProblemText text{.box = {0, 1, 0, 2},
                         .terms = {"xx: 1", "yy: 1 + x*y", "x: c * sin(y)"},
                         .unknowns = {"c: 2, 0, 5"},
                         .powers = {0, -1, 0, 1},
                         .source = "sin(3*x)*cos(2*y)",
                         .boundary = "x*y",
                         .faces = {"x_low", "y_high"}};
  Statement statement{.problem = to_problem(text), .face_points = {6, 7}, .delta = 1e-3};
  statement.collocation = latin_hypercube(statement.problem.box, 2, 40, 5);
  statement.sensors.points = latin_hypercube(statement.problem.box, 2, 15, 6);
  for (std::size_t i = 0; i < 15; ++i) statement.sensors.values.push_back(statement.sensors.points.x[i] * statement.sensors.points.y[i]);
  AxisModel x{
      .interval = statement.problem.box[0], .lines = {{.weight = 1.0, .rate = 0.5}, {.weight = 0.4, .rate = 0.2, .frequency = 3.0}}, .cut = 1e-6};
  AxisModel y{
      .interval = statement.problem.box[1], .lines = {{.weight = 0.7, .rate = 0.1}, {.weight = 0.3, .rate = 0.1, .frequency = 2.5}}, .cut = 1e-6};
  const Hyperparameters theta{.models = {x, y}, .coefficients = {2.0}, .sensor_noise = 0.1};
  auto parameters = all_parameters();
  for (const Kind kind : {Kind::log_weight, Kind::log_rate, Kind::frequency}) parameters.push_back({kind, 1, 1});
  const std::vector<double> v(40, 0.3);

  Observations observations = observe(statement, scales_of(statement, theta), v);
  observations.sets[1].sd = 1e-2;
  check_gradient(observations, theta, parameters, 1e-6);
}

// Under a wide prior the projected curvature is the textbook information about b in exp(-b x) and noise.
BOOST_AUTO_TEST_CASE(curvature_is_the_information) {
  const ProblemText text{.box = {0, 1}, .terms = {"x: 1", "u: b"}, .unknowns = {"b: 0.7, 0, 2"}, .source = "0", .boundary = "1", .faces = {"x_low"}};
  Statement statement{.problem = to_problem(text), .delta = 1e-7};
  statement.collocation.x = uniform_points({0.0, 1.0}, 40);
  statement.collocation.y.assign(40, 0.0);
  statement.sensors = {.points = latin_hypercube(statement.problem.box, 1, 25, 8), .noise = 0.02};
  for (const double x : statement.sensors.points.x) statement.sensors.values.push_back(std::exp(-0.7 * x));
  OuterState state = start_of(statement, {AxisModel{.lines = {{.weight = 1e3, .rate = 2.0}}}, AxisModel{}});
  const Evidence evidence = evaluate_evidence(observe(statement, state.scales, {}), state.theta, {{Kind::coefficient, 0, 0}});

  double information = 0.0;
  for (const double x : statement.sensors.points.x) information += std::pow(x * std::exp(-0.7 * x) / 0.02, 2);
  BOOST_TEST(std::abs(evidence.curvature(0, 0) - information) < 1e-4 * information, evidence.curvature(0, 0) << " " << information);
}

BOOST_AUTO_TEST_SUITE_END()
