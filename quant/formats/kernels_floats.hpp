// SPDX-License-Identifier: Apache-2.0
// Part of kernels_impl.hpp: small floating-point formats and L-Mul.
#pragma once

namespace ansatz::quant::ANSATZ_KERNEL_NAMESPACE {
namespace {

std::uint32_t encode_bf16(const float* x, std::size_t n, std::uint16_t* code) {
  return in_parts(x, n, [=](std::size_t first, std::size_t end) ANSATZ_INLINE {
    std::int32_t largest = 0;
#pragma omp simd reduction(max : largest)
    for (std::size_t i = first; i < end; ++i) {
      const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, x[i]), sign = bits & 0x80000000U;
      const std::int32_t m = magnitude_of(x[i]);
      largest = m > largest ? m : largest;
      std::uint32_t rounded = bits + 0x7fffU + ((bits >> 16) & 1U);
      rounded = m > infinity ? bits | 0x00400000U : rounded; // NaN stays NaN
      rounded = m < smallest_normal ? sign : rounded;        // as the processors' own instructions do
      code[i] = static_cast<std::uint16_t>(rounded >> 16);
    }
    return largest;
  });
}

void decode_bf16(const std::uint16_t* code, std::size_t n, float* x) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) x[i] = __builtin_bit_cast(float, static_cast<std::uint32_t>(code[i]) << 16);
}

/// One sign bit, 7 - M bits of exponent with this bias, M bits of mantissa. The code of a normal number is too small below the smallest one, the code of a
/// subnormal one stops there: the larger of both is right.
template <int M, int Bias>
std::uint32_t encode_8bit(const float* x, std::size_t n, std::uint8_t overflow, std::uint8_t* code) {
  constexpr int cut = 23 - M;
  constexpr std::int32_t least = (128 - Bias) << 23;             // bits of the smallest normal number
  constexpr std::int32_t unit = (127 + 23 + 1 - Bias - M) << 23; // its last bit is worth the smallest number
  constexpr std::int32_t half = (1 << (cut - 1)) - 1;
  const std::int32_t above = overflow;
  return in_parts(x, n, [=](std::size_t first, std::size_t end) ANSATZ_INLINE {
    std::int32_t largest = 0;
#pragma omp simd reduction(max : largest)
    for (std::size_t i = first; i < end; ++i) {
      const std::int32_t bits = bits_of(x[i]), m = magnitude_of(x[i]);
      largest = m > largest ? m : largest;
      const std::int32_t normal = ((m + half + ((m >> cut) & 1)) >> cut) - ((127 - Bias) << M);
      const std::int32_t small = bits_of(float_of(m < least ? m : least) + float_of(unit)) - unit;
      std::int32_t q = normal > small ? normal : small;
      q = q < above ? q : above;
      q = m > infinity ? 0x7f : q;
      code[i] = static_cast<std::uint8_t>(q | ((bits >> 24) & 0x80));
    }
    return largest;
  });
}

/// The word of a product whose finite magnitude word is `word` (0 for what is too small), with the special operands.
inline std::int32_t special_product(std::int32_t mx, std::int32_t my, std::int32_t word) {
  const bool zero = mx < smallest_normal || my < smallest_normal;
  const bool infinite = mx == infinity || my == infinity;
  const bool nan = mx > infinity || my > infinity;
  std::int32_t out = zero ? 0 : word;
  out = infinite ? (zero ? 0x7fc00000 : infinity) : out;
  return nan ? 0x7fc00000 : out;
}

void lmul_carry(const float* x, const float* y, std::size_t n, std::uint32_t offset, std::uint32_t overflow, float* z) {
  const std::uint32_t least = offset + 0x00800000U, end = offset + 0x7f800000U;
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t mx = magnitude_of(x[i]), my = magnitude_of(y[i]);
    const std::uint32_t u = static_cast<std::uint32_t>(mx) + static_cast<std::uint32_t>(my);
    std::uint32_t word = u - offset;
    word = u < least ? 0U : word;
    word = u >= end ? overflow : word;
    const std::int32_t sign = (bits_of(x[i]) ^ bits_of(y[i])) & static_cast<std::int32_t>(0x80000000U);
    z[i] = float_of(special_product(mx, my, static_cast<std::int32_t>(word)) | sign);
  }
}

void lmul_formula(const float* x, const float* y, std::size_t n, std::uint32_t unit, std::uint32_t overflow, float* z) {
  constexpr std::int32_t mantissa = 0x007fffff;
  const std::int32_t one = static_cast<std::int32_t>(unit) + smallest_normal, too_large = static_cast<std::int32_t>(overflow);
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t mx = magnitude_of(x[i]), my = magnitude_of(y[i]);
    const std::int32_t sum = bits_of(static_cast<float>((mx & mantissa) + (my & mantissa) + one)); // in units of 2^-23: one rounding, at most
    const std::int32_t exponent = (sum >> 23) + (mx >> 23) + (my >> 23) - (127 + 127 + 23);
    std::int32_t word = (sum & mantissa) | (exponent << 23);
    word = exponent < 1 ? 0 : word;
    word = exponent > 254 ? too_large : word;
    const std::int32_t sign = (bits_of(x[i]) ^ bits_of(y[i])) & static_cast<std::int32_t>(0x80000000U);
    z[i] = float_of(special_product(mx, my, word) | sign);
  }
}

} // namespace
} // namespace ansatz::quant::ANSATZ_KERNEL_NAMESPACE
