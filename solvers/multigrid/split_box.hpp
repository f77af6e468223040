// SPDX-License-Identifier: Apache-2.0
/// Memory layout of a multigrid level: every row along x is stored as its even cells followed by its odd cells.
///   index(i,j,k) = base + row * j + plane * k + half * (i & 1) + (i >> 1),   -1 <= i <= n[0] and so on (one ghost layer).
/// In a red-black sweep the cells of one colour in a row, their neighbours along x (shifted by one), y and z are then all contiguous, and the two
/// children of a coarse cell in a row have the same index in both halves: smoothing, restriction and injection need no shuffles and touch no wasted byte.
/// Blocks start at even global indices, so local parity is global parity.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ansatz::solvers::multigrid {

struct SplitBox {
  std::array<int, 3> n{};     ///< own cells
  std::array<int, 3> start{}; ///< global index of own cell (0,0,0), even unless the block is the whole level
  std::array<int, 2> count{}; ///< even and odd cells of a row
  std::ptrdiff_t half = 0;    ///< distance from the even to the odd part of a row
  std::ptrdiff_t row = 0;
  std::ptrdiff_t plane = 0;
  std::ptrdiff_t base = 0;
  std::size_t size = 0; ///< entries to allocate for the cells

  SplitBox() = default;
  SplitBox(std::array<int, 3> own, std::array<int, 3> first) : n(own), start(first), count{(own[0] + 1) / 2, own[0] / 2} {
    constexpr std::ptrdiff_t step = 8;                 // whole packs of cells; unaligned loads are free within a cache line
    half = (count[0] + step - 1) / step * step + step; // and room for both ghosts: right of the even cells, left of the odd ones
    row = 2 * half;
    plane = row * (n[1] + 2);
    base = plane + row + step;
    size = static_cast<std::size_t>(base + plane * (n[2] + 1) + step);
  }

  [[nodiscard]] std::ptrdiff_t index(int i, int j, int k) const noexcept { return base + row * j + plane * k + half * (i & 1) + (i >> 1); }
  /// (i,j,k) of an index, ghosts included.
  [[nodiscard]] std::array<int, 3> cell(std::ptrdiff_t index) const noexcept {
    std::ptrdiff_t rest = index - base + plane + row; // from row (-1, -1)
    const auto k = static_cast<int>(rest / plane) - 1;
    rest %= plane;
    const auto j = static_cast<int>(rest / row) - 1;
    rest %= row;
    const int odd = rest >= half - 1 ? 1 : 0; // the left ghost of the odd part sits just before it
    return {2 * static_cast<int>(rest - odd * half) + odd, j, k};
  }
  [[nodiscard]] bool empty() const noexcept { return n[0] == 0 || n[1] == 0 || n[2] == 0; }
};

} // namespace ansatz::solvers::multigrid
