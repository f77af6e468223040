// SPDX-License-Identifier: Apache-2.0
/// A posterior over functions in weight space: mean Psi_1 C Psi_2^T and covariance of the free coefficients s^2 (R^T R)^-1, where R^T R = A^T A +
/// s^2 I and s is the standard deviation of the equation's noise. Given faces have no variance.
/// Units: those of u and its square.  Threads: const members may run at once.  MPI: none.  Ownership: owns everything; free to copy.
#pragma once

#include <ansatz/solvers/gp/axis_basis.hpp>

#include <array>
#include <random>

namespace ansatz::solvers::gp {

class FeatureSolution {
public:
  FeatureSolution() = default;
  FeatureSolution(std::array<AxisBasis, 2> bases, Matrix coefficients, Matrix r, double noise)
      : bases_(std::move(bases)), coefficients_(std::move(coefficients)), r_(std::move(r)), noise_(noise) {}

  /// Mean, or its derivative, at all pairs: a row an x, a column a y.
  [[nodiscard]] Matrix mean(std::span<const double> x, std::span<const double> y, std::array<int, 2> order = {0, 0}) const;
  /// Variance at all pairs: s^2 sum over k of (Psi_1 Z_k Psi_2^T)^2 entry by entry, Z_k column k of R^-1. A sum of squares, since differences of large entries
  /// would leave zeros where little is left. Cost: n^3/3 + n (M_1 n + M_1 M_2 n_2) multiply-adds, n = n_1 n_2 the free coefficients.
  [[nodiscard]] Matrix variance(std::span<const double> x, std::span<const double> y) const;
  /// A function drawn from the posterior, as a solution whose mean it is: c + s R^-1 xi, xi ~ N(0, I).
  [[nodiscard]] FeatureSolution sample(std::mt19937_64& random) const;
  [[nodiscard]] const std::array<AxisBasis, 2>& bases() const { return bases_; }
  [[nodiscard]] const Matrix& coefficients() const { return coefficients_; }

private:
  std::array<AxisBasis, 2> bases_{AxisBasis({}, {}), AxisBasis({}, {})};
  Matrix coefficients_;
  Matrix r_;
  double noise_ = 0.0;
};

} // namespace ansatz::solvers::gp
