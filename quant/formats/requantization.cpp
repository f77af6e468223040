// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/concepts.hpp>
#include <ansatz/quant/formats/requantization.hpp>

#include <cmath>
#include <limits>

namespace ansatz::quant {

namespace {

std::int64_t scale_half_up(std::int64_t accumulator, const Requantization& r) {
  return (accumulator * r.multiplier + (std::int64_t{1} << (r.shift - 1))) >> r.shift;
}

std::int64_t scale_gemmlowp(std::int32_t accumulator, const Requantization& r) {
  constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();
  const std::int64_t product = std::int64_t{accumulator} * r.multiplier;
  const std::int64_t nudge = product >= 0 ? std::int64_t{1} << 30 : 1 - (std::int64_t{1} << 30);
  const std::int64_t high =
      accumulator == least && r.multiplier == least ? std::numeric_limits<std::int32_t>::max() : (product + nudge) / (std::int64_t{1} << 31);
  const int e = r.shift - 31;
  const std::int64_t mask = (std::int64_t{1} << e) - 1;
  return (high >> e) + ((high & mask) > (mask >> 1) + (high < 0 ? 1 : 0) ? 1 : 0);
}

template <class Code>
void apply_all(const Requantization& r, std::span<const std::int32_t> accumulator, std::span<Code> code) {
  require_same_length(accumulator.size(), code.size());
  if (r.low < std::numeric_limits<Code>::min() || r.high > std::numeric_limits<Code>::max() || r.low > r.high)
    throw UsageError("bad_value",
                     "codes from " + std::to_string(r.low) + " to " + std::to_string(r.high) + " do not fit the type they are written to");
  for (std::size_t i = 0; i < code.size(); ++i) code[i] = static_cast<Code>(r(accumulator[i]));
}

} // namespace

Requantization Requantization::of(double ratio, std::int32_t zero_point, std::int32_t low, std::int32_t high, RequantizationMode mode) {
  if (!(ratio >= 0x1p-32 && ratio < 0x1p29) || (mode == RequantizationMode::gemmlowp && ratio >= 1.0))
    throw UsageError("bad_value", "the ratio of scales is " + std::to_string(ratio) + "; it must be from 2^-32 to 2^29, below 1 for gemmlowp's rule");
  int exponent = 0;
  auto b = static_cast<std::int64_t>(std::round(std::frexp(ratio, &exponent) * 0x1p31));
  if (b == std::int64_t{1} << 31) {
    b /= 2;
    ++exponent;
  }
  if (mode == RequantizationMode::gemmlowp && exponent > 0) { // rounded up to 1
    b = (std::int64_t{1} << 31) - 1;
    exponent = 0;
  }
  return {.multiplier = static_cast<std::int32_t>(b), .shift = 31 - exponent, .zero_point = zero_point, .low = low, .high = high, .mode = mode};
}

std::int32_t Requantization::operator()(std::int32_t accumulator) const {
  const std::int64_t y = mode == RequantizationMode::gemmlowp ? scale_gemmlowp(accumulator, *this) : scale_half_up(accumulator, *this);
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(y + zero_point, low, high));
}

void Requantization::apply(std::span<const std::int32_t> accumulator, std::span<std::int8_t> code) const { apply_all(*this, accumulator, code); }
void Requantization::apply(std::span<const std::int32_t> accumulator, std::span<std::uint8_t> code) const { apply_all(*this, accumulator, code); }

} // namespace ansatz::quant
