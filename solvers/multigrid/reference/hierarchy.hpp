// SPDX-License-Identifier: Apache-2.0
/// The coarse operators of the voxel multigrid from their definition, as a graph: the truth that Hierarchy is tested against.
///   Unknowns of a coarse cell: one for the component that holds its first child (in the order x, y, z, first before second unknown), one for all
///   other components together. A component is connected through couplings between children of the same cell.
///   w_PQ = 1/2 sum of w_ij over i in P, j in Q, P and Q in different cells;
///   delta_P = kappa_l sum of delta_i over i in P, kappa_l = (2^l + 1)/(2^{l+1} + 1).
///   A first unknown without couplings and without delta (a closed component swallowed by one cell) is dropped.
/// With learned weights w_PQ and delta_P are multiplied by their tau and eta, taken from the cells of the finest grid that P and Q stand for.
/// Shapes: maps keyed by unknown.  Cost: O(unknowns log unknowns) a level.  No MPI.
#pragma once

#include <ansatz/solvers/multigrid/cycle_weights.hpp>

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
  std::vector<std::array<int, 3>> cells{}; ///< of the finest grid
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
        node.cells = {{i, j, k}};
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

/// What learned weights see of an unknown on a level: volume and first moments of its cells, measured in a level's cell from its centre.
inline multigrid::CellShape shape(const Unknown& u, const Node& node, int depth) {
  const double edge = std::exp2(depth);
  const std::array<int, 3> place = {u.i, u.j, u.k};
  std::array<double, 4> sums{};
  for (const auto& cell : node.cells) {
    sums[0] += 1.0;
    for (std::size_t a = 0; a < 3; ++a) sums[a + 1] += (cell[a] + 0.5) / edge - (place[a] + 0.5);
  }
  multigrid::CellShape s{};
  for (std::size_t n = 0; n < 4; ++n) s[n] = static_cast<float>(sums[n] / (edge * edge * edge));
  return s;
}

/// Multiplies couplings and strengths of level `depth` by their learned factors.
inline void scale(Operator& op, int depth, const multigrid::CycleWeights& weights) {
  for (auto& [u, node] : op.node) {
    const auto level = static_cast<std::size_t>(depth);
    const auto own = shape(u, node, depth);
    node.delta *= static_cast<double>(weights.surface(level, own));
    for (auto& [v, w] : node.weight) {
      const auto other = shape(v, op.node.at(v), depth);
      const std::size_t axis = u.i != v.i ? 0 : (u.j != v.j ? 1 : 2);
      const bool upper = u.i + u.j + u.k > v.i + v.j + v.k;
      w *= static_cast<double>(upper ? weights.face(level, axis, other, own) : weights.face(level, axis, own, other));
    }
  }
}

/// The operator on the grid of half the cells (rounded up) per axis, `depth` being the number of `fine` from the finest; fills fine.parent.
inline Operator coarsen(Operator& fine, int depth, const multigrid::CycleWeights* weights = nullptr) {
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
    coarse.node[P].cells.insert(coarse.node[P].cells.end(), node.cells.begin(), node.cells.end());
    for (const auto& [v, w] : node.weight)
      if (fine.parent.at(v) != P) coarse.node[P].weight[fine.parent.at(v)] += 0.5 * w;
  }
  std::erase_if(coarse.node, [](const auto& item) { return item.first.sheet == 0 && item.second.diagonal() == 0.0; });
  if (weights) scale(coarse, depth + 1, *weights);
  return coarse;
}

/// All levels, finest first, down to one of at most `coarsest_cells` cells.
inline std::vector<Operator> hierarchy(Operator op, std::int64_t coarsest_cells = 64, const multigrid::CycleWeights* weights = nullptr) {
  std::vector<Operator> levels = {std::move(op)};
  const auto cells = [](const Operator& o) { return std::int64_t{o.cells[0]} * o.cells[1] * o.cells[2]; };
  while (cells(levels.back()) > coarsest_cells) {
    Operator next = coarsen(levels.back(), static_cast<int>(levels.size()) - 1, weights);
    levels.push_back(std::move(next));
  }
  return levels;
}

} // namespace ansatz::solvers::reference
