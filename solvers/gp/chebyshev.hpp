// SPDX-License-Identifier: Apache-2.0
/// Chebyshev collocation of the same problems: the classical answer that every result of the Gaussian process is printed beside.
/// Gauss-Lobatto nodes x_j = centre - T/2 cos(pi j/(N-1)); D by barycentric weights with negative-sum diagonal, D_k = D^k; nodes with data are
/// eliminated.
/// Terms that separate into L_1(x) + L_2(y) give A X + X B^T = F, solved by real Schur forms and dtrsyl, in one dimension by LU. Powers of u above
/// one: Newton, in two dimensions each step by LSQR preconditioned with that solve. Values elsewhere by barycentric interpolation.
/// Cite: Trefethen, Spectral Methods in MATLAB, SIAM 2000; Berrut and Trefethen, SIAM Review 46 (2004) 501.
/// Accuracy: 1e-10 to 1e-14 of a smooth solution with more than pi nodes a wave.  Cost: about 25 N^3 an axis.
/// Errors: UsageError `bad_value` for fewer than 4 nodes or coefficients that do not separate.  Threads: those of the BLAS.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/nodal_solver.hpp>

#include <array>

namespace ansatz::solvers::gp {

struct ChebyshevResult {
  std::array<std::vector<double>, 2> nodes{};
  Matrix values{};        ///< u at the nodes
  bool converged = false; ///< Newton has settled; a linear problem is solved at once
  int iterations = 0;     ///< Newton steps
  double tail = 0.0;      ///< largest of the last Chebyshev coefficients of either axis, relative to the largest of all: what the grid leaves out
  [[nodiscard]] Matrix at(std::span<const double> x, std::span<const double> y) const;
};

/// Nodes in ascending order, u' = D u at them, and values at the nodes to values at `points`.
[[nodiscard]] std::vector<double> chebyshev_nodes(const Interval& interval, int count);
[[nodiscard]] Matrix chebyshev_differentiation(const Interval& interval, int count);
[[nodiscard]] Matrix chebyshev_interpolation(const std::vector<double>& nodes, std::span<const double> points);

[[nodiscard]] ChebyshevResult solve_chebyshev(const Problem& problem, std::array<int, 2> nodes);

} // namespace ansatz::solvers::gp
