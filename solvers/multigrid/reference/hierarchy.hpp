// SPDX-License-Identifier: Apache-2.0
/// The coarse operators of the voxel multigrid from their definition, as a graph: the truth that Hierarchy is tested against.
///   Unknowns of a coarse cell: one for the component that holds its first child (in the order x, y, z, first before second unknown), one for all
///   other components together. A component is connected through couplings between children of the same cell.
///   w_PQ = 1/2 sum of w_ij over i in P, j in Q, P and Q in different cells;
///   delta_P = kappa_l sum of delta_i over i in P, kappa_l = (2^l + 1)/(2^{l+1} + 1).
///   A first unknown without couplings and without delta (a closed component swallowed by one cell) is dropped.
/// Shapes: maps keyed by unknown.  Cost: O(unknowns log unknowns) a level.  No MPI.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <vector>

namespace ansatz::solvers::reference {

/// An unknown, ordered as the coarsest level numbers them: first unknowns of all cells, x fastest, then second ones.
struct Unknown {
  int sheet = 0; ///< 0: first of its cell, 1: second
  int k = 0, j = 0, i = 0;
  bool operator==(const Unknown&) const = default;
  bool operator<(const Unknown& o) const { return std::tie(sheet, k, j, i) < std::tie(o.sheet, o.k, o.j, o.i); }
  [[nodiscard]] Unknown parent(int parent_sheet) const { return {parent_sheet, k / 2, j / 2, i / 2}; }
  [[nodiscard]] int colour() const { return (i + j + k) & 1; }
};

struct Node {
  std::map<Unknown, double> weight; ///< w_ij > 0 by neighbour
  double delta = 0.0;
  [[nodiscard]] double diagonal() const {
    double sum = delta;
    for (const auto& [next, w] : weight) sum += w;
    return sum;
  }
};

struct Operator {
  std::array<int, 3> cells{};
  std::map<Unknown, Node> node;
  std::map<Unknown, Unknown> parent; ///< in the next coarser operator, filled by coarsen()
};

/// The operator of the grid: `fluid` and `air` tell what a cell is, and are false outside the grid.
inline Operator finest(std::array<int, 3> cells, const std::function<bool(int, int, int)>& fluid, const std::function<bool(int, int, int)>& air) {
  Operator op;
  op.cells = cells;
  for (int k = 0; k < cells[2]; ++k)
    for (int j = 0; j < cells[1]; ++j)
      for (int i = 0; i < cells[0]; ++i) {
        if (!fluid(i, j, k)) continue;
        Node node;
        for (const auto& [p, q, r] : {std::array{i - 1, j, k}, std::array{i + 1, j, k}, std::array{i, j - 1, k}, std::array{i, j + 1, k},
                                      std::array{i, j, k - 1}, std::array{i, j, k + 1}}) {
          if (fluid(p, q, r)) node.weight[{0, r, q, p}] = 1.0;
          if (air(p, q, r)) node.delta += 1.0;
        }
        if (node.diagonal() > 0.0) op.node[{0, k, j, i}] = node;
      }
  return op;
}

/// The unknowns reached from `start` inside `group`.
inline std::set<Unknown> component(const Operator& op, const std::vector<Unknown>& group, const Unknown& start) {
  std::set<Unknown> reached = {start};
  std::vector<Unknown> stack = {start};
  while (!stack.empty()) {
    const Unknown u = stack.back();
    stack.pop_back();
    for (const Unknown& v : group)
      if (op.node.at(u).weight.contains(v) && reached.insert(v).second) stack.push_back(v);
  }
  return reached;
}

/// The operator on the grid of half the cells (rounded up) per axis, `depth` being the number of `fine` from the finest; fills fine.parent.
inline Operator coarsen(Operator& fine, int depth) {
  const double kappa = (std::exp2(depth) + 1.0) / (std::exp2(depth + 1) + 1.0);
  std::map<Unknown, std::vector<Unknown>> children; // by coarse cell
  for (const auto& [u, node] : fine.node) children[u.parent(0)].push_back(u);
  for (auto& [cell, group] : children) {
    std::ranges::sort(group, {}, [](const Unknown& u) { return std::array{u.k, u.j, u.i, u.sheet}; });
    const std::set<Unknown> first = component(fine, group, group.front());
    for (const Unknown& u : group) fine.parent[u] = u.parent(first.contains(u) ? 0 : 1);
  }
  Operator coarse;
  for (std::size_t a = 0; a < 3; ++a) coarse.cells[a] = (fine.cells[a] + 1) / 2;
  for (const auto& [u, node] : fine.node) {
    const Unknown& P = fine.parent.at(u);
    coarse.node[P].delta += kappa * node.delta;
    for (const auto& [v, w] : node.weight)
      if (fine.parent.at(v) != P) coarse.node[P].weight[fine.parent.at(v)] += 0.5 * w;
  }
  std::erase_if(coarse.node, [](const auto& item) { return item.first.sheet == 0 && item.second.diagonal() == 0.0; });
  return coarse;
}

/// All levels, finest first, down to one of at most `coarsest_cells` cells.
inline std::vector<Operator> hierarchy(Operator op, std::int64_t coarsest_cells = 64) {
  std::vector<Operator> levels = {std::move(op)};
  const auto cells = [](const Operator& o) { return std::int64_t{o.cells[0]} * o.cells[1] * o.cells[2]; };
  while (cells(levels.back()) > coarsest_cells) {
    Operator next = coarsen(levels.back(), static_cast<int>(levels.size()) - 1);
    levels.push_back(std::move(next));
  }
  return levels;
}

} // namespace ansatz::solvers::reference
