// SPDX-License-Identifier: Apache-2.0
/// Registers the PETSc types of the multigrid module: PC "voxmg" (one multigrid cycle on voxel flags) and KSP "mgcg" (conjugate gradients fused with that cycle).
/// MPI: call once on every rank after PetscInitialize; later calls do nothing.
#pragma once

namespace ansatz::solvers {

inline constexpr const char* voxmg_pc_type = "voxmg";
inline constexpr const char* mgcg_ksp_type = "mgcg";

void register_multigrid();

} // namespace ansatz::solvers
