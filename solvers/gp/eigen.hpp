// SPDX-License-Identifier: Apache-2.0
/// Eigenvalues and singular values of small dense matrices, and Gauss-Legendre nodes.
/// Errors: InternalError where LAPACK refuses.  Cost: that of the LAPACK routine named, O(n^3).  Threads: those of the BLAS.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/dense.hpp>

namespace ansatz::solvers::gp {

/// a = V diag(values) V^T with ascending values (dsyev); the lower triangle counts.
struct SymmetricEigen {
  std::vector<double> values{};
  Matrix vectors{};
};
[[nodiscard]] SymmetricEigen symmetric_eigen(Matrix a);

/// a = V diag(values) V^-1 (dgeev). `real`: every eigenvalue is; otherwise the vectors mean nothing.
struct RealEigen {
  bool real = false;
  std::vector<double> values{};
  Matrix vectors{};
  Matrix inverse{};       ///< of the vectors
  double condition = 0.0; ///< of the vectors, Frobenius norms
};
[[nodiscard]] RealEigen real_eigen(Matrix a);

/// a = U diag(values) V^T with descending values (dgesvd); rows >= columns.
struct Svd {
  Matrix u{};
  std::vector<double> values{};
  Matrix v{};
};
[[nodiscard]] Svd svd(Matrix a);

/// Nodes on [low, low + length], ascending, and weights: exact for polynomials of degree 2 count - 1. Newton on Legendre's recursion.
struct Quadrature {
  std::vector<double> nodes{};
  std::vector<double> weights{};
};
[[nodiscard]] Quadrature gauss_legendre(int count, double low, double length);

} // namespace ansatz::solvers::gp
