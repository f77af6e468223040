// SPDX-License-Identifier: Apache-2.0
#include "verdict.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/direct.hpp>
#include <ansatz/solvers/gp/inference.hpp>
#include <ansatz/solvers/gp/proposal.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gp_sweep {

namespace {

constexpr double face_noise = 1e-10; // what the solver gives boundary values, relative to their size: nothing better is promised

double rms(const Matrix& a) { return std::sqrt(dot(a.values, a.values) / static_cast<double>(a.size())); }

/// As ansatz-gp poses it.
InferenceResult infer_from(const RandomStatement& one, const Problem& problem) {
  const bool plane = problem.dimensions == 2;
  Statement statement{.problem = problem, .face_points = one.text.points, .sensors = one.sensors};
  if (one.kind == Kind::noisy)
    statement.collocation = pairs_of(uniform_points(problem.box[0], one.text.points[0]),
                                     plane ? uniform_points(problem.box[1], one.text.points[1]) : std::vector<double>{0.0});
  InferenceOptions options{.check_points = one.text.points};
  options.optimise = !plane; // the fit of lines by evidence takes a minute in two dimensions
  for (std::size_t axis = 0; axis < 2; ++axis)
    options.outer.highest_frequency[axis] = std::numbers::pi * one.text.points[axis] / problem.box[axis].length;
  const Proposal proposal = propose_lines(problem, {.points = one.text.points, .mean_ratio = plane ? 0.25 : 1.0});
  return infer(statement, options, start_of(statement, proposal.models));
}

void compare(const RandomStatement& one, const Problem& problem, const FeatureSolution& solution, double by_residual, Dice& dice, Verdict& verdict) {
  const auto x = uniform_points(problem.box[0], 173);
  const auto y = problem.dimensions == 2 ? uniform_points(problem.box[1], 61) : std::vector<double>{0.0};
  const Matrix exact = Expression(one.text.exact, "exact", problem.dimensions).at(x, y);
  Matrix difference = solution.mean(x, y);
  axpy(-1.0, exact.values, difference.values);
  Matrix sd = solution.variance(x, y);
  for (double& value : sd.values) value = std::sqrt(value);
  verdict.error = rms(difference) / rms(exact);
  const double rounding = one.kind == Kind::forward ? 0.0 : face_noise * rms(exact);
  verdict.predicted = std::max({by_residual, rms(sd), rounding}) / rms(exact);
  const auto place = static_cast<std::size_t>(dice.between(0.0, static_cast<double>(sd.size()) * 0.999999));
  verdict.in_band = std::abs(difference.values[place]) <= 1.959964 * sd.values[place] + by_residual + rounding;
}

} // namespace

Verdict judge(const RandomStatement& one, Dice& dice) {
  Verdict verdict;
  const Problem problem = to_problem(one.text);
  const auto x = uniform_points(problem.box[0], 173);
  const auto y = problem.dimensions == 2 ? uniform_points(problem.box[1], 61) : std::vector<double>{0.0};
  const double source = rms(problem.source.at(x, y));
  try {
    if (one.kind == Kind::forward) {
      const Proposal proposal = propose_lines(problem, {.points = one.text.points});
      const DirectResult result = solve_direct(problem, {.points = one.text.points, .models = proposal.models});
      verdict.converged = result.converged;
      verdict.reason = result.reason;
      compare(one, problem, result.solution, result.relative_residual * source / one.coercivity, dice, verdict);
    } else {
      const InferenceResult result = infer_from(one, problem);
      verdict.converged = result.converged;
      verdict.warned = !result.warnings.empty();
      verdict.reason = result.reason;
      compare(one, problem, result.solution, std::max(0.0, result.relative_residual) * source / one.coercivity, dice, verdict);
    }
  } catch (const ansatz::UsageError& refused) {
    verdict = {};
    verdict.reason = "refused";
  }
  return verdict;
}

} // namespace gp_sweep
