// SPDX-License-Identifier: Apache-2.0
/// Cell kinds of a voxel domain, distributed like the vectors of a DMDA. Geometry enters the solvers here and only here.
/// MPI: construction is collective on the DM's communicator; reading is local.  Threads: const members may be called from any thread.
/// Memory: one byte a cell.
#pragma once

#include <ansatz/solvers/poisson/grid.hpp>

#include <petscdmda.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace ansatz::solvers {

/// Creates the DMDA of a grid: one unknown a cell, star stencil of width 1, no periodicity, every rank owning a block.
/// Non-collective errors become InternalError on all ranks. The caller owns the DM (DMDestroy before PetscFinalize).
[[nodiscard]] DM create_dm(MPI_Comm comm, const Grid& grid);

/// Cell kinds on one rank, ghost layer included.
class CellFlags {
public:
  /// \param kind  called once per own cell with global (i,j,k); returns its kind (never Cell::wall). Ghost cells come from the neighbours; outside the box is wall.
  CellFlags(DM dm, const Grid& grid, const std::function<Cell(int, int, int)>& kind);

  /// \param own  kinds of the own cells, x fastest, without ghosts (the order of a DMDA global vector's local part).
  CellFlags(DM dm, const Grid& grid, std::span<const std::uint8_t> own);

  CellFlags(const CellFlags&) = delete;
  CellFlags& operator=(const CellFlags&) = delete;
  ~CellFlags();

  [[nodiscard]] DM dm() const noexcept { return dm_; } ///< borrowed; referenced as long as this lives
  [[nodiscard]] const Grid& grid() const noexcept { return grid_; }
  [[nodiscard]] const LocalBox& box() const noexcept { return box_; }
  /// Padded array of Cell values in the layout of box().
  [[nodiscard]] std::span<const std::uint8_t> padded() const noexcept { return flags_; }
  [[nodiscard]] Cell at(int i, int j, int k) const noexcept { return static_cast<Cell>(flags_[static_cast<std::size_t>(box_.index(i, j, k))]); }
  /// Number of fluid cells on all ranks.
  [[nodiscard]] std::int64_t fluid_cells() const noexcept { return fluid_cells_; }

private:
  void exchange();

  DM dm_ = nullptr;
  Grid grid_;
  LocalBox box_;
  std::vector<std::uint8_t> flags_;
  std::int64_t fluid_cells_ = 0;
};

} // namespace ansatz::solvers
