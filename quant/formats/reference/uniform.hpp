// SPDX-License-Identifier: Apache-2.0
/// Uniform quantization and dynamic fixed point one number at a time: the definition that the kernels reproduce bit for bit.
/// Threads: functions without state.
#pragma once

#include <ansatz/quant/formats/dynamic_fixed_point.hpp>
#include <ansatz/quant/formats/uniform.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace ansatz::quant::reference {

/// v to an integer; `word` is the random word of stochastic rounding.
[[nodiscard]] inline double round(double v, Rounding rounding, std::uint32_t word) {
  switch (rounding) {
    case Rounding::half_up: return std::floor(v + 0.5);
    case Rounding::half_away: return std::copysign(std::floor(std::abs(v) + 0.5), v);
    case Rounding::floor: return std::floor(v);
    case Rounding::ceil: return std::ceil(v);
    case Rounding::trunc: return std::trunc(v);
    case Rounding::stochastic: {
      const double whole = std::floor(std::abs(v));
      return std::copysign(whole + (word < static_cast<std::uint32_t>((std::abs(v) - whole) * 0x1p32) ? 1.0 : 0.0), v);
    }
    default: return std::nearbyint(v);
  }
}

[[nodiscard]] inline std::int32_t encode(float x, const Uniform& u, std::uint64_t index = 0) {
  const float v = x / u.scale; // the rounding of this float division is part of the definition
  const double q = round(static_cast<double>(v), u.rounding, random_word(u.stream, index)) + u.zero_point;
  return static_cast<std::int32_t>(std::clamp(q, static_cast<double>(u.low), static_cast<double>(u.high)));
}

template <class Code>
[[nodiscard]] std::int32_t encode(float x, const DynamicFixedPoint<Code>& f, std::uint64_t index = 0) {
  const double v = std::ldexp(static_cast<double>(x), -f.exponent);
  const double q = round(v, f.rounding, random_word(f.stream, index)), most = f.largest_code();
  return static_cast<std::int32_t>(std::clamp(q, -most, most));
}

} // namespace ansatz::quant::reference
