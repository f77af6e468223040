// SPDX-License-Identifier: Apache-2.0
/// Tensor-product partition of a grid over ranks: block (bx,by,bz) owns cells cut[a][b] <= i < cut[a][b+1] on every axis and lives on rank bx + px (by + py bz),
/// the numbering of PETSc's DMDA.
/// Threads: values.  MPI: no communication; every rank holds the whole description (a few integers per rank and axis).
#pragma once

#include <array>
#include <vector>

namespace ansatz::solvers::multigrid {

struct Partition {
  std::array<std::vector<int>, 3> cut; ///< block boundaries, first 0, last the number of cells

  [[nodiscard]] int blocks(int axis) const { return static_cast<int>(cut[static_cast<std::size_t>(axis)].size()) - 1; }
  [[nodiscard]] std::array<int, 3> cells() const { return {cut[0].back(), cut[1].back(), cut[2].back()}; }
  /// Rank that owns a cell inside the grid.
  [[nodiscard]] int owner(std::array<int, 3> cell) const;
  /// First cell and number of cells of a rank's block; a rank beyond the blocks owns nothing.
  void block(int rank, std::array<int, 3>& start, std::array<int, 3>& n) const;
  /// Boundaries moved to the nearest multiple of `step`, so that log2(step) coarsenings keep children with their parent.
  [[nodiscard]] Partition aligned(int step) const;
  /// The partition inherited by the grid of half the cells (rounded up) per axis.
  [[nodiscard]] Partition coarsened() const;
  /// Everything on rank 0.
  [[nodiscard]] Partition gathered() const;
  [[nodiscard]] bool operator==(const Partition&) const = default;
};

} // namespace ansatz::solvers::multigrid
