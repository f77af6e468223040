// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/collocation.hpp>

#include <numeric>

namespace ansatz::solvers::gp {

namespace {

void times(Matrix& a, const Collocation::PlacedTerm& term) {
  for (std::size_t i = 0; i < a.size(); ++i) a.values[i] *= term.values.values.empty() ? term.mean : term.values.values[i];
}

} // namespace

Collocation::Collocation(const Problem& problem, const std::array<AxisBasis, 2>& bases, const std::array<std::vector<double>, 2>& nodes,
                         Columns which) {
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
      Matrix all = basis.at(nodes[axis], static_cast<int>(order));
      factors_[axis][order] = which == Columns::all ? std::move(all) : columns(all, basis.fixed(), basis.free());
    }
  }
  for (const Term& term : problem.terms) {
    PlacedTerm placed{.order = term.order, .mean = 0.0, .values = {}};
    if (term.coefficient.is_constant()) {
      placed.mean = term.coefficient(0.0, 0.0);
    } else {
      placed.values = term.coefficient.at(nodes[0], nodes[1]);
      placed.mean = std::accumulate(placed.values.values.begin(), placed.values.values.end(), 0.0) / static_cast<double>(placed.values.size());
    }
    terms_.push_back(std::move(placed));
  }
}

const Matrix& Collocation::factor(int axis, int order) const { return factors_[static_cast<std::size_t>(axis)][static_cast<std::size_t>(order)]; }

Matrix Collocation::apply_term(const PlacedTerm& term, const Matrix& c) const {
  Matrix value = sandwich(factor(0, term.order[0]), c, factor(1, term.order[1]));
  times(value, term);
  return value;
}

Matrix Collocation::apply(const Matrix& c) const {
  Matrix sum(factor(0, 0).rows, factor(1, 0).rows);
  for (const PlacedTerm& term : terms_) axpy(1.0, apply_term(term, c).values, sum.values);
  return sum;
}

Matrix Collocation::transposed_apply(const Matrix& r) const {
  Matrix sum(factor(0, 0).cols, factor(1, 0).cols);
  for (const PlacedTerm& term : terms_) {
    Matrix weighted = r;
    times(weighted, term);
    axpy(1.0, product(product_tn(factor(0, term.order[0]), weighted), factor(1, term.order[1])).values, sum.values);
  }
  return sum;
}

} // namespace ansatz::solvers::gp
