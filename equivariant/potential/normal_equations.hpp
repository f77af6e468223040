// SPDX-License-Identifier: Apache-2.0
/// Least squares for a linear potential by its normal equations, summed molecule by molecule, so that memory does not grow with the data:
///   minimise |X c - y|^2 + ridge sum_k (s_k c_k)^2,   s_k = |X_k|, the norm of column k;   (X^T X + ridge diag(s^2)) c = X^T y by Cholesky's
/// factors.
/// The condition of X is squared; with columns scaled to 1 and ridge >= 1e-12 the factorisation is safe in double and what it loses lies below the
/// ridge.
/// A column that is zero in all rows gets the coefficient 0.
/// Cost: rows times columns^2 of the elements present in a molecule, through BLAS; memory columns^2.
/// Errors: UsageError (`bad_value`) for a ridge that is not positive or wrong sizes; `solve` returns false if the factorisation breaks down.
/// Threads: one.  MPI: none.
#pragma once

#include <ansatz/equivariant/potential/potential.hpp>

namespace ansatz::equivariant {

class NormalEquations {
public:
  /// \param elements, features  of the potential
  NormalEquations(std::size_t elements, std::size_t features);

  /// Adds the equations of a molecule: rows times coefficients = targets, each row and target already weighted. Kept back until `flush` or enough
  /// have come.
  void add(const DesignRows& rows, std::span<const double> targets);
  /// Brings all that was added into the sums.
  void flush();

  /// Coefficients [element][feature] for that ridge; false if the matrix is not positive definite.
  [[nodiscard]] bool solve(double ridge, std::span<double> coefficients) const;
  /// |X c - y|^2 of what was added.
  [[nodiscard]] double residual(std::span<const double> coefficients) const;
  /// Rows added.
  [[nodiscard]] std::size_t rows() const { return total_rows_; }

private:
  std::size_t features_;
  std::size_t columns_;
  std::vector<double> gram_;  ///< X^T X, column-major, upper triangle
  std::vector<double> right_; ///< X^T y
  double square_ = 0;         ///< y^T y
  std::size_t total_rows_ = 0;
  std::vector<std::size_t> present_; ///< elements of the rows kept back
  std::vector<double> kept_, kept_targets_;
};

} // namespace ansatz::equivariant
