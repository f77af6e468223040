// SPDX-License-Identifier: Apache-2.0
/// Registration of KSP "mgcg" (described in voxmg.hpp) and of PC "voxmg", called by register_multigrid().
#pragma once

#include <petscsys.h>

namespace ansatz::solvers::multigrid {

PetscErrorCode register_voxmg();
PetscErrorCode register_mgcg();

} // namespace ansatz::solvers::multigrid
