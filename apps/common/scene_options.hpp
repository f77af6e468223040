// SPDX-License-Identifier: Apache-2.0
/// Options that describe a grid and what fills it, shared by the apps that work on voxel scenes, and the scene made of them.
/// Threads: no state.  MPI: none.
#pragma once

#include <ansatz/apps/common/config.hpp>
#include <ansatz/solvers/poisson/scene.hpp>

#include <array>
#include <string>
#include <vector>

namespace ansatz::apps {

/// x_low, x_high, y_low, ...
[[nodiscard]] const std::vector<std::string>& wall_names();

/// `grid` and everything below `scene.`. \param name  the scene where nothing else is said
[[nodiscard]] std::vector<Option> scene_options(const std::string& name);

/// The shapes of an object_list: box, sphere, cylinder, mesh, thin_plate.
[[nodiscard]] std::vector<Variant> shape_variants();
[[nodiscard]] solvers::Shape shape_of(const Tree& object);
/// The list of three numbers called `name`.
[[nodiscard]] std::array<double, 3> triple(const Tree& object, const char* name);

/// Whether the case says what fills the cells.
[[nodiscard]] bool is_drawn(const Config& config);
/// Errors: UsageError where scene.name, scene.mesh and scene.shapes contradict each other.
[[nodiscard]] solvers::Scene scene_of(const Config& config);

} // namespace ansatz::apps
