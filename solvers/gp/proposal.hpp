// SPDX-License-Identifier: Apache-2.0
/// Spectral lines of a solution, proposed from the spectra of its data, axis by axis.
/// Source and face functions are sampled along lines of the axis, finer than the solution grid. Then, greedily: fit the samples by the features of
/// the lines found so far (at first one line at frequency 0); transform what is left (Blackman window, eightfold padding, power averaged over the
/// samples' lines); take its highest peak by parabolic interpolation of log power; refine all frequencies by variable projection (Gauss-Newton with
/// Kaufman's Jacobian); stop when no peak is above `threshold`.
/// Weights follow from the amplitude of a line in f over the symbol of the equation at it: w = amplitude^2 / 2.
/// Cite: Golub and Pereyra, Inverse Problems 19 (2003) R1, doi:10.1088/0266-5611/19/2/201; Kaufman, BIT 15 (1975) 49.
/// Accuracy: of a single line in one dimension 1e-6 relative from the peak, rounding after refinement.
/// Errors: UsageError `bad_value` where f or g is not finite.  Threads: as Expression.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/axis_basis.hpp>
#include <ansatz/solvers/gp/problem.hpp>

#include <array>

namespace ansatz::solvers::gp {

struct ProposalOptions {
  std::array<int, 2> points{200, 1}; ///< of the solution grid
  int oversampling = 4;              ///< >= 1: samples of f and g along an axis, per grid point
  int most_lines = 0;                ///< an axis, besides that at frequency 0; 0: 8 in one dimension, 3 in two
  double threshold = 0.0;            ///< of an amplitude, relative to the largest; 0: 1e-6, 3e-3 where the equation itself makes new frequencies
  double mean_ratio = 1.0;           ///< b T^2/2 of the line at frequency 0: 19 terms
  double wave_ratio = 0.0;           ///< b T^2/2 of the others; 0: 1 in one dimension, 0.003 in two, where features multiply
};

struct Proposal {
  std::array<AxisModel, 2> models{};
  std::array<int, 2> samples{};   ///< taken along each axis; finer than the grid, so that frequencies above its Nyquist frequency are seen
  std::array<double, 2> misfit{}; ///< rms of what the lines leave of the samples, relative
};

[[nodiscard]] Proposal propose_lines(const Problem& problem, const ProposalOptions& options);

} // namespace ansatz::solvers::gp
