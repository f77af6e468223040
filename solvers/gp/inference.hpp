// SPDX-License-Identifier: Apache-2.0
/// An unknown function and unknown coefficients of its equation, from whatever is known: the equation at points anywhere, boundary values on some
/// faces or none, noisy sensors anywhere. The hyperparameters are those of the outer loop (outer_loop.hpp), or the start itself; the answer is the
/// posterior under them:
///   u ~ N(Psi_1 C Psi_2^T, (G^T G + I)^-1),   beta ~ N(estimate, H^-1),   G the whitened rows (evidence.hpp), at the last Gauss-Newton step where
/// the equation is not linear. H is taken over coefficients and frequencies together, so H^-1 has u and the frequencies integrated out.
/// Where equation and faces are exact and determine u, its variance measures prior and rounding, not noise.
/// Errors: UsageError `bad_value` for no observation at all, more than `most_unknowns`, unusable lines; not converging is a reason.
/// Threads: those of the BLAS.  MPI: local.  Ownership: values.
#pragma once

#include <ansatz/solvers/gp/feature_solution.hpp>
#include <ansatz/solvers/gp/outer_loop.hpp>

namespace ansatz::solvers::gp {

struct InferenceOptions {
  std::array<int, 2> check_points{200, 1}; ///< the residual is looked at between the points of a grid of this size
  double rtol = 1e-4;                      ///< of that residual, relative to the source: what `converged` means
  bool optimise = true;                    ///< false: the hyperparameters of the start
  int most_unknowns = 4000;
  OuterOptions outer{};
};

struct Estimate {
  std::string name{};
  double value = 0.0;
  double sd = 0.0; ///< infinite: the data say nothing about it
};

struct InferenceResult {
  FeatureSolution solution{};
  OuterState outer{};
  std::vector<Estimate> coefficients{};
  double sensor_noise = 0.0; ///< given or estimated
  double log_evidence = 0.0;
  std::string reason{}; ///< converged_rtol, max_iterations, stagnated, nan, stopped
  bool converged = false;
  int iterations = 0; ///< accepted steps of the outer loop
  int unknowns = 0;
  int rows = 0;
  double sensor_misfit = 0.0;     ///< rms of (values - u) over their noise: about 1 where model and noise are right
  double relative_residual = 0.0; ///< of the equation between the points of the check grid; < 0: there are no equation rows
  std::vector<std::string> warnings{};
};

/// A start: the lines given with terms down to the noise of the equation (what is left out must not look like a misfit), coefficients as the problem
/// states, and where no face has data a line at frequency 0 wide enough to be no prior (weight
/// 100 times the square of the largest datum). Without sensors terms are left out, weakest first, until unknowns are at most 0.9 of the rows.
[[nodiscard]] OuterState start_of(const Statement& statement, const std::array<AxisModel, 2>& models);

/// \param state  where the outer loop starts or goes on
[[nodiscard]] InferenceResult infer(const Statement& statement, const InferenceOptions& options, OuterState state);

} // namespace ansatz::solvers::gp
