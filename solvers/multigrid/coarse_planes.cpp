// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/multigrid/coarse_planes.hpp>

#include <algorithm>
#include <array>

namespace ansatz::solvers::multigrid {
namespace {

using Index = std::ptrdiff_t;
using Byte = std::uint8_t;

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

/// Whether the children of a set of bits dx + 2 dy + 4 dz hang together where every two that touch are coupled.
constexpr bool connected(unsigned bits) {
  unsigned reached = bits & (~bits + 1U); // the lowest
  for (int step = 0; step < 7; ++step)
    for (unsigned o = 0; o < 8; ++o)
      if (reached >> o & 1U) reached |= bits & (1U << (o ^ 1U) | 1U << (o ^ 2U) | 1U << (o ^ 4U));
  return reached == bits;
}
constexpr std::array<Byte, 256> connected_sets = [] {
  std::array<Byte, 256> table{};
  for (unsigned bits = 0; bits < 256; ++bits) table[bits] = connected(bits) ? 1 : 0;
  return table;
}();

/// Children rows (2J + dy, 2K + dz), dy + 2 dz = 0..3: where their even and their odd cells begin. Beyond the end of an odd number of cells lie ghosts, which hold
/// nothing there.
struct Children {
  std::array<Index, 4> even, odd;
  Children(const SplitBox& b, int J, int K) {
    for (int r = 0; r < 4; ++r) {
      even[at(r)] = b.index(0, 2 * J + (r & 1), 2 * K + (r >> 1));
      odd[at(r)] = even[at(r)] + b.half;
    }
  }
};

/// Splits a row of coarse values, times `factor`, into the arriving layout.
template <class T>
void store_row(const SplitBox& c, int J, int K, const std::vector<T>& row, float factor, AlignedVector<float>& out) {
  for (int odd = 0; odd < 2; ++odd) {
    float* to = out.data() + c.index(odd, J, K);
    const T* from = row.data() + odd;
    for (int m = 0; m < c.count[at(odd)]; ++m) to[m] = factor * static_cast<float>(from[2 * m]);
  }
}

/// Sums of the finest level. All are small integers, so bytes do; masks are 0 or 255 = -1, and a - mask adds 1.
class FinestSums {
public:
  explicit FinestSums(const Level& fine) : box_(fine.box), code_(fine.code.data()), mask_(fine.code.size()), width_(at(fine.arriving.n[0])) {
    for (std::size_t i = 0; i < mask_.size(); ++i) mask_[i] = code_[i] > 0 ? 255 : 0;
    for (auto* row : {&wx, &wy, &wz, &air, &bits}) row->resize(width_);
  }
  std::vector<Byte> wx, wy, wz, air, bits;

  void run(int J, int K) {
    for (auto* row : {&wx, &wy, &wz, &air, &bits}) std::fill(row->begin(), row->end(), Byte{0});
    const Children rows(box_, J, K);
    for (std::size_t r = 0; r < 4; ++r) {
      const Index e = rows.even[r];
      const Index o = rows.odd[r];
      add_pairs(e, o - 1, wx);
      for (const Index own : {e, o}) {
        if ((r & 1U) == 0) add_pairs(own, own - box_.row, wy);
        if ((r & 2U) == 0) add_pairs(own, own - box_.plane, wz);
      }
      add_air(e, o - 1, o);
      add_air(o, e, e + 1);
      add_bits(e, static_cast<Byte>(1U << 2 * r));
      add_bits(o, static_cast<Byte>(2U << 2 * r));
    }
  }

private:
  /// sum += 1 where both cells hold unknowns.
  void add_pairs(Index own, Index other, std::vector<Byte>& out) const {
    const Byte* a = mask_.data() + own;
    const Byte* b = mask_.data() + other;
    Byte* __restrict sum = out.data();
    for (std::size_t m = 0; m < width_; ++m) sum[m] = static_cast<Byte>(sum[m] - (a[m] & b[m]));
  }
  /// a_ii less the number of neighbours.
  void add_air(Index own, Index left, Index right) {
    const Byte* code = code_ + own;
    const Byte* mask = mask_.data();
    const Byte* x = mask + own;
    const std::array<const Byte*, 6> next = {mask + left, mask + right, x - box_.row, x + box_.row, x - box_.plane, x + box_.plane};
    Byte* __restrict sum = air.data();
    for (std::size_t m = 0; m < width_; ++m) {
      const auto neighbours = static_cast<Byte>(next[0][m] + next[1][m] + next[2][m] + next[3][m] + next[4][m] + next[5][m]);
      sum[m] = static_cast<Byte>(sum[m] + (x[m] & static_cast<Byte>(code[m] + neighbours)));
    }
  }
  void add_bits(Index own, Byte bit) {
    const Byte* a = mask_.data() + own;
    Byte* __restrict set = bits.data();
    for (std::size_t m = 0; m < width_; ++m) set[m] = static_cast<Byte>(set[m] | (a[m] & bit));
  }

  const SplitBox& box_;
  const Byte* code_;
  std::vector<Byte> mask_;
  std::size_t width_;
};

void add_finest(const Level& fine, float kappa, CoarsePlanes& out) {
  const SplitBox& c = fine.arriving;
  FinestSums sums(fine);
  auto children = out.children.begin();
  auto one_component = out.one_component.begin();
  for (int K = 0; K < c.n[2]; ++K)
    for (int J = 0; J < c.n[1]; ++J) {
      sums.run(J, K);
      store_row(c, J, K, sums.wx, 0.5F, out.weight[0]);
      store_row(c, J, K, sums.wy, 0.5F, out.weight[1]);
      store_row(c, J, K, sums.wz, 0.5F, out.weight[2]);
      store_row(c, J, K, sums.air, kappa, out.delta);
      children = std::copy(sums.bits.begin(), sums.bits.end(), children);
      for (const Byte set : sums.bits) *one_component++ = connected_sets[set];
    }
}

/// Sums of a coarser level, in the order of the children, x fastest.
class CoarserSums {
public:
  CoarserSums(const Level& fine, const AlignedVector<float>& delta)
      : box_(fine.box), weight_{fine.weight[0].data(), fine.weight[1].data(), fine.weight[2].data()}, delta_(delta.data()),
        width_(at(fine.arriving.n[0])) {
    for (auto* row : {&wx, &wy, &wz, &air, &least}) row->resize(width_);
  }
  std::vector<float> wx, wy, wz, air;
  std::vector<float> least; ///< of the weights of the twelve faces between children

  void run(int J, int K, float kappa) {
    for (auto* row : {&wx, &wy, &wz, &air}) std::fill(row->begin(), row->end(), 0.0F);
    std::fill(least.begin(), least.end(), 1.0F);
    const Children rows(box_, J, K);
    for (std::size_t r = 0; r < 4; ++r) {
      add(weight_[0] + rows.even[r], 0.5F, wx);
      lower(weight_[0] + rows.odd[r]);
      for (const Index own : {rows.even[r], rows.odd[r]}) {
        if ((r & 1U) == 0)
          add(weight_[1] + own, 0.5F, wy);
        else
          lower(weight_[1] + own);
        if ((r & 2U) == 0)
          add(weight_[2] + own, 0.5F, wz);
        else
          lower(weight_[2] + own);
        add(delta_ + own, kappa, air);
      }
    }
  }

private:
  void add(const float* value, float factor, std::vector<float>& out) const {
    float* __restrict sum = out.data();
    for (std::size_t m = 0; m < width_; ++m) sum[m] += factor * value[m];
  }
  void lower(const float* value) {
    float* __restrict low = least.data();
    for (std::size_t m = 0; m < width_; ++m) low[m] = value[m] < low[m] ? value[m] : low[m];
  }

  const SplitBox& box_;
  std::array<const float*, 3> weight_;
  const float* delta_;
  std::size_t width_;
};

void add_coarser(const Level& fine, const AlignedVector<float>& delta, float kappa, CoarsePlanes& out) {
  const SplitBox& c = fine.arriving;
  CoarserSums sums(fine, delta);
  auto one_component = out.one_component.begin();
  for (int K = 0; K < c.n[2]; ++K)
    for (int J = 0; J < c.n[1]; ++J) {
      sums.run(J, K, kappa);
      store_row(c, J, K, sums.wx, 1.0F, out.weight[0]);
      store_row(c, J, K, sums.wy, 1.0F, out.weight[1]);
      store_row(c, J, K, sums.wz, 1.0F, out.weight[2]);
      store_row(c, J, K, sums.air, 1.0F, out.delta);
      for (const float low : sums.least) *one_component++ = low > 0.0F ? 1 : 0;
    }
}

} // namespace

CoarsePlanes coarsen_planes(const Level& fine, const AlignedVector<float>& delta, float kappa) {
  const SplitBox& c = fine.arriving;
  const std::size_t cells = at(c.n[0]) * at(c.n[1]) * at(c.n[2]);
  CoarsePlanes out;
  for (auto* values : {&out.weight[0], &out.weight[1], &out.weight[2], &out.delta}) values->assign(c.size, 0.0F);
  out.one_component.resize(cells);
  if (fine.code.empty()) {
    add_coarser(fine, delta, kappa, out);
  } else {
    out.children.resize(cells);
    add_finest(fine, kappa, out);
  }
  return out;
}

} // namespace ansatz::solvers::multigrid
