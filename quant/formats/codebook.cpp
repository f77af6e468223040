// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/codebook.hpp>
#include <ansatz/quant/formats/concepts.hpp>
#include <ansatz/quant/formats/kernels.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::quant {

namespace {

/// Sums of the sorted values, so that the mean of any stretch costs two look-ups.
std::vector<double> running_sums(const std::vector<float>& sorted) {
  std::vector<double> sums(sorted.size() + 1);
  for (std::size_t i = 0; i < sorted.size(); ++i) sums[i + 1] = sums[i] + static_cast<double>(sorted[i]);
  return sums;
}

/// The middle as the definition has it: in double, rounded once.
float middle(float a, float b) { return static_cast<float>((static_cast<double>(a) + static_cast<double>(b)) / 2.0); }

std::vector<float> thresholds_of(const std::vector<float>& levels) {
  std::vector<float> thresholds;
  for (std::size_t k = 1; k < levels.size(); ++k) thresholds.push_back(middle(levels[k - 1], levels[k]));
  return thresholds;
}

} // namespace

Codebook::Codebook(std::vector<float> levels) : levels_(std::move(levels)) {
  if (levels_.empty() || levels_.size() > 256 || !std::is_sorted(levels_.begin(), levels_.end()) || !std::isfinite(levels_.front()) ||
      !std::isfinite(levels_.back()))
    throw UsageError("bad_value", std::to_string(levels_.size()) + " levels; 1 to 256 finite ones in rising order make a codebook");
  thresholds_ = Thresholds(thresholds_of(levels_), false);
  table_.fill(levels_.back()); // codes that were never written decode to a level all the same
  std::copy(levels_.begin(), levels_.end(), table_.begin());
}

Codebook Codebook::binary(float scale) { return Codebook({-scale, scale}); }

void Codebook::encode(std::span<const float> x, std::span<std::int8_t> code) const {
  require_same_length(x.size(), code.size());
  require_finite(thresholds_.encode(x, -128, code), x);
}

void Codebook::decode(std::span<const std::int8_t> code, std::span<float> x) const {
  require_same_length(x.size(), code.size());
  kernels().decode_table(code.data(), code.size(), table_.data(), x.data());
}

double Codebook::bits_per_value() const { return std::ceil(std::log2(static_cast<double>(levels_.size()))); }

double Codebook::error_bound() const {
  double gap = 0.0;
  for (std::size_t k = 1; k < levels_.size(); ++k) gap = std::max(gap, static_cast<double>(levels_[k]) - static_cast<double>(levels_[k - 1]));
  return gap / 2.0 + 0x1p-24 * static_cast<double>(std::max(std::abs(levels_.front()), std::abs(levels_.back())));
}

Ternary Ternary::fit(std::span<const float> w) {
  require_finite(kernels().magnitude(w.data(), w.size()), w);
  double sum = 0.0, count = 0.0;
  kernels().sums(w.data(), w.size(), 0.0F, &sum, &count);
  const float threshold = w.empty() ? 0.0F : static_cast<float>(0.7 * sum / static_cast<double>(w.size()));
  kernels().sums(w.data(), w.size(), threshold, &sum, &count);
  return {.scale = count > 0.0 ? static_cast<float>(sum / count) : 1.0F, .threshold = threshold};
}

void Ternary::encode(std::span<const float> x, std::span<std::int8_t> code) const {
  require_same_length(x.size(), code.size());
  const float reached = std::nextafter(threshold, std::numeric_limits<float>::max()); // |w| > t
  require_finite(kernels().encode_odd(x.data(), x.size(), &reached, 1, code.data()), x);
}

void Ternary::decode(std::span<const std::int8_t> code, std::span<float> x) const {
  require_same_length(x.size(), code.size());
  kernels().s8.decode(code.data(), code.size(), {.factor1 = scale}, x.data());
}

double Ternary::error_bound(double largest) const {
  const auto a = static_cast<double>(scale), t = static_cast<double>(threshold);
  return std::max({t, std::abs(a - t), largest - a});
}

float mean_magnitude(std::span<const float> w) {
  require_finite(kernels().magnitude(w.data(), w.size()), w);
  double sum = 0.0, count = 0.0;
  kernels().sums(w.data(), w.size(), 0.0F, &sum, &count);
  return sum > 0.0 ? static_cast<float>(sum / static_cast<double>(w.size())) : 1.0F;
}

std::vector<float> lloyd_max(std::span<const float> x, int bits, int rounds) {
  if (bits < 1 || bits > 8) throw UsageError("bad_value", "a codebook of " + std::to_string(bits) + " bits; 1 to 8 are possible");
  require_finite(kernels().magnitude(x.data(), x.size()), x);
  if (x.empty()) return {0.0F};
  std::vector<float> sorted(x.begin(), x.end());
  std::sort(sorted.begin(), sorted.end());
  const std::vector<double> sums = running_sums(sorted);
  const std::size_t count = std::size_t{1} << bits;
  std::vector<float> levels;
  for (std::size_t k = 0; k < count; ++k) levels.push_back(sorted[(2 * k + 1) * sorted.size() / (2 * count)]);
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  for (int round = 0; round < rounds; ++round) {
    const std::vector<float> borders = thresholds_of(levels);
    std::vector<float> next;
    std::size_t first = 0;
    for (std::size_t k = 0; k < levels.size(); ++k) {
      const auto end = k + 1 < levels.size() ? std::lower_bound(sorted.begin(), sorted.end(), borders[k]) : sorted.end();
      const auto last = static_cast<std::size_t>(end - sorted.begin());
      next.push_back(last > first ? static_cast<float>((sums[last] - sums[first]) / static_cast<double>(last - first)) : levels[k]);
      first = last;
    }
    std::sort(next.begin(), next.end());
    if (next == levels) break;
    levels = std::move(next);
  }
  return levels;
}

} // namespace ansatz::quant
