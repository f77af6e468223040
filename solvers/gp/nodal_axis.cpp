// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/tensor_axis.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/chebyshev.hpp>
#include <ansatz/solvers/gp/eigen.hpp>

#include <memory>

namespace ansatz::solvers::gp {

namespace {

constexpr double worst_condition = 1e8; // of the modes; beyond it they lose more digits than a solution may

/// Columns of a nodal basis with those of the two ends first.
Matrix ends_first(const Matrix& a) {
  Matrix b(a.rows, a.cols);
  const auto put = [&](int to, int from) { std::copy_n(a.column(from), a.rows, b.column(to)); };
  put(0, 0);
  put(1, a.cols - 1);
  for (int j = 1; j + 1 < a.cols; ++j) put(j + 1, j);
  return b;
}

/// Everything that follows from u'' = second u at the nodes.
void complete(TensorAxis& axis, const Matrix& second) {
  const int n = second.rows;
  Matrix inner(n - 2, n - 2);
  for (int j = 0; j < inner.cols; ++j) std::copy_n(second.column(j + 1) + 1, inner.rows, inner.column(j));
  RealEigen eigen = real_eigen(std::move(inner));
  if (!eigen.real || eigen.condition > worst_condition)
    throw UsageError("bad_value", "the modes of an axis with " + std::to_string(n) + " points are " +
                                      (eigen.real ? "of condition " + std::to_string(eigen.condition) + ", above 1e8" : "not real") +
                                      "; take fewer points a wave or --representation features");
  axis.nodal = true;
  axis.size = n;
  axis.eigenvalues = std::move(eigen.values);
  axis.modes = std::move(eigen.vectors);
  axis.test = Matrix(n - 2, n);
  for (int j = 0; j + 2 < n; ++j) std::copy_n(eigen.inverse.column(j), n - 2, axis.test.column(j + 1));
  axis.fit = {identity(n), transposed(ends_first(identity(n)))};
}

} // namespace

TensorAxis chebyshev_axis(const Interval& interval, int points) {
  if (points < 4) throw UsageError("bad_value", "Chebyshev reference: " + std::to_string(points) + " nodes; at least 4 are needed");
  TensorAxis axis{.interval = interval, .points = chebyshev_nodes(interval, points)};
  const auto first = std::make_shared<Matrix>(chebyshev_differentiation(interval, points));
  const auto second = std::make_shared<Matrix>(product(*first, *first));
  axis.basis = [nodes = axis.points, first, second](std::span<const double> at, int order) {
    const Matrix values = chebyshev_interpolation(nodes, at);
    return ends_first(order == 0 ? values : product(values, order == 1 ? *first : *second));
  };
  complete(axis, *second);
  return axis;
}

} // namespace ansatz::solvers::gp
