// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/calibration/clip.hpp>
#include <ansatz/quant/calibration/line_search.hpp>
#include <ansatz/quant/calibration/power_fit.hpp>

#include <array>
#include <cmath>

namespace ansatz::quant {

namespace {

/// Squared error of the codes of |x| for any exponent and clip.
class PowerError {
public:
  PowerError(const std::vector<float>& x, int bits) : levels_((1 << (bits - 1)) - 1) {
    for (const float v : x)
      if (v != 0.0F) { // zero has no error
        magnitudes_.push_back(std::abs(static_cast<double>(v)));
        logarithms_.push_back(std::log(magnitudes_.back()));
        square_ += magnitudes_.back() * magnitudes_.back();
      }
  }
  [[nodiscard]] double relative(double exponent, double clip) const {
    std::array<double, 128> level{};
    for (int q = 0; q <= levels_; ++q) level[static_cast<std::size_t>(q)] = clip * std::pow(static_cast<double>(q) / levels_, 1.0 / exponent);
    const double shift = std::log(clip);
    double sum = 0.0;
    for (std::size_t i = 0; i < magnitudes_.size(); ++i) {
      const double u = exponent == 1.0 ? magnitudes_[i] / clip : std::exp(exponent * (logarithms_[i] - shift));
      const double difference = magnitudes_[i] - level[static_cast<std::size_t>(levels_ * std::min(u, 1.0) + 0.5)];
      sum += difference * difference;
    }
    return square_ > 0.0 ? sum / square_ : 0.0;
  }

private:
  int levels_;
  std::vector<double> magnitudes_, logarithms_;
  double square_ = 0.0;
};

} // namespace

PowerFit fit_power(std::span<const float> x, int bits, PowerFitOptions options) {
  const auto most = static_cast<double>(extremes(x).magnitude());
  if (most == 0.0) return {.exponent = options.exponent == 0.0 ? 1.0 : options.exponent};
  const PowerError error(spread_sample(x, 8192), bits);
  const auto best_clip = [&](double exponent, std::size_t points, int sections) {
    return options.fit_clip ? most * minimise(
                                         0.2, 1.0, points, [&](double share) { return error.relative(exponent, share * most); }, sections)
                            : most;
  };
  double exponent = options.exponent;
  if (exponent == 0.0)
    exponent = minimise(
        0.2, 1.2, options.fit_clip ? 11 : 41, [&](double a) { return error.relative(a, best_clip(a, 9, 8)); }, 12);
  const double clip = best_clip(exponent, 33, 15);
  return {.exponent = exponent, .clip = static_cast<float>(clip), .relative_mse = error.relative(exponent, clip)};
}

} // namespace ansatz::quant
