// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/chebyshev.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/nodal_solver.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

/// (-1)^j, halved at the ends.
double weight(int j, int count) { return (j % 2 == 0 ? 1.0 : -1.0) * (j == 0 || j + 1 == count ? 0.5 : 1.0); }

/// Of the last three coefficients along the columns, by the cosine sums themselves.
double tail(const Matrix& u) {
  const int n = u.rows - 1;
  Matrix cosines(u.rows, u.rows);
  for (int k = 0; k <= n; ++k)
    for (int j = 0; j <= n; ++j)
      cosines(k, j) = std::cos(std::numbers::pi * static_cast<double>(static_cast<long>(k) * j % (2L * n)) / n) * (j == 0 || j == n ? 0.5 : 1.0);
  const Matrix c = product(cosines, u);
  double all = 0.0;
  double last = 0.0;
  for (int j = 0; j < c.cols; ++j)
    for (int k = 0; k <= n; ++k) {
      all = std::max(all, std::abs(c(k, j)));
      // The last one is doubled by aliasing and counts half.
      if (k > n - 3) last = std::max(last, std::abs(c(k, j)) * (k == n ? 0.5 : 1.0));
    }
  return all > 0.0 ? last / all : 0.0;
}

} // namespace

std::vector<double> chebyshev_nodes(const Interval& interval, int count) {
  std::vector<double> x(static_cast<std::size_t>(count), interval.low);
  for (int j = 0; j < count && count > 1; ++j)
    x[static_cast<std::size_t>(j)] = interval.centre() - interval.length / 2.0 * std::cos(std::numbers::pi * j / (count - 1));
  return x;
}

Matrix chebyshev_differentiation(const Interval& interval, int count) {
  Matrix d(count, count);
  for (int i = 0; i < count && count > 1; ++i) {
    double sum = 0.0;
    for (int j = 0; j < count; ++j) {
      if (i == j) continue;
      // x_i - x_j as a product of sines keeps its digits where nodes crowd.
      const double difference =
          interval.length * std::sin(std::numbers::pi * (i + j) / (2.0 * (count - 1))) * std::sin(std::numbers::pi * (i - j) / (2.0 * (count - 1)));
      d(i, j) = weight(j, count) / weight(i, count) / difference;
      sum += d(i, j);
    }
    d(i, i) = -sum;
  }
  return d;
}

Matrix chebyshev_interpolation(const std::vector<double>& nodes, std::span<const double> points) {
  const auto count = static_cast<int>(nodes.size());
  Matrix p(static_cast<int>(points.size()), count);
  for (int i = 0; i < p.rows; ++i) {
    const double x = points[static_cast<std::size_t>(i)];
    const auto same = std::find(nodes.begin(), nodes.end(), x);
    if (same != nodes.end() || count == 1) {
      p(i, count == 1 ? 0 : static_cast<int>(same - nodes.begin())) = 1.0;
      continue;
    }
    double sum = 0.0;
    for (int j = 0; j < count; ++j) sum += p(i, j) = weight(j, count) / (x - nodes[static_cast<std::size_t>(j)]);
    for (int j = 0; j < count; ++j) p(i, j) /= sum;
  }
  return p;
}

Matrix ChebyshevResult::at(std::span<const double> x, std::span<const double> y) const {
  return sandwich(chebyshev_interpolation(nodes[0], x), values, chebyshev_interpolation(nodes[1], y));
}

ChebyshevResult solve_chebyshev(const Problem& problem, std::array<int, 2> nodes) {
  for (int axis = 0; axis < problem.dimensions; ++axis)
    if (nodes[static_cast<std::size_t>(axis)] < 4)
      throw UsageError("bad_value",
                       "Chebyshev reference: " + std::to_string(nodes[static_cast<std::size_t>(axis)]) + " nodes; at least 4 are needed");
  if (problem.dimensions == 2 && !separates(problem))
    throw UsageError("bad_value", "Chebyshev reference: the coefficients do not separate into functions of x and functions of y");
  if (problem.dimensions == 1) nodes[1] = 1;
  ChebyshevResult result;
  std::array<NodalAxis, 2> axes;
  for (std::size_t a = 0; a < 2; ++a) {
    result.nodes[a] = chebyshev_nodes(problem.box[a], nodes[a]);
    axes[a].nodes = result.nodes[a];
    axes[a].derivative = [d = chebyshev_differentiation(problem.box[a], nodes[a])](int order) {
      Matrix power = d;
      for (int k = 1; k < order; ++k) power = product(d, power);
      return power;
    };
  }
  NodalResult solved = solve_on_nodes(problem, axes);
  result.values = std::move(solved.values);
  result.converged = solved.converged;
  result.iterations = solved.iterations;
  result.tail = std::max(tail(result.values), problem.dimensions == 2 ? tail(transposed(result.values)) : 0.0);
  return result;
}

} // namespace ansatz::solvers::gp
