// SPDX-License-Identifier: Apache-2.0
/// Functions of one axis from a kernel itself, without features in closed form: the Newton basis of its Gram matrix on an equidistant grid,
///   psi_j(x) = (k(x, x_j) - sum_{i<j} psi_i(x) L_ji) / L_jj,   Psi Psi^T = K up to what is cut,   u = Psi c,  c ~ N(0, I),
/// x_0, x_1, ... the grid points in the order of a Cholesky factorisation K = L L^T with diagonal pivoting: each is where the variance left by those
/// before it is greatest. L is the Cholesky factor of the values on the grid, c the whitened values: K^-1 is never formed, derivatives act on k.
/// It ends where the variance left is `cut` of the whole, the numerical rank: no jitter. A function of variance v relative to the whole has rounding
/// errors of eps/v of its size, hence long double: at v = 1e-14 they are 5e-6 instead of 1e-2.
/// Cite: Mueller and Schaback, J. Approx. Theory 161 (2009) 645, doi:10.1016/j.jat.2008.10.014 (Newton basis); Harbrecht, Peters, Schneider,
/// Appl. Numer. Math. 62 (2012) 428 (pivoting to low rank).
/// Shapes: a row a point, a column a function.  Cost: N r^2 once, n r^2/2 and n r kernel values for `at`.  Memory: 16 r^2 bytes.
/// Errors: UsageError `bad_value` for fewer than 4 points, a derivative that functions with this kernel do not have in mean square.
/// Threads: const members may run at once.  MPI: none.  Ownership: values.
#pragma once

#include <ansatz/solvers/gp/axis_basis.hpp>

namespace ansatz::solvers::gp {

class KernelBasis {
public:
  /// \param points  of the grid on `model.interval`  \param model  its lines
  KernelBasis(Envelope form, const AxisModel& model, int points);
  /// Functions that leave at most `cut` of the variance of any point.
  [[nodiscard]] int count(double cut) const;
  /// The first `count` functions, or their derivatives up to the fourth.
  [[nodiscard]] Matrix at(std::span<const double> x, int order, int count) const;

private:
  Envelope form_;
  std::vector<Line> lines_;
  std::vector<double> nodes_{};                    ///< x_0, x_1, ...
  std::vector<long double> left_{};                ///< greatest variance left before each of them, relative
  std::vector<std::vector<long double>> factor_{}; ///< L at the nodes: row j has j + 1 entries
};

/// The same axis with functions from a kernel on a grid: Student-t lines get `rate T` = 0.3, Gaussian ones keep theirs.
/// \param model  lines and interval
[[nodiscard]] AxisModel with_kernel(AxisModel model, Envelope form, int points);

} // namespace ansatz::solvers::gp
