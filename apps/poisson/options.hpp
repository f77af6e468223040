// SPDX-License-Identifier: Apache-2.0
/// What ansatz-poisson can be told, and the scene it makes of it.  Threads: no state.  MPI: none.
#pragma once

#include <ansatz/apps/common/config.hpp>
#include <ansatz/solvers/poisson/scene.hpp>

namespace ansatz::apps {

[[nodiscard]] AppDescription poisson_description();

/// Errors: UsageError where scene.name, scene.mesh and scene.shapes contradict each other.
[[nodiscard]] solvers::Scene scene_of(const Config& config);

} // namespace ansatz::apps
