// SPDX-License-Identifier: Apache-2.0
/// How much of the residual b is left after an exact line search along a proposed direction f, for a symmetric matrix A:
///   g = A f,  alpha = (f.b)/(f.g),  rho = b - alpha g,  L = |rho|^2
///   dL/df = -2 alpha A rho - 2 (rho.g)/(f.g) (b - 2 alpha g)
/// with the step length differentiated too. L does not change with the scale of f, so f.dL/df = 0. f = A^-1 b gives L = 0. L may exceed |b|^2: alpha
/// minimises the A-norm of the error, not the residual. Unsupervised: the solution is not needed.
/// Cite: A. Kaneda et al., A deep conjugate direction method for iteratively solving linear systems, ICML 2023, arXiv:2205.10763 (there |b| = 1).
/// Shapes: all of one length.
/// Errors: UsageError for lengths that differ and for f.g = 0 or not finite: f is no direction then.
/// Threads: as `apply`.  MPI: local.  Cost: two products with A.
#pragma once

#include <functional>
#include <span>

namespace ansatz::learning {

/// y = A x
using Apply = std::function<void(std::span<const double> x, std::span<double> y)>;

struct DirectionLoss {
  double value = 0; ///< L
  double step = 0;  ///< alpha
};

/// \param gradient  overwritten with dL/df
[[nodiscard]] DirectionLoss direction_loss(const Apply& apply, std::span<const double> b, std::span<const double> f, std::span<double> gradient);

} // namespace ansatz::learning
