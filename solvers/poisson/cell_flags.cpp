// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/poisson/cell_flags.hpp>

#include <ansatz/solvers/petsc.hpp>

#include <limits>

namespace ansatz::solvers {
namespace {

LocalBox local_box(DM dm) {
  PetscInt x = 0, y = 0, z = 0, nx = 0, ny = 0, nz = 0;
  petsc_check(DMDAGetCorners(dm, &x, &y, &z, &nx, &ny, &nz));
  return {{static_cast<int>(nx), static_cast<int>(ny), static_cast<int>(nz)}, {static_cast<int>(x), static_cast<int>(y), static_cast<int>(z)}};
}

} // namespace

DM create_dm(MPI_Comm comm, const Grid& grid) {
  const auto& n = grid.cells;
  for (const int cells : n)
    if (cells < 1)
      throw UsageError("bad_value", "grid " + std::to_string(n[0]) + "," + std::to_string(n[1]) + "," + std::to_string(n[2]) +
                                        ": every axis needs at least 1 cell");
  if (std::int64_t{n[0]} * n[1] * n[2] > std::numeric_limits<PetscInt>::max())
    throw UsageError("bad_value", "grid " + std::to_string(n[0]) + "," + std::to_string(n[1]) + "," + std::to_string(n[2]) +
                                      ": more cells than this PETSc build can number (" + std::to_string(std::numeric_limits<PetscInt>::max()) + ")");
  int ranks = 1;
  MPI_Comm_size(comm, &ranks);
  // DMDA finds no block shape when no factorisation of the rank count fits the axes; its own message does not say which number to change.
  bool fits = false;
  for (int px = 1; px <= ranks; ++px)
    for (int py = 1; px * py <= ranks; ++py)
      if (ranks % (px * py) == 0 && px <= n[0] && py <= n[1] && ranks / (px * py) <= n[2]) fits = true;
  if (!fits)
    throw UsageError("bad_value", std::to_string(ranks) + " ranks cannot share a grid of " + std::to_string(n[0]) + " x " + std::to_string(n[1]) +
                                      " x " + std::to_string(n[2]) + " cells in blocks: use fewer ranks or more cells");
  DM dm = nullptr;
  petsc_check(DMDACreate3d(comm, DM_BOUNDARY_NONE, DM_BOUNDARY_NONE, DM_BOUNDARY_NONE, DMDA_STENCIL_STAR, n[0], n[1], n[2], PETSC_DECIDE,
                           PETSC_DECIDE, PETSC_DECIDE, 1, 1, nullptr, nullptr, nullptr, &dm));
  petsc_check(DMSetUp(dm));
  return dm;
}

CellFlags::CellFlags(DM dm, const Grid& grid, const std::function<Cell(int, int, int)>& kind) : dm_(dm), grid_(grid), box_(local_box(dm)) {
  petsc_check(PetscObjectReference(reinterpret_cast<PetscObject>(dm)));
  flags_.assign(box_.size, static_cast<std::uint8_t>(Cell::wall));
  for (int k = 0; k < box_.n[2]; ++k)
    for (int j = 0; j < box_.n[1]; ++j) {
      std::uint8_t* row = flags_.data() + box_.index(0, j, k);
      for (int i = 0; i < box_.n[0]; ++i) row[i] = static_cast<std::uint8_t>(kind(i + box_.start[0], j + box_.start[1], k + box_.start[2]));
    }
  exchange();
}

CellFlags::CellFlags(DM dm, const Grid& grid, std::span<const std::uint8_t> own) : dm_(dm), grid_(grid), box_(local_box(dm)) {
  if (static_cast<std::int64_t>(own.size()) != box_.own_cells())
    throw UsageError("bad_value", "cell flags: " + std::to_string(own.size()) + " values for " + std::to_string(box_.own_cells()) + " cells");
  petsc_check(PetscObjectReference(reinterpret_cast<PetscObject>(dm)));
  flags_.assign(box_.size, static_cast<std::uint8_t>(Cell::wall));
  auto from = own.begin();
  for (int k = 0; k < box_.n[2]; ++k)
    for (int j = 0; j < box_.n[1]; ++j, from += box_.n[0]) std::copy_n(from, box_.n[0], flags_.begin() + box_.index(0, j, k));
  exchange();
}

CellFlags::~CellFlags() { DMDestroy(&dm_); }

void CellFlags::exchange() {
  MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(dm_));
  std::int64_t count = 0;
  int bad = -1;
  for (int k = 0; k < box_.n[2]; ++k)
    for (int j = 0; j < box_.n[1]; ++j)
      for (int i = 0; i < box_.n[0]; ++i) {
        const std::uint8_t flag = flags_[static_cast<std::size_t>(box_.index(i, j, k))];
        count += flag == static_cast<std::uint8_t>(Cell::fluid);
        if (flag < 1 || flag > 3) bad = flag;
      }
  MPI_Allreduce(MPI_IN_PLACE, &bad, 1, MPI_INT, MPI_MAX, comm);
  if (bad >= 0) {
    DMDestroy(&dm_);
    throw UsageError("bad_value", "cell flag " + std::to_string(bad) + ": own cells are solid (1), fluid (2) or air (3)");
  }
  MPI_Allreduce(&count, &fluid_cells_, 1, MPI_INT64_T, MPI_SUM, comm);
  int ranks = 1;
  MPI_Comm_size(comm, &ranks);
  if (ranks == 1) return;
  // Once per geometry, so the DMDA's own exchange of doubles will do.
  Vec global = nullptr;
  Vec local = nullptr;
  petsc_check(DMGetGlobalVector(dm_, &global));
  petsc_check(DMGetLocalVector(dm_, &local));
  PetscScalar*** values = nullptr;
  petsc_check(DMDAVecGetArray(dm_, global, &values));
  const auto& s = box_.start;
  for (int k = 0; k < box_.n[2]; ++k)
    for (int j = 0; j < box_.n[1]; ++j)
      for (int i = 0; i < box_.n[0]; ++i) values[k + s[2]][j + s[1]][i + s[0]] = flags_[static_cast<std::size_t>(box_.index(i, j, k))];
  petsc_check(DMDAVecRestoreArray(dm_, global, &values));
  petsc_check(DMGlobalToLocal(dm_, global, INSERT_VALUES, local));
  petsc_check(DMDAVecGetArrayRead(dm_, local, &values));
  for (int axis = 0; axis < 3; ++axis)
    for (int side = 0; side < 2; ++side) {
      const auto a = static_cast<std::size_t>(axis);
      std::array<int, 3> lo = {0, 0, 0};
      std::array<int, 3> hi = box_.n;
      lo[a] = side ? box_.n[a] : -1;
      hi[a] = lo[a] + 1;
      if (lo[a] + s[a] < 0 || lo[a] + s[a] >= grid_.cells[a]) continue;
      for (int k = lo[2]; k < hi[2]; ++k)
        for (int j = lo[1]; j < hi[1]; ++j)
          for (int i = lo[0]; i < hi[0]; ++i)
            flags_[static_cast<std::size_t>(box_.index(i, j, k))] = static_cast<std::uint8_t>(values[k + s[2]][j + s[1]][i + s[0]]);
    }
  petsc_check(DMDAVecRestoreArrayRead(dm_, local, &values));
  petsc_check(DMRestoreLocalVector(dm_, &local));
  petsc_check(DMRestoreGlobalVector(dm_, &global));
}

} // namespace ansatz::solvers
