// SPDX-License-Identifier: Apache-2.0
/// Fixed point with the semantics of ap_fixed and SystemC's sc_fixed: W bits, I of them before the point (I may be negative or exceed W), value = code 2^(I-W).
/// A cast of v 2^-Fin, d = Fin - F with F = W - I: d <= 0 shifts left; otherwise floor(v / 2^d) plus, with qb the first bit cut off, r whether a lower one is
/// set, s = (v < 0), L the last bit kept:  TRN 0; TRN_ZERO s&(qb|r); RND qb; RND_ZERO qb&(s|r); RND_MIN_INF qb&r; RND_INF qb&(!s|r); RND_CONV qb&(L|r).
/// Then overflow: SAT clamps; SAT_ZERO gives 0; SAT_SYM clamps to +-max (and moves a legal -2^(W-1)); WRAP keeps the low bits, with N >= 1 saturated bits the
/// sign and N - 1 of its complements before the low W - N; WRAP_SM wraps as sign and magnitude (signed only).
/// Cite: IEEE 1666-2011, 7.10 (quantization and overflow modes); S. Dai et al., Trainable Fixed-Point Quantization (QFX), 2024, arXiv:2401.17544.
/// Errors: UsageError `bad_value`: W, N, signs, lengths, NaN and infinity (with index).
/// Cost: one pass; W = 32, N > 0 and shifts beyond 31 bits go one number at a time.  Threads: const members from several.  MPI: local.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ansatz::quant {

enum class FixedQuantization : int { trn, trn_zero, rnd, rnd_zero, rnd_min_inf, rnd_inf, rnd_conv };
enum class FixedOverflow : int { sat, sat_zero, sat_sym, wrap, wrap_sm };

[[nodiscard]] std::string_view name(FixedQuantization mode); ///< TRN, ...
[[nodiscard]] std::string_view name(FixedOverflow mode);     ///< SAT, ...

struct FixedPoint {
  int width = 16;  ///< W, 1 to 32 (with a sign at least 1)
  int integer = 6; ///< I, -64 to 96
  bool is_signed = true;
  FixedQuantization quantization = FixedQuantization::trn;
  FixedOverflow overflow = FixedOverflow::wrap;
  int saturated_bits = 0; ///< N of the wrapping modes, 0 to W

  void encode(std::span<const float> x, std::span<std::int32_t> code) const;
  void decode(std::span<const std::int32_t> code, std::span<float> x) const;
  /// From integers with `fraction` bits after the point. Unsigned codes of 32 bits are the bits of the int32.
  void cast(std::span<const std::int32_t> v, int fraction, std::span<std::int32_t> code) const;

  [[nodiscard]] int fraction_bits() const { return width - integer; }
  [[nodiscard]] double unit() const; ///< 2^(I-W)
  [[nodiscard]] double least() const;
  [[nodiscard]] double most() const;
  [[nodiscard]] double bits_per_value() const { return width; }
  /// Of |x - x^| for least() <= x <= most(): half a unit (RND...), a unit (TRN...), and the rounding of codes beyond 24 bits to float.
  [[nodiscard]] double error_bound() const;
  void require_valid() const;
};

/// Exact types: of a product, a sum and a dot product of `terms` terms; width may exceed 32 and then cannot be encoded.
[[nodiscard]] FixedPoint product_type(const FixedPoint& a, const FixedPoint& b);
[[nodiscard]] FixedPoint sum_type(const FixedPoint& a, const FixedPoint& b);
[[nodiscard]] FixedPoint dot_type(const FixedPoint& a, const FixedPoint& b, std::int64_t terms);

} // namespace ansatz::quant
