// SPDX-License-Identifier: Apache-2.0
/// Sampled functions of one axis fitted by the features of spectral lines, and the frequencies that fit best (variable projection):
///   min_m min_c |Y - Phi(m) c|^2 + s^2 |c|^2;  step: argmin_dm |r - sum_q P [dPhi/dm_q c; 0] dm_q|, r the residual of the stack [Phi; s I] and P
///   the projection off its columns (Kaufman). Without the prior on c a misplaced frequency would hide in its envelope.
/// Shapes: Y has a row a sample, a column a function; all are fitted by the same lines.  Cost: one QR a step.  Threads: no state.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/axis_basis.hpp>

namespace ansatz::solvers::gp {

/// s = `noise`, relative to the size of Y: coefficients are expected to be as large as Y.
struct LineFit {
  Matrix coefficients;
  Matrix residual; ///< Y - Phi c
  double objective = 0.0;
};

[[nodiscard]] LineFit fit_lines(const AxisModel& model, std::span<const double> points, const Matrix& y, double noise);

/// Moves the frequencies of all lines but those at 0, each by at most half a bin (pi/T) in all, as long as the objective falls. Returns the last fit.
LineFit refine_frequencies(AxisModel& model, std::span<const double> points, const Matrix& y, double noise);

} // namespace ansatz::solvers::gp
