// SPDX-License-Identifier: Apache-2.0
/// What a run needs against what the machine has.  Threads: no state.
#pragma once

#include <mpi.h>

#include <array>

namespace ansatz::apps {

/// The largest block of a grid of n cells when each prime factor of the ranks halves, thirds, ... the longest axis. PETSc's own choice may differ, the number
/// of cells hardly does.
[[nodiscard]] std::array<int, 3> largest_block(std::array<int, 3> n, int ranks);

/// Throws InternalError `out_of_memory`, with the bytes asked for and available, if the ranks of one machine, each with `bytes`, need more than it has:
/// otherwise Linux would grant everything and kill the run later. Collective.
void require_memory(MPI_Comm comm, double bytes);

} // namespace ansatz::apps
