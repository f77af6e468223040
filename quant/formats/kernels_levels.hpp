// SPDX-License-Identifier: Apache-2.0
// Part of kernels_impl.hpp: codes by thresholds, squares and tables.
#pragma once

#include <utility>

namespace ansatz::quant::ANSATZ_KERNEL_NAMESPACE {
namespace {

/// Minus the number of thresholds reached: -1 is what a comparison of vectors gives.
template <int... J>
inline std::int32_t minus_reached(float v, const float* t, std::integer_sequence<int, J...>) {
  return ((v >= t[J] ? -1 : 0) + ...);
}

template <bool Odd, int Count>
std::uint32_t encode_counted(const float* x, std::size_t n, const float* thresholds, int count, std::int32_t base, std::int8_t* code) {
  float t[static_cast<std::size_t>(Count)];
  for (int j = 0; j < Count; ++j) t[j] = j < count ? thresholds[j] : float_of(infinity);
  return in_parts(x, n, [=](std::size_t first, std::size_t end) ANSATZ_INLINE {
    std::int32_t reached[part]; // whole words: as bytes every comparison would be packed by itself
    std::int32_t largest = 0;
#pragma omp simd reduction(max : largest)
    for (std::size_t i = first; i < end; ++i) {
      const std::int32_t m = magnitude_of(x[i]), negative = Odd ? -static_cast<std::int32_t>(x[i] < 0.0F) : 0;
      largest = m > largest ? m : largest;
      const std::int32_t q = minus_reached(Odd ? float_of(m) : x[i], t, std::make_integer_sequence<int, Count>());
      reached[i - first] = base - ((q ^ negative) - negative);
    }
#pragma omp simd
    for (std::size_t i = first; i < end; ++i) code[i] = static_cast<std::int8_t>(reached[i - first]);
    return largest;
  });
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

/// The place of x among the buckets of the index; rises with x (|x| if `Odd`).
template <bool Odd>
inline std::int32_t bucket_of(float x, const ThresholdIndex& t) {
  const std::int32_t last = t.buckets - 1;
  if constexpr (Odd) {
    const std::int32_t above = magnitude_of(x) - t.first, bucket = (above > 0 ? above : 0) >> t.shift;
    return bucket < last ? bucket : last;
  }
  const float v = (x - t.origin) * t.factor, low = v > 0.0F ? v : 0.0F; // NaN becomes 0
  return static_cast<std::int32_t>(low < static_cast<float>(last) ? low : static_cast<float>(last));
}

/// Loops of one kind each: what is looked up lies in small arrays, so that all arithmetic is done in vectors.
template <bool Odd>
std::uint32_t encode_by_index(const float* x, std::size_t n, const ThresholdIndex& t, std::int32_t base, std::int8_t* code) {
  return in_parts(x, n, [=](std::size_t first, std::size_t end) ANSATZ_INLINE {
    std::int32_t bucket[part], q[part];
    float next[part];
    std::int32_t largest = 0;
    const std::size_t count = end - first;
    const float* const v = x + first;
#pragma omp simd reduction(max : largest)
    for (std::size_t i = 0; i < count; ++i) {
      const std::int32_t m = magnitude_of(v[i]);
      largest = m > largest ? m : largest;
      bucket[i] = bucket_of<Odd>(v[i], t);
    }
    for (std::size_t i = 0; i < count; ++i) q[i] = t.before[bucket[i]];
    for (int step = 0; step < t.steps; ++step) {
      for (std::size_t i = 0; i < count; ++i) next[i] = t.thresholds[q[i]];
#pragma omp simd
      for (std::size_t i = 0; i < count; ++i) q[i] += (Odd ? float_of(magnitude_of(v[i])) : v[i]) >= next[i] ? 1 : 0;
    }
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) {
      const std::int32_t negative = Odd ? -static_cast<std::int32_t>(v[i] < 0.0F) : 0;
      code[first + i] = static_cast<std::int8_t>(base + ((q[i] ^ negative) - negative));
    }
    return largest;
  });
}

std::uint32_t encode_indexed(const float* x, std::size_t n, const ThresholdIndex& t, std::int8_t base, std::int8_t* code) {
  return t.odd ? encode_by_index<true>(x, n, t, 0, code) : encode_by_index<false>(x, n, t, base, code);
}

std::uint32_t encode_root(const float* x, std::size_t n, float clip, float levels, std::int8_t* code) {
  return in_parts(x, n, [=](std::size_t first, std::size_t end) ANSATZ_INLINE {
    std::int32_t largest = 0;
#pragma omp simd reduction(max : largest)
    for (std::size_t i = first; i < end; ++i) {
      const std::int32_t m = magnitude_of(x[i]);
      largest = m > largest ? m : largest;
      float u = float_of(m) / clip;
      u = u < 1.0F ? u : 1.0F; // NaN becomes 1
      const std::int32_t q = round_to_integer<Rounding::nearest_even>(levels * __builtin_sqrtf(u), 0);
      code[i] = static_cast<std::int8_t>(x[i] < 0.0F ? -q : q);
    }
    return largest;
  });
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
