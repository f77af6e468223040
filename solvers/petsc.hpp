// SPDX-License-Identifier: Apache-2.0
/// One wrapper for every PETSc call made from C++ code: a nonzero code becomes InternalError with PETSc's text and our place.
/// C callbacks handed to PETSc use PetscCall instead and run what may throw through `guarded`.
#pragma once

#include <ansatz/data/error.hpp>

#include <petscsys.h>

#include <exception>
#include <new>

namespace ansatz::solvers {

/// Throws InternalError if `code` is not 0 (`out_of_memory` for PETSC_ERR_MEM).
inline void petsc_check(PetscErrorCode code, boost::source_location where = here()) {
  if (code == 0) return;
  const char* text = nullptr;
  PetscErrorMessage(code, &text, nullptr);
  throw InternalError(code == PETSC_ERR_MEM ? "out_of_memory" : "internal",
                      std::string("PETSc error ") + std::to_string(code) + ": " + (text ? text : "unknown"), where);
}

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
    return PetscError(PETSC_COMM_SELF, __LINE__, "guarded", __FILE__, PETSC_ERR_MEM, PETSC_ERROR_INITIAL, "out of memory");
  } catch (const std::exception& e) {
    return PetscError(PETSC_COMM_SELF, __LINE__, "guarded", __FILE__, PETSC_ERR_LIB, PETSC_ERROR_INITIAL, "%s", e.what());
  }
}

} // namespace ansatz::solvers
