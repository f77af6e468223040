// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/equation_residual.hpp>

#include <cmath>

namespace ansatz::solvers::gp {

namespace {

std::vector<double> midpoints(const Interval& interval, int points) {
  std::vector<double> x = uniform_points(interval, points);
  for (std::size_t i = 0; i + 1 < x.size(); ++i) x[i] = (x[i] + x[i + 1]) / 2.0;
  if (x.size() > 1) x.pop_back();
  return x;
}

} // namespace

double residual_between(const Problem& problem, const FeatureSolution& solution, std::array<int, 2> points) {
  const std::vector<double> x = midpoints(problem.box[0], points[0]);
  const std::vector<double> y = midpoints(problem.box[1], points[1]);
  Matrix r = problem.source.at(x, y);
  for (const Term& term : problem.terms) {
    const Matrix part = solution.mean(x, y, term.order);
    const Matrix factor = term.coefficient.is_constant() ? Matrix(part.rows, part.cols, term.coefficient(0.0, 0.0)) : term.coefficient.at(x, y);
    for (std::size_t i = 0; i < r.size(); ++i) r.values[i] -= factor.values[i] * part.values[i];
  }
  const Matrix u = solution.mean(x, y);
  for (std::size_t i = 0; i < r.size(); ++i) r.values[i] -= problem.reaction(u.values[i]);
  return std::sqrt(dot(r.values, r.values) / static_cast<double>(r.size()));
}

} // namespace ansatz::solvers::gp
