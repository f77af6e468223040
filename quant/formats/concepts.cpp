// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/quant/formats/concepts.hpp>

#include <array>
#include <cfenv>
#include <cmath>
#include <vector>

namespace ansatz::quant {

namespace {

constexpr std::array<std::string_view, 7> roundings{"nearest_even", "half_up", "half_away", "floor", "ceil", "trunc", "stochastic"};
constexpr std::array<std::string_view, 4> granularities{"tensor", "channel", "group", "block"};

} // namespace

std::string_view name(Rounding rounding) { return roundings[static_cast<std::size_t>(rounding)]; }
std::string_view name(Granularity granularity) { return granularities[static_cast<std::size_t>(granularity)]; }

Rounding rounding_of(const std::string& text) {
  for (std::size_t i = 0; i < roundings.size(); ++i)
    if (text == roundings[i]) return static_cast<Rounding>(i);
  throw UsageError("bad_value", "no rounding is called " + text + did_you_mean(text, std::vector<std::string>(roundings.begin(), roundings.end())));
}

std::size_t Sharing::run_length(Shape shape) const {
  switch (granularity) {
    case Granularity::tensor: return std::max<std::size_t>(shape.size(), 1);
    case Granularity::channel: return std::max<std::size_t>(shape.columns, 1);
    default: break;
  }
  if (length == 0) throw UsageError("bad_value", "groups of 0 values share a scale; give a length of at least 1");
  return length;
}

std::size_t Sharing::runs(Shape shape) const {
  if (shape.size() == 0) return 0;
  if (granularity == Granularity::tensor) return 1;
  return shape.rows * ((shape.columns + run_length(shape) - 1) / run_length(shape));
}

void require_ieee_arithmetic() {
  const volatile float least = 0x1p-126F; // volatile: computed here and now
  if (std::fegetround() != FE_TONEAREST || least * 0.5F == 0.0F)
    throw UsageError("bad_value",
                     "the processor is set to round otherwise than to nearest even or to flush subnormal numbers; number formats need the "
                     "default (fesetround(FE_TONEAREST), no -ffast-math)");
}

void require_same_length(std::size_t values, std::size_t codes) {
  if (values != codes)
    throw UsageError("bad_value", std::to_string(values) + " values and room for " + std::to_string(codes) + " codes; both must be as many");
}

void require_finite(std::uint32_t magnitude, std::span<const float> x) {
  if (magnitude < 0x7f800000U) return;
  const auto bad = std::find_if(x.begin(), x.end(), [](float value) { return !std::isfinite(value); });
  throw UsageError("bad_value", "value " + std::to_string(bad - x.begin()) + " is " + (bad != x.end() && std::isinf(*bad) ? "infinite" : "NaN") +
                                    "; this format holds finite numbers only");
}

} // namespace ansatz::quant
