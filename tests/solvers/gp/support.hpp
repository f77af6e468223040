// SPDX-License-Identifier: Apache-2.0
/// What the tests of solvers/gp share: relative differences, and answers on points off the grid.
#pragma once

#include <ansatz/solvers/gp/direct.hpp>
#include <ansatz/solvers/gp/proposal.hpp>

#include <algorithm>
#include <cmath>

namespace gp_tests {

using namespace ansatz::solvers::gp;

/// |a - b| / |b| in the 2-norm.
inline double relative_error(const Matrix& a, const Matrix& b) {
  Matrix difference = a;
  axpy(-1.0, b.values, difference.values);
  return std::sqrt(dot(difference.values, difference.values) / dot(b.values, b.values));
}

inline double largest_difference(const Matrix& a, const Matrix& b) {
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a.values[i] - b.values[i]));
  return worst;
}

struct Points {
  std::vector<double> x;
  std::vector<double> y;
};

/// 97 points an axis: coprime with every grid of the tests.
inline Points test_points(const Problem& problem) {
  return {uniform_points(problem.box[0], 97), problem.dimensions == 2 ? uniform_points(problem.box[1], 97) : std::vector<double>{0.0}};
}

inline Matrix exact(const ProblemText& text, const Problem& problem, const Points& points) {
  return Expression(text.exact, "exact", problem.dimensions).at(points.x, points.y);
}

} // namespace gp_tests
