// SPDX-License-Identifier: Apache-2.0
/// Ritz pairs of a symmetric operator by the Lanczos process with full re-orthogonalisation:
///   A V = V T + ...,  V'V = I,  T tridiagonal,  T Y = Y diag(theta);   theta_j is a Ritz value, V y_j its vector
/// started from A times white noise, so that null vectors of A play no part.
/// Cite: B. Parlett, The Symmetric Eigenvalue Problem, SIAM 1998, chapter 13.
/// Shapes: vectors as those of the problem.
/// Cost: m products, 4 m^2 n flops.  Memory: m vectors.
/// Threads: one.  MPI: none.
#pragma once

#include <ansatz/solvers/dcdm/training/problem.hpp>
#include <ansatz/solvers/dcdm/training/stream.hpp>

namespace ansatz::solvers::training {

class RitzPairs {
public:
  /// \param steps  Lanczos steps m; fewer are taken where the Krylov space is exhausted
  RitzPairs(const Problem& problem, Stream& stream, int steps);

  /// Ascending.
  [[nodiscard]] const std::vector<double>& values() const { return values_; }
  /// sum over j of c_j V y_j
  [[nodiscard]] std::vector<double> combine(std::span<const double> c) const;

private:
  void decompose(const std::vector<double>& off_diagonal);

  std::vector<std::vector<double>> basis_;
  std::vector<double> values_;
  std::vector<double> vectors_; ///< Y, one column after the other
};

} // namespace ansatz::solvers::training
