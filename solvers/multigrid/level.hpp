// SPDX-License-Identifier: Apache-2.0
/// One level of the voxel multigrid hierarchy: a structured seven-point operator plus a short list of extra unknowns behind thin walls.
///
/// Every cell has at most two unknowns. Unknown 0 lives in the structured arrays. A coarse cell whose children fall into several components that are not
/// connected inside it (a wall runs through the cell) gets a second unknown, stored behind the structured entries and coupled by explicit rows. Without it
/// a coarse cell would join fluid across the wall and the cycle would stall: 16 iterations instead of 5 on scene TW1 at 64^3.
/// Components beyond the second share the second unknown, which costs convergence only where three fluids meet in one coarse cell.
///
/// Index space: [0, box.size) structured entries with ghosts, then own extras, then ghost extras.
/// Memory: finest level 9 bytes a cell (code, z, r), coarser ones 28 bytes a cell, and at most 33 for stencils.
#pragma once

#include <ansatz/data/aligned.hpp>
#include <ansatz/data/zeroed_array.hpp>
#include <ansatz/solvers/multigrid/halo.hpp>
#include <ansatz/solvers/multigrid/kernels.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ansatz::solvers::multigrid {

/// Couplings that involve an extra unknown, row by row, grouped by (plane, colour) so that a half sweep on a plane finds its rows.
struct ExtraRows {
  std::vector<std::int32_t> group; ///< first row of group 2 k + colour, size 2 n[2] + 1
  std::vector<std::int32_t> row;   ///< own unknown
  std::vector<std::int32_t> line;  ///< j of its cell
  std::vector<std::int32_t> begin; ///< first entry of every row, size rows + 1
  std::vector<std::int32_t> column;
  std::vector<float> weight;
};

/// A fine unknown whose coarse unknown is not "unknown 0 of the parent cell".
struct MovedChild {
  std::int32_t fine; ///< index on the fine level
  std::int32_t
      parent; ///< index of the parent's unknown 0 in the arriving layout of the coarse level; -1 if nothing is to be undone (the child is an extra)
  std::int32_t coarse; ///< index of the coarse unknown in the arriving layout
  std::int8_t odd;     ///< parity of the fine cell along x
  std::int8_t colour;
};

struct Level {
  Partition partition;
  SplitBox box;   ///< this rank's block
  int extras = 0; ///< own extra unknowns
  int ghost_extras = 0;
  bool distributed = false;                   ///< more than one rank holds cells: every half sweep exchanges ghosts
  AlignedVector<std::uint8_t> code;           ///< finest level only: a_ii
  std::array<AlignedVector<float>, 3> weight; ///< other levels: weight of the face towards the lower neighbour
  AlignedVector<float> diagonal;
  AlignedVector<float> inverse_diagonal;
  Stencils stencils; ///< the same once more, for the kernels
  ZeroedArray<float> z;
  ZeroedArray<float> r;
  AlignedVector<float> work;  ///< residual of the Chebyshev and Jacobi smoothers
  AlignedVector<float> share; ///< residual of the unknowns in `rows`, 0 elsewhere; empty without explicit rows
  ExtraRows rows;
  std::vector<std::int32_t> extra_cells; ///< cell index of every own extra, then of every ghost extra
  std::unique_ptr<Halo> halo;
  SfHandle extra_halo;

  // Link to the next coarser level.
  Partition arriving_partition; ///< partition in which coarse values arrive from this level's children
  SplitBox arriving;            ///< this rank's block of it
  int arriving_extras = 0;
  std::vector<MovedChild> moved;
  AlignedVector<float> staging; ///< coarse values in the arriving layout, if it differs from the coarse level's own
  SfHandle gather;              ///< arriving layout -> coarse level's layout

  [[nodiscard]] LevelView view(); ///< all rows
  [[nodiscard]] LevelView view(int first_row, int last_row);
  [[nodiscard]] std::size_t bytes() const;
  /// Fills the ghosts of a structured array with extras behind it (z or a work array).
  void exchange(float* data, int colour = -1) const;
};

} // namespace ansatz::solvers::multigrid
