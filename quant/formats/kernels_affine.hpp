// SPDX-License-Identifier: Apache-2.0
// Part of kernels_impl.hpp: affine codes, extremes and sums.
#pragma once

namespace ansatz::quant::ANSATZ_KERNEL_NAMESPACE {
namespace {

/// floor(2^32 f) for 0 <= f < 1, in two halves because vector units before AVX-512 convert to signed integers only.
inline std::uint32_t fraction_bits(float f) {
  const float scaled = f * 0x1p16F;
  const std::int32_t high = static_cast<std::int32_t>(scaled);
  const std::int32_t low = static_cast<std::int32_t>((scaled - static_cast<float>(high)) * 0x1p16F);
  return (static_cast<std::uint32_t>(high) << 16) | static_cast<std::uint32_t>(low);
}

/// |v| <= 2^22.
template <Rounding R>
inline std::int32_t round_to_integer(float v, std::uint32_t word) {
  if constexpr (R == Rounding::nearest_even) {
    constexpr float magic = 0x1.8p23F; // the sum's last bit is worth 1
    return bits_of(v + magic) - bits_of(magic);
  } else if constexpr (R == Rounding::stochastic) {
    const float a = float_of(magnitude_of(v));
    const std::int32_t whole = static_cast<std::int32_t>(a);
    const std::int32_t q = whole + (word < fraction_bits(a - static_cast<float>(whole)) ? 1 : 0);
    return v < 0.0F ? -q : q;
  } else {
    const std::int32_t t = static_cast<std::int32_t>(v);
    const float f = v - static_cast<float>(t); // exact, unlike v - floor(v)
    if constexpr (R == Rounding::half_up) return t + (f >= 0.5F ? 1 : 0) - (f < -0.5F ? 1 : 0);
    if constexpr (R == Rounding::half_away) return t + (f >= 0.5F ? 1 : 0) - (f <= -0.5F ? 1 : 0);
    if constexpr (R == Rounding::floor) return t - (f < 0.0F ? 1 : 0);
    if constexpr (R == Rounding::ceil) return t + (f > 0.0F ? 1 : 0);
    return t;
  }
}

template <Rounding R, bool Divide, class Code>
inline std::int32_t encode_run(const float* x, std::size_t first, std::size_t end, const AffineEncoding& e, std::uint32_t key0, std::uint32_t key1,
                               Code* code) {
  const float divisor = e.divisor, factor1 = e.factor1, factor2 = e.factor2, low = e.low, high = e.high;
  const std::int32_t zero = e.zero;
  std::int32_t largest = 0;
#pragma omp simd reduction(max : largest)
  for (std::size_t i = first; i < end; ++i) {
    const std::int32_t m = magnitude_of(x[i]);
    largest = m > largest ? m : largest;
    float v = Divide ? x[i] / divisor : x[i] * factor1 * factor2;
    v = v > low ? v : low; // NaN becomes `low`
    v = v < high ? v : high;
    std::uint32_t word = 0;
    if constexpr (R == Rounding::stochastic) word = finalise(finalise(static_cast<std::uint32_t>(i) + key0) ^ key1);
    code[i] = static_cast<Code>(round_to_integer<R>(v, word) + zero);
  }
  return largest;
}

template <Rounding R, bool Divide, class Code>
std::uint32_t encode_part(const float* x, std::size_t n, const AffineEncoding& e, std::uint32_t key0, std::uint32_t key1, Code* code) {
  return in_parts(x, n, [=](std::size_t first, std::size_t end) ANSATZ_INLINE { return encode_run<R, Divide>(x, first, end, e, key0, key1, code); });
}

template <Rounding R, class Code>
std::uint32_t encode_affine(const float* x, std::size_t n, const AffineEncoding& e, Code* code) {
  std::uint32_t largest = 0;
  for (std::size_t at = 0; at < n;) { // parts in which the high word of the index is constant
    const std::uint64_t index = e.stream.first + at;
    const std::uint64_t room = 0x100000000U - (index & 0xffffffffU);
    const std::size_t count = n - at < room ? n - at : room;
    const std::uint32_t key0 = e.stream.key0 + static_cast<std::uint32_t>(index);
    const std::uint32_t key1 = e.stream.key1 + static_cast<std::uint32_t>(index >> 32) * 0x9e3779b9U;
    const std::uint32_t m = e.divisor != 0.0F ? encode_part<R, true>(x + at, count, e, key0, key1, code + at)
                                              : encode_part<R, false>(x + at, count, e, key0, key1, code + at);
    largest = m > largest ? m : largest;
    at += count;
  }
  return largest;
}

template <class Code>
void decode_affine(const Code* code, std::size_t n, const AffineDecoding& d, float* x) {
  const float factor1 = d.factor1, factor2 = d.factor2;
  const std::int32_t zero = d.zero;
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<float>(static_cast<std::int32_t>(code[i]) - zero) * factor1 * factor2;
}

/// 2^e for -126 <= e <= 127.
inline float power_of_two(int e) { return float_of((e + 127) << 23); }

template <class Code>
std::uint32_t encode_blocks(const float* x, std::size_t n, std::size_t length, const std::int16_t* exponents, float most, Code* code) {
  std::int32_t largest = 0;
  for (std::size_t first = 0; first < n; first += length, ++exponents) {
    const std::size_t end = n - first < length ? n : first + length;
    ask_for(x, first + lead, end + lead, n);
    const int e = -*exponents;
    const AffineEncoding block{.factor1 = power_of_two(e / 2), .factor2 = power_of_two(e - e / 2), .low = -most, .high = most};
    const std::int32_t m = encode_run<Rounding::nearest_even, false>(x, first, end, block, 0, 0, code);
    largest = m > largest ? m : largest;
  }
  return static_cast<std::uint32_t>(largest);
}

template <class Code>
void decode_blocks(const Code* code, std::size_t n, std::size_t length, const std::int16_t* exponents, float* x) {
  for (std::size_t at = 0; at < n; at += length, ++exponents) {
    const int e = *exponents;
    decode_affine(code + at, n - at < length ? n - at : length, {.factor1 = power_of_two(e / 2), .factor2 = power_of_two(e - e / 2)}, x + at);
  }
}

template <class Code>
constexpr AffineKernels<Code> affine() {
  return {{encode_affine<Rounding::nearest_even, Code>, encode_affine<Rounding::half_up, Code>, encode_affine<Rounding::half_away, Code>,
           encode_affine<Rounding::floor, Code>, encode_affine<Rounding::ceil, Code>, encode_affine<Rounding::trunc, Code>,
           encode_affine<Rounding::stochastic, Code>},
          decode_affine<Code>,
          encode_blocks<Code>,
          decode_blocks<Code>};
}

std::uint32_t magnitude(const float* x, std::size_t n) {
  return in_parts(x, n, [=](std::size_t first, std::size_t end) ANSATZ_INLINE {
    std::int32_t largest = 0;
#pragma omp simd reduction(max : largest)
    for (std::size_t i = first; i < end; ++i) {
      const std::int32_t m = magnitude_of(x[i]);
      largest = m > largest ? m : largest;
    }
    return largest;
  });
}

void range(const float* x, std::size_t n, float* low, float* high) {
  float least = 0.0F, most = 0.0F;
#pragma omp simd reduction(min : least) reduction(max : most)
  for (std::size_t i = 0; i < n; ++i) {
    least = x[i] < least ? x[i] : least;
    most = x[i] > most ? x[i] : most;
  }
  *low = least;
  *high = most;
}

void sums(const float* x, std::size_t n, float threshold, double* sum, double* count) {
  double s[8] = {}, c[8] = {};
  const std::size_t whole = n / 8 * 8;
  for (std::size_t i = 0; i < whole; i += 8)
    for (std::size_t lane = 0; lane < 8; ++lane) {
      const float a = float_of(magnitude_of(x[i + lane]));
      s[lane] += static_cast<double>(a > threshold ? a : 0.0F);
      c[lane] += a > threshold ? 1.0 : 0.0;
    }
  for (std::size_t i = whole; i < n; ++i) {
    const float a = float_of(magnitude_of(x[i]));
    s[i - whole] += static_cast<double>(a > threshold ? a : 0.0F);
    c[i - whole] += a > threshold ? 1.0 : 0.0;
  }
  *sum = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
  *count = ((c[0] + c[4]) + (c[2] + c[6])) + ((c[1] + c[5]) + (c[3] + c[7]));
}

} // namespace
} // namespace ansatz::quant::ANSATZ_KERNEL_NAMESPACE
