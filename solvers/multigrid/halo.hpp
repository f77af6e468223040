// SPDX-License-Identifier: Apache-2.0
/// Communication of one multigrid level, all of it through PetscSF: ghost faces of a partitioned level, and moving a level between two partitions.
/// MPI: constructors and members are collective on the communicator.  Threads: one object per thread.  Errors: InternalError.
/// Memory: 12 bytes for every ghost cell, or for every cell moved.
#pragma once

#include <ansatz/solvers/multigrid/partition.hpp>
#include <ansatz/solvers/multigrid/split_box.hpp>

#include <petscsf.h>

#include <memory>
#include <span>
#include <vector>

namespace ansatz::solvers::multigrid {

struct SfDelete {
  void operator()(PetscSF sf) const noexcept { PetscSFDestroy(&sf); }
};
using SfHandle = std::unique_ptr<std::remove_pointer_t<PetscSF>, SfDelete>;

/// One entry to receive: where it lands here, and the rank and position it comes from.
struct Leaf {
  PetscInt here;
  PetscMPIInt rank;
  PetscInt there;
};
[[nodiscard]] SfHandle make_sf(MPI_Comm comm, std::size_t roots, const std::vector<Leaf>& leaves);

/// leaves = roots.
void broadcast(PetscSF sf, MPI_Datatype type, const void* root, void* leaf);
/// roots = leaves (each root has at most one leaf).
void send_back(PetscSF sf, MPI_Datatype type, const void* leaf, void* root);

/// Layout of a rank's block in a partition.
[[nodiscard]] SplitBox split_box(const Partition& partition, int rank);

/// Ghost faces of a level, one exchange per colour (all ghosts: `colour` -1). Only cells behind a face are filled, no edges or corners: the stencil has seven points.
class Halo {
public:
  Halo(MPI_Comm comm, const Partition& partition);
  void exchange(MPI_Datatype type, void* data, int colour = -1) const;

private:
  SfHandle by_colour_[2];
};

} // namespace ansatz::solvers::multigrid
