// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/thresholds.hpp>

#include <algorithm>
#include <bit>
#include <limits>
#include <string>

namespace ansatz::quant {

namespace {

constexpr std::size_t counted = 15;            // more comparisons take longer than the index
constexpr std::int32_t most_buckets = 1 << 13; // a quarter of a first-level cache
constexpr int most_steps = 4;

std::int32_t magnitude_of(float x) { return std::bit_cast<std::int32_t>(x) & 0x7fffffff; }

/// As the kernels compute it: any map that rises would do, as long as it is the same one.
std::int32_t bucket_of(float x, const ThresholdIndex& t) {
  if (t.odd) return std::min(std::max(magnitude_of(x) - t.first, 0) >> t.shift, t.buckets - 1);
  return static_cast<std::int32_t>(std::min(std::max((x - t.origin) * t.factor, 0.0F), static_cast<float>(t.buckets - 1)));
}

} // namespace

Thresholds::Thresholds(std::vector<float> thresholds, bool odd) : thresholds_(std::move(thresholds)), count_(thresholds_.size()), odd_(odd) {
  if (count_ > (odd ? 127U : 255U) || !std::is_sorted(thresholds_.begin(), thresholds_.end()))
    throw UsageError("bad_value", std::to_string(count_) + " thresholds; at most " + (odd ? "127" : "255") + " in rising order are possible");
  if (count_ > counted) make_index();
}

void Thresholds::make_index() {
  index_ = {.buckets = most_buckets, .odd = odd_, .first = magnitude_of(thresholds_.front()), .origin = thresholds_.front()};
  if (odd_) {
    const std::int32_t span = magnitude_of(thresholds_.back()) - index_.first;
    while ((span >> index_.shift) >= most_buckets) ++index_.shift;
    index_.buckets = (span >> index_.shift) + 1;
  } else if (const float width = thresholds_.back() - thresholds_.front(); width > 0.0F) {
    index_.factor = std::min(static_cast<float>(most_buckets - 1) / width, std::numeric_limits<float>::max());
  }
  std::vector<int> here(static_cast<std::size_t>(index_.buckets), 0);
  for (const float t : thresholds_) ++here[static_cast<std::size_t>(bucket_of(t, index_))];
  index_.steps = *std::max_element(here.begin(), here.end());
  if (index_.steps > most_steps) {
    index_ = {};
    return;
  }
  int reached = 0;
  for (const int h : here) {
    before_.push_back(static_cast<std::uint8_t>(reached));
    reached += h;
  }
  thresholds_.insert(thresholds_.end(), static_cast<std::size_t>(index_.steps), std::numeric_limits<float>::infinity());
}

std::uint32_t Thresholds::encode(std::span<const float> x, std::int8_t base, std::span<std::int8_t> code) const {
  if (index_.buckets > 0) {
    ThresholdIndex index = index_; // the pointers are made here: a copy of this object has its own arrays
    index.before = before_.data();
    index.thresholds = thresholds_.data();
    return kernels().encode_indexed(x.data(), x.size(), index, base, code.data());
  }
  if (count_ <= counted) {
    const int n = static_cast<int>(count_);
    return odd_ ? kernels().encode_odd(x.data(), x.size(), thresholds_.data(), n, code.data())
                : kernels().encode_levels(x.data(), x.size(), thresholds_.data(), n, base, code.data());
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float v = odd_ ? std::bit_cast<float>(magnitude_of(x[i])) : x[i];
    const auto q = static_cast<std::int32_t>(std::upper_bound(thresholds_.begin(), thresholds_.end(), v) - thresholds_.begin());
    code[i] = static_cast<std::int8_t>(odd_ ? (x[i] < 0.0F ? -q : q) : q + base);
  }
  return kernels().magnitude(x.data(), x.size());
}

} // namespace ansatz::quant
