// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/dynamic_fixed_point.hpp>
#include <ansatz/quant/formats/kernels.hpp>

#include <bit>
#include <cmath>

namespace ansatz::quant {

namespace {

void require_headroom(int headroom, int precision) {
  if (headroom < 0 || headroom > precision - 2)
    throw UsageError("bad_value", "headroom of " + std::to_string(headroom) + " bits; 0 to " + std::to_string(precision - 2) + " are possible with " +
                                      std::to_string(precision) + "-bit codes");
}

/// 2^e as two floats that are both normal.
std::pair<float, float> power_of_two(int e) { return {std::ldexp(1.0F, e / 2), std::ldexp(1.0F, e - e / 2)}; }

void require_blocks(std::size_t values, std::size_t codes, std::size_t length, std::span<const std::int16_t> exponents) {
  require_same_length(values, codes);
  if (length == 0 || exponents.size() != (values + length - 1) / length)
    throw UsageError("bad_value", std::to_string(exponents.size()) + " exponents for " + std::to_string(values) + " values in blocks of " +
                                      std::to_string(length) + "; every block needs one");
}

} // namespace

template <class Code>
DynamicFixedPoint<Code> DynamicFixedPoint<Code>::of(float largest, int headroom) {
  require_headroom(headroom, precision);
  if (!(largest >= 0.0F) || !std::isfinite(largest))
    throw UsageError("bad_value", "the largest magnitude is " + std::to_string(largest) + "; it must be finite and not negative");
  DynamicFixedPoint format;
  format.headroom = headroom;
  if (largest > 0.0F) format.exponent = static_cast<std::int16_t>(std::ilogb(largest) - (precision - 2) + headroom);
  return format;
}

template <class Code>
DynamicFixedPoint<Code> DynamicFixedPoint<Code>::fit(std::span<const float> x, int headroom) {
  const std::uint32_t largest = kernels().magnitude(x.data(), x.size());
  require_finite(largest, x);
  return of(std::bit_cast<float>(largest), headroom);
}

template <class Code>
void DynamicFixedPoint<Code>::encode(std::span<const float> x, std::span<Code> code) const {
  require_ieee_arithmetic();
  require_same_length(x.size(), code.size());
  require_headroom(headroom, precision);
  const auto [factor1, factor2] = power_of_two(-exponent);
  const auto most = static_cast<float>(largest_code());
  const AffineEncoding e{.factor1 = factor1, .factor2 = factor2, .low = -most, .high = most, .stream = stream};
  require_finite(affine_kernels<Code>(kernels()).encode[static_cast<std::size_t>(rounding)](x.data(), x.size(), e, code.data()), x);
}

template <class Code>
void DynamicFixedPoint<Code>::decode(std::span<const Code> code, std::span<float> x) const {
  require_same_length(x.size(), code.size());
  const auto [factor1, factor2] = power_of_two(exponent);
  affine_kernels<Code>(kernels()).decode(code.data(), code.size(), {.factor1 = factor1, .factor2 = factor2}, x.data());
}

template <class Code>
void encode_blocks(std::span<const float> x, std::size_t length, std::span<const std::int16_t> exponents, int headroom, std::span<Code> code) {
  require_ieee_arithmetic();
  require_blocks(x.size(), code.size(), length, exponents);
  const DynamicFixedPoint<Code> format{.headroom = headroom};
  require_headroom(headroom, format.precision);
  const auto most = static_cast<float>(format.largest_code());
  require_finite(affine_kernels<Code>(kernels()).encode_blocks(x.data(), x.size(), length, exponents.data(), most, code.data()), x);
}

template <class Code>
void decode_blocks(std::span<const Code> code, std::size_t length, std::span<const std::int16_t> exponents, std::span<float> x) {
  require_blocks(x.size(), code.size(), length, exponents);
  affine_kernels<Code>(kernels()).decode_blocks(code.data(), code.size(), length, exponents.data(), x.data());
}

template <class Code>
double DynamicFixedPoint<Code>::error_bound() const {
  return std::ldexp(1.0, exponent); // values just below 2^(Emax+1) are clamped by up to a whole unit
}

template <class Code>
DynamicFixedPoint<Code> down_convert(std::span<const std::int32_t> sums, std::int16_t exponent, int headroom, std::span<Code> code) {
  using Format = DynamicFixedPoint<Code>;
  require_same_length(sums.size(), code.size());
  require_headroom(headroom, Format::precision);
  std::uint32_t largest = 0;
  for (const std::int32_t q : sums) largest = std::max(largest, q < 0 ? 0U - static_cast<std::uint32_t>(q) : static_cast<std::uint32_t>(q));
  const int shift = std::max(0, static_cast<int>(std::bit_width(largest)) - (Format::precision - 1) + headroom);
  Format format;
  format.exponent = static_cast<std::int16_t>(exponent + shift);
  format.headroom = headroom;
  const double most = format.largest_code();
  for (std::size_t i = 0; i < sums.size(); ++i)
    code[i] = static_cast<Code>(std::clamp(std::nearbyint(std::ldexp(static_cast<double>(sums[i]), -shift)), -most, most));
  return format;
}

std::size_t proven_chain(std::span<const std::int16_t> weights, std::int64_t largest) {
  const std::int64_t room = std::numeric_limits<std::int32_t>::max() / std::max<std::int64_t>(largest, 1);
  std::size_t first = 0, shortest = weights.size();
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) { // the window [first, k] is the longest that ends at k
    sum += std::abs(std::int64_t{weights[k]});
    for (; sum > room; ++first) sum -= std::abs(std::int64_t{weights[first]});
    if (first > 0) shortest = std::min(shortest, k + 1 - first);
  }
  return shortest;
}

template struct DynamicFixedPoint<std::int8_t>;
template struct DynamicFixedPoint<std::int16_t>;
template void encode_blocks(std::span<const float>, std::size_t, std::span<const std::int16_t>, int, std::span<std::int8_t>);
template void encode_blocks(std::span<const float>, std::size_t, std::span<const std::int16_t>, int, std::span<std::int16_t>);
template void decode_blocks(std::span<const std::int8_t>, std::size_t, std::span<const std::int16_t>, std::span<float>);
template void decode_blocks(std::span<const std::int16_t>, std::size_t, std::span<const std::int16_t>, std::span<float>);
template DynamicFixedPoint<std::int8_t> down_convert(std::span<const std::int32_t>, std::int16_t, int, std::span<std::int8_t>);
template DynamicFixedPoint<std::int16_t> down_convert(std::span<const std::int32_t>, std::int16_t, int, std::span<std::int16_t>);

} // namespace ansatz::quant
