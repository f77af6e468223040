// SPDX-License-Identifier: Apache-2.0
// The outer loop on kernel parameters: its gradient by differences of the eliminated objective, and what it makes of a misplaced line.
#include "support.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/line_optimiser.hpp>

#include <boost/test/unit_test.hpp>

#include <numbers>

using namespace gp_tests;

BOOST_AUTO_TEST_SUITE(gp_line_optimiser)

BOOST_AUTO_TEST_CASE(envelope_gradient) {
  const Problem problem = to_problem({.terms = {"xx: 1 + x", "u: 3", "x: 2"}, .source = "50*cos(9*x) + exp(x)", .boundary = "0.2 - 0.3*x"});
  const AxisModel model{.lines = {{.weight = 0.5, .rate = 0.4, .frequency = 0.0}, {.weight = 0.3, .rate = 0.2, .frequency = 8.0}}};
  const LineOptimiserOptions options{.points = 60, .delta = 1e-2};
  std::vector<double> gradient;
  std::vector<double> ignored;
  (void)line_objective(problem, model, options, gradient);

  const double h = 1e-4;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const auto moved = [&](double d) {
      AxisModel other = model;
      Line& line = other.lines[i / 3];
      if (i % 3 == 0) line.weight *= std::exp(d);
      if (i % 3 == 1) line.rate *= std::exp(d);
      if (i % 3 == 2 && line.frequency > 0.0) line.frequency += 2.0 * std::numbers::pi * d;
      return line_objective(problem, other, options, ignored);
    };
    const double difference = (8.0 * (moved(h) - moved(-h)) - (moved(2.0 * h) - moved(-2.0 * h))) / (12.0 * h);
    BOOST_TEST(std::abs(gradient[i] - difference) < 1e-6 * std::max(1.0, std::abs(difference)), i << ": " << gradient[i] << " " << difference);
  }
}

BOOST_AUTO_TEST_CASE(misplaced_line_finds_home) {
  const ProblemText text{.box = {0, 2.0 * std::numbers::pi}, .source = "-400*sin(20*x)", .boundary = "sin(20*x)", .exact = "sin(20*x)"};
  const Problem problem = to_problem(text);
  const double unit = 2.0 / (problem.box[0].length * problem.box[0].length);
  const AxisModel start{.lines = {{.weight = 0.1, .rate = 1e-3 * unit, .frequency = 0.0}, {.weight = 0.5, .rate = 1e-3 * unit, .frequency = 20.3}}};
  const LineOptimiserResult result = optimise_lines(problem, start, {.points = 120});

  BOOST_TEST(result.last < result.first);
  BOOST_TEST(std::abs(result.model.lines[1].frequency - 20.0) < 0.15, result.model.lines[1].frequency << " " << result.reason);
  const auto error = [&](const AxisModel& model) {
    const auto points = test_points(problem);
    return relative_error(solve_direct(problem, {.points = {120, 1}, .models = {model}}).solution.mean(points.x, points.y),
                          exact(text, problem, points));
  };
  BOOST_TEST(error(result.model) < 0.1 * error(start));
}

BOOST_AUTO_TEST_CASE(refused) {
  std::vector<double> gradient;
  BOOST_CHECK_THROW((void)line_objective(to_problem(find_problem("A1")), {}, {}, gradient), ansatz::UsageError);
  BOOST_CHECK_THROW((void)optimise_lines(to_problem(find_problem("P8")), {}, {}), ansatz::UsageError);
}

BOOST_AUTO_TEST_SUITE_END()
