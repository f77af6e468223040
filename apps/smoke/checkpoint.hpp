// SPDX-License-Identifier: Apache-2.0
/// Checkpoints of ansatz-smoke (solvers/flow/flow_checkpoint.hpp) with what belongs to the run: number of the next frame's time.
/// MPI: collective.  Threads: one.
#pragma once

#include <ansatz/apps/common/app.hpp>
#include <ansatz/solvers/flow/flow.hpp>

namespace ansatz::apps {

/// What is left of a run's clock beside the flow.
struct FrameClock {
  double next = 0.0; ///< flow time of the next frame, if frames come at intervals
};

void write_checkpoint(const RunContext& run, solvers::flow::Flow& flow, const FrameClock& clock);
[[nodiscard]] FrameClock read_checkpoint(const RunContext& run, solvers::flow::Flow& flow);

} // namespace ansatz::apps
