// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/tensor_axis.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/eigen.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

constexpr double relative_cut = 1e-12; // of singular values
constexpr int derivatives = 2;         // of the equation

/// a * combination = u is orthonormal: directions below the cut are left out. Columns are scaled to length one first: each is known to rounding of
/// its own size, however small a prior makes it. Products go through u or through (a * combination) in this order; other brackets lose what was cut.
struct Orthonormal {
  Matrix u;
  Matrix combination;
};

Orthonormal orthonormal(Matrix a) {
  std::vector<double> lengths(static_cast<std::size_t>(a.cols));
  for (int j = 0; j < a.cols; ++j) {
    const std::span<double> column(a.column(j), static_cast<std::size_t>(a.rows));
    double& length = lengths[static_cast<std::size_t>(j)];
    length = std::max(std::sqrt(dot(column, column)), 1e-300);
    for (double& value : column) value /= length;
  }
  const bool wide = a.cols > a.rows;
  Svd parts = svd(wide ? transposed(a) : std::move(a));
  if (wide) std::swap(parts.u, parts.v);
  int kept = 0;
  for (const double value : parts.values) kept += value > relative_cut * parts.values.front() ? 1 : 0;
  Orthonormal result{.u = columns(parts.u, 0, kept), .combination = columns(parts.v, 0, kept)};
  for (int j = 0; j < kept; ++j)
    for (int i = 0; i < result.combination.rows; ++i)
      result.combination(i, j) /= parts.values[static_cast<std::size_t>(j)] * lengths[static_cast<std::size_t>(i)];
  return result;
}

Matrix row_scaled(Matrix a, const std::vector<double>& weights) {
  for (int j = 0; j < a.cols; ++j)
    for (int i = 0; i < a.rows; ++i) a(i, j) *= std::sqrt(weights[static_cast<std::size_t>(i)]);
  return a;
}

/// Enough nodes for products of any two features and their derivatives.
Quadrature rule_of(const AxisModel& model) {
  double highest = 0.0;
  for (const Line& line : model.lines) highest = std::max(highest, line.frequency);
  return gauss_legendre(static_cast<int>(std::ceil(highest * model.interval.length)) + 90, model.interval.low, model.interval.length);
}

/// Coefficients from values: through the ends, then least squares; the product of two factors, whose own product would lose digits.
std::array<Matrix, 2> fit_of(const AxisBasis& basis, const std::vector<double>& points) {
  const Matrix psi = basis.at(points, 0);
  const std::array<double, 2> ends{points.front(), points.back()};
  const Matrix at_ends = solve_general(columns(basis.at(ends, 0), 0, 2), identity(2));
  if (at_ends.values.empty()) throw UsageError("bad_value", "the features of an axis cannot tell its two ends apart; give other lines");
  const auto count = static_cast<int>(points.size());
  Matrix fixed(2, count);
  for (int i = 0; i < 2; ++i) {
    fixed(i, 0) = at_ends(i, 0);
    fixed(i, count - 1) = at_ends(i, 1);
  }
  const Orthonormal free = orthonormal(columns(psi, 2, basis.free()));
  Matrix rest = identity(count);
  multiply(rest, columns(psi, 0, 2), Op::plain, fixed, Op::plain, -1.0, 1.0);
  const Matrix seen = product_tn(free.u, rest);
  Matrix left(basis.size(), 2 + seen.rows);
  Matrix right(2 + seen.rows, count);
  for (int j = 0; j < count; ++j) {
    std::copy_n(fixed.column(j), 2, right.column(j));
    std::copy_n(seen.column(j), seen.rows, right.column(j) + 2);
  }
  for (int i = 0; i < 2; ++i) left(i, i) = 1.0;
  for (int j = 0; j < seen.rows; ++j) std::copy_n(free.combination.column(j), basis.free(), left.column(2 + j) + 2);
  return {left, right};
}

} // namespace

TensorAxis feature_axis(AxisModel model, int points) {
  if (points < 4) throw UsageError("bad_value", "grid: " + std::to_string(points) + " points along an axis; at least 4 are needed");
  if (model.lines.empty()) throw UsageError("bad_value", "no spectral line along an axis");
  double total = 0.0;
  for (const Line& line : model.lines) total += line.weight;
  for (Line& line : model.lines) line.weight /= total; // only the product over the axes is seen
  const auto wider = [&model](std::span<const double> at) { return AxisBasis(model, {}).wider(at, derivatives); };
  while (model.kernel == nullptr && wider({&model.interval.low, 1}).cols > points && model.cut < 1e-3) model.cut *= 10.0;
  TensorAxis axis{.interval = model.interval, .points = uniform_points(model.interval, points)};
  const auto basis = std::make_shared<AxisBasis>(model, std::vector<double>{model.interval.low, model.interval.high()});
  axis.basis = [basis](std::span<const double> at, int order) { return basis->at(at, order); };
  axis.size = basis->size();
  axis.fit = fit_of(*basis, axis.points);

  const Quadrature rule = rule_of(model);
  const auto free_at = [&](int order) { return row_scaled(columns(basis->at(rule.nodes, order), 2, basis->free()), rule.weights); };
  const Matrix values = free_at(0);
  const Orthonormal thin = orthonormal(values);
  const Matrix slopes = product(free_at(1), thin.combination);
  const SymmetricEigen eigen = symmetric_eigen(product_tn(slopes, slopes));
  axis.combination = thin.combination;
  axis.modes = eigen.vectors;
  for (const double value : eigen.values) axis.eigenvalues.push_back(-value);
  const Matrix mode_values = product(thin.u, axis.modes);
  const Matrix shares = product_tn(values, mode_values); // of every feature in every mode
  for (int i = 0; i < shares.cols; ++i) {
    const std::span<const double> share(shares.column(i), static_cast<std::size_t>(shares.rows));
    axis.prior.push_back(dot(share, share) / (model.kernel == nullptr ? 1.0 : total)); // a kernel has its weights from before they were divided
  }

  // What is tested is fitted at the grid points by the span of the second derivatives, and that fit integrated against the modes.
  const Orthonormal seen = orthonormal(wider(axis.points));
  const Matrix integrals = product_tn(mode_values, product(row_scaled(wider(rule.nodes), rule.weights), seen.combination));
  axis.test = product_nt(integrals, seen.u);
  return axis;
}

} // namespace ansatz::solvers::gp
