// SPDX-License-Identifier: Apache-2.0
/// Registers KSP type "dcdm", the conjugate direction loop of the deep conjugate direction method, with any PC as the direction.
/// MPI: call once on every rank after PetscInitialize; later calls do nothing.
#pragma once

namespace ansatz::solvers {

inline constexpr const char* dcdm_ksp_type = "dcdm";

void register_dcdm();

} // namespace ansatz::solvers
