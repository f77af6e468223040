// SPDX-License-Identifier: Apache-2.0
/// The part of a grid of three dimensions that a rank evaluates: all of x, a range of y, a range of z. Ranks are spread over z first, then over y.
/// MPI: no communication.  Threads: no state.
#pragma once

#include <array>

namespace ansatz::solvers::gp {

struct GridBlock {
  std::array<int, 3> start{};
  std::array<int, 3> count{};
};

/// Blocks of ranks 0..ranks-1 tile the grid; a rank may be left with nothing.
[[nodiscard]] GridBlock grid_block(const std::array<int, 3>& points, int rank, int ranks);

} // namespace ansatz::solvers::gp
