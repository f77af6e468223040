// SPDX-License-Identifier: Apache-2.0
// Part of kernels_impl.hpp: casts of fixed-point numbers, quantization modes and overflow modes of fixed_point.hpp in the order of their enumerations.
#pragma once

namespace ansatz::quant::ANSATZ_KERNEL_NAMESPACE {
namespace {

/// What is added to floor(v): `half` is the first bit cut off, `rest` whether a lower one is set, `negative` the sign, `odd` the last bit kept; all 0 or 1.
template <int Q>
inline std::int32_t increment(std::int32_t half, std::int32_t rest, std::int32_t negative, std::int32_t odd) {
  if constexpr (Q == 0) return 0;
  if constexpr (Q == 1) return negative & (half | rest);
  if constexpr (Q == 2) return half;
  if constexpr (Q == 3) return half & (negative | rest);
  if constexpr (Q == 4) return half & rest;
  if constexpr (Q == 5) return half & ((negative ^ 1) | rest);
  return half & (odd | rest);
}

struct FixedRange {
  std::int32_t width, most, least, mask, top;

  FixedRange(const FixedCast& c, int overflow) : width(c.width), mask(static_cast<std::int32_t>((std::uint32_t{1} << c.width) - 1U)) {
    most = c.is_signed ? mask >> 1 : mask;
    least = c.is_signed ? (overflow == 2 ? -most : -most - 1) : 0;
    top = c.is_signed ? most + 1 : 0;
  }
};

/// The code of a value whose low 32 bits are t; `above` and `below` say where it lies. Selections and masks only: a branch would keep loops out of vectors.
template <int O>
inline std::int32_t keep(std::int32_t t, bool above, bool below, const FixedRange& r) {
  if constexpr (O == 0 || O == 2) return above ? r.most : (below ? r.least : t);
  if constexpr (O == 1) return (above | below) ? 0 : t;
  if constexpr (O == 3) return ((t & r.mask) ^ r.top) - r.top;
  // sign and magnitude: the deleted bit, as a mask, becomes the sign
  const auto u = static_cast<std::uint32_t>(t);
  const std::int32_t sign = static_cast<std::int32_t>(u << (31 - r.width)) >> 31, top = static_cast<std::int32_t>(u << (32 - r.width)) >> 31;
  return ((t ^ sign ^ top) & (r.mask >> 1)) | static_cast<std::int32_t>(static_cast<std::uint32_t>(sign) << (r.width - 1));
}

template <int Q, int O>
void cast_integers(const std::int32_t* v, std::size_t n, const FixedCast& c, std::int32_t* code) {
  const FixedRange r(c, O);
  if (c.shift <= 0) {
    const std::int32_t left = -c.shift, most = r.most >> left;
    const std::int32_t least = -static_cast<std::int32_t>((std::uint32_t{0} - static_cast<std::uint32_t>(r.least)) >> left);
#pragma omp simd
    for (std::size_t i = 0; i < n; ++i)
      code[i] = keep<O>(static_cast<std::int32_t>(static_cast<std::uint32_t>(v[i]) << left), v[i] > most, v[i] < least, r);
    return;
  }
  const std::int32_t shift = c.shift, lower = static_cast<std::int32_t>((std::uint32_t{1} << (shift - 1)) - 1U);
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t base = v[i] >> shift;
    const std::int32_t t = base + increment<Q>((v[i] >> (shift - 1)) & 1, (v[i] & lower) != 0 ? 1 : 0, v[i] < 0 ? 1 : 0, base & 1);
    code[i] = keep<O>(t, t > r.most, t < r.least, r);
  }
}

/// v rounded, -2^31 <= v < 2^31: the whole part towards zero and what its exact rest f adds. `below`: v is a negative number that underflowed.
template <int Q>
inline std::int32_t rounded(float v, bool below) {
  const std::int32_t whole = static_cast<std::int32_t>(v);
  const float f = v - static_cast<float>(whole);
  constexpr float half = 0.5F, beyond = 0x1.000002p-1F; // "f > half" as "f >= beyond"
  if constexpr (Q == 0) return whole - static_cast<std::int32_t>((f < 0.0F) | below);
  if constexpr (Q == 1) return whole;
  const float even = float_of(bits_of(beyond) - (whole & 1)); // an odd whole part goes to the even one above
  const float up = Q == 2 || Q == 5 ? half : (Q == 6 ? even : beyond);
  const float down = Q == 4 || Q == 5 ? half : (Q == 6 ? even : beyond);
  return whole + (f >= up ? 1 : 0) - (f <= -down ? 1 : 0);
}

/// v = i 2^31 + rest, both with the sign of v: modulo 2^32 the last bit of i counts. From |v| = 2^55 on it is 0. NaN: 0.
template <int Q>
inline std::int32_t wrapped(float v, bool below) {
  constexpr std::int32_t two_to_24 = 0x4b800000; // bits of the float
  const float k = v * 0x1p-31F;
  const float some = float_of(bits_of(k) & -static_cast<std::int32_t>(magnitude_of(k) < two_to_24));
  const std::int32_t i = static_cast<std::int32_t>(some);
  const std::uint32_t rest = static_cast<std::uint32_t>(rounded<Q>((some - static_cast<float>(i)) * 0x1p31F, below));
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(i) << 31) + rest);
}

template <int Q, int O>
inline std::int32_t cast_float(float v, bool below, const FixedRange& r) {
  if constexpr (O >= 3) return keep<O>(wrapped<Q>(v, below), false, false, r);
  constexpr float last = 0x1.fffffep30F; // the largest float below 2^31: 2^31 - 128
  const float low = v > -0x1p31F ? v : -0x1p31F;
  const std::int32_t t = rounded<Q>(low < last ? low : last, below), above = -static_cast<std::int32_t>(v > last);
  if constexpr (O == 1) return t & ~above & -static_cast<std::int32_t>((t <= r.most) & (t >= r.least));
  const std::int32_t most = t + (127 & above), kept = most < r.most ? most : r.most;
  return kept > r.least ? kept : r.least;
}

template <int Q, int O>
std::uint32_t cast_floats(const float* x, std::size_t n, const FixedCast& c, std::int32_t* code) {
  const FixedRange r(c, O);
  const float factor1 = c.factor1, factor2 = c.factor2;
  return in_parts(x, n, [=](std::size_t first, std::size_t end) ANSATZ_INLINE {
    std::int32_t largest = 0;
#pragma omp simd reduction(max : largest)
    for (std::size_t i = first; i < end; ++i) {
      const std::int32_t m = magnitude_of(x[i]);
      largest = m > largest ? m : largest;
      const float v = x[i] * factor1 * factor2;
      const bool below = Q == 0 ? (x[i] < 0.0F) & (v > -0x1p-80F) : false; // what the next product may underflow counts too
      code[i] = cast_float<Q, O>(v, below, r);
    }
    return largest;
  });
}

template <int Q>
constexpr std::array<Kernels::CastIntegers, 5> integer_row() {
  return {cast_integers<Q, 0>, cast_integers<Q, 1>, cast_integers<Q, 2>, cast_integers<Q, 3>, cast_integers<Q, 4>};
}
template <int Q>
constexpr std::array<Kernels::CastFloats, 5> float_row() {
  return {cast_floats<Q, 0>, cast_floats<Q, 1>, cast_floats<Q, 2>, cast_floats<Q, 3>, cast_floats<Q, 4>};
}

} // namespace
} // namespace ansatz::quant::ANSATZ_KERNEL_NAMESPACE
