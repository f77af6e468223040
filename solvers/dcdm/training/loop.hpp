// SPDX-License-Identifier: Apache-2.0
/// The conjugate direction loop around a proposal that is being trained.
/// Threads: one.  MPI: none.
#pragma once

#include <ansatz/solvers/dcdm/network_direction.hpp>
#include <ansatz/solvers/dcdm/training/problem.hpp>

#include <functional>

namespace ansatz::solvers::training {

/// z from r.
using Proposal = std::function<void(std::span<const double> r, std::span<double> z)>;

/// The network on a problem. \param parameters  borrowed
[[nodiscard]] Proposal network_proposal(const Problem& problem, const learning::Network<float>& network, std::span<const float> parameters);

/// b - A x after so many iterations of KSP "dcdm" from x = 0 (fewer if it breaks down).
/// \param b  compatible with the problem, not 0
[[nodiscard]] std::vector<double> residual_after(const Problem& problem, const Proposal& proposal, std::span<const double> b, int iterations);

} // namespace ansatz::solvers::training
