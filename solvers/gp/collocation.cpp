// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/collocation.hpp>

#include <numeric>

namespace ansatz::solvers::gp {

namespace {

void times(Matrix& a, const Collocation::PlacedTerm& term) {
  for (std::size_t i = 0; i < a.size(); ++i) a.values[i] *= term.values.values.empty() ? term.mean : term.values.values[i];
}

} // namespace

Matrix Nodes::values_of(const Expression& formula) const {
  if (!scattered) return formula.at(x[0], x[1]);
  Matrix values(static_cast<int>(x[0].size()), 1);
  for (std::size_t i = 0; i < values.size(); ++i) values.values[i] = formula(x[0][i], x[1][i]);
  return values;
}

Collocation::Collocation(const Problem& problem, const std::array<AxisBasis, 2>& bases, const Nodes& nodes, Columns which)
    : scattered_(nodes.scattered) {
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const AxisBasis& basis = bases[axis];
    std::vector<bool> used{true};
    for (const Term& term : problem.terms) {
      const auto order = static_cast<std::size_t>(term.order[axis]);
      if (order >= used.size()) used.resize(order + 1);
      used[order] = true;
    }
    factors_[axis].resize(used.size());
    for (std::size_t order = 0; order < used.size(); ++order) {
      if (!used[order]) continue;
      Matrix all = basis.at(nodes.x[axis], static_cast<int>(order));
      factors_[axis][order] = which == Columns::all ? std::move(all) : columns(all, basis.fixed(), basis.free());
    }
  }
  for (const Term& term : problem.terms) {
    PlacedTerm placed{.order = term.order, .mean = 0.0, .values = {}};
    if (term.coefficient.is_constant()) {
      placed.mean = term.coefficient(0.0, 0.0);
    } else {
      placed.values = nodes.values_of(term.coefficient);
      placed.mean = std::accumulate(placed.values.values.begin(), placed.values.values.end(), 0.0) / static_cast<double>(placed.values.size());
    }
    terms_.push_back(std::move(placed));
  }
}

const Matrix& Collocation::factor(int axis, int order) const { return factors_[static_cast<std::size_t>(axis)][static_cast<std::size_t>(order)]; }

Matrix Collocation::spread(std::array<int, 2> order, const Matrix& c) const {
  const Matrix& left = factor(0, order[0]);
  const Matrix& right = factor(1, order[1]);
  if (!scattered_) return sandwich(left, c, right);
  const Matrix along = product(left, c);
  Matrix values(left.rows, 1);
  for (int b = 0; b < right.cols; ++b)
    for (int i = 0; i < right.rows; ++i) values(i, 0) += along(i, b) * right(i, b);
  return values;
}

Matrix Collocation::gather(std::array<int, 2> order, const Matrix& r) const {
  const Matrix& left = factor(0, order[0]);
  if (!scattered_) return product(product_tn(left, r), factor(1, order[1]));
  Matrix weighted = factor(1, order[1]);
  for (int b = 0; b < weighted.cols; ++b)
    for (int i = 0; i < weighted.rows; ++i) weighted(i, b) *= r(i, 0);
  return product_tn(left, weighted);
}

Matrix Collocation::apply_term(const PlacedTerm& term, const Matrix& c) const {
  Matrix value = spread(term.order, c);
  times(value, term);
  return value;
}

Matrix Collocation::apply(const Matrix& c) const {
  Matrix sum(factor(0, 0).rows, scattered_ ? 1 : factor(1, 0).rows);
  for (const PlacedTerm& term : terms_) axpy(1.0, apply_term(term, c).values, sum.values);
  return sum;
}

Matrix Collocation::transposed_apply(const Matrix& r) const {
  Matrix sum(factor(0, 0).cols, factor(1, 0).cols);
  for (const PlacedTerm& term : terms_) {
    Matrix weighted = r;
    times(weighted, term);
    axpy(1.0, gather(term.order, weighted).values, sum.values);
  }
  return sum;
}

} // namespace ansatz::solvers::gp
