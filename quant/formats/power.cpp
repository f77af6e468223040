// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/concepts.hpp>
#include <ansatz/quant/formats/kernels.hpp>
#include <ansatz/quant/formats/power.hpp>

#include <cmath>
#include <limits>

namespace ansatz::quant {

Power::Power(int bits, double exponent, float clip) : bits_(bits), exponent_(exponent), clip_(clip), levels_((1 << (bits - 1)) - 1) {
  if (bits < 2 || bits > 8) throw UsageError("bad_value", "power codes of " + std::to_string(bits) + " bits; 2 to 8 are possible");
  if (!(exponent >= 0.1 && exponent <= 2.0))
    throw UsageError("bad_value", "the exponent is " + std::to_string(exponent) + "; it must be from 0.1 to 2");
  if (!(clip >= 0.0F) || !std::isfinite(clip))
    throw UsageError("bad_value", "the clip is " + std::to_string(clip) + "; it must be finite and not negative");
  if (clip_ == 0.0F) clip_ = 1.0F;
  clip_ = std::max(clip_, 0x1p-100F); // levels of smaller clips would be subnormal
  const float factor = static_cast<float>(static_cast<double>(clip_) / (levels_ * levels_));
  for (std::int32_t q = -levels_; q <= levels_; ++q) {
    const double u = std::pow(std::abs(static_cast<double>(q)) / levels_, 1.0 / exponent_);
    table_[static_cast<std::uint32_t>(q + 128)] =
        is_root() ? static_cast<float>(q * std::abs(q)) * factor : static_cast<float>(std::copysign(static_cast<double>(clip_) * u, q));
  }
  if (is_root()) return;
  std::vector<float> thresholds;
  for (std::int32_t k = 1; k <= levels_; ++k) thresholds.push_back(threshold(k));
  thresholds_ = Thresholds(std::move(thresholds), true);
}

std::int32_t Power::formula(float magnitude) const {
  const double u = std::min(1.0, static_cast<double>(magnitude) / static_cast<double>(clip_));
  return static_cast<std::int32_t>(std::nearbyint(levels_ * std::pow(u, exponent_)));
}

/// The smallest float whose code by the formula is `code` or more.
float Power::threshold(std::int32_t code) const {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  float t = static_cast<float>(static_cast<double>(clip_) * std::pow((code - 0.5) / levels_, 1.0 / exponent_));
  while (t > 0.0F && formula(t) >= code) t = std::nextafter(t, 0.0F);
  while (formula(t) < code) t = std::nextafter(t, infinity);
  return t;
}

void Power::encode(std::span<const float> x, std::span<std::int8_t> code) const {
  require_ieee_arithmetic();
  require_same_length(x.size(), code.size());
  const std::uint32_t largest =
      is_root() ? kernels().encode_root(x.data(), x.size(), clip_, static_cast<float>(levels_), code.data()) : thresholds_.encode(x, 0, code);
  require_finite(largest, x);
}

void Power::decode(std::span<const std::int8_t> code, std::span<float> x) const {
  require_same_length(x.size(), code.size());
  if (is_root())
    kernels().decode_square(code.data(), code.size(), static_cast<float>(static_cast<double>(clip_) / (levels_ * levels_)), x.data());
  else
    kernels().decode_table(code.data(), code.size(), table_.data(), x.data());
}

double Power::error_bound() const { // thresholds lie at half codes, not at half gaps
  double worst = 0.0;
  for (std::int32_t q = 0; q < levels_; ++q) {
    const double t = static_cast<double>(clip_) * std::pow((q + 0.5) / levels_, 1.0 / exponent_);
    worst = std::max({worst, t - static_cast<double>(decode(q)), static_cast<double>(decode(q + 1)) - t});
  }
  return worst + 0x1p-21 * static_cast<double>(clip_); // the float root: two roundings of u, doubled by the square
}

} // namespace ansatz::quant
