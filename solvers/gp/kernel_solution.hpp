// SPDX-License-Identifier: Apache-2.0
/// Values on a uniform grid as the unknowns of a Gaussian-process prior with kernel K (`--representation kernel`), one dimension, ends hard.
/// With K_0 = K_II - K_IB K_BB^-1 K_BI = L L^T the conditional covariance given the ends, u = lift + L z and
///   min_z |A_0 L^-T z + N(u) - r|^2 + s^2 |z|^2,   A_0 = sum_k a_k (K^(k)_II - K^(k)_IB K_BB^-1 K_BI),   s = delta rms(f),
/// by a QR factorisation of the stack: K^-1 is never formed. Powers of u: Gauss-Newton.
/// Jitter (1e-12 of the sum of the weights) and delta are rounding control, not fitted: neither evidence nor residual may choose them.
/// Accuracy: sqrt(eps) times an amplification, or the smoothness of a Matern line; `features` has neither limit.
/// Cost: O(N^3).  Errors: UsageError for two dimensions, fewer than 4 points, a kernel matrix that is not positive definite.
/// Threads: those of the BLAS.  MPI: none.  Ownership: values.
#pragma once

#include <ansatz/solvers/gp/axis_basis.hpp>
#include <ansatz/solvers/gp/problem.hpp>

#include <string>

namespace ansatz::solvers::gp {

struct KernelOptions {
  int points = 200;
  AxisModel model{}; ///< lines; rates and interval are set by solve_kernel
  Envelope envelope = Envelope::matern52;
  double jitter = 1e-12;   ///< > 0
  double delta = 1e-8;     ///< > 0
  int max_iterations = 30; ///< Newton steps
  double rtol = 1e-4;      ///< of the residual between the nodes, relative to f: what `converged` means
};

struct KernelResult {
  std::string reason{}; ///< converged_rtol, max_iterations, stagnated, nan
  bool converged = false;
  int iterations = 0;             ///< Newton steps; 0: a linear equation, solved at once
  double relative_residual = 0.0; ///< |A u + N(u) - f| / |f| between the nodes
  /// k(x, X) K^-1 u, or a derivative: one column.
  [[nodiscard]] Matrix mean(std::span<const double> x, int order = 0) const;

  Matrix weights{}; ///< K^-1 u
  Envelope envelope = Envelope::matern52;
  std::vector<Line> lines{};
  std::vector<double> nodes{};
};

/// The lines with rates that suit an envelope: `rate T` = 0.3 for Student-t lines, b T^2/2 = 1 for Gaussian ones.
[[nodiscard]] std::vector<Line> with_rates_of(Envelope form, const AxisModel& model);

[[nodiscard]] KernelResult solve_kernel(const Problem& problem, const KernelOptions& options);

} // namespace ansatz::solvers::gp
