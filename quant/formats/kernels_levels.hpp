// SPDX-License-Identifier: Apache-2.0
// Part of kernels_impl.hpp: codes by thresholds, squares and tables.
#pragma once

#include <utility>

namespace ansatz::quant::ANSATZ_KERNEL_NAMESPACE {
namespace {

template <int... J>
inline std::int32_t count_reached(float v, const float* t, std::integer_sequence<int, J...>) {
  return ((v >= t[J] ? 1 : 0) + ...);
}

template <bool Odd, int Count>
std::uint32_t encode_counted(const float* x, std::size_t n, const float* thresholds, int count, std::int32_t base, std::int8_t* code) {
  float t[static_cast<std::size_t>(Count)];
  for (int j = 0; j < Count; ++j) t[j] = j < count ? thresholds[j] : float_of(infinity);
  std::int32_t largest = 0;
#pragma omp simd reduction(max : largest)
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t m = magnitude_of(x[i]);
    largest = m > largest ? m : largest;
    std::int32_t q = count_reached(Odd ? float_of(m) : x[i], t, std::make_integer_sequence<int, Count>());
    if constexpr (Odd) q = x[i] < 0.0F ? -q : q;
    code[i] = static_cast<std::int8_t>(q + base);
  }
  return static_cast<std::uint32_t>(largest);
}

template <bool Odd>
std::uint32_t encode_few(const float* x, std::size_t n, const float* thresholds, int count, std::int32_t base, std::int8_t* code) {
  if (count <= 1) return encode_counted<Odd, 1>(x, n, thresholds, count, base, code);
  if (count <= 3) return encode_counted<Odd, 3>(x, n, thresholds, count, base, code);
  if (count <= 7) return encode_counted<Odd, 7>(x, n, thresholds, count, base, code);
  return encode_counted<Odd, 15>(x, n, thresholds, count, base, code);
}

std::uint32_t encode_odd(const float* x, std::size_t n, const float* thresholds, int count, std::int8_t* code) {
  return encode_few<true>(x, n, thresholds, count, 0, code);
}
std::uint32_t encode_levels(const float* x, std::size_t n, const float* thresholds, int count, std::int8_t base, std::int8_t* code) {
  return encode_few<false>(x, n, thresholds, count, base, code);
}

std::uint32_t encode_root(const float* x, std::size_t n, float clip, float levels, std::int8_t* code) {
  std::int32_t largest = 0;
#pragma omp simd reduction(max : largest)
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t m = magnitude_of(x[i]);
    largest = m > largest ? m : largest;
    float u = float_of(m) / clip;
    u = u < 1.0F ? u : 1.0F; // NaN becomes 1
    const std::int32_t q = round_to_integer<Rounding::nearest_even>(levels * __builtin_sqrtf(u), 0);
    code[i] = static_cast<std::int8_t>(x[i] < 0.0F ? -q : q);
  }
  return static_cast<std::uint32_t>(largest);
}

void decode_square(const std::int8_t* code, std::size_t n, float factor, float* x) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) {
    const auto q = static_cast<std::int32_t>(code[i]);
    x[i] = static_cast<float>(q * (q < 0 ? -q : q)) * factor;
  }
}

void decode_table(const std::int8_t* code, std::size_t n, const float* table, float* x) {
  for (std::size_t i = 0; i < n; ++i) x[i] = table[static_cast<std::int32_t>(code[i]) + 128];
}

} // namespace
} // namespace ansatz::quant::ANSATZ_KERNEL_NAMESPACE
