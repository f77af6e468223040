// SPDX-License-Identifier: Apache-2.0
/// One axis of an equation solved by tensor products: a basis whose first two functions carry the values at the ends and whose others vanish there,
/// with modes e_i of the second derivative among the latter, test functionals t_i and a fit of grid values:
///   u = sum_j c_j psi_j,   e_i = sum_jk psi_(2+j) combination_jk modes_ki,   t_i(e_j) = delta_ij,   t_i(e_j'') = lambda_i delta_ij up to rounding.
/// Two kinds: features of spectral lines (few modes whatever the grid; Galerkin in L2, so that lambda is real and negative) and Chebyshev collocation
/// (one mode a node).
/// Cite: Lynch, Rice, Thomas, Numer. Math. 6 (1964) 185 (modes of tensor products).
/// Errors: UsageError `bad_value` for unusable lines, fewer than 4 points, modes that are not real or too badly conditioned.
/// Cost: O(n^3) of the features' or the points' number.  Threads: const use may be concurrent.  MPI: none, every rank holds all axes.
#pragma once

#include <ansatz/solvers/gp/axis_basis.hpp>

#include <array>
#include <functional>

namespace ansatz::solvers::gp {

struct TensorAxis {
  Interval interval{};
  std::vector<double> points{};                                ///< of the collocation grid, ends included
  std::function<Matrix(std::span<const double>, int)> basis{}; ///< psi_j^(order) at points: points x size
  int size = 0;                                                ///< functions; the first two are those of the ends
  Matrix combination{};                                        ///< (size - 2) x r: an orthonormal basis; empty: the functions themselves
  Matrix modes{};                                              ///< r x r
  std::vector<double> eigenvalues{};                           ///< lambda
  Matrix test{};                                               ///< r x points
  std::array<Matrix, 2> fit{}; ///< coefficients of a function from its values, exact at the ends: fit[0] fit[1] values
  bool nodal = false;          ///< t_i(e_j) and t_i(e_j'') are those above to rounding of single products
  std::vector<double> prior{}; ///< variance of the modes' coefficients under the lines' prior; empty: none stated
  [[nodiscard]] int mode_count() const { return modes.cols; }
};

/// \param model  lines and interval  \param points  of the grid along the axis; terms of the lines are left out, weakest first, until they fit it
[[nodiscard]] TensorAxis feature_axis(AxisModel model, int points);
[[nodiscard]] TensorAxis chebyshev_axis(const Interval& interval, int points);

} // namespace ansatz::solvers::gp
