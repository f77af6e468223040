// SPDX-License-Identifier: Apache-2.0
/// Matrices of a stationary kernel and its derivatives on an equidistant grid: K^(n)_ij = k^(n)(x_i - x_j), the first argument differentiated.
/// Cost: lines x points, since only the lags are evaluated.  Threads: no state.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/dense.hpp>
#include <ansatz/solvers/gp/kernel.hpp>

namespace ansatz::solvers::gp {

/// On `count` equidistant points: symmetric for even orders, antisymmetric for odd ones.
[[nodiscard]] Matrix toeplitz(Envelope form, std::span<const Line> lines, double spacing, int count, int order);

} // namespace ansatz::solvers::gp
