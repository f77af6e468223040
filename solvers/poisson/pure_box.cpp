// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/poisson/pure_box.hpp>

#include <algorithm>
#include <cstring>
#include <limits>

namespace ansatz::solvers {
namespace {

constexpr auto fluid = static_cast<std::uint8_t>(Cell::fluid);
constexpr auto air = static_cast<std::uint8_t>(Cell::air);

/// Extent of the fluid on all ranks; high < low without any.
void find_extent(const CellFlags& flags, MPI_Comm comm, PureBox& result) {
  const LocalBox& box = flags.box();
  const auto width = static_cast<std::size_t>(box.n[0]);
  std::array<int, 6> bounds; // -low and high, so that one maximum reduces both
  bounds.fill(-std::numeric_limits<int>::max());
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j) {
      const std::uint8_t* row = flags.padded().data() + box.index(0, j, k);
      const void* found = std::memchr(row, fluid, width);
      if (!found) continue;
      int last = box.n[0] - 1;
      while (row[last] != fluid) --last;
      const auto first = static_cast<int>(static_cast<const std::uint8_t*>(found) - row);
      const std::array<int, 3> lowest = {first + box.start[0], j + box.start[1], k + box.start[2]};
      const std::array<int, 3> highest = {last + box.start[0], lowest[1], lowest[2]};
      for (std::size_t a = 0; a < 3; ++a) {
        bounds[2 * a] = std::max(bounds[2 * a], -lowest[a]);
        bounds[2 * a + 1] = std::max(bounds[2 * a + 1], highest[a] + 1);
      }
    }
  MPI_Allreduce(MPI_IN_PLACE, bounds.data(), 6, MPI_INT, MPI_MAX, comm);
  for (std::size_t a = 0; a < 3; ++a) {
    result.low[a] = -bounds[2 * a];
    result.high[a] = bounds[2 * a + 1];
  }
}

/// First cell of a row that is neither fluid within [low, high) nor air outside it; n if there is none.
int first_wrong(const std::uint8_t* row, int n, int low, int high) {
  low = std::clamp(low, 0, n);
  high = std::clamp(high, low, n);
  const auto all = [row](int from, int to, std::uint8_t kind) {
    unsigned wrong = 0;
    for (int i = from; i < to; ++i) wrong |= static_cast<unsigned>(row[i] ^ kind);
    return wrong == 0;
  };
  if (all(0, low, air) && all(low, high, fluid) && all(high, n, air)) return n;
  int i = 0;
  while (row[i] == (i >= low && i < high ? fluid : air)) ++i;
  return i;
}

} // namespace

PureBox find_pure_box(const CellFlags& flags) {
  MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(flags.dm()));
  PureBox result;
  find_extent(flags, comm, result);
  if (flags.fluid_cells() == 0) {
    result.refusal = "there is no fluid cell";
    return result;
  }
  const LocalBox& box = flags.box();
  const auto& n = flags.grid().cells;
  const auto& s = box.start;
  constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();
  std::int64_t least = none; // 4 * cell + kind: the minimum over ranks brings both
  for (int k = 0; k < box.n[2] && least == none; ++k)
    for (int j = 0; j < box.n[1] && least == none; ++j) {
      const bool inside = k + s[2] >= result.low[2] && k + s[2] < result.high[2] && j + s[1] >= result.low[1] && j + s[1] < result.high[1];
      const std::uint8_t* row = flags.padded().data() + box.index(0, j, k);
      const int i = first_wrong(row, box.n[0], inside ? result.low[0] - s[0] : 0, inside ? result.high[0] - s[0] : 0);
      if (i < box.n[0]) least = 4 * (i + s[0] + std::int64_t{n[0]} * (j + s[1] + std::int64_t{n[1]} * (k + s[2]))) + row[i];
    }
  MPI_Allreduce(MPI_IN_PLACE, &least, 1, MPI_INT64_T, MPI_MIN, comm);
  if (least == none) return result;
  const char* names[] = {"wall", "solid", "fluid", "air"};
  const std::int64_t cell = least / 4;
  result.refusal = "cell (" + std::to_string(cell % n[0]) + "," + std::to_string(cell / n[0] % n[1]) + "," + std::to_string(cell / n[0] / n[1]) +
                   ") is " + names[least % 4] + "; it takes a box of fluid with nothing but whole layers of air around it";
  return result;
}

} // namespace ansatz::solvers
