// SPDX-License-Identifier: Apache-2.0
/// What PC "voxmg" holds, shared with KSP "mgcg" which runs the same cycle inside its own loop. Not installed API: reach it through PETSc.
#pragma once

#include <ansatz/solvers/multigrid/cycle.hpp>
#include <ansatz/solvers/multigrid/voxel_matrix.hpp>

#include <petscpc.h>

#include <memory>
#include <vector>

namespace ansatz::solvers::multigrid {

struct VoxmgState {
  CycleOptions options;
  std::string weights; ///< model file, `shipped`, or empty: classical; read at the first set-up
  std::unique_ptr<VoxelMatrix> matrix;
  std::unique_ptr<Hierarchy> hierarchy;
  std::unique_ptr<Cycle> cycle;
  AlignedVector<double> split; ///< staging of one vector in the finest level's layout

  [[nodiscard]] Level& finest() const { return hierarchy->levels().front(); }
};

/// The state of a PC, or null if it is of another type or not set up.
[[nodiscard]] VoxmgState* voxmg_state(PC pc);

} // namespace ansatz::solvers::multigrid
