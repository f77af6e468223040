// SPDX-License-Identifier: Apache-2.0
/// Integer codes as symbols of a small alphabet and raw bits. With m = |c|: m < 8 has a symbol of its own; beyond, a symbol says sign, octave e =
/// floor(log2 m) and the two bits below the leading one, and the e - 2 bits below those are written as they are. A value is base[symbol] + bits for
/// either sign. Within a quarter of an octave a density hardly changes: on exponential densities the uniform bits cost less than 0.01 bit a code.
/// Range: |c| < 2^55, so at most 52 raw bits.  Threads: constants and pure functions.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace ansatz::compression {

inline constexpr unsigned code_limit_log2 = 55;
inline constexpr std::size_t symbol_count = 2 * (8 + 4 * (code_limit_log2 - 3));

/// Symbol of a code, |code| < 2^55.
[[nodiscard]] constexpr std::uint32_t symbol_of(std::int64_t code) noexcept {
  const std::uint64_t negative = code < 0 ? 1 : 0;
  const std::uint64_t m = negative != 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(code) : static_cast<std::uint64_t>(code);
  if (m < 8) return static_cast<std::uint32_t>(2 * m + negative);
  const auto e = static_cast<unsigned>(63 - std::countl_zero(m));
  return static_cast<std::uint32_t>(2 * (8 + 4 * (e - 3) + ((m >> (e - 2)) & 3U)) + negative);
}

/// The codes of a symbol: base, base + 1, ..., base + 2^bits - 1.
struct CodeRange {
  std::int64_t base;
  unsigned bits;
};

[[nodiscard]] constexpr CodeRange range_of(std::uint32_t symbol) noexcept {
  const bool negative = (symbol & 1U) != 0;
  const std::uint32_t index = symbol / 2;
  if (index < 8) return {negative ? -static_cast<std::int64_t>(index) : static_cast<std::int64_t>(index), 0};
  const unsigned bits = (index - 8) / 4 + 1;
  const std::int64_t least = static_cast<std::int64_t>(4 + (index - 8) % 4) << bits;
  return {negative ? -(least + (std::int64_t{1} << bits) - 1) : least, bits};
}

/// range_of for every symbol.
inline constexpr auto code_ranges = [] {
  std::array<CodeRange, symbol_count> all{};
  for (std::uint32_t s = 0; s < symbol_count; ++s) all[s] = range_of(s);
  return all;
}();

} // namespace ansatz::compression
