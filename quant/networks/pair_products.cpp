// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/networks/pair_products.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <vector>

namespace ansatz::quant {

namespace {

std::uint32_t* start(std::int64_t columns, std::int64_t terms, PackedPairs& packed) {
  packed.columns = columns;
  packed.pairs = terms / 2;
  packed.words.resize(static_cast<std::size_t>(packed.panels() * packed.pairs * panel_columns));
  return packed.words.data();
}

/// The first value lies in the low half, first in memory.
constexpr std::uint32_t word(std::int16_t low, std::int16_t high) {
  return static_cast<std::uint32_t>(static_cast<std::uint16_t>(low)) | static_cast<std::uint32_t>(static_cast<std::uint16_t>(high)) << 16U;
}

} // namespace

std::int32_t largest_magnitude(std::span<const std::int16_t> values) {
  std::int32_t most = 0;
  for (const std::int16_t v : values) most = std::max(most, std::abs(static_cast<std::int32_t>(v)));
  return most;
}

void pack_columns(std::int64_t columns, std::int64_t terms, const std::int16_t* b, PackedPairs& packed) {
  std::uint32_t* out = start(columns, terms, packed);
  for (std::int64_t first = 0; first < columns; first += panel_columns)
    for (std::int64_t k = 0; k < terms; k += 2)
      for (std::int64_t n = first; n < first + panel_columns; ++n) *out++ = n < columns ? word(b[n * terms + k], b[n * terms + k + 1]) : 0U;
  packed.largest = largest_magnitude({b, static_cast<std::size_t>(columns * terms)});
}

void pack_terms(std::int64_t terms, std::int64_t columns, const std::int16_t* b, PackedPairs& packed) {
  std::uint32_t* out = start(columns, terms, packed);
  for (std::int64_t first = 0; first < columns; first += panel_columns) {
    const std::int64_t used = std::min(panel_columns, columns - first);
    for (std::int64_t k = 0; k < terms; k += 2, out += panel_columns) {
      const std::int16_t* even = b + k * columns + first;
      const std::int16_t* odd = even + columns;
      for (std::int64_t n = 0; n < used; ++n) out[n] = word(even[n], odd[n]);
      std::fill(out + used, out + panel_columns, 0U);
    }
  }
  packed.largest = largest_magnitude({b, static_cast<std::size_t>(columns * terms)});
}

std::int64_t chain_pairs(std::int32_t a, std::int32_t b) {
  const std::int64_t product = std::max<std::int64_t>(std::int64_t{a} * b, 1);
  return std::max<std::int64_t>(std::numeric_limits<std::int32_t>::max() / (2 * product), 1);
}

void multiply_pairs(std::int64_t rows, const std::int16_t* a, std::int32_t largest, const PackedPairs& b, float scale, float* y,
                    const KernelTable& table) {
  const std::int64_t chain = chain_pairs(largest, b.largest);
  std::vector<Run> runs;
  for (std::int64_t first = 0; first < b.pairs; first += chain)
    runs.push_back({4 * first, static_cast<std::int32_t>(std::min(chain, b.pairs - first)), 1});
  std::array<float, panel_columns> scales{};
  std::array<float, panel_columns> zeros{};
  scales.fill(scale);
  std::array<float, largest_lanes> unused{};
  const TileKernel& kernel = table.narrow[Product::pair16];
  for (std::int64_t first = 0; first < rows; first += kernel.rows)
    for (std::int64_t panel = 0; panel < b.panels(); ++panel) {
      Tile tile{};
      tile.a = a + first * b.pairs * 2;
      tile.a_stride = 4 * b.pairs;
      tile.runs = runs.data();
      tile.run_count = static_cast<std::int64_t>(runs.size());
      tile.b = b.words.data() + panel * b.pairs * panel_columns;
      tile.epilogue.scale = scales.data();
      tile.epilogue.bias = zeros.data();
      tile.y = y + first * b.columns + panel * panel_columns;
      tile.y_stride = 4 * b.columns;
      tile.columns = static_cast<int>(std::min(panel_columns, b.columns - panel * panel_columns));
      tile.largest = unused.data();
      kernel.run(tile, static_cast<int>(std::min<std::int64_t>(kernel.rows, rows - first)));
    }
}

} // namespace ansatz::quant
