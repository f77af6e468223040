// SPDX-License-Identifier: Apache-2.0
/// PETSc types of the multigrid module.
///
/// PC "voxmg": z = M r, one multigrid cycle on voxel flags (cycle.hpp) in single precision; symmetric positive semidefinite for the V and W cycles.
///   The operator must be the seven-point pressure matrix of a 3-D (or 2-D) DMDA with one unknown a cell, times any positive constant. It is taken from
///   a PressureOperator's shell, or read off an assembled matrix: equal negative off-diagonal entries between face neighbours, diagonal a whole multiple of
///   them up to 6, identity rows (no off-diagonal entries) where there is no unknown. Anything else is refused with PETSC_ERR_ARG_WRONG and the offending row.
///   Options: -pc_voxmg_cycle w|v|f, -pc_voxmg_smoother redblack|chebyshev|jacobi, -pc_voxmg_sweeps N (2), -pc_voxmg_fused BOOL, -pc_voxmg_kernels NAME,
///   -pc_voxmg_weights FILE.h5|shipped (cycle_weights.hpp; without it the cycle is the classical one).
/// KSP "mgcg": conjugate gradients with that PC, the vector updates, the product with A and its reductions fused into three passes over memory an iteration
///   and an optional full multigrid start. In exact arithmetic the same iterates as KSP "cg" with PC "voxmg". Needs PC "voxmg".
///   Options: -ksp_mgcg_fmg BOOL (on; used for a zero initial guess).
/// Set-up is repeated only if the matrix has changed.
/// MPI: collective on the matrix's communicator.  Threads: one object per thread.
#pragma once

#include <petscpc.h>

#include <cstddef>
#include <memory>

namespace ansatz::solvers {

namespace multigrid {
class CycleWeights;
}

inline constexpr const char* voxmg_pc_type = "voxmg";
inline constexpr const char* mgcg_ksp_type = "mgcg";

/// Registers both types. Call once on every rank after PetscInitialize; later calls do nothing.
void register_multigrid();

/// Weights for a PC of type voxmg from now on; null: the classical cycle. Collective. UsageError for another type.
void set_voxmg_weights(PC pc, std::shared_ptr<const multigrid::CycleWeights> weights);

/// Bytes this rank holds for a PC of type voxmg after set-up (0 for other types).
[[nodiscard]] std::size_t voxmg_bytes(PC pc);

/// Bytes a cell that a solve with mgcg takes beyond b and x on one rank, for memory estimates: codes, levels and Krylov vectors. Scenes without a surface to speak
/// of take a few percent less, mazes as much more.
[[nodiscard]] double mgcg_bytes_per_cell(int nx, int ny, int nz);

} // namespace ansatz::solvers
