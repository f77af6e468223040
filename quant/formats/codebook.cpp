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

/// Cells of the sorted values, as their first indices: all distinct values, or up to 2048 cells, half of equal count and half of equal width for the tails.
std::vector<std::size_t> cells_of(const std::vector<float>& sorted) {
  constexpr std::size_t half = 1024;
  std::vector<std::size_t> first{0, sorted.size()};
  const auto begin_of = [&](float value) { return static_cast<std::size_t>(std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin()); };
  if (sorted.size() <= 2 * half) {
    for (const float value : sorted) first.push_back(begin_of(value));
  } else {
    for (std::size_t i = 1; i < half; ++i) {
      const double share = static_cast<double>(i) / half;
      first.push_back(begin_of(sorted[i * sorted.size() / half]));
      first.push_back(begin_of(static_cast<float>(static_cast<double>(sorted.front()) * (1.0 - share) + static_cast<double>(sorted.back()) * share)));
    }
  }
  std::sort(first.begin(), first.end());
  first.erase(std::unique(first.begin(), first.end()), first.end());
  return first;
}

/// The partition of cells into `count` stretches with the least squared error, by dynamic programming; the best last border rises with the number of cells, so
/// that dividing and conquering costs count x cells x log(cells). Lloyd's alternation alone stops far from it in the tails.
class BestPartition {
public:
  BestPartition(std::vector<std::size_t> first, const std::vector<double>& sums) : first_(std::move(first)), sums_(sums) {
    const std::size_t cells = first_.size() - 1;
    gain_.assign(cells + 1, 0.0);
    for (std::size_t i = 1; i <= cells; ++i) gain_[i] = gain(0, i);
  }
  /// First cells of the stretches.
  std::vector<std::size_t> borders(std::size_t count) {
    const std::size_t cells = first_.size() - 1;
    count = std::min(count, cells);
    std::vector<std::vector<std::size_t>> last(count, std::vector<std::size_t>(cells + 1, 0));
    for (std::size_t k = 1; k < count; ++k) {
      next_.assign(cells + 1, 0.0);
      improve(k + 1, cells, k, cells - 1, last[k]);
      gain_.swap(next_);
    }
    std::vector<std::size_t> found(count);
    for (std::size_t k = count, end = cells; k-- > 0; end = found[k]) found[k] = last[k][end];
    return found;
  }

private:
  /// Least squared error falls by this: (sum)^2 / number of the values in cells [i, j).
  [[nodiscard]] double gain(std::size_t i, std::size_t j) const {
    const double sum = sums_[first_[j]] - sums_[first_[i]];
    return sum * sum / static_cast<double>(first_[j] - first_[i]);
  }
  void improve(std::size_t low, std::size_t high, std::size_t from, std::size_t to, std::vector<std::size_t>& last) {
    if (low > high) return;
    const std::size_t middle = (low + high) / 2;
    std::size_t best = from;
    double most = -1.0;
    for (std::size_t i = from; i <= std::min(to, middle - 1); ++i)
      if (const double value = gain_[i] + gain(i, middle); value > most) {
        most = value;
        best = i;
      }
    next_[middle] = most;
    last[middle] = best;
    improve(low, middle - 1, from, best, last);
    improve(middle + 1, high, best, to, last);
  }

  std::vector<std::size_t> first_;
  const std::vector<double>& sums_;
  std::vector<double> gain_, next_; ///< of the first i cells
};

std::vector<float> best_levels(const std::vector<float>& sorted, const std::vector<double>& sums, std::size_t count) {
  const std::vector<std::size_t> first = cells_of(sorted);
  const std::vector<std::size_t> borders = BestPartition(first, sums).borders(count);
  std::vector<float> levels;
  for (std::size_t k = 0; k < borders.size(); ++k) {
    const std::size_t begin = first[borders[k]], end = k + 1 < borders.size() ? first[borders[k + 1]] : sorted.size();
    levels.push_back(static_cast<float>((sums[end] - sums[begin]) / static_cast<double>(end - begin)));
  }
  return levels;
}

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
  return w.empty() ? 0.0F : static_cast<float>(sum / static_cast<double>(w.size()));
}

std::vector<float> lloyd_max(std::span<const float> x, int bits, int rounds) {
  if (bits < 1 || bits > 8) throw UsageError("bad_value", "a codebook of " + std::to_string(bits) + " bits; 1 to 8 are possible");
  require_finite(kernels().magnitude(x.data(), x.size()), x);
  if (x.empty()) return {0.0F};
  std::vector<float> sorted(x.begin(), x.end());
  std::sort(sorted.begin(), sorted.end());
  const std::vector<double> sums = running_sums(sorted);
  std::vector<float> levels = best_levels(sorted, sums, std::size_t{1} << bits);
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
