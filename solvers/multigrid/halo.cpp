// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/multigrid/halo.hpp>

#include <ansatz/solvers/petsc.hpp>

namespace ansatz::solvers::multigrid {

SfHandle make_sf(MPI_Comm comm, std::size_t roots, const std::vector<Leaf>& leaves) {
  PetscSF sf = nullptr;
  petsc_check(PetscSFCreate(comm, &sf));
  SfHandle handle(sf);
  const std::size_t n = leaves.size();
  PetscInt* local = nullptr;
  PetscSFNode* remote = nullptr;
  petsc_check(PetscMalloc1(n, &local));
  petsc_check(PetscMalloc1(n, &remote));
  for (std::size_t l = 0; l < n; ++l) {
    local[l] = leaves[l].here;
    remote[l].rank = leaves[l].rank;
    remote[l].index = leaves[l].there;
  }
  petsc_check(PetscSFSetGraph(sf, static_cast<PetscInt>(roots), static_cast<PetscInt>(n), local, PETSC_OWN_POINTER, remote, PETSC_OWN_POINTER));
  petsc_check(PetscSFSetUp(sf));
  return handle;
}

void broadcast(PetscSF sf, MPI_Datatype type, const void* root, void* leaf) {
  petsc_check(PetscSFBcastBegin(sf, type, root, leaf, MPI_REPLACE));
  petsc_check(PetscSFBcastEnd(sf, type, root, leaf, MPI_REPLACE));
}

void send_back(PetscSF sf, MPI_Datatype type, const void* leaf, void* root) {
  petsc_check(PetscSFReduceBegin(sf, type, leaf, root, MPI_REPLACE));
  petsc_check(PetscSFReduceEnd(sf, type, leaf, root, MPI_REPLACE));
}

SplitBox split_box(const Partition& partition, int rank) {
  std::array<int, 3> start{};
  std::array<int, 3> n{};
  partition.block(rank, start, n);
  return {n, start};
}

namespace {

/// Calls visit(i,j,k) for every ghost cell behind a face of the block that lies inside the grid.
template <class Visit>
void for_face_ghosts(const SplitBox& box, const std::array<int, 3>& cells, Visit&& visit) {
  for (int axis = 0; axis < 3; ++axis)
    for (int side = 0; side < 2; ++side) {
      const auto a = static_cast<std::size_t>(axis);
      const int ghost = side ? box.n[a] : -1;
      const int global = box.start[a] + ghost;
      if (global < 0 || global >= cells[a]) continue;
      std::array<int, 3> lo{};
      std::array<int, 3> hi = box.n;
      lo[a] = ghost;
      hi[a] = ghost + 1;
      for (int k = lo[2]; k < hi[2]; ++k)
        for (int j = lo[1]; j < hi[1]; ++j)
          for (int i = lo[0]; i < hi[0]; ++i) visit(i, j, k);
    }
}

} // namespace

Halo::Halo(MPI_Comm comm, const Partition& partition) {
  int rank = 0;
  MPI_Comm_rank(comm, &rank);
  const SplitBox box = split_box(partition, rank);
  std::vector<Leaf> leaves[2];
  if (!box.empty())
    for_face_ghosts(box, partition.cells(), [&](int i, int j, int k) {
      const std::array<int, 3> cell = {box.start[0] + i, box.start[1] + j, box.start[2] + k};
      const int owner = partition.owner(cell);
      const SplitBox other = split_box(partition, owner);
      const auto there = other.index(cell[0] - other.start[0], cell[1] - other.start[1], cell[2] - other.start[2]);
      leaves[(cell[0] + cell[1] + cell[2]) & 1].push_back({static_cast<PetscInt>(box.index(i, j, k)), owner, static_cast<PetscInt>(there)});
    });
  for (int colour = 0; colour < 2; ++colour) by_colour_[colour] = make_sf(comm, box.size, leaves[colour]);
}

void Halo::exchange(MPI_Datatype type, void* data, int colour) const {
  for (int c = 0; c < 2; ++c)
    if (colour < 0 || c == colour) broadcast(by_colour_[c].get(), type, data, data);
}

} // namespace ansatz::solvers::multigrid
