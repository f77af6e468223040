// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/multigrid/partition.hpp>

#include <algorithm>

namespace ansatz::solvers::multigrid {

int Partition::owner(std::array<int, 3> cell) const {
  std::array<int, 3> at{};
  for (std::size_t a = 0; a < 3; ++a) at[a] = static_cast<int>(std::upper_bound(cut[a].begin(), cut[a].end(), cell[a]) - cut[a].begin()) - 1;
  return at[0] + blocks(0) * (at[1] + blocks(1) * at[2]);
}

void Partition::block(int rank, std::array<int, 3>& start, std::array<int, 3>& n) const {
  start = n = {0, 0, 0};
  if (rank >= blocks(0) * blocks(1) * blocks(2)) return;
  const std::array<int, 3> at = {rank % blocks(0), rank / blocks(0) % blocks(1), rank / blocks(0) / blocks(1)};
  for (std::size_t a = 0; a < 3; ++a) {
    const auto b = static_cast<std::size_t>(at[a]);
    start[a] = cut[a][b];
    n[a] = cut[a][b + 1] - cut[a][b];
  }
}

Partition Partition::aligned(int step) const {
  Partition result = *this;
  for (auto& boundaries : result.cut)
    for (std::size_t b = 1; b + 1 < boundaries.size(); ++b) boundaries[b] = std::min((boundaries[b] + step / 2) / step * step, boundaries.back());
  return result;
}

Partition Partition::coarsened() const {
  Partition result = *this;
  for (auto& boundaries : result.cut)
    for (int& b : boundaries) b = (b + 1) / 2;
  return result;
}

Partition Partition::gathered() const {
  const auto n = cells();
  return {{{{0, n[0]}, {0, n[1]}, {0, n[2]}}}};
}

} // namespace ansatz::solvers::multigrid
