// SPDX-License-Identifier: Apache-2.0
/// What multiply() means, by plain loops on plain arrays: the truth its kernels are compared with, bit for bit.
/// Shapes: activations [z][y][x][in], weights as their WeightShape says, results [z][y][x][out].
/// Threads: no state.
#pragma once

#include <ansatz/quant/formats/reference/lmul.hpp>
#include <ansatz/quant/kernels/packed_weights.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace ansatz::quant::reference {

/// Calls visit(voxel, output, place of a product in the order of taps and inputs, activation index or -1 outside the grid, weight index).
template <class Visit>
void each_product(const Grid& g, const WeightShape& s, Visit&& visit) {
  const bool wide = s.window != Window::point;
  for (std::int64_t v = 0; v < g.voxels(); ++v)
    for (std::int64_t o = 0; o < s.out; ++o)
      for (std::int64_t t = 0; t < s.taps(); ++t) {
        const std::int64_t k = v / (g.y * g.x) + (s.window == Window::cube ? t / 9 - 1 : 0);
        const std::int64_t j = v / g.x % g.y + (wide ? t / 3 % 3 - 1 : 0);
        const std::int64_t i = v % g.x + (wide ? t % 3 - 1 : 0);
        const bool inside = k >= 0 && k < g.z && j >= 0 && j < g.y && i >= 0 && i < g.x;
        for (std::int64_t c = 0; c < s.in; ++c) visit(v, o, t * s.in + c, inside ? ((k * g.y + j) * g.x + i) * s.in + c : -1, s.place(o, c, t));
      }
}

/// Exact sums in 64 bits.
template <class A, class W>
std::vector<std::int64_t> sums(const Grid& g, const WeightShape& s, const std::vector<A>& a, const std::vector<W>& w, std::int64_t zero) {
  std::vector<std::int64_t> y(static_cast<std::size_t>(g.voxels() * s.out), 0);
  each_product(g, s, [&](std::int64_t v, std::int64_t o, std::int64_t, std::int64_t from, std::int64_t weight) {
    if (from >= 0)
      y[static_cast<std::size_t>(v * s.out + o)] +=
          (static_cast<std::int64_t>(a[static_cast<std::size_t>(from)]) - zero) * static_cast<std::int64_t>(w[static_cast<std::size_t>(weight)]);
  });
  return y;
}

/// Sums of chains in 64 bits, each rounded to float32 and added in float32. Throws if a chain leaves int32.
/// \param ends  of the chains, in words
template <class A, class W>
std::vector<float> chained(const Grid& g, const WeightShape& s, const std::vector<A>& a, const std::vector<W>& w, std::int64_t zero,
                           std::int64_t values_a_word, const std::vector<std::int64_t>& ends) {
  const std::int64_t words = (s.in + values_a_word - 1) / values_a_word;
  std::vector<float> y(static_cast<std::size_t>(g.voxels() * s.out), 0.0F);
  std::int64_t first = 0;
  for (const std::int64_t end : ends) {
    std::vector<std::int64_t> chain(y.size(), 0);
    each_product(g, s, [&](std::int64_t v, std::int64_t o, std::int64_t place, std::int64_t from, std::int64_t weight) {
      const std::int64_t word = place / s.in * words + place % s.in / values_a_word;
      if (from >= 0 && word >= first && word < end)
        chain[static_cast<std::size_t>(v * s.out + o)] +=
            (static_cast<std::int64_t>(a[static_cast<std::size_t>(from)]) - zero) * static_cast<std::int64_t>(w[static_cast<std::size_t>(weight)]);
    });
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (chain[i] != static_cast<std::int32_t>(chain[i])) throw std::overflow_error("a chain leaves int32");
      y[i] = y[i] + static_cast<float>(chain[i]);
    }
    first = end;
  }
  return y;
}

inline float flushed(float x) { return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0F, x) : x; }

/// Sums of L-Mul products in float32 in the order of taps and inputs.
inline std::vector<float> lmul_sums(const Grid& g, const WeightShape& s, const std::vector<float>& a, const std::vector<float>& w) {
  std::vector<float> y(static_cast<std::size_t>(g.voxels() * s.out), 0.0F);
  each_product(g, s, [&](std::int64_t v, std::int64_t o, std::int64_t, std::int64_t from, std::int64_t weight) {
    if (from >= 0)
      y[static_cast<std::size_t>(v * s.out + o)] +=
          lmul_carry(a[static_cast<std::size_t>(from)], w[static_cast<std::size_t>(weight)], lmul_offset, false);
  });
  return y;
}

/// Sums of bfloat16 products: of each pair the second first, subnormal values 0. Values must be bfloat16 already.
inline std::vector<float> bf16_sums(const Grid& g, const WeightShape& s, const std::vector<float>& a, const std::vector<float>& w) {
  std::vector<float> y(static_cast<std::size_t>(g.voxels() * s.out), 0.0F);
  float kept_a = 0.0F;
  float kept_w = 0.0F;
  each_product(g, s, [&](std::int64_t v, std::int64_t o, std::int64_t place, std::int64_t from, std::int64_t weight) {
    float& sum = y[static_cast<std::size_t>(v * s.out + o)];
    const float x = from >= 0 ? flushed(a[static_cast<std::size_t>(from)]) : 0.0F;
    const float b = flushed(w[static_cast<std::size_t>(weight)]);
    const std::int64_t channel = place % s.in;
    if (channel % 2 == 0 && channel + 1 < s.in) {
      kept_a = x;
      kept_w = b;
    } else if (channel % 2 == 0) {
      sum = flushed(std::fma(x, b, sum));
    } else {
      sum = flushed(std::fma(x, b, sum));
      sum = flushed(std::fma(kept_a, kept_w, sum));
    }
  });
  return y;
}

} // namespace ansatz::quant::reference
