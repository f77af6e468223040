// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/projected_system.hpp>

#include <algorithm>

namespace ansatz::solvers::gp {

namespace {

/// a += scale kron(right, left), the row index of `left` fastest; with values, row by row scaled by them.
void add_kronecker(Matrix& a, const Collocation::PlacedTerm& term, bool by_node, const Matrix& left, const Matrix& right) {
  for (int d = 0; d < right.cols; ++d)
    for (int c = 0; c < left.cols; ++c) {
      double* column = a.column(c + left.cols * d);
      for (int j = 0; j < right.rows; ++j) {
        const double factor = right(j, d);
        const double* values = left.column(c);
        double* rows = column + static_cast<std::ptrdiff_t>(j) * left.rows;
        if (by_node)
          for (int i = 0; i < left.rows; ++i) rows[i] += term.values(i, j) * factor * values[i];
        else
          for (int i = 0; i < left.rows; ++i) rows[i] += term.mean * factor * values[i];
      }
    }
}

/// The same with one row a scattered node.
void add_rows(Matrix& a, const Collocation::PlacedTerm& term, const Matrix& left, const Matrix& right) {
  for (int d = 0; d < right.cols; ++d) {
    Matrix weight(right.rows, 1);
    for (int i = 0; i < right.rows; ++i) weight(i, 0) = right(i, d) * (term.values.values.empty() ? term.mean : term.values(i, 0));
    for (int c = 0; c < left.cols; ++c) {
      double* column = a.column(c + left.cols * d);
      const double* values = left.column(c);
      for (int i = 0; i < left.rows; ++i) column[i] += weight(i, 0) * values[i];
    }
  }
}

} // namespace

Matrix ProjectedSystem::project(const Matrix& f) const {
  Matrix rows = spans[0].values.empty() ? f : product(product_tn(spans[0], f), spans[1]);
  rows.rows = static_cast<int>(rows.size());
  rows.cols = 1;
  return rows;
}

ProjectedSystem project_system(const Problem& problem, const Collocation& operators, const std::array<AxisBasis, 2>& bases, const Nodes& nodes) {
  ProjectedSystem system;
  const bool project = problem.dimensions == 2 && !nodes.scattered;
  std::array<int, 2> highest{};
  for (const Term& term : problem.terms)
    for (std::size_t axis = 0; axis < 2; ++axis) highest[axis] = std::max(highest[axis], term.order[axis]);
  std::array<int, 2> rows{};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    if (project) system.spans[axis] = bases[axis].span(nodes.x[axis], highest[axis]);
    rows[axis] = project ? system.spans[axis].cols : static_cast<int>(nodes.x[axis].size());
  }
  system.a = Matrix(nodes.scattered ? rows[0] : rows[0] * rows[1], bases[0].free() * bases[1].free());
  for (const auto& term : operators.terms()) {
    const Matrix& left = operators.factor(0, term.order[0]);
    const Matrix& right = operators.factor(1, term.order[1]);
    if (nodes.scattered)
      add_rows(system.a, term, left, right);
    else if (project)
      add_kronecker(system.a, term, false, product_tn(system.spans[0], left), product_tn(system.spans[1], right));
    else
      add_kronecker(system.a, term, !term.values.values.empty(), left, right);
  }
  return system;
}

} // namespace ansatz::solvers::gp
