// SPDX-License-Identifier: Apache-2.0
// What the tests of number formats share: samples with all kinds of edges, and the instruction sets of this machine.
#pragma once

#include <ansatz/learning/random.hpp>
#include <ansatz/quant/formats/kernels.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace ansatz::quant {

/// Every set that runs here, the portable one first.
inline std::vector<InstructionSet> sets_here() {
  std::vector<InstructionSet> sets;
  for (int set = 0; set <= static_cast<int>(instruction_set("")); ++set) sets.push_back(static_cast<InstructionSet>(set));
  return sets;
}

inline std::vector<float> gaussian(std::size_t n, std::uint64_t seed, double sigma = 1.0) {
  std::vector<float> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<float>(sigma * learning::normal(seed, 7, i));
  return x;
}

/// Finite floats: random bit patterns, zeros, subnormals, extremes, and ties k + 1/2 (+-1 ulp) of multiples of `unit`.
inline std::vector<float> edges(std::size_t random, float unit) {
  std::vector<float> x;
  for (std::size_t i = 0; i < random; ++i) {
    const auto bits = static_cast<std::uint32_t>(learning::mix(i + 12345));
    const float value = std::bit_cast<float>(bits);
    if (std::isfinite(value)) x.push_back(value);
  }
  for (const float v : {0.0F, 1e-45F, 0x1p-127F, 0x1p-126F, 1.0F, 0x1p23F, 0x1p31F, 0x1p32F, std::numeric_limits<float>::max()})
    for (const float s : {1.0F, -1.0F}) x.push_back(s * v);
  for (int k = -300; k <= 300; ++k) {
    const float tie = (static_cast<float>(k) + 0.5F) * unit;
    for (const float t : {tie, std::nextafter(tie, 1e30F), std::nextafter(tie, -1e30F), static_cast<float>(k) * unit}) x.push_back(t);
  }
  return x;
}

} // namespace ansatz::quant
