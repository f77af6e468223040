// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/grid_block.hpp>

#include <algorithm>

namespace ansatz::solvers::gp {

namespace {

/// Start of part `index` of `parts` nearly equal ones.
int start_of(int points, int index, int parts) { return static_cast<int>(static_cast<long>(points) * index / parts); }

} // namespace

GridBlock grid_block(const std::array<int, 3>& points, int rank, int ranks) {
  int deep = std::max(1, std::min(ranks, points[2]));
  while (ranks % deep != 0) --deep;
  const int wide = ranks / deep;
  const std::array<int, 3> parts{1, wide, deep};
  const std::array<int, 3> place{0, rank % wide, rank / wide};
  GridBlock block;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    block.start[axis] = start_of(points[axis], place[axis], parts[axis]);
    block.count[axis] = start_of(points[axis], place[axis] + 1, parts[axis]) - block.start[axis];
  }
  return block;
}

} // namespace ansatz::solvers::gp
