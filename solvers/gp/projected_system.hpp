// SPDX-License-Identifier: Apache-2.0
/// The dense matrix of an equation's linear part by free coefficients. On a grid of two dimensions each axis is projected on the span of its features'
/// derivatives, so that the rows do not grow with the grid; coefficients that vary are then replaced by their means.
/// Shapes: rows are pairs of (projected) nodes, columns pairs of free features, the first axis fastest.
/// Cost: terms x rows x columns.  Threads: no state.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/collocation.hpp>

#include <array>

namespace ansatz::solvers::gp {

struct ProjectedSystem {
  Matrix a;
  std::array<Matrix, 2> spans; ///< empty: rows are the nodes themselves
  /// Data at the nodes, on the rows.
  [[nodiscard]] Matrix project(const Matrix& f) const;
};

[[nodiscard]] ProjectedSystem project_system(const Problem& problem, const Collocation& operators, const std::array<AxisBasis, 2>& bases,
                                             const Nodes& nodes);

} // namespace ansatz::solvers::gp
