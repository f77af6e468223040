// SPDX-License-Identifier: Apache-2.0
/// Operator of a coarser level as the kernels read it: for every eight cells of half a row one block of their six face weights, diagonals and inverse diagonals.
/// Eight cells in a row take one stream of 256 bytes instead of eight streams of 32, and blocks that are equal are stored once: deep in the fluid all of them,
/// so there the operator stays in the first-level cache and only z and r come from memory.
/// Half rows are padded to whole blocks; what pads them has weights and inverses of 0.
/// Cost: set-up reads every face once.  Threads: values.  MPI: none; ghost faces must be there.
#pragma once

#include <ansatz/data/aligned.hpp>
#include <ansatz/solvers/multigrid/split_box.hpp>

#include <array>
#include <cstdint>
#include <vector>

namespace ansatz::solvers::multigrid {

struct Stencils {
  static constexpr int lanes = 8; ///< cells of a block
  /// Rows of a block, `lanes` floats each: faces towards lower and upper x, y, z, then a_ii, then 1/a_ii or 0.
  enum Entry { lower_x, upper_x, lower_y, upper_y, lower_z, upper_z, diagonal, inverse, entries };
  static constexpr int block = lanes * entries; ///< floats

  AlignedVector<float> blocks;
  std::vector<std::int32_t> of; ///< block of the cells [8 m, 8 m + 8) of the level's index space

  [[nodiscard]] std::size_t bytes() const noexcept { return blocks.size() * sizeof(float) + of.size() * sizeof(std::int32_t); }
};

/// \param weight    of the face towards the lower neighbour, per axis and cell of `box` with ghosts
/// \param diagonal  a_ii, and \param inverse 1/a_ii or 0
[[nodiscard]] Stencils make_stencils(const SplitBox& box, const std::array<AlignedVector<float>, 3>& weight, const AlignedVector<float>& diagonal,
                                     const AlignedVector<float>& inverse);

} // namespace ansatz::solvers::multigrid
