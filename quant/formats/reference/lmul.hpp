// SPDX-License-Identifier: Apache-2.0
/// L-Mul one number at a time: the definition that the kernels reproduce bit for bit (lmul.hpp has formulas and special operands).
/// Threads: functions without state.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace ansatz::quant::reference {

/// x with k stored mantissa bits, truncated or to nearest even. Infinity and NaN pass.
[[nodiscard]] inline float cut_mantissa(float x, int k, bool nearest) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const int cut = 23 - k;
  if (cut == 0 || !std::isfinite(x)) return x;
  const std::uint32_t half = nearest ? (1U << (cut - 1)) - 1U + ((bits >> cut) & 1U) : 0U;
  return std::bit_cast<float>((bits + half) >> cut << cut);
}

/// True and the product if an operand is zero, subnormal, infinite or NaN.
[[nodiscard]] inline bool lmul_special(float x, float y, float& product) {
  const float sign = std::signbit(x) == std::signbit(y) ? 1.0F : -1.0F;
  const bool zero = (!std::isnormal(x) && std::abs(x) < 1.0F) || (!std::isnormal(y) && std::abs(y) < 1.0F);
  if (std::isnan(x) || std::isnan(y) || (zero && (std::isinf(x) || std::isinf(y))))
    product = std::copysign(std::numeric_limits<float>::quiet_NaN(), sign);
  else if (std::isinf(x) || std::isinf(y))
    product = sign * std::numeric_limits<float>::infinity();
  else if (zero)
    product = std::copysign(0.0F, sign);
  else
    return false;
  return true;
}

[[nodiscard]] inline float lmul_carry(float x, float y, std::uint32_t offset, bool saturate) {
  float product = 0.0F;
  if (lmul_special(x, y, product)) return product;
  const float sign = std::signbit(x) == std::signbit(y) ? 1.0F : -1.0F;
  const std::int64_t word =
      std::int64_t{std::bit_cast<std::uint32_t>(std::abs(x))} + std::bit_cast<std::uint32_t>(std::abs(y)) - std::int64_t{offset};
  if (word < 0x00800000) return std::copysign(0.0F, sign);
  if (word >= 0x7f800000) return sign * (saturate ? std::numeric_limits<float>::max() : std::numeric_limits<float>::infinity());
  return sign * std::bit_cast<float>(static_cast<std::uint32_t>(word));
}

[[nodiscard]] inline float lmul_formula(float x, float y, int l, bool saturate) {
  float product = 0.0F;
  if (lmul_special(x, y, product)) return product;
  const double sign = std::signbit(x) == std::signbit(y) ? 1.0 : -1.0;
  int ex = 0, ey = 0;
  const double xm = std::frexp(std::abs(static_cast<double>(x)), &ex) * 2.0 - 1.0, ym = std::frexp(std::abs(static_cast<double>(y)), &ey) * 2.0 - 1.0;
  const float sum = static_cast<float>(1.0 + xm + ym + std::ldexp(1.0, -l)); // exact in double
  const double z = std::ldexp(static_cast<double>(sum), ex - 1 + ey - 1);
  if (z < 0x1p-126) return static_cast<float>(std::copysign(0.0, sign));
  if (z >= 0x1p128) return static_cast<float>(sign) * (saturate ? std::numeric_limits<float>::max() : std::numeric_limits<float>::infinity());
  return static_cast<float>(sign * z);
}

/// The carry form of 8-bit floats with M = 2 (e5m2) or 3 (e4m3) mantissa bits.
[[nodiscard]] inline std::uint8_t lmul_8bit(std::uint8_t x, std::uint8_t y, int M, int l, bool saturate) {
  const int bias = M == 3 ? 7 : 15, nan = 0x7f, infinity = M == 3 ? 0x80 : 0x7c, most = M == 3 ? 0x7e : 0x7b;
  const int mx = x & 0x7f, my = y & 0x7f, sign = (x ^ y) & 0x80;
  const auto is_nan = [&](int m) { return M == 3 ? m == 0x7f : m > 0x7c; };
  const bool zero = mx < (1 << M) || my < (1 << M), infinite = mx == infinity || my == infinity;
  const int word = mx + my - ((bias << M) - (1 << (M - l)));
  int out = word;
  if (is_nan(mx) || is_nan(my) || (zero && infinite))
    out = nan;
  else if (infinite)
    out = infinity;
  else if (zero || word < (1 << M))
    out = 0;
  else if (word > most)
    out = saturate ? most : (M == 3 ? nan : infinity);
  return static_cast<std::uint8_t>(out | sign);
}

} // namespace ansatz::quant::reference
