// SPDX-License-Identifier: Apache-2.0
/// The cast of one fixed-point number, bit by bit as the definition says (fixed_point.hpp).
/// Threads: functions without state.
#pragma once

#include <ansatz/quant/formats/fixed_point.hpp>

#include <cmath>
#include <cstdint>

namespace ansatz::quant::reference {

[[nodiscard]] inline std::int64_t fixed_increment(FixedQuantization mode, bool qb, bool r, bool s, bool L) {
  switch (mode) {
    case FixedQuantization::trn: return 0;
    case FixedQuantization::trn_zero: return s && (qb || r) ? 1 : 0;
    case FixedQuantization::rnd: return qb ? 1 : 0;
    case FixedQuantization::rnd_zero: return qb && (s || r) ? 1 : 0;
    case FixedQuantization::rnd_min_inf: return qb && r ? 1 : 0;
    case FixedQuantization::rnd_inf: return qb && (!s || r) ? 1 : 0;
    default: return qb && (L || r) ? 1 : 0;
  }
}

/// The low W bits as a number of the format.
[[nodiscard]] inline std::int64_t low_bits(std::uint64_t bits, const FixedPoint& f) {
  const int spare = 64 - f.width;
  return f.is_signed ? static_cast<std::int64_t>(bits << spare) >> spare : static_cast<std::int64_t>((bits << spare) >> spare);
}

/// WRAP and WRAP_SM: t is outside the range or any number.
[[nodiscard]] inline std::int64_t wrap_fixed(std::int64_t t, const FixedPoint& f) {
  const auto u = static_cast<std::uint64_t>(t);
  const auto bit = [&](int i) { return (u >> i) & 1U; };
  const int W = f.width, N = f.saturated_bits;
  const std::uint64_t s = t < 0 ? 1 : 0, ones = ~std::uint64_t{0};
  const auto mask = [&](int n) { return n <= 0 ? 0 : ones >> (64 - n); };
  if (f.overflow == FixedOverflow::wrap) {
    if (N == 0) return low_bits(u, f);
    const std::uint64_t kept = u & mask(W - N);
    if (!f.is_signed) return low_bits(kept | (s ? 0 : mask(N) << (W - N)), f);
    return low_bits(kept | (s ? 0 : mask(N - 1) << (W - N)) | (s << (W - 1)), f);
  }
  if (N == 0) return low_bits((bit(W) << (W - 1)) | ((bit(W) != bit(W - 1) ? ~u : u) & mask(W - 1)), f);
  if (N == 1) return low_bits((s << (W - 1)) | ((s != bit(W - 1) ? ~u : u) & mask(W - 1)), f);
  const std::uint64_t kept = (bit(W - N) != (s ^ 1U) ? ~u : u) & mask(W - N);
  return low_bits((s << (W - 1)) | (s ? 0 : mask(N - 1) << (W - N)) | kept, f);
}

/// What overflow handling makes of the rounded t.
[[nodiscard]] inline std::int64_t fit_fixed(std::int64_t t, const FixedPoint& f) {
  const std::int64_t most = (std::int64_t{1} << (f.is_signed ? f.width - 1 : f.width)) - 1;
  const std::int64_t least = f.is_signed ? (f.overflow == FixedOverflow::sat_sym ? -most : -most - 1) : 0;
  if (t >= least && t <= most) return t;
  switch (f.overflow) {
    case FixedOverflow::sat:
    case FixedOverflow::sat_sym: return t < 0 ? least : most;
    case FixedOverflow::sat_zero: return 0;
    default: return wrap_fixed(t, f);
  }
}

/// v 2^-d, |v| < 2^62 2^min(d, 0).
[[nodiscard]] inline std::int64_t cast_fixed(std::int64_t v, int d, const FixedPoint& f) {
  if (d <= 0) return fit_fixed(static_cast<std::int64_t>(static_cast<std::uint64_t>(v) << -d), f);
  d = d > 62 ? 62 : d;
  const std::int64_t base = v >> d;
  const bool qb = ((v >> (d - 1)) & 1) != 0, r = (v & ((std::int64_t{1} << (d - 1)) - 1)) != 0;
  return fit_fixed(base + fixed_increment(f.quantization, qb, r, v < 0, (base & 1) != 0), f);
}

/// A float: its integer mantissa, cast.
[[nodiscard]] inline std::int64_t encode_fixed(float x, const FixedPoint& f) {
  int exponent = 0;
  const auto mantissa = static_cast<std::int64_t>(std::ldexp(std::frexp(static_cast<double>(x), &exponent), 24));
  const int d = 24 - exponent - f.fraction_bits(); // x = mantissa 2^(exponent - 24)
  if (d >= -38) return cast_fixed(mantissa, d, f);
  // All low bits are zero; which side it lies on is all that is left.
  const std::int64_t far = std::int64_t{1} << 60;
  return mantissa == 0 ? 0 : fit_fixed(mantissa < 0 ? -far : far, f);
}

} // namespace ansatz::quant::reference
