// SPDX-License-Identifier: Apache-2.0
// Part of kernels_impl.hpp: small floating-point formats and L-Mul.
#pragma once

namespace ansatz::quant::ANSATZ_KERNEL_NAMESPACE {
namespace {

constexpr std::int32_t infinity = 0x7f800000, smallest_normal = 0x00800000;

std::uint32_t encode_bf16(const float* x, std::size_t n, std::uint16_t* code) {
  std::int32_t largest = 0;
#pragma omp simd reduction(max : largest)
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, x[i]), sign = bits & 0x80000000U;
    const std::int32_t m = magnitude_of(x[i]);
    largest = m > largest ? m : largest;
    std::uint32_t rounded = bits + 0x7fffU + ((bits >> 16) & 1U);
    rounded = m > infinity ? bits | 0x00400000U : rounded; // NaN stays NaN
    rounded = m < smallest_normal ? sign : rounded;        // as the processors' own instructions do
    code[i] = static_cast<std::uint16_t>(rounded >> 16);
  }
  return static_cast<std::uint32_t>(largest);
}

void decode_bf16(const std::uint16_t* code, std::size_t n, float* x) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) x[i] = __builtin_bit_cast(float, static_cast<std::uint32_t>(code[i]) << 16);
}

/// One sign bit, 7 - M bits of exponent with this bias, M bits of mantissa.
template <int M, int Bias>
std::uint32_t encode_8bit(const float* x, std::size_t n, std::uint8_t overflow, std::uint8_t infinite, std::uint8_t* code) {
  constexpr int cut = 23 - M;
  constexpr std::int32_t least = (128 - Bias) << 23;             // bits of the smallest normal number
  constexpr std::int32_t unit = (127 + 23 + 1 - Bias - M) << 23; // its last bit is worth the smallest number
  constexpr std::int32_t half = (1 << (cut - 1)) - 1, largest_code = M == 3 ? 0x7e : 0x7b;
  const std::int32_t above = overflow, infinity_code = infinite;
  std::int32_t largest = 0;
#pragma omp simd reduction(max : largest)
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t bits = bits_of(x[i]), m = magnitude_of(x[i]);
    largest = m > largest ? m : largest;
    const std::int32_t normal = ((m + half + ((m >> cut) & 1)) >> cut) - ((127 - Bias) << M);
    const std::int32_t small = bits_of(float_of(m < least ? m : 0) + float_of(unit)) - unit;
    std::int32_t q = m < least ? small : normal;
    q = q > largest_code ? above : q;
    q = m >= infinity ? (m > infinity ? 0x7f : infinity_code) : q;
    code[i] = static_cast<std::uint8_t>(q | ((bits >> 24) & 0x80));
  }
  return static_cast<std::uint32_t>(largest);
}

template <int M, int Bias>
void decode_8bit(const std::uint8_t* code, std::size_t n, float* x) {
  const float smallest = float_of((127 + 1 - Bias - M) << 23);
  constexpr std::int32_t first_special = M == 3 ? 0x7f : 0x7c;
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t q = code[i] & 0x7f;
    const std::int32_t sign = (static_cast<std::int32_t>(code[i]) & 0x80) << 24;
    const std::int32_t normal = (q << (23 - M)) + ((127 - Bias) << 23);
    const std::int32_t small = bits_of(static_cast<float>(q) * smallest);
    const std::int32_t special = M == 2 && q == 0x7c ? infinity : 0x7fc00000;
    std::int32_t bits = q < (1 << M) ? small : normal;
    bits = q >= first_special ? special : bits;
    x[i] = float_of(bits | sign);
  }
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
