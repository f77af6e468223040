// SPDX-License-Identifier: Apache-2.0
/// Solution of A x = b for a symmetric positive definite matrix by Cholesky's factors (LAPACK dpotrf, dpotrs).
/// Shapes: A n x n, column-major, upper triangle, overwritten by its factor; b becomes x.
/// Errors: UsageError (`bad_value`) for sizes that differ; false if A is not positive definite.  Cost: n^3 / 3.  Threads: BLAS's.
#pragma once

#include <span>

namespace ansatz::equivariant {

[[nodiscard]] bool solve_cholesky(std::span<double> matrix, std::span<double> right);

} // namespace ansatz::equivariant
