// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/calibration/clip.hpp>
#include <ansatz/quant/calibration/line_search.hpp>
#include <ansatz/quant/calibration/power_fit.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace ansatz::quant {

namespace {

/// Squared error of the codes of |x| for any exponent and clip. Values between the borders of a code need not be looked at: their number, sum and sum of squares
/// follow from running sums over the sorted magnitudes.
class PowerError {
public:
  PowerError(std::span<const float> x, int bits) : levels_((1 << (bits - 1)) - 1) {
    sorted_.assign(x.begin(), x.end());
    for (float& v : sorted_) v = std::abs(v);
    std::sort(sorted_.begin(), sorted_.end());
    sums_.assign(sorted_.size() + 1, 0.0);
    squares_ = sums_;
    for (std::size_t i = 0; i < sorted_.size(); ++i) {
      const auto v = static_cast<double>(sorted_[i]);
      sums_[i + 1] = sums_[i] + v;
      squares_[i + 1] = squares_[i] + v * v;
    }
  }
  [[nodiscard]] double relative(double exponent, double clip) const {
    double sum = 0.0;
    std::size_t first = 0;
    for (int q = 0; q <= levels_; ++q) {
      const double level = clip * std::pow(static_cast<double>(q) / levels_, 1.0 / exponent);
      const double border = clip * std::pow((q + 0.5) / levels_, 1.0 / exponent);
      const auto end = q == levels_ ? sorted_.end()
                                    : std::lower_bound(sorted_.begin() + static_cast<std::ptrdiff_t>(first), sorted_.end(), border,
                                                       [](float v, double t) { return static_cast<double>(v) < t; });
      const auto last = static_cast<std::size_t>(end - sorted_.begin());
      sum += squares_[last] - squares_[first] - 2.0 * level * (sums_[last] - sums_[first]) + level * level * static_cast<double>(last - first);
      first = last;
    }
    return std::max(sum, 0.0) / squares_.back();
  }

private:
  int levels_;
  std::vector<float> sorted_;
  std::vector<double> sums_, squares_; ///< of the first i magnitudes
};

} // namespace

PowerFit fit_power(std::span<const float> x, int bits, PowerFitOptions options) {
  const auto most = static_cast<double>(extremes(x).magnitude());
  if (most == 0.0) return {.exponent = options.exponent == 0.0 ? 1.0 : options.exponent};
  const PowerError error(x, bits);
  const auto best_clip = [&](double exponent, std::size_t points, int sections) {
    return options.fit_clip ? most * minimise(
                                         0.1, 1.0, points, [&](double share) { return error.relative(exponent, share * most); }, sections)
                            : most;
  };
  double exponent = options.exponent;
  if (exponent == 0.0)
    exponent = minimise(
        0.2, 1.2, options.fit_clip ? 21 : 41, [&](double a) { return error.relative(a, best_clip(a, 19, 10)); }, 12);
  const double clip = best_clip(exponent, 33, 15);
  return {.exponent = exponent, .clip = static_cast<float>(clip), .relative_mse = error.relative(exponent, clip)};
}

} // namespace ansatz::quant
