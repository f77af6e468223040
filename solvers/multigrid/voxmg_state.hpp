// SPDX-License-Identifier: Apache-2.0
/// What PC "voxmg" holds, shared with KSP "mgcg" which runs the same cycle inside its own loop. Not installed API: reach it through PETSc.
#pragma once

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/multigrid/cycle.hpp>
#include <ansatz/solvers/multigrid/voxel_matrix.hpp>

#include <petscpc.h>

#include <exception>
#include <memory>
#include <new>
#include <vector>

namespace ansatz::solvers::multigrid {

struct VoxmgState {
  CycleOptions options;
  std::unique_ptr<VoxelMatrix> matrix;
  std::unique_ptr<Hierarchy> hierarchy;
  std::unique_ptr<Cycle> cycle;
  AlignedVector<double> split; ///< staging of one vector in the finest level's layout

  [[nodiscard]] Level& finest() const { return hierarchy->levels().front(); }
};

/// The state of a PC, or null if it is of another type or not set up.
[[nodiscard]] VoxmgState* voxmg_state(PC pc);

/// Runs C++ code inside a PETSc callback: what it throws becomes a PETSc error with the same text.
template <class F>
PetscErrorCode guarded(F&& body) noexcept {
  try {
    body();
    return 0;
  } catch (const UsageError& e) {
    return PetscError(PETSC_COMM_SELF, static_cast<int>(e.where().line()), e.where().function_name(), e.where().file_name(), PETSC_ERR_ARG_WRONG,
                      PETSC_ERROR_INITIAL, "%s", e.what());
  } catch (const std::bad_alloc&) {
    return PetscError(PETSC_COMM_SELF, __LINE__, "guarded", __FILE__, PETSC_ERR_MEM, PETSC_ERROR_INITIAL, "out of memory in the multigrid module");
  } catch (const std::exception& e) {
    return PetscError(PETSC_COMM_SELF, __LINE__, "guarded", __FILE__, PETSC_ERR_LIB, PETSC_ERROR_INITIAL, "%s", e.what());
  }
}

} // namespace ansatz::solvers::multigrid
