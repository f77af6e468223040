// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/networks/pair_products.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace ansatz::quant {

namespace {

constexpr std::array<float, panel_columns> zeros{};
constexpr std::int64_t most_sum = std::numeric_limits<std::int32_t>::max();

/// Ends of the chains of a panel, in words, ascending: no sum of magnitudes of a column over a chain exceeds most_sum / largest.
std::vector<std::int64_t> chain_ends(const std::uint32_t* words, std::int64_t pairs, std::int32_t largest) {
  const auto limit = static_cast<std::int32_t>(most_sum / std::max(largest, 1));
  std::vector<std::int64_t> ends;
  std::array<std::int32_t, panel_columns> sums{};
  for (std::int64_t k = 0; k < pairs; ++k, words += panel_columns) {
    std::array<std::int32_t, panel_columns> more{};
    std::int32_t peak = 0;
    for (std::size_t n = 0; n < panel_columns; ++n) {
      const auto low = static_cast<std::int32_t>(static_cast<std::int16_t>(words[n] & 0xFFFFU));
      const std::int32_t high = static_cast<std::int32_t>(words[n]) >> 16;
      more[n] = (low < 0 ? -low : low) + (high < 0 ? -high : high);
      sums[n] += more[n];
      peak = std::max(peak, sums[n]);
    }
    if (peak <= limit || k == 0) continue;
    ends.push_back(k);
    sums = more;
  }
  ends.push_back(pairs);
  return ends;
}

/// Words 0, 1, ... of a row, cut at the ends of chains and where a run of the row ends.
std::vector<Run> runs_of(const PairRows& shape, const std::vector<std::int64_t>& ends) {
  std::vector<Run> runs;
  std::int64_t word = 0;
  std::size_t chain = 0;
  for (std::int64_t r = 0; r < shape.runs; ++r)
    for (std::int64_t at = 0; at < shape.run_pairs;) {
      const std::int64_t count = std::min(shape.run_pairs - at, ends[chain] - word);
      word += count;
      const bool cuts = word == ends[chain];
      runs.push_back({2 * (r * shape.run_stride + 2 * at), static_cast<std::int32_t>(count), cuts ? 1 : 0});
      at += count;
      if (cuts) ++chain;
    }
  return runs;
}

} // namespace

std::uint32_t* PackedPairs::start(std::int64_t new_columns, std::int64_t new_pairs) {
  columns = new_columns;
  pairs = new_pairs;
  const auto size = static_cast<std::size_t>(panels() * pairs * panel_columns);
  if (words.size() < size) words.resize(size);
  return words.data();
}

void pack_columns(std::int64_t columns, std::int64_t terms, const std::int16_t* b, PackedPairs& packed) {
  std::uint32_t* out = packed.start(columns, terms / 2);
  for (std::int64_t first = 0; first < columns; first += panel_columns, out += terms / 2 * panel_columns)
    for (std::int64_t n = 0; n < panel_columns; ++n)
      if (first + n < columns)
        for (std::int64_t k = 0; k < terms / 2; ++k) std::memcpy(out + k * panel_columns + n, b + (first + n) * terms + 2 * k, sizeof *out);
      else
        for (std::int64_t k = 0; k < terms / 2; ++k) out[k * panel_columns + n] = 0;
}

void pair_up(const std::int16_t* even, const std::int16_t* odd, std::int64_t used, std::uint32_t* out) {
  const auto word = [&](std::int64_t n) {
    return static_cast<std::uint32_t>(static_cast<std::uint16_t>(even[n])) | static_cast<std::uint32_t>(static_cast<std::uint16_t>(odd[n])) << 16U;
  };
  if (used >= panel_columns)
    for (std::int64_t n = 0; n < panel_columns; ++n) out[n] = word(n);
  else
    for (std::int64_t n = 0; n < panel_columns; ++n) out[n] = n < used ? word(n) : 0U;
}

std::int64_t chain_pairs(std::int32_t a, std::int32_t b) {
  const std::int64_t product = std::max<std::int64_t>(std::int64_t{a} * b, 1);
  return std::max<std::int64_t>(most_sum / (2 * product), 1);
}

PairSweep::PairSweep(const PackedPairs& b, const PairRows& shape, std::int32_t largest, const KernelTable& table)
    : table_(table), b_(&b), shape_(shape), columns_(b.columns) {
  for (std::int64_t p = 0; p < b.panels(); ++p)
    runs_.push_back(runs_of(shape, chain_ends(b.words.data() + p * b.pairs * panel_columns, b.pairs, largest)));
}

PairSweep::PairSweep(std::int64_t columns, std::int64_t chain, const PairRows& shape, const KernelTable& table)
    : table_(table), shape_(shape), columns_(columns) {
  std::vector<std::int64_t> ends;
  const std::int64_t pairs = shape.runs * shape.run_pairs;
  for (std::int64_t end = std::min(chain, pairs); end < pairs; end += chain) ends.push_back(end);
  ends.push_back(pairs);
  runs_.push_back(runs_of(shape, ends));
}

void PairSweep::run(std::int64_t count, const std::int16_t* a, float scale, std::span<const float> bias, bool relu, float* y,
                    std::int64_t y_stride) const {
  std::array<float, panel_columns> scales{};
  scales.fill(scale);
  Tile tile{};
  tile.epilogue.scale = scales.data();
  tile.epilogue.relu = relu;
  for (std::int64_t p = 0; p < b_->panels(); ++p) {
    tile.b = b_->words.data() + p * b_->pairs * panel_columns;
    tile.runs = runs_[static_cast<std::size_t>(p)].data();
    tile.run_count = static_cast<std::int64_t>(runs_[static_cast<std::size_t>(p)].size());
    tile.columns = static_cast<int>(std::min(panel_columns, columns_ - p * panel_columns));
    tile.epilogue.bias = bias.empty() ? zeros.data() : bias.data() + p * panel_columns;
    rows(count, a, tile, y + p * panel_columns, y_stride, false);
  }
}

void PairSweep::add(std::int64_t count, const std::int16_t* a, const std::uint32_t* b, float scale, float* y, std::int64_t y_stride) const {
  std::array<float, panel_columns> scales{};
  scales.fill(scale);
  Tile tile{};
  tile.b = b;
  tile.runs = runs_[0].data();
  tile.run_count = static_cast<std::int64_t>(runs_[0].size());
  tile.columns = static_cast<int>(columns_);
  tile.epilogue.scale = scales.data();
  tile.epilogue.bias = zeros.data();
  tile.epilogue.skip_code = Code::f32;
  tile.epilogue.skip_stride = 4 * y_stride;
  rows(count, a, tile, y, y_stride, true);
}

void PairSweep::rows(std::int64_t count, const std::int16_t* a, Tile& tile, float* y, std::int64_t y_stride, bool add) const {
  alignas(64) std::array<float, panel_columns> unused{};
  tile.largest = unused.data();
  tile.a_stride = 2 * shape_.stride;
  tile.y_stride = 4 * y_stride;
  const TileKernel& kernel = table_.narrow[Product::pair16];
  for (std::int64_t first = 0; first < count; first += kernel.rows) {
    tile.a = a + first * shape_.stride;
    tile.y = y + first * y_stride;
    if (add) tile.epilogue.skip = tile.y;
    kernel.run(tile, static_cast<int>(std::min<std::int64_t>(kernel.rows, count - first)));
  }
}

} // namespace ansatz::quant
