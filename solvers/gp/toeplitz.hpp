// SPDX-License-Identifier: Apache-2.0
/// Matrices of a stationary kernel and its derivatives between points: K^(n)_ij = k^(n)(x_i - x'_j).
/// Cost: lines x points; on an equidistant grid only the lags are evaluated.  Threads: no state.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/dense.hpp>
#include <ansatz/solvers/gp/kernel.hpp>

namespace ansatz::solvers::gp {

/// On `count` equidistant points: symmetric for even orders, antisymmetric for odd ones.
[[nodiscard]] Matrix toeplitz(Envelope form, std::span<const Line> lines, double spacing, int count, int order);
/// Between any two sets: rows x, columns y; the argument x is differentiated.
[[nodiscard]] Matrix cross_kernel(Envelope form, std::span<const Line> lines, std::span<const double> x, std::span<const double> y, int order);

} // namespace ansatz::solvers::gp
