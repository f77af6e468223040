// SPDX-License-Identifier: Apache-2.0
/// What ansatz-gp can be told, and the problem it makes of it.  Threads: no state.  MPI: none.
#pragma once

#include <ansatz/apps/common/config.hpp>
#include <ansatz/solvers/gp/problem.hpp>

namespace ansatz::apps {

[[nodiscard]] AppDescription gp_description();

/// The problem named, or the one stated under problem.*.
/// Errors: UsageError where a statement is given together with the name of a built-in problem, or a grid does not fit the box.
[[nodiscard]] solvers::gp::ProblemText problem_of(const Config& config);

} // namespace ansatz::apps
