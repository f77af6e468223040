// SPDX-License-Identifier: Apache-2.0
/// Counter-based random numbers: functions of seed, key and index, so any part of a stream can be computed again, on any rank, in any order.
/// SplitMix64's finaliser over the three words (Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014): for initial
/// values and training data, not for cryptography.
/// Threads: functions without state.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace ansatz::learning {

[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// FNV-1a.
[[nodiscard]] constexpr std::uint64_t key_of(std::string_view name) noexcept {
  std::uint64_t h = 0xcbf29ce484222325U;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return h;
}

/// Uniform on the open interval (0, 1), 53 bits.
[[nodiscard]] constexpr double uniform(std::uint64_t seed, std::uint64_t key, std::uint64_t index) noexcept {
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15U;
  const std::uint64_t bits = mix(mix(mix(seed + golden) ^ key) + golden * (index + 1));
  return (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53;
}

/// Standard normal (Box and Muller).
[[nodiscard]] inline double normal(std::uint64_t seed, std::uint64_t key, std::uint64_t index) noexcept {
  return std::sqrt(-2 * std::log(uniform(seed, key, 2 * index))) * std::cos(2 * std::numbers::pi * uniform(seed, key, 2 * index + 1));
}

} // namespace ansatz::learning
