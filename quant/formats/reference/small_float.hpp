// SPDX-License-Identifier: Apache-2.0
/// Small floating-point formats one number at a time, by arithmetic in double instead of words (small_float.hpp).
/// Threads: functions without state.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace ansatz::quant::reference {

/// The number of an 8-bit code with M mantissa bits, e4m3 (M = 3) or e5m2 (M = 2).
[[nodiscard]] inline double decode_8bit(std::uint8_t code, int M) {
  const int bias = M == 3 ? 7 : 15, magnitude = code & 0x7f, exponent = magnitude >> M, mantissa = magnitude & ((1 << M) - 1);
  double x = exponent == 0 ? std::ldexp(mantissa, 1 - bias - M) : std::ldexp((1 << M) + mantissa, exponent - bias - M);
  if (M == 3 && magnitude == 0x7f) x = std::numeric_limits<double>::quiet_NaN();
  if (M == 2 && magnitude >= 0x7c) x = magnitude == 0x7c ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  return code & 0x80 ? -x : x;
}

/// The nearest code, ties to the even one; `overflow` for what rounds beyond the largest number, `infinite` for infinities.
[[nodiscard]] inline std::uint8_t encode_8bit(float x, int M, std::uint8_t overflow, std::uint8_t infinite) {
  const int most = M == 3 ? 0x7e : 0x7b, sign = std::signbit(x) ? 0x80 : 0;
  if (std::isnan(x)) return static_cast<std::uint8_t>(0x7f | sign);
  if (std::isinf(x)) return static_cast<std::uint8_t>(infinite | sign);
  const int bias = M == 3 ? 7 : 15;
  const double a = std::abs(static_cast<double>(x));
  const int exponent = a == 0.0 ? 1 - bias : std::max(std::ilogb(a), 1 - bias);
  const double steps = std::nearbyint(std::ldexp(a, M - exponent));       // in units of the last place
  const double code = steps + (exponent + bias - 1) * std::ldexp(1.0, M); // rounding up to the next binade carries by itself
  return static_cast<std::uint8_t>((code > most ? overflow : static_cast<int>(code)) | sign);
}

[[nodiscard]] inline std::uint16_t encode_bf16(float x) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(x) ? 0x8000 : 0);
  if (std::isinf(x)) return static_cast<std::uint16_t>(0x7f80 | sign);
  const double a = std::abs(static_cast<double>(x));
  if (a < 0x1p-126) return sign;
  const int exponent = std::ilogb(a);
  return static_cast<std::uint16_t>(static_cast<int>(std::nearbyint(std::ldexp(a, 7 - exponent))) + (exponent + 126) * 128 + sign);
}

} // namespace ansatz::quant::reference
