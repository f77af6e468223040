// SPDX-License-Identifier: Apache-2.0
// Counts the reductions of this program, those inside PETSc included. Alone in a file because PETSc's headers make a macro of MPI_Allreduce.
#include "count_reductions.hpp"

#define OMPI_SKIP_MPICXX 1 // the C++ bindings would have to be linked
#include <mpi.h>

namespace dcdm_test {

int reductions = 0;

} // namespace dcdm_test

extern "C" int MPI_Allreduce(const void* send, void* receive, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm) {
  ++dcdm_test::reductions;
  return PMPI_Allreduce(send, receive, count, type, op, comm);
}
