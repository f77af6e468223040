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
  std::int32_t width, most, least;
  bool is_signed;

  FixedRange(const FixedCast& c, int overflow) : width(c.width), is_signed(c.is_signed) {
    most = static_cast<std::int32_t>((std::uint32_t{1} << (c.is_signed ? width - 1 : width)) - 1U);
    least = c.is_signed ? (overflow == 2 ? -most : -most - 1) : 0;
  }
};

/// The code of a value whose low 32 bits are t; `above` and `below` say where it lies.
template <int O>
inline std::int32_t keep(std::int32_t t, bool above, bool below, const FixedRange& r) {
  if constexpr (O == 0 || O == 2) return above ? r.most : (below ? r.least : t);
  if constexpr (O == 1) return above || below ? 0 : t;
  const std::int32_t spare = 32 - r.width;
  if constexpr (O == 3)
    return r.is_signed ? static_cast<std::int32_t>(static_cast<std::uint32_t>(t) << spare) >> spare
                       : static_cast<std::int32_t>((static_cast<std::uint32_t>(t) << spare) >> spare);
  const std::int32_t sign = (t >> r.width) & 1, top = (t >> (r.width - 1)) & 1; // sign and magnitude: the deleted bit becomes the sign
  const std::int32_t low = (t ^ -(sign ^ top)) & static_cast<std::int32_t>((std::uint32_t{1} << (r.width - 1)) - 1U);
  return low - (sign << (r.width - 1));
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

/// v modulo 2^32 in [-2^31, 2^31) for |v| >= 2^31; exact, because v is then a multiple of 128.
inline float wrapped(float v) {
  const float k = v * 0x1p-32F;
  const float whole = k > -0x1p31F && k < 0x1p31F ? static_cast<float>(static_cast<std::int32_t>(k > -0x1p31F && k < 0x1p31F ? k : 0.0F)) : k;
  float rest = v - whole * 0x1p32F;
  rest = rest >= 0x1p31F ? rest - 0x1p32F : rest;
  rest = rest < -0x1p31F ? rest + 0x1p32F : rest;
  return rest >= -0x1p31F && rest < 0x1p31F ? rest : 0.0F; // NaN and what overflowed to infinity
}

template <int Q, int O>
std::uint32_t cast_floats(const float* x, std::size_t n, const FixedCast& c, std::int32_t* code) {
  const FixedRange r(c, O);
  const float factor1 = c.factor1, factor2 = c.factor2;
  std::int32_t largest = 0;
#pragma omp simd reduction(max : largest)
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t m = magnitude_of(x[i]);
    largest = m > largest ? m : largest;
    const float scaled = x[i] * factor1 * factor2;
    // what underflows to zero still has a sign and bits below the point
    const float v = scaled == 0.0F ? float_of((bits_of(x[i]) ^ m) | (m > 0 ? 0x00800000 : 0)) : scaled;
    const bool big = !(v > -0x1p31F && v < 0x1p31F);
    float low = v;
    if constexpr (O >= 3)
      low = big ? wrapped(v) : v;
    else
      low = big ? 0.0F : v;
    const std::int32_t whole = static_cast<std::int32_t>(low);
    const float f = low - static_cast<float>(whole);
    const std::int32_t base = whole - (f < 0.0F ? 1 : 0);
    const bool half = f >= 0.5F || (f < 0.0F && f >= -0.5F);
    const bool rest = f < 0.0F ? f != -0.5F : f != 0.0F && f != 0.5F;
    const std::int32_t t = base + increment<Q>(half ? 1 : 0, rest ? 1 : 0, v < 0.0F ? 1 : 0, base & 1);
    code[i] = keep<O>(t, (big && v > 0.0F) || (!big && t > r.most), (big && v < 0.0F) || (!big && t < r.least), r);
  }
  return static_cast<std::uint32_t>(largest);
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
