// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/kernels.hpp>
#include <ansatz/quant/formats/thresholds.hpp>

#include <algorithm>
#include <bit>
#include <string>

namespace ansatz::quant {

namespace {

constexpr std::size_t counted = 15; // more comparisons take longer than the index

/// Integers in the order of the floats.
std::int32_t ordered(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  return bits ^ ((bits >> 31) & 0x7fffffff);
}

} // namespace

Thresholds::Thresholds(std::vector<float> thresholds, bool odd) : thresholds_(std::move(thresholds)), odd_(odd) {
  if (thresholds_.size() > (odd ? 127U : 255U) || !std::is_sorted(thresholds_.begin(), thresholds_.end()))
    throw UsageError("bad_value",
                     std::to_string(thresholds_.size()) + " thresholds; at most " + (odd ? "127" : "255") + " in rising order are possible");
  if (thresholds_.size() > counted) make_index();
}

void Thresholds::make_index() {
  constexpr std::uint32_t most_buckets = 1 << 14; // half of a first-level cache
  first_ = ordered(thresholds_.front());
  const std::uint32_t span = static_cast<std::uint32_t>(ordered(thresholds_.back())) - static_cast<std::uint32_t>(first_);
  while ((span >> shift_) >= most_buckets) ++shift_;
  index_.assign((span >> shift_) + 1, 0);
  std::size_t reached = 0;
  for (std::size_t bucket = 0; bucket < index_.size(); ++bucket) {
    const std::uint32_t start = static_cast<std::uint32_t>(bucket) << shift_;
    while (reached < thresholds_.size() && static_cast<std::uint32_t>(ordered(thresholds_[reached])) - static_cast<std::uint32_t>(first_) <= start)
      ++reached;
    index_[bucket] = static_cast<std::uint8_t>(reached);
  }
  thresholds_.push_back(std::bit_cast<float>(0x7f800000U)); // ends the search; infinity itself is refused by the formats
}

std::int32_t Thresholds::count(float x) const {
  if (index_.empty()) return static_cast<std::int32_t>(std::upper_bound(thresholds_.begin(), thresholds_.end(), x) - thresholds_.begin());
  const std::int32_t place = ordered(x);
  if (place < first_) return 0;
  const std::uint32_t bucket = (static_cast<std::uint32_t>(place) - static_cast<std::uint32_t>(first_)) >> shift_;
  std::size_t q = bucket < index_.size() ? index_[bucket] : thresholds_.size() - 1;
  while (q + 1 < thresholds_.size() && x >= thresholds_[q]) ++q;
  return static_cast<std::int32_t>(q);
}

std::uint32_t Thresholds::encode(std::span<const float> x, std::int8_t base, std::span<std::int8_t> code) const {
  if (index_.empty()) {
    const int n = static_cast<int>(thresholds_.size());
    return odd_ ? kernels().encode_odd(x.data(), x.size(), thresholds_.data(), n, code.data())
                : kernels().encode_levels(x.data(), x.size(), thresholds_.data(), n, base, code.data());
  }
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(x[i]) & 0x7fffffffU;
    largest = std::max(largest, magnitude);
    if (odd_) {
      const std::int32_t q = count(std::bit_cast<float>(magnitude));
      code[i] = static_cast<std::int8_t>(x[i] < 0.0F ? -q : q);
    } else {
      code[i] = static_cast<std::int8_t>(count(x[i]) + base);
    }
  }
  return largest;
}

} // namespace ansatz::quant
