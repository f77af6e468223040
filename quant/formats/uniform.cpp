// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/kernels.hpp>
#include <ansatz/quant/formats/uniform.hpp>

#include <cmath>
#include <limits>

namespace ansatz::quant {

namespace {

void require_bits(int bits) {
  if (bits < 1 || bits > 16) throw UsageError("bad_value", "uniform codes of " + std::to_string(bits) + " bits; 1 to 16 are possible");
}

/// The scale as a normal float, so that no division by it overflows.
float scale_of(double range, double steps) {
  if (!(range >= 0.0) || !std::isfinite(range))
    throw UsageError("bad_value", "the range to quantize is " + std::to_string(range) + "; it must be finite and not negative");
  if (range == 0.0) range = 1.0;
  return static_cast<float>(std::clamp(range / steps, 0x1p-126, static_cast<double>(std::numeric_limits<float>::max())));
}

template <class Code>
void require_parameters(const Uniform& u) {
  using Limits = std::numeric_limits<Code>;
  if (!(u.scale > 0.0F) || !std::isfinite(u.scale))
    throw UsageError("bad_value", "the scale is " + std::to_string(u.scale) + "; it must be finite and positive");
  if (u.low > u.zero_point || u.zero_point > u.high || u.low < static_cast<std::int32_t>(Limits::min()) ||
      u.high > static_cast<std::int32_t>(Limits::max()))
    throw UsageError("bad_value", "codes " + std::to_string(u.low) + " to " + std::to_string(u.high) + " with zero at " +
                                      std::to_string(u.zero_point) + "; zero must be among them and all must fit the type of the codes");
}

void require_unclipped(const Uniform& u, std::span<const float> x) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float v = x[i] / u.scale;
    if (v < static_cast<float>(u.low - u.zero_point) - 0.5F || v > static_cast<float>(u.high - u.zero_point) + 0.5F)
      throw UsageError("bad_value", "value " + std::to_string(i) + " is " + std::to_string(x[i]) + ", outside " + std::to_string(u.least()) + " to " +
                                        std::to_string(u.most()) + "; choose a larger range or saturation");
  }
}

} // namespace

Uniform Uniform::symmetric(int bits, float clip, bool full_range) {
  require_bits(bits);
  const std::int32_t half = 1 << (bits - 1);
  if (!full_range && bits < 2)
    throw UsageError("bad_value", "restricted symmetric codes need 2 bits or more; 1 was given (use full range or binary)");
  if (full_range) return {.scale = scale_of(2.0 * static_cast<double>(clip), 2.0 * half - 1.0), .low = -half, .high = half - 1};
  return {.scale = scale_of(static_cast<double>(clip), half - 1.0), .low = 1 - half, .high = half - 1};
}

Uniform Uniform::asymmetric(int bits, float alpha, float beta) {
  require_bits(bits);
  const double below = std::min(static_cast<double>(alpha), 0.0), above = std::max(static_cast<double>(beta), 0.0);
  const std::int32_t most = (1 << bits) - 1;
  const float scale = scale_of(above - below, most);
  const double zero = std::nearbyint(-below / static_cast<double>(scale));
  return {.scale = scale, .zero_point = static_cast<std::int32_t>(std::clamp(zero, 0.0, static_cast<double>(most))), .low = 0, .high = most};
}

template <class Code>
void Uniform::encode(std::span<const float> x, std::span<Code> code) const {
  require_ieee_arithmetic();
  require_same_length(x.size(), code.size());
  require_parameters<Code>(*this);
  if (overflow == Overflow::error) require_unclipped(*this, x);
  const AffineEncoding e{.divisor = scale,
                         .low = static_cast<float>(low - zero_point),
                         .high = static_cast<float>(high - zero_point),
                         .zero = zero_point,
                         .stream = stream};
  require_finite(affine_kernels<Code>(kernels()).encode[static_cast<std::size_t>(rounding)](x.data(), x.size(), e, code.data()), x);
}

template <class Code>
void Uniform::decode(std::span<const Code> code, std::span<float> x) const {
  require_same_length(x.size(), code.size());
  require_parameters<Code>(*this);
  affine_kernels<Code>(kernels()).decode(code.data(), code.size(), {.factor1 = scale, .zero = zero_point}, x.data());
}

double Uniform::bits_per_value() const { return std::ceil(std::log2(static_cast<double>(high) - low + 1.0)); }

double Uniform::error_bound() const {
  const double half = rounding == Rounding::nearest_even || rounding == Rounding::half_up || rounding == Rounding::half_away ? 0.5 : 1.0;
  return static_cast<double>(scale) * half + 0x1p-23 * std::max(std::abs(least()), std::abs(most())) + 0x1p-149;
}

template void Uniform::encode(std::span<const float>, std::span<std::int8_t>) const;
template void Uniform::encode(std::span<const float>, std::span<std::uint8_t>) const;
template void Uniform::encode(std::span<const float>, std::span<std::int16_t>) const;
template void Uniform::encode(std::span<const float>, std::span<std::uint16_t>) const;
template void Uniform::decode(std::span<const std::int8_t>, std::span<float>) const;
template void Uniform::decode(std::span<const std::uint8_t>, std::span<float>) const;
template void Uniform::decode(std::span<const std::int16_t>, std::span<float>) const;
template void Uniform::decode(std::span<const std::uint16_t>, std::span<float>) const;

} // namespace ansatz::quant
