// SPDX-License-Identifier: Apache-2.0
/// Where along an axis a further line would raise the evidence fastest. A line of frequency m and weight w adds w/2 (|g(m)^T r|^2 - ...) to the log
/// evidence, g the whitened rows of its wave (times each feature of the other axis) and r = S^-1/2 (targets - rows c) = S^1/2 Cov^-1 targets; its
/// score is taken as |g^T r|^2 / |g|^2. For one kind of row and equidistant points this is the periodogram of the residual; points may lie anywhere.
/// Cost: points x frequencies x features of the other axis.  Threads: no state.  MPI: none.
#pragma once

#include <ansatz/solvers/gp/evidence.hpp>

#include <optional>

namespace ansatz::solvers::gp {

/// The frequency with the highest score up to `highest`, or nothing where it is within half a bin (pi/T) of a line that is there.
/// \param misfit  of `evaluate_evidence`
[[nodiscard]] std::optional<double> missing_frequency(const Observations& observations, const Hyperparameters& theta,
                                                      const std::vector<double>& misfit, int axis, double highest);

} // namespace ansatz::solvers::gp
