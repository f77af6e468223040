// SPDX-License-Identifier: Apache-2.0
/// One wrapper for every PETSc call made from C++ code: a nonzero code becomes InternalError with PETSc's text and our place.
/// C callbacks handed to PETSc use PetscCall instead and catch everything.
#pragma once

#include <ansatz/data/error.hpp>

#include <petscsys.h>

namespace ansatz::solvers {

/// Throws InternalError if `code` is not 0 (`out_of_memory` for PETSC_ERR_MEM).
inline void petsc_check(PetscErrorCode code, boost::source_location where = here()) {
  if (code == 0) return;
  const char* text = nullptr;
  PetscErrorMessage(code, &text, nullptr);
  throw InternalError(code == PETSC_ERR_MEM ? "out_of_memory" : "internal",
                      std::string("PETSc error ") + std::to_string(code) + ": " + (text ? text : "unknown"), where);
}

} // namespace ansatz::solvers
