// SPDX-License-Identifier: Apache-2.0
/// Average amplitude spectrum of sampled functions: Blackman window, eightfold zero padding, FFTW.
/// Threads: FFTW's planner is not reentrant, so one caller at a time.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/dense.hpp>

namespace ansatz::solvers::gp {

struct Peak {
  double frequency = 0.0; ///< radians per unit length
  double amplitude = 0.0; ///< of the wave, root mean square over the columns
};

/// The highest peak at or above `lowest`. \param samples  a column a function, rows `spacing` apart
[[nodiscard]] Peak highest_peak(const Matrix& samples, double spacing, double lowest);

} // namespace ansatz::solvers::gp
