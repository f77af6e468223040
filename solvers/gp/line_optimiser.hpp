// SPDX-License-Identifier: Apache-2.0
/// Spectral lines of a linear problem in one dimension, optimised against the equation itself: variable projection with u eliminated exactly.
///   J*(theta) = min over c and v of |c|^2/2 + v (|A c - f|^2 + M s^2)/2 - M/2 log v,   Phi(B) c = g,   s = delta rms(f),
/// theta = {log w, log rate, m T/(2 pi)} of every line, m = 0 kept. Gradient by the envelope theorem, with the multiplier lambda of the faces,
///   dJ* = v (A c - f)^T dA c + lambda^T dPhi(B) c,   Phi(B) Phi(B)^T lambda = -Phi(B) (c + v A^T (A c - f)),
/// minimised by TAO's bounded limited-memory quasi-Newton method: sqrt(rate) T in [1e-3, 10], m within half a bin of its start.
/// Cite: Golub and Pereyra, Inverse Problems 19 (2003) R1.
/// Errors: UsageError `bad_value` for two dimensions or powers of u above one.  Cost: some tens of QR factorisations of M x features an evaluation.
/// Threads: those of the BLAS.  MPI: none.  Needs PETSc running.
#pragma once

#include <ansatz/solvers/gp/axis_basis.hpp>
#include <ansatz/solvers/gp/problem.hpp>

#include <string>

namespace ansatz::solvers::gp {

struct LineOptimiserOptions {
  int points = 200;        ///< of the grid, ends included
  double delta = 1e-6;     ///< of s: below, the gradient is rounding
  double tolerance = 1e-6; ///< of the gradient, relative to the first
  int most_evaluations = 200;
};

struct LineOptimiserResult {
  AxisModel model{};
  double first = 0.0; ///< J* at the start
  double last = 0.0;
  int evaluations = 0;
  std::string reason{}; ///< TAO's
};

/// J* and its gradient, three entries a line in the order of theta.
[[nodiscard]] double line_objective(const Problem& problem, const AxisModel& model, const LineOptimiserOptions& options,
                                    std::vector<double>& gradient);

[[nodiscard]] LineOptimiserResult optimise_lines(const Problem& problem, AxisModel model, const LineOptimiserOptions& options);

} // namespace ansatz::solvers::gp
