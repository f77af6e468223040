// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/formats/dynamic_fixed_point.hpp>
#include <ansatz/quant/networks/integer_map.hpp>

#include <algorithm>
#include <cstring>
#include <span>

namespace ansatz::quant {

namespace {

template <class T>
void at_least(AlignedVector<T>& v, std::int64_t size) {
  if (v.size() < static_cast<std::size_t>(size)) v.resize(static_cast<std::size_t>(size));
}

} // namespace

void IntegerMap::encode(const learning::Patches& p, std::int64_t new_features, const float* x, int headroom) {
  images = p.images;
  rows = p.rows;
  columns = p.columns;
  features = new_features;
  reach = p.side / 2;
  const std::int64_t line = columns * features;
  const std::span<const float> all(x, static_cast<std::size_t>(p.places() * features));
  const float most = kernel_table(instruction_set()).encode.largest_magnitude(x, static_cast<std::int64_t>(all.size()));
  const auto format = DynamicFixedPoint<std::int16_t>::of(most, headroom);
  exponent = format.exponent;
  std::int16_t code = 0;
  format.encode({&most, 1}, {&code, 1});
  largest = code;
  // One position more than the last neighbour: sums over an odd number of places take one along.
  const std::int64_t size = (2 * origin() + images * image() + 2) * features;
  at_least(values, size);
  std::int16_t* to = values.data();
  if (reach == 0) {
    format.encode(all, {to, all.size()});
    std::fill(to + all.size(), to + size, std::int16_t{0});
    return;
  }
  to = std::fill_n(to, origin() * features, std::int16_t{0});
  for (std::int64_t n = 0; n < images; ++n) {
    for (std::int64_t row = 0; row < rows; ++row, x += line) {
      format.encode({x, static_cast<std::size_t>(line)}, {to, static_cast<std::size_t>(line)});
      to = std::fill_n(to + line, reach * features, std::int16_t{0});
    }
    to = std::fill_n(to, reach * width() * features, std::int16_t{0});
  }
  std::fill(to, values.data() + size, std::int16_t{0});
}

void PlacePairs::pack(const IntegerMap& x) {
  const std::int64_t panels = (x.features + panel_columns - 1) / panel_columns;
  pairs_ = (x.images * x.image() + 1) / 2 + x.origin();
  at_least(even_, panels * pairs_ * panel_columns);
  if (x.reach > 0) at_least(odd_, panels * pairs_ * panel_columns);
  const std::int16_t* from = x.values.data();
  for (std::int64_t p = 0; p < panels; ++p)
    for (std::int64_t k = 0; k < pairs_; ++k) {
      const std::int16_t* at = from + 2 * k * x.features + p * panel_columns;
      const std::int64_t used = x.features - p * panel_columns;
      pair_up(at, at + x.features, used, even_.data() + (p * pairs_ + k) * panel_columns);
      if (x.reach > 0) pair_up(at + x.features, at + 2 * x.features, used, odd_.data() + (p * pairs_ + k) * panel_columns);
    }
}

std::int64_t turn_places(const IntegerMap& y, AlignedVector<std::int16_t>& out) {
  const std::int64_t places = y.images * y.image();
  const std::int64_t even = (places + 1) / 2 * 2;
  at_least(out, even * y.features);
  const std::int16_t* from = y.values.data() + y.origin() * y.features;
  for (std::int64_t m = 0; m < even; m += 2, from += 2 * y.features)
    for (std::int64_t o = 0; o < y.features; ++o) {
      const std::int16_t pair[2] = {from[o], from[y.features + o]};
      std::memcpy(out.data() + o * even + m, pair, sizeof pair);
    }
  if (even != places)
    for (std::int64_t o = 0; o < y.features; ++o) out[static_cast<std::size_t>(o * even + places)] = 0;
  return even;
}

} // namespace ansatz::quant
