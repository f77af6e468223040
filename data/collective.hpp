// SPDX-License-Identifier: Apache-2.0
/// Agreement on failure: what fails on one rank fails on all, with one message, so that no rank waits in a collective call for one that has left.
/// Threads: one thread at a time per communicator.  MPI: collective.  Cost: one MPI_Allreduce; a broadcast of the message when something failed.
#pragma once

#include <mpi.h>

#include <functional>

namespace ansatz {

/// Runs `body` on every rank. If it threw anywhere, every rank throws an Error with the code, reason and message of the lowest rank it failed on
/// ("[rank 1] ..." when that is not rank 0). `body` may hold at most one collective call that a failing rank leaves early.
/// \param patience  seconds a failing rank waits for the others, 0: for ever. HDF5's collective writes exchange messages after writing, so a rank whose write
///                  failed can leave the others inside. When the time is over it says what happened on stderr and ends the job with the code of the failure.
void agree(MPI_Comm comm, const std::function<void()>& body, unsigned patience = 0);

/// Runs `body` on rank 0 alone; every rank throws if it failed there.
void on_rank_0(MPI_Comm comm, const std::function<void()>& body);

[[nodiscard]] int rank_of(MPI_Comm comm);
[[nodiscard]] int size_of(MPI_Comm comm);

/// Throws InternalError if `status` is not MPI_SUCCESS.
void check_mpi(int status, const char* call);

} // namespace ansatz
