// SPDX-License-Identifier: Apache-2.0
/// Random voxel scenes to train on: boxes of 16 to 64 cells an axis with solids of every size, walls of one cell (plates with holes, hollow balls with an
/// opening, both as triangle meshes give them) and free surfaces.
///   surface  half of the scenes: air above a wavy surface at 0.4 to 0.95 of the height;  a third: some walls open;  the others: closed
///   solids   0 to 8 balls, boxes and cylinders of 0.05 to 0.25 of the longest axis, 0 to 2 walls of one cell
///   pool     a ball of fluid near the bottom, painted over all solids, so that no scene is without unknowns
/// Errors: UsageError for sizes that are odd, below 8 or missing.
/// Threads: no state.  MPI: none; equal streams give equal scenes on all ranks.
#pragma once

#include <ansatz/solvers/dcdm/training/stream.hpp>
#include <ansatz/solvers/poisson/scene.hpp>

#include <span>

namespace ansatz::solvers::training {

/// \param sizes  cells along an axis to choose from, even, at least 8; half of the scenes are cubes
[[nodiscard]] Scene random_scene(Stream& stream, std::span<const int> sizes);

} // namespace ansatz::solvers::training
