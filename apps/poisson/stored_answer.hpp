// SPDX-License-Identifier: Apache-2.0
/// How much a compressed pressure changes the residual, and the bounds that keep it small. With |x - x_r| <= eps in each of n unknowns,
///   ||(b - A x_r) - (b - A x)||_2 = ||A (x - x_r)||_2 <= ||A||_2 eps sqrt(n),   ||A||_2 <= 2 max a_ii <= 12  (Gershgorin),
/// so residual=0.1 stands for eps = 0.1 tolerance / (12 sqrt(n)), with tolerance = max(rtol ||b||_2, atol); for b itself, eps = 0.1 tolerance /
/// sqrt(n).
/// MPI: collective.  Threads: one.
#pragma once

#include "problem.hpp"

#include <ansatz/data/result_file.hpp>

#include <optional>

namespace ansatz::apps {

/// The residual a solver had to reach, 2-norm.
[[nodiscard]] double residual_tolerance(const RunContext& run, const Problem& problem);

/// Compression::Bound::residual as an absolute bound, for x or for b; other bounds as they are.
[[nodiscard]] std::optional<Compression> with_bound(const std::optional<Compression>& wanted, double tolerance, std::int64_t unknowns,
                                                    bool of_answer);

/// ||A (x - x_r)||_2. \param stored  this rank's x_r, without what lies in cells that are not unknowns
[[nodiscard]] double residual_change(const Problem& problem, std::span<const double> stored);

} // namespace ansatz::apps
