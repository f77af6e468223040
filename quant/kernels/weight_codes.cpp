// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/kernels/weight_codes.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::quant {

namespace {

/// \param scale_of  largest magnitude of an output -> value of code 1
/// \param encode    weight, largest magnitude, scale -> code
template <class Q, class ScaleOf, class Encode>
WeightCodes<Q> coded(const WeightShape& s, std::span<const float> weights, ScaleOf&& scale_of, Encode&& encode) {
  if (static_cast<std::int64_t>(weights.size()) != s.size())
    throw UsageError("bad_value", std::to_string(weights.size()) + " weights, the shape has " + std::to_string(s.size()));
  WeightCodes<Q> result{std::vector<Q>(weights.size()), std::vector<float>(static_cast<std::size_t>(s.out))};
  const auto each = [&s](std::int64_t o, auto&& visit) {
    for (std::int64_t i = 0; i < s.in; ++i)
      for (std::int64_t t = 0; t < s.taps(); ++t) visit(static_cast<std::size_t>(s.place(o, i, t)));
  };
  for (std::int64_t o = 0; o < s.out; ++o) {
    float largest = 0.0F;
    each(o, [&](std::size_t at) {
      if (!std::isfinite(weights[at])) throw UsageError("bad_value", "weight " + std::to_string(at) + " is " + std::to_string(weights[at]));
      largest = std::max(largest, std::abs(weights[at]));
    });
    const double range = largest > 0.0F ? static_cast<double>(largest) : 1.0;
    const double scale = scale_of(range);
    result.scale[static_cast<std::size_t>(o)] = static_cast<float>(scale);
    each(o, [&](std::size_t at) { result.codes[at] = static_cast<Q>(encode(static_cast<double>(weights[at]), range, scale)); });
  }
  return result;
}

double signed_square(double code, double sign) { return std::copysign(code * code, sign); }

} // namespace

WeightCodes<std::int16_t> dfp16_weights(const WeightShape& shape, std::span<const float> weights, int headroom) {
  const double limit = std::ldexp(1.0, 15 - headroom) - 1.0;
  return coded<std::int16_t>(
      shape, weights, [headroom](double largest) { return dfp_step(static_cast<float>(largest), headroom); },
      [limit](double w, double, double scale) { return std::clamp(std::nearbyint(w / scale), -limit, limit); });
}

WeightCodes<std::int8_t> int8_weights(const WeightShape& shape, std::span<const float> weights) {
  return coded<std::int8_t>(
      shape, weights, [](double largest) { return largest / 127.0; },
      [](double w, double, double scale) { return std::clamp(std::nearbyint(w / scale), -127.0, 127.0); });
}

WeightCodes<std::int8_t> power4_weights(const WeightShape& shape, std::span<const float> weights) {
  return coded<std::int8_t>(
      shape, weights, [](double largest) { return largest / 49.0; },
      [](double w, double largest, double) { return std::copysign(std::nearbyint(7.0 * std::sqrt(std::abs(w) / largest)), w); });
}

WeightCodes<std::int16_t> power8_weights(const WeightShape& shape, std::span<const float> weights) {
  return coded<std::int16_t>(
      shape, weights, [](double largest) { return largest / 16129.0; },
      [](double w, double largest, double) { return signed_square(std::nearbyint(127.0 * std::sqrt(std::abs(w) / largest)), w); });
}

} // namespace ansatz::quant
