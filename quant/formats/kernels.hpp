// SPDX-License-Identifier: Apache-2.0
/// Loops over arrays that encode and decode numbers, one table per instruction set, chosen at run time. Every table gives the same bits: only operations that
/// IEEE 754 defines, no contraction, sums over eight lanes in a fixed order.
/// The encoders return the largest of the bits of |x| (as an integer; 0x7f800000 and above: there is an infinity or NaN, and the codes mean nothing).
/// Errors: none.  Threads: a kernel touches only the arrays it is given, which may not overlap.  Alignment: any.
#pragma once

#include <ansatz/data/instruction_set.hpp>
#include <ansatz/quant/formats/stochastic.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace ansatz::quant {

/// code = clamp(round(v), low, high) + zero with v = x / divisor, or v = (x factor1) factor2 if `divisor` is 0: two exact steps for a power of two that is no
/// float. |low|, |high| and their sum with `zero` are below 2^21.
struct AffineEncoding {
  float divisor = 0.0F;
  float factor1 = 1.0F;
  float factor2 = 1.0F;
  float low = 0.0F;
  float high = 0.0F;
  std::int32_t zero = 0;
  RandomStream stream{};
};

/// x = (float(code - zero) factor1) factor2.
struct AffineDecoding {
  float factor1 = 1.0F;
  float factor2 = 1.0F;
  std::int32_t zero = 0;
};

/// Fixed-point cast of integers v 2^-shift to W bits (shift < 0: to the left), or of floats x (factor1 factor2 = 2^F).
struct FixedCast {
  float factor1 = 1.0F;
  float factor2 = 1.0F;
  std::int32_t shift = 0;
  std::int32_t width = 0; ///< 1 to 31
  bool is_signed = true;
};

/// Many rising thresholds with an index (thresholds.hpp). A value lies in one of `buckets` intervals, `before` says how many thresholds lie in lower ones, and
/// at most `steps` more lie in its own. Intervals: of |x| by leading bits, (bits of |x| - first) >> shift, if `odd`; else evenly, (x - origin) factor.
struct ThresholdIndex {
  const std::uint8_t* before = nullptr;
  const float* thresholds = nullptr; ///< rising, `steps` infinities at the end
  std::int32_t buckets = 0;          ///< at most 2^16
  int steps = 0;
  bool odd = false;
  std::int32_t first = 0;
  int shift = 0;
  float origin = 0.0F;
  float factor = 0.0F;
};

template <class Code>
struct AffineKernels {
  using Encode = std::uint32_t (*)(const float* x, std::size_t n, const AffineEncoding& e, Code* code);
  std::array<Encode, 7> encode; ///< by Rounding
  void (*decode)(const Code* code, std::size_t n, const AffineDecoding& d, float* x);
  /// Blocks of `length` values with an exponent each: code = clamp(RNE(x 2^-E), -most, most), x = code 2^E.
  std::uint32_t (*encode_blocks)(const float* x, std::size_t n, std::size_t length, const std::int16_t* exponents, float most, Code* code);
  void (*decode_blocks)(const Code* code, std::size_t n, std::size_t length, const std::int16_t* exponents, float* x);
};

struct Kernels {
  /// Largest of the bits of |x|.
  std::uint32_t (*magnitude)(const float* x, std::size_t n);
  /// Smallest and largest value; 0 if there is none below or above.
  void (*range)(const float* x, std::size_t n, float* low, float* high);
  /// Sum of |x| over the |x| > threshold and how many they are, in eight lanes: element i goes to lane i mod 8.
  void (*sums)(const float* x, std::size_t n, float threshold, double* sum, double* count);

  AffineKernels<std::int8_t> s8;
  AffineKernels<std::uint8_t> u8;
  AffineKernels<std::int16_t> s16;
  AffineKernels<std::uint16_t> u16;

  std::uint32_t (*encode_bf16)(const float* x, std::size_t n, std::uint16_t* code);
  void (*decode_bf16)(const std::uint16_t* code, std::size_t n, float* x);
  /// `overflow`: the code of what exceeds the largest number, infinities included: the largest number's or the one above it.
  std::uint32_t (*encode_e4m3)(const float* x, std::size_t n, std::uint8_t overflow, std::uint8_t* code);
  std::uint32_t (*encode_e5m2)(const float* x, std::size_t n, std::uint8_t overflow, std::uint8_t* code);

  /// code = sgn(x) (number of the `count` <= 15 rising thresholds t with |x| >= t).
  std::uint32_t (*encode_odd)(const float* x, std::size_t n, const float* thresholds, int count, std::int8_t* code);
  /// code = number of the `count` <= 15 rising thresholds t with x >= t, plus `base`.
  std::uint32_t (*encode_levels)(const float* x, std::size_t n, const float* thresholds, int count, std::int8_t base, std::int8_t* code);
  /// The same for up to 255 thresholds (127 for `sgn(x)`) with an index.
  std::uint32_t (*encode_indexed)(const float* x, std::size_t n, const ThresholdIndex& t, std::int8_t base, std::int8_t* code);
  /// code = RNE(levels sqrt(min(|x| / clip, 1))) with the sign of x.
  std::uint32_t (*encode_root)(const float* x, std::size_t n, float clip, float levels, std::int8_t* code);
  /// x = (float(code |code|) factor).
  void (*decode_square)(const std::int8_t* code, std::size_t n, float factor, float* x);
  /// x = table[code + 128].
  void (*decode_table)(const std::int8_t* code, std::size_t n, const float* table, float* x);

  /// L-Mul of floats (lmul.hpp): `offset` is the word subtracted by the carry form, `unit` is 2^(23-l) of the formula form; `overflow` the bits of what is too
  /// large (infinity or the largest float).
  void (*lmul_carry)(const float* x, const float* y, std::size_t n, std::uint32_t offset, std::uint32_t overflow, float* z);
  void (*lmul_formula)(const float* x, const float* y, std::size_t n, std::uint32_t unit, std::uint32_t overflow, float* z);

  /// By quantization mode (7) and overflow mode (5) of fixed_point.hpp.
  using CastIntegers = void (*)(const std::int32_t* v, std::size_t n, const FixedCast& c, std::int32_t* code);
  using CastFloats = std::uint32_t (*)(const float* x, std::size_t n, const FixedCast& c, std::int32_t* code);
  std::array<std::array<CastIntegers, 5>, 7> cast_integers;
  std::array<std::array<CastFloats, 5>, 7> cast_floats;
  /// Of codes of up to 24 bits.
  void (*decode_integers)(const std::int32_t* code, std::size_t n, const AffineDecoding& d, float* x);
};

/// The kernels of a set; `set` must run on this machine.
[[nodiscard]] const Kernels& kernels(InstructionSet set);

/// Those of `instruction_set()`.
[[nodiscard]] inline const Kernels& kernels() { return kernels(instruction_set()); }

template <class Code>
[[nodiscard]] const AffineKernels<Code>& affine_kernels(const Kernels& k) {
  if constexpr (std::is_same_v<Code, std::int8_t>)
    return k.s8;
  else if constexpr (std::is_same_v<Code, std::uint8_t>)
    return k.u8;
  else if constexpr (std::is_same_v<Code, std::int16_t>)
    return k.s16;
  else
    return k.u16;
}

} // namespace ansatz::quant
