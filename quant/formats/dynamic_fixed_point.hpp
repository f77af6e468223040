// SPDX-License-Identifier: Apache-2.0
/// Dynamic fixed point (DFP): integers that share one binary exponent, P = 16 or 8 bits; with exponents by block this is block floating point.
///   Emax = floor(log2 max|x|),  E = Emax - (P - 2) + s,  q = clamp(round(x 2^-E), +-(2^(P-1-s) - 1)),  x^ = q 2^E;  all zero: E = -126.
/// s is the headroom: products of two such numbers sum in int32 without overflow over 2, 8, 32, 128, 512 terms for s = 0..4 (P = 16).
/// Cite: D. Das et al., Mixed Precision Training of Convolutional Neural Networks using Integer Operations, ICLR 2018, arXiv:1802.00930 (s = 2 there).
/// Errors: UsageError `bad_value`: headroom, lengths, NaN and infinity (with index).  Threads: const members from several.  MPI: local.
#pragma once

#include <ansatz/quant/formats/concepts.hpp>
#include <ansatz/quant/formats/stochastic.hpp>

#include <cstdint>
#include <limits>
#include <span>

namespace ansatz::quant {

/// Code: std::int16_t (dfp16) or std::int8_t (dfp8).
template <class Code>
struct DynamicFixedPoint {
  static constexpr int precision = std::numeric_limits<Code>::digits + 1; ///< P

  std::int16_t exponent = -126;
  int headroom = 0; ///< s, 0 to P - 2
  Rounding rounding = Rounding::nearest_even;
  RandomStream stream{};

  /// The exponent for values up to `largest` in magnitude.
  [[nodiscard]] static DynamicFixedPoint of(float largest, int headroom = 0);
  /// The same for the largest of x.
  [[nodiscard]] static DynamicFixedPoint fit(std::span<const float> x, int headroom = 0);

  void encode(std::span<const float> x, std::span<Code> code) const;
  void decode(std::span<const Code> code, std::span<float> x) const;

  [[nodiscard]] std::int32_t largest_code() const { return (1 << (precision - 1 - headroom)) - 1; }
  [[nodiscard]] static double bits_per_value() { return precision; }
  /// Of |x - x^| for the |x| below 2^(Emax+1) it was made for: 2^(E-1) or, for those clamped and for rounding not to nearest, 2^E.
  [[nodiscard]] double error_bound() const;
};

/// Blocks of `length` values (the last may be shorter) with an exponent each, rounded to nearest even: what encode and decode give block by block, in one call.
template <class Code>
void encode_blocks(std::span<const float> x, std::size_t length, std::span<const std::int16_t> exponents, int headroom, std::span<Code> code);
template <class Code>
void decode_blocks(std::span<const Code> code, std::size_t length, std::span<const std::int16_t> exponents, std::span<float> x);

/// Products: exponents add, Ea + Eb. Sums: the larger exponent, the other operand shifted right. Down-conversion of int32 sums to Code:
///   n = bit length of max|q|,  R = max(0, n - (P - 1) + s),  q' = clamp(RNE(q 2^-R)),  E' = E + R.
/// \return the format of `code`, with exponent E'
template <class Code>
DynamicFixedPoint<Code> down_convert(std::span<const std::int32_t> sums, std::int16_t exponent, int headroom, std::span<Code> code);

/// Terms |a_i b_i| that sum in int32 whatever their values, for codes up to these.
[[nodiscard]] constexpr std::int64_t static_chain(std::int64_t largest_a, std::int64_t largest_b) {
  return std::numeric_limits<std::int32_t>::max() / (largest_a * largest_b);
}

/// The longest chain k <= weights.size() such that every k consecutive weights of this output, times activations of at most `largest`, sum in int32. 0: even one
/// product may overflow. Proven from |sum| <= largest * sum |w|.  Cost: one pass.
[[nodiscard]] std::size_t proven_chain(std::span<const std::int16_t> weights, std::int64_t largest);

} // namespace ansatz::quant
