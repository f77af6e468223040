// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/flow/mac_grid.hpp>

#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <string>

namespace ansatz::solvers::flow {

MacGrid::MacGrid(DM pressure_dm, const Grid& grid, int ghost)
    : comm_(PetscObjectComm(reinterpret_cast<PetscObject>(pressure_dm))), pressure_dm_(pressure_dm), grid_(grid) {
  MPI_Comm_size(comm_, &ranks_);
  std::array<const PetscInt*, 3> widths{};
  std::array<PetscInt, 3> blocks{};
  petsc_check(DMDAGetInfo(pressure_dm, nullptr, nullptr, nullptr, nullptr, &blocks[0], &blocks[1], &blocks[2], nullptr, nullptr, nullptr, nullptr,
                          nullptr, nullptr));
  petsc_check(DMDAGetOwnershipRanges(pressure_dm, &widths[0], &widths[1], &widths[2]));
  for (std::size_t a = 0; a < 3; ++a)
    if (blocks[a] > 1 && *std::min_element(widths[a], widths[a] + blocks[a]) < ghost)
      throw UsageError("bad_value", std::to_string(ranks_) + " ranks: a block of the grid has fewer than " + std::to_string(ghost) + " cells along " +
                                        "xyz"[a] + ", the reach of a step; use fewer ranks, more cells or a smaller CFL number");
  petsc_check(DMDACreate3d(comm_, DM_BOUNDARY_GHOSTED, DM_BOUNDARY_GHOSTED, DM_BOUNDARY_GHOSTED, DMDA_STENCIL_BOX, grid.cells[0], grid.cells[1],
                           grid.cells[2], blocks[0], blocks[1], blocks[2], 1, ghost, widths[0], widths[1], widths[2], &dm_));
  petsc_check(DMSetUp(dm_));
  std::array<PetscInt, 3> start{};
  std::array<PetscInt, 3> n{};
  petsc_check(DMDAGetCorners(dm_, &start[0], &start[1], &start[2], &n[0], &n[1], &n[2]));
  box_.ghost = ghost;
  std::ptrdiff_t stride = 1;
  for (std::size_t a = 0; a < 3; ++a) {
    box_.n[a] = static_cast<int>(n[a]);
    box_.start[a] = static_cast<int>(start[a]);
    box_.stride[a] = stride;
    stride *= n[a] + 2 * ghost;
  }
  box_.size = static_cast<std::size_t>(stride);
  box_.base = ghost * (box_.stride[0] + box_.stride[1] + box_.stride[2]);
  petsc_check(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, static_cast<PetscInt>(box_.size), nullptr, &shell_));
}

MacGrid::~MacGrid() {
  VecDestroy(&shell_);
  DMDestroy(&dm_);
}

bool MacGrid::at_wall(int axis, int side) const noexcept {
  const auto a = static_cast<std::size_t>(axis);
  return side == 0 ? box_.start[a] == 0 : box_.start[a] + box_.n[a] == grid_.cells[a];
}

std::array<double, 3> MacGrid::position(int place, int i, int j, int k) const noexcept {
  std::array<double, 3> p = grid_.centre(i + box_.start[0], j + box_.start[1], k + box_.start[2]);
  if (place < centre_place) p[static_cast<std::size_t>(place)] -= 0.5 * grid_.spacing;
  return p;
}

void MacGrid::exchange(Field& f) const {
  if (ranks_ == 1) return;
  petsc_check(VecPlaceArray(shell_, f.data()));
  petsc_check(DMLocalToLocalBegin(dm_, shell_, INSERT_VALUES, shell_));
  petsc_check(DMLocalToLocalEnd(dm_, shell_, INSERT_VALUES, shell_));
  petsc_check(VecResetArray(shell_));
}

void MacGrid::pack(const Field& f, std::span<double> own) const {
  auto* to = own.data();
  for (int k = 0; k < box_.n[2]; ++k)
    for (int j = 0; j < box_.n[1]; ++j) to = std::copy_n(f.data() + box_.index(0, j, k), box_.n[0], to);
}

void MacGrid::unpack(std::span<const double> own, Field& f) const {
  const auto* from = own.data();
  for (int k = 0; k < box_.n[2]; ++k)
    for (int j = 0; j < box_.n[1]; ++j, from += box_.n[0]) std::copy_n(from, box_.n[0], f.data() + box_.index(0, j, k));
}

double MacGrid::sum(double value) const {
  MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_DOUBLE, MPI_SUM, comm_);
  return value;
}

double MacGrid::largest(double value) const {
  MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_DOUBLE, MPI_MAX, comm_);
  return value;
}

} // namespace ansatz::solvers::flow
