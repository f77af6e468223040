// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/quant/calibration/clip.hpp>
#include <ansatz/quant/calibration/line_search.hpp>
#include <ansatz/quant/formats/concepts.hpp>
#include <ansatz/quant/formats/kernels.hpp>
#include <ansatz/quant/formats/uniform.hpp>

#include <array>
#include <cmath>
#include <limits>

namespace ansatz::quant {

namespace {

constexpr std::array<std::string_view, 6> names{"minmax", "moving_average", "percentile", "mse", "entropy", "pact"};
constexpr std::size_t sample_size = 65536;
constexpr std::size_t bins = 2048;

Range clipped(Range range, double clip) {
  const auto c = static_cast<float>(clip);
  return {std::max(range.low, -c), std::min(range.high, c)};
}

double percentile_clip(const std::vector<float>& magnitudes, double share) {
  std::vector<float> sorted = magnitudes;
  const auto place = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size()))) - 1;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(place), sorted.end());
  return static_cast<double>(sorted[place]);
}

double mean_squared_error(std::span<const float> x, const Uniform& u) {
  std::vector<std::uint16_t> code(x.size());
  std::vector<std::int16_t> signed_code(x.size());
  std::vector<float> y(x.size());
  if (u.low < 0) {
    u.encode<std::int16_t>(x, signed_code);
    u.decode<std::int16_t>(signed_code, y);
  } else {
    u.encode<std::uint16_t>(x, code);
    u.decode<std::uint16_t>(code, y);
  }
  double sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i)
    sum += (static_cast<double>(x[i]) - static_cast<double>(y[i])) * (static_cast<double>(x[i]) - static_cast<double>(y[i]));
  return sum;
}

double mse_clip(const std::vector<float>& x, Range range, int bits, bool symmetric) {
  const auto most = static_cast<double>(range.magnitude());
  return most * minimise(0.1, 1.0, 100, [&](double share) {
           const Range r = clipped(range, share * most);
           return mean_squared_error(x, symmetric ? Uniform::symmetric(bits, r.magnitude(), bits == 1) : Uniform::asymmetric(bits, r.low, r.high));
         });
}

/// KL(P || Q) of the first `kept` bins, the tail added to the last, against themselves merged to `levels` levels and spread over P's non-zero bins.
double divergence(const std::vector<double>& histogram, const std::vector<double>& tails, std::size_t kept, std::size_t levels) {
  double sum = 0.0;
  for (std::size_t level = 0; level < levels; ++level) {
    const std::size_t first = level * kept / levels, last = (level + 1) * kept / levels;
    double mass = 0.0, filled = 0.0;
    for (std::size_t i = first; i < last; ++i) {
      mass += histogram[i];
      filled += histogram[i] > 0.0 || (i + 1 == kept && tails[kept] > 0.0) ? 1.0 : 0.0;
    }
    const double q = filled > 0.0 ? std::max(mass / filled, 1e-9) : 0.0; // a bin of tail alone has no mass in Q
    for (std::size_t i = first; i < last; ++i) {
      const double p = histogram[i] + (i + 1 == kept ? tails[kept] : 0.0);
      if (p > 0.0) sum += p * std::log(p / q);
    }
  }
  return sum; // P's mass is that of all values, Q's what lies inside: the constant of normalisation is added by the caller
}

double entropy_clip(const std::vector<float>& magnitudes, double most, int bits) {
  std::vector<double> histogram(bins), tails(bins + 1);
  for (const float a : magnitudes) histogram[std::min(bins - 1, static_cast<std::size_t>(static_cast<double>(a) / most * bins))] += 1.0;
  for (std::size_t i = bins; i-- > 0;) tails[i] = tails[i + 1] + histogram[i];
  const std::size_t levels = std::size_t{1} << std::min(bits - 1, 10);
  std::size_t best = bins;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t kept = std::max<std::size_t>(levels, 16); kept <= bins; ++kept) {
    const double inside = tails[0] - tails[kept];
    if (inside <= 0.0) continue;
    const double d = divergence(histogram, tails, kept, levels) + tails[0] * std::log(inside / tails[0]);
    if (d < least) {
      least = d;
      best = kept;
    }
  }
  return best == bins ? most : most * (static_cast<double>(best) + 0.5) / static_cast<double>(bins);
}

double pact_clip(const std::vector<float>& magnitudes, double most, int bits) {
  const double levels = std::ldexp(1.0, bits - 1) - 1.0, decay = 1.0 / (6.0 * levels * levels), n = static_cast<double>(magnitudes.size());
  double a = most;
  for (int step = 0; step < 50; ++step) { // Newton on a convex function
    double excess = 0.0, above = 0.0;
    for (const float m : magnitudes)
      if (static_cast<double>(m) > a) {
        excess += static_cast<double>(m) - a;
        above += 1.0;
      }
    const double next = std::clamp(a - (decay * a - 2.0 * excess / n) / (decay + 2.0 * above / n), 1e-6 * most, most);
    if (std::abs(next - a) <= 1e-7 * most) break;
    a = next;
  }
  return a;
}

} // namespace

std::string_view name(Calibration calibration) { return names[static_cast<std::size_t>(calibration)]; }
std::vector<std::string> calibration_names() { return {names.begin(), names.end()}; }

Calibration calibration_of(const std::string& text) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (text == names[i]) return static_cast<Calibration>(i);
  throw UsageError("bad_value", "no calibration is called " + text + did_you_mean(text, calibration_names()));
}

Range extremes(std::span<const float> x) {
  require_finite(kernels().magnitude(x.data(), x.size()), x);
  Range range;
  kernels().range(x.data(), x.size(), &range.low, &range.high);
  return range;
}

std::vector<float> spread_sample(std::span<const float> x, std::size_t most) {
  if (x.size() <= most) return {x.begin(), x.end()};
  std::vector<float> sample(most);
  for (std::size_t i = 0; i < most; ++i)
    sample[i] = x[static_cast<std::size_t>(static_cast<double>(i) * static_cast<double>(x.size()) / static_cast<double>(most))];
  return sample;
}

Range calibrate(Calibration calibration, std::span<const float> x, int bits, bool symmetric) {
  const Range range = extremes(x);
  const auto most = static_cast<double>(range.magnitude());
  if (calibration == Calibration::minmax || most == 0.0) return range;
  if (calibration == Calibration::moving_average) {
    MovingRange moving;
    const std::size_t batch = std::max<std::size_t>((x.size() + 15) / 16, 1);
    for (std::size_t at = 0; at < x.size(); at += batch) moving.observe(x.subspan(at, std::min(batch, x.size() - at)));
    return moving.range();
  }
  const std::vector<float> sample = spread_sample(x, sample_size);
  if (calibration == Calibration::mse) return clipped(range, mse_clip(sample, range, bits, symmetric));
  std::vector<float> magnitudes(sample.size());
  for (std::size_t i = 0; i < sample.size(); ++i) magnitudes[i] = std::abs(sample[i]);
  switch (calibration) {
    case Calibration::percentile: return clipped(range, percentile_clip(magnitudes, 0.9999));
    case Calibration::entropy: return clipped(range, entropy_clip(magnitudes, most, bits));
    default: return clipped(range, pact_clip(magnitudes, most, bits));
  }
}

void MovingRange::observe(std::span<const float> batch) {
  const Range now = extremes(batch);
  const float keep = empty_ ? 0.0F : momentum_;
  range_ = {keep * range_.low + (1.0F - keep) * now.low, keep * range_.high + (1.0F - keep) * now.high};
  empty_ = false;
}

} // namespace ansatz::quant
