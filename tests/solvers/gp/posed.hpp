// SPDX-License-Identifier: Apache-2.0
/// Statements with noisy observations made from a problem's exact solution, solved by inference.
#pragma once

#include "support.hpp"

#include <ansatz/solvers/gp/inference.hpp>

#include <boost/test/unit_test.hpp>

#include <random>
#include <sstream>

namespace gp_tests {

struct Posed {
  ProblemText text{};
  Statement statement{};
  std::array<AxisModel, 2> models{};
};

/// Collocation on the problem's grid, sensors at random places with noise as it says, lines searched in source and faces.
/// \param plane_ratio  b T^2/2 of the lines at 0 in two dimensions
inline Posed pose(const ProblemText& text, std::uint64_t seed, double plane_ratio = 0.1) {
  Posed posed{.text = text, .statement = {.problem = to_problem(text)}};
  Statement& statement = posed.statement;
  const Problem& problem = statement.problem;
  const auto x = uniform_points(problem.box[0], text.points[0]);
  const auto y = problem.dimensions == 2 ? uniform_points(problem.box[1], text.points[1]) : std::vector<double>{0.0};
  statement.collocation = pairs_of(x, y);
  statement.face_points = text.points;
  statement.sensors.points = latin_hypercube(problem.box, problem.dimensions, text.sensors, seed);
  statement.sensors.noise = text.noise;
  std::mt19937_64 random(seed + 1);
  std::normal_distribution<double> normal;
  const Expression truth(text.exact, "exact", problem.dimensions);
  for (std::size_t i = 0; i < statement.sensors.points.x.size(); ++i)
    statement.sensors.values.push_back(truth(statement.sensors.points.x[i], statement.sensors.points.y[i]) + text.noise * normal(random));
  posed.models =
      propose_lines(at_coefficients(problem, starts_of(problem)), {.points = text.points, .mean_ratio = problem.dimensions == 1 ? 1.0 : plane_ratio})
          .models;
  return posed;
}

inline InferenceResult solve(const Posed& posed, InferenceOptions options = {}) {
  options.check_points = posed.text.points;
  InferenceResult result = infer(posed.statement, options, start_of(posed.statement, posed.models));
  std::ostringstream told;
  told << posed.text.name << ": " << result.outer.round << " rounds, " << result.iterations << " steps, " << result.unknowns << " unknowns, "
       << result.rows << " rows, residual " << result.relative_residual;
  for (const Estimate& estimate : result.coefficients) told << ", " << estimate.name << " " << estimate.value << " +- " << estimate.sd;
  for (const auto& texts : {result.outer.changes, result.warnings})
    for (const std::string& text : texts) told << "; " << text;
  BOOST_TEST_MESSAGE(told.str());
  return result;
}

inline double error_of(const Posed& posed, const InferenceResult& result) {
  const auto at = test_points(posed.statement.problem);
  return relative_error(result.solution.mean(at.x, at.y), exact(posed.text, posed.statement.problem, at));
}

inline std::string words(const std::vector<std::string>& list) {
  std::string all;
  for (const std::string& text : list) all += text + "; ";
  return all;
}

} // namespace gp_tests
