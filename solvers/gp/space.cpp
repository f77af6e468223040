// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/space.hpp>

#include <ansatz/solvers/gp/proposal.hpp>
#include <ansatz/solvers/gp/space_newton.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

constexpr int most_midpoints = 40;

double norm(const Cube& a) { return std::sqrt(dot(a.values, a.values)); }

std::vector<double> midpoints(const std::vector<double>& points) {
  const auto gaps = static_cast<int>(points.size()) - 1;
  const int kept = std::min(gaps, most_midpoints);
  std::vector<double> between;
  for (int k = 0; k < kept; ++k) {
    const auto i = static_cast<std::size_t>(static_cast<long>(gaps) * k / kept);
    between.push_back((points[i] + points[i + 1]) / 2.0);
  }
  return between;
}

Cube at_points(const Expression& formula, const std::array<std::vector<double>, 3>& x) {
  Cube values({static_cast<int>(x[0].size()), static_cast<int>(x[1].size()), static_cast<int>(x[2].size())});
  std::size_t n = 0;
  for (const double c : x[2])
    for (const double b : x[1])
      for (const double a : x[0]) values.values[n++] = formula(a, b, c);
  return values;
}

double residual_between(const SpaceProblem& problem, const SpaceSolution& solution, double scale) {
  std::array<std::vector<double>, 3> x;
  for (std::size_t axis = 0; axis < 3; ++axis) x[axis] = midpoints(solution.axes()[axis].points);
  Cube r = at_points(problem.source, x);
  for (const SpaceTerm& term : problem.terms) {
    const Cube part = solution.mean(x, term.order);
    const Cube factor = term.coefficient.is_constant() ? Cube(part.shape, term.coefficient(0.0)) : at_points(term.coefficient, x);
    for (std::size_t i = 0; i < r.size(); ++i) r.values[i] -= factor.values[i] * part.values[i];
  }
  const Cube u = solution.mean(x);
  for (std::size_t i = 0; i < r.size(); ++i) r.values[i] -= problem.reaction(u.values[i]);
  return norm(r) / (std::sqrt(static_cast<double>(r.size())) * scale);
}

/// Variances of the modes' coefficients; empty where an axis states no prior.
Cube mode_variances(const SpaceOperator& system, const std::array<TensorAxis, 3>& axes, double delta) {
  double power = std::pow(delta * system.scale(), 2);
  for (const TensorAxis& axis : axes) {
    if (axis.prior.empty()) return {};
    power *= axis.interval.length / static_cast<double>(axis.points.size() - 1);
  }
  Cube variance(system.shape());
  for (int k = 0; k < variance.shape[2]; ++k)
    for (int j = 0; j < variance.shape[1]; ++j)
      for (int i = 0; i < variance.shape[0]; ++i) {
        const double l = system.diagonal()(i, j, k) + system.mean_slope();
        const double prior =
            axes[0].prior[static_cast<std::size_t>(i)] * axes[1].prior[static_cast<std::size_t>(j)] * axes[2].prior[static_cast<std::size_t>(k)];
        variance(i, j, k) = 1.0 / (l * l / power + 1.0 / std::max(prior, 1e-300));
      }
  return variance;
}

} // namespace

SpaceResult solve_space(MPI_Comm comm, const SpaceProblem& problem, const std::array<TensorAxis, 3>& axes, const SpaceOptions& options) {
  SpaceResult result;
  SpaceOperator system(comm, problem, axes);
  Cube a = system.right_side();
  result.unknowns = static_cast<std::int64_t>(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) a.values[i] /= system.diagonal().values[i];
  if (!system.diagonal_is_exact()) {
    NewtonResult newton = space_newton(system, a, options.max_iterations, options.monitor);
    result.iterations = newton.iterations;
    result.inner_iterations = newton.inner_iterations;
    result.history = std::move(newton.history);
    result.reason = std::move(newton.reason);
  }
  Cube variances = mode_variances(system, axes, options.delta);
  const FaceCoefficients faces = system.faces();
  const double scale = system.scale();
  result.solution = SpaceSolution(axes, faces, std::move(a), std::move(variances));
  result.relative_residual = residual_between(problem, result.solution, scale);
  if (!std::isfinite(result.relative_residual)) result.reason = "nan";
  if (!result.reason.empty()) return result;
  result.converged = result.relative_residual <= options.rtol;
  result.reason = result.converged ? "converged_rtol" : "stagnated";
  return result;
}

SpaceLines propose_space_lines(const SpaceProblem& problem, std::array<int, 3> points, int oversampling, int most_lines, double threshold) {
  SpaceLines lines;
  for (int axis = 0; axis < 3; ++axis) {
    const int next = (axis + 1) % 3;
    const Interval& across = problem.box[static_cast<std::size_t>((axis + 2) % 3)];
    const Problem plane = problem.on_plane({axis, next}, across.low + across.length * (std::numbers::phi - 1.0));
    const auto a = static_cast<std::size_t>(axis);
    const Proposal proposal = propose_lines(plane, {.points = {points[a], points[static_cast<std::size_t>(next)]},
                                                    .oversampling = oversampling,
                                                    .most_lines = most_lines,
                                                    .threshold = threshold});
    lines.models[a] = proposal.models[0];
    lines.models[a].interval = problem.box[a];
    lines.samples[a] = proposal.samples[0];
  }
  return lines;
}

} // namespace ansatz::solvers::gp
