// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/multigrid/stencils.hpp>

#include <cstring>

namespace ansatz::solvers::multigrid {
namespace {

using Index = std::ptrdiff_t;

class StencilMaker {
public:
  explicit StencilMaker(const SplitBox& box) : box_(box) {
    out_.of.assign(static_cast<std::size_t>((static_cast<Index>(box.size) + Stencils::lanes - 1) / Stencils::lanes), 0);
    out_.blocks.assign(Stencils::block, 0.0F); // of nothing
  }

  /// Files the block of the pack at `cell` under an equal one nearby, or as a new one.
  void add(Index cell, const std::array<const float*, Stencils::entries>& rows) {
    std::array<float, Stencils::block> fresh;
    for (std::size_t e = 0; e < rows.size(); ++e) std::memcpy(fresh.data() + e * Stencils::lanes, rows[e], Stencils::lanes * sizeof(float));
    std::int32_t& of = at(cell);
    for (const Index back : {box_.row, box_.plane, Index{Stencils::lanes}}) { // walls are flat more often than not
      of = at(cell - back);
      if (equal(out_.blocks.data() + Index{of} * Stencils::block, fresh.data())) return;
    }
    of = static_cast<std::int32_t>(out_.blocks.size() / Stencils::block);
    out_.blocks.insert(out_.blocks.end(), fresh.begin(), fresh.end());
  }
  [[nodiscard]] Stencils take() { return std::move(out_); }

private:
  /// Without a way out in the middle, so that the compiler makes vectors of it.
  [[nodiscard]] static bool equal(const float* a, const float* b) {
    int different = 0;
    for (int i = 0; i < Stencils::block; ++i) different += a[i] != b[i] ? 1 : 0;
    return different == 0;
  }
  [[nodiscard]] std::int32_t& at(Index cell) { return out_.of[static_cast<std::size_t>(cell / Stencils::lanes)]; }

  const SplitBox& box_;
  Stencils out_;
};

} // namespace

Stencils make_stencils(const SplitBox& box, const std::array<AlignedVector<float>, 3>& weight, const AlignedVector<float>& diagonal,
                       const AlignedVector<float>& inverse) {
  StencilMaker maker(box);
  const float* x = weight[0].data();
  const float* y = weight[1].data();
  const float* z = weight[2].data();
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int odd = 0; odd < 2; ++odd) {
        const Index first = box.index(odd, j, k);
        const Index right = odd ? first - box.half + 1 : first + box.half;
        for (int m = 0; m < box.count[static_cast<std::size_t>(odd)]; m += Stencils::lanes) {
          const Index i = first + m;
          maker.add(i, {x + i, x + right + m, y + i, y + i + box.row, z + i, z + i + box.plane, diagonal.data() + i, inverse.data() + i});
        }
      }
  return maker.take();
}

} // namespace ansatz::solvers::multigrid
