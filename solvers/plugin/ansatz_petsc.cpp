// SPDX-License-Identifier: Apache-2.0
// libansatz_petsc.so: PETSc loads it on `-dll_append DIR/libansatz_petsc.so` and calls the function below, whose name it derives from the
// file's name. The library carries its own copy of what it needs of Ansatz, so a program that loads it links PETSc alone.
#include <ansatz/solvers/dcdm/dcdm.hpp>
#include <ansatz/solvers/dcdm/dcdmnet.hpp>
#include <ansatz/solvers/multigrid/voxmg.hpp>

#include <petscsys.h>

#include <exception>

/// Registers every PETSc type of Ansatz. PETSc's frames are C: exceptions end here and become PETSc errors.
extern "C" PETSC_VISIBILITY_PUBLIC PetscErrorCode PetscDLLibraryRegister_ansatz_petsc() {
  PetscFunctionBegin;
  try {
    ansatz::solvers::register_dcdm();
    ansatz::solvers::register_dcdmnet();
    ansatz::solvers::register_multigrid();
  } catch (const std::exception& e) {
    SETERRQ(PETSC_COMM_SELF, PETSC_ERR_LIB, "libansatz_petsc: %s", e.what());
  } catch (...) {
    SETERRQ(PETSC_COMM_SELF, PETSC_ERR_LIB, "libansatz_petsc: unknown exception while registering");
  }
  PetscFunctionReturn(0);
}
