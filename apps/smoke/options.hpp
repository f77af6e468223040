// SPDX-License-Identifier: Apache-2.0
/// What ansatz-smoke can be told, and the flow it describes.  Threads: no state.  MPI: none.
#pragma once

#include <ansatz/apps/common/scene_options.hpp>
#include <ansatz/solvers/flow/flow.hpp>

namespace ansatz::apps {

[[nodiscard]] AppDescription smoke_description();

/// The flow in `scene`. Errors: UsageError for values that contradict each other.
[[nodiscard]] solvers::flow::FlowOptions flow_options(const Config& config, const solvers::Scene& scene);

} // namespace ansatz::apps
