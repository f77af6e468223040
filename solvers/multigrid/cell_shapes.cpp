// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/multigrid/cell_shapes.hpp>

#include <algorithm>

namespace ansatz::solvers::multigrid {

namespace {

std::size_t at(std::ptrdiff_t i) { return static_cast<std::size_t>(i); }

/// +-1/4, by the parity of a child's index.
float place(int index) { return (index & 1) != 0 ? 0.25F : -0.25F; }

/// Shapes of coarse cells by which of their children exist: bits dx + 2 dy + 4 dz.
const std::array<CellShape, 256>& shapes_of_sets() {
  static const auto table = [] {
    std::array<CellShape, 256> shapes{};
    for (unsigned set = 0; set < 256; ++set)
      for (int o = 0; o < 8; ++o)
        if (set >> o & 1U) {
          const CellShape child = {0.125F, place(o) / 8.0F, place(o >> 1) / 8.0F, place(o >> 2) / 8.0F};
          for (std::size_t v = 0; v < 4; ++v) shapes[set][v] += child[v];
        }
    return shapes;
  }();
  return table;
}

void shapes_from_children(const SplitBox& c, const std::vector<std::uint8_t>& children, CellShapes& out) {
  const std::uint8_t* set = children.data();
  for (int K = 0; K < c.n[2]; ++K)
    for (int J = 0; J < c.n[1]; ++J)
      for (int I = 0; I < c.n[0]; ++I, ++set) {
        const CellShape& shape = shapes_of_sets()[*set];
        const auto to = at(c.index(I, J, K));
        for (std::size_t v = 0; v < 4; ++v) out[v][to] = shape[v];
      }
}

/// Adds the children of one row, from `first` on, to the sums of their parents' row.
void add_row(const CellShapes& shapes, std::ptrdiff_t first, int count, const std::array<float, 3>& o, std::array<std::vector<float>, 4>& sums) {
  for (int m = 0; m < count; ++m) {
    const float f = shapes[0][at(first + m)];
    sums[0][at(m)] += f;
    for (std::size_t a = 0; a < 3; ++a) sums[a + 1][at(m)] += 0.5F * shapes[a + 1][at(first + m)] + f * o[a];
  }
}

void shapes_from_shapes(const Level& fine, const CellShapes& shapes, CellShapes& out) {
  const SplitBox& b = fine.box;
  const SplitBox& c = fine.arriving;
  std::array<std::vector<float>, 4> sums;
  for (int K = 0; K < c.n[2]; ++K)
    for (int J = 0; J < c.n[1]; ++J) {
      for (auto& sum : sums) sum.assign(at(c.n[0]), 0.0F);
      for (int k = 2 * K; k < std::min(2 * K + 2, b.n[2]); ++k)
        for (int j = 2 * J; j < std::min(2 * J + 2, b.n[1]); ++j)
          for (int odd = 0; odd < 2; ++odd) add_row(shapes, b.index(odd, j, k), b.count[at(odd)], {place(odd), place(j), place(k)}, sums);
      for (std::size_t s = 0; s < 4; ++s)
        for (int I = 0; I < c.n[0]; ++I) out[s][at(c.index(I, J, K))] = sums[s][at(I)] / 8.0F;
    }
}

CellShape shape_of(const Level& fine, const CellShapes& shapes, const MovedChild& child) {
  const auto i = at(child.fine);
  const auto cell = fine.box.cell(i < fine.box.size ? child.fine : fine.extra_cells[i - fine.box.size]);
  CellShape s = fine.code.empty() ? shape_at(shapes, i) : CellShape{1.0F, 0.0F, 0.0F, 0.0F};
  for (std::size_t a = 0; a < 3; ++a) s[a + 1] = 0.5F * s[a + 1] + s[0] * place(cell[a]);
  for (float& value : s) value /= 8.0F;
  return s;
}

} // namespace

CellShapes coarsen_shapes(const Level& fine, const CellShapes& shapes, const std::vector<std::uint8_t>& children) {
  CellShapes out;
  for (auto& values : out) values.assign(fine.arriving.size + at(fine.arriving_extras), 0.0F);
  if (fine.code.empty())
    shapes_from_shapes(fine, shapes, out);
  else
    shapes_from_children(fine.arriving, children, out);
  for (const MovedChild& child : fine.moved) {
    const CellShape s = shape_of(fine, shapes, child);
    for (std::size_t v = 0; v < 4; ++v) {
      if (child.parent >= 0) out[v][at(child.parent)] -= s[v];
      out[v][at(child.coarse)] += s[v];
    }
  }
  return out;
}

} // namespace ansatz::solvers::multigrid
