// SPDX-License-Identifier: Apache-2.0
/// Random words for stochastic rounding: a function of (seed, tensor, step) and the element's index, so that results depend neither on threads nor on
/// instruction sets. MurmurHash3's 32-bit finaliser (Appleby, 2011), twice, with a 32-bit key before each: 32-bit products only, which all vector units have.
///   |q| = floor|v| + [u < F],  F = floor(2^32 frac|v|): compared as integers, because a float u would be biased.
/// Always inlined: no copy with wide instructions of one kernel file may be linked for all.
/// Threads: functions without state.
#pragma once

#include <ansatz/learning/random.hpp>

#include <cstdint>

namespace ansatz::quant {

/// A stream of words; `first` is the index of the first element of the span it is used for.
struct RandomStream {
  std::uint32_t key0 = 0;
  std::uint32_t key1 = 0;
  std::uint64_t first = 0;

  RandomStream() = default;
  RandomStream(std::uint64_t seed, std::uint64_t tensor, std::uint64_t step, std::uint64_t index = 0) : first(index) {
    constexpr std::uint64_t golden = 0x9e3779b97f4a7c15U;
    const std::uint64_t key = learning::mix(learning::mix(learning::mix(seed + golden) ^ tensor) + golden * (step + 1));
    key0 = static_cast<std::uint32_t>(key);
    key1 = static_cast<std::uint32_t>(key >> 32);
  }
  [[nodiscard]] RandomStream at(std::uint64_t offset) const {
    RandomStream shifted = *this;
    shifted.first += offset;
    return shifted;
  }
};

[[nodiscard, gnu::always_inline]] constexpr std::uint32_t finalise(std::uint32_t x) noexcept {
  x = (x ^ (x >> 16)) * 0x85ebca6bU;
  x = (x ^ (x >> 13)) * 0xc2b2ae35U;
  return x ^ (x >> 16);
}

/// The word of element `index` of the tensor.
[[nodiscard, gnu::always_inline]] constexpr std::uint32_t random_word(const RandomStream& stream, std::uint64_t index) noexcept {
  const std::uint64_t at = stream.first + index;
  return finalise(finalise(static_cast<std::uint32_t>(at) + stream.key0) ^ (stream.key1 + static_cast<std::uint32_t>(at >> 32) * 0x9e3779b9U));
}

} // namespace ansatz::quant
