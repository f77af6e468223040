// SPDX-License-Identifier: Apache-2.0
/// Finite differences of second order on the same uniform grid, by PETSc: the row printed on request (`--compare fd`).
/// u'' by three points; u' centred where both ends of the axis have data, otherwise by backward or forward differences of second order (first at the
/// first node) away from the end that has. One sparse LU factorisation; powers of u by Newton from the solution without them.
/// Accuracy: O(h^2), which on grids of a few points a wave is no digit: (m h)^2/12 relative in a wave of frequency m.
/// Errors: UsageError `bad_value` for derivatives above the second or mixed ones, or a singular system.
/// Cost: that of PETSc's LU.  Threads: one.  MPI: none, on PETSC_COMM_SELF.
#pragma once

#include <ansatz/solvers/gp/problem.hpp>

#include <array>

namespace ansatz::solvers::gp {

struct FiniteDifferenceResult {
  std::array<std::vector<double>, 2> nodes{};
  Matrix values{};
  bool converged = false;
  int iterations = 0; ///< Newton steps
  /// Bilinear interpolation: its error is of the order of the method's.
  [[nodiscard]] Matrix at(std::span<const double> x, std::span<const double> y) const;
};

[[nodiscard]] FiniteDifferenceResult solve_finite_differences(const Problem& problem, std::array<int, 2> points);
/// True where solve_finite_differences knows the derivatives.
[[nodiscard]] bool has_finite_differences(const Problem& problem);

} // namespace ansatz::solvers::gp
