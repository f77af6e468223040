// SPDX-License-Identifier: Apache-2.0
/// Checkpoints inside the outer loop: the state a round starts from. A run that goes on from one has the history of a run that was never stopped.
/// Threads: no state.  MPI: one rank.
#pragma once

#include <ansatz/apps/common/app.hpp>
#include <ansatz/solvers/gp/outer_loop.hpp>

namespace ansatz::apps {

void write_outer_checkpoint(const RunContext& run, const solvers::gp::Statement& statement, const solvers::gp::OuterState& state);

/// \param start  the state a fresh run starts from
/// Errors: UsageError `bad_value` where the checkpoint is of another problem; FileError.
[[nodiscard]] solvers::gp::OuterState read_outer_checkpoint(const RunContext& run, const solvers::gp::Statement& statement,
                                                            solvers::gp::OuterState start);

} // namespace ansatz::apps
