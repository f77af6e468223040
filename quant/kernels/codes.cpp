// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/kernels/codes.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

namespace ansatz::quant {

namespace {

std::int64_t bytes_of(Code code) {
  if (code == Code::u8) return 1;
  return code == Code::f32 || code == Code::int32 ? 4 : 2;
}

void require_step(double step) {
  if (!(step > 0.0) || !std::isfinite(step)) throw UsageError("bad_value", "a step of " + std::to_string(step) + "; it must be positive and finite");
}

/// Calls convert(values, count, place of the first code) for runs of voxels; one run a row where the channels need no filling.
template <class Convert>
void each_row(std::span<const float> x, Codes& codes, Convert&& convert) {
  const Grid& g = codes.grid();
  const std::int64_t channels = codes.channels();
  if (static_cast<std::int64_t>(x.size()) != g.voxels() * channels)
    throw UsageError("bad_value", std::to_string(x.size()) + " values for " + std::to_string(g.voxels()) + " voxels of " + std::to_string(channels) +
                                      " channels; give one value a voxel and channel");
  const float* from = x.data();
  const bool dense = codes.voxel_bytes() == channels * bytes_of(codes.code());
  for (std::int64_t k = 0; k < g.z; ++k)
    for (std::int64_t j = 0; j < g.y; ++j) {
      std::byte* to = codes.row(k, j);
      if (dense) {
        convert(from, g.x * channels, to);
        from += g.x * channels;
      } else {
        for (std::int64_t i = 0; i < g.x; ++i, from += channels, to += codes.voxel_bytes()) convert(from, channels, to);
      }
    }
}

void require_code(const Codes& codes, Code wanted, Code or_this) {
  if (codes.code() != wanted && codes.code() != or_this)
    throw UsageError("bad_value", "these codes have another type than the format; ask PackedWeights::operand for the right one");
}

} // namespace

Codes::Codes(Code code, const Grid& grid, std::int64_t channels, Window window, int zero)
    : code_(code), grid_(grid), channels_(channels), window_(window), zero_(zero), rim_(window == Window::point ? 0 : 1),
      rim_z_(window == Window::cube ? 1 : 0) {
  if (std::min({grid.z, grid.y, grid.x, channels}) < 1)
    throw UsageError("bad_value", "a grid of " + std::to_string(grid.z) + " x " + std::to_string(grid.y) + " x " + std::to_string(grid.x) + " with " +
                                      std::to_string(channels) + " channels; all must be positive");
  voxel_ = (channels * bytes_of(code) + 3) / 4 * 4;
  if (window == Window::point && voxel_ % 1024 == 0) voxel_ += 64; // rows of a tile would share the sets of the cache
  row_ = (grid.x + 2 * rim_) * voxel_;
  plane_ = (grid.y + 2 * rim_) * row_;
  bytes_.resize(static_cast<std::size_t>((grid.z + 2 * rim_z_) * plane_), code == Code::u8 ? static_cast<std::byte>(zero) : std::byte{0});
}

float largest_magnitude(const KernelTable& table, std::span<const float> x) {
  const float largest = table.encode.largest_magnitude(x.data(), static_cast<std::int64_t>(x.size()));
  if (std::isfinite(largest)) return largest;
  const auto bad = std::find_if(x.begin(), x.end(), [](float v) { return !std::isfinite(v); });
  throw UsageError("bad_value", "value " + std::to_string(bad - x.begin()) + " is " + std::to_string(*bad) + "; codes need finite values");
}

double dfp_step(float largest, int headroom) {
  if (headroom < 0 || headroom > 14) throw UsageError("bad_value", "a headroom of " + std::to_string(headroom) + " bits; it must lie in 0..14");
  const int exponent = largest == 0.0F ? -126 : std::max(-126, std::ilogb(largest) - 14 + headroom);
  return std::ldexp(1.0, exponent);
}

void encode_dfp16(const KernelTable& table, std::span<const float> x, int headroom, Codes& codes) {
  require_code(codes, Code::int16, Code::int16);
  codes.step = dfp_step(largest_magnitude(table, x), headroom);
  codes.most = (1 << (15 - headroom)) - 1;
  const auto factor = static_cast<float>(1.0 / codes.step);
  const auto limit = static_cast<float>(codes.most);
  each_row(x, codes, [&](const float* from, std::int64_t n, std::byte* to) {
    table.encode.to_int16(from, n, factor, limit, reinterpret_cast<std::int16_t*>(to));
  });
}

void encode_u8(const KernelTable& table, std::span<const float> x, double step, Codes& codes) {
  require_code(codes, Code::u8, Code::int16);
  require_step(step);
  static_cast<void>(largest_magnitude(table, x));
  codes.step = step;
  codes.most = std::max(codes.zero(), 255 - codes.zero());
  std::vector<std::uint8_t> row;
  each_row(x, codes, [&](const float* from, std::int64_t n, std::byte* to) {
    if (codes.code() == Code::u8) {
      table.encode.to_u8(from, n, static_cast<float>(step), codes.zero(), reinterpret_cast<std::uint8_t*>(to));
      return;
    }
    row.resize(static_cast<std::size_t>(n));
    table.encode.to_u8(from, n, static_cast<float>(step), codes.zero(), row.data());
    auto* wide = reinterpret_cast<std::int16_t*>(to);
    for (std::int64_t i = 0; i < n; ++i) wide[i] = static_cast<std::int16_t>(row[static_cast<std::size_t>(i)] - codes.zero());
  });
}

void encode_bf16(const KernelTable& table, std::span<const float> x, Codes& codes) {
  require_code(codes, Code::bf16, Code::bf16);
  static_cast<void>(largest_magnitude(table, x));
  each_row(x, codes, [&](const float* from, std::int64_t n, std::byte* to) { table.encode.to_bf16(from, n, reinterpret_cast<std::uint16_t*>(to)); });
}

void encode_f32(const KernelTable& table, std::span<const float> x, Codes& codes) {
  require_code(codes, Code::f32, Code::f32);
  static_cast<void>(largest_magnitude(table, x));
  std::uint32_t least = 0x7F800000;
  std::uint32_t largest = 0;
  bool zeros = false;
  each_row(x, codes, [&](const float* from, std::int64_t n, std::byte* to) {
    for (std::int64_t i = 0; i < n; ++i) {
      std::uint32_t word = 0;
      std::memcpy(&word, from + i, sizeof word);
      const std::uint32_t magnitude = word & 0x7FFFFFFFU;
      const bool is_zero = magnitude < 0x00800000U;
      if (is_zero) word = 0;
      zeros = zeros || is_zero;
      if (!is_zero) least = std::min(least, magnitude);
      largest = std::max(largest, magnitude);
      std::memcpy(to + 4 * i, &word, sizeof word);
    }
  });
  codes.least_word = least;
  codes.largest_word = largest;
  codes.has_zeros = zeros;
}

void encode_power4(const KernelTable& table, std::span<const float> x, float clip, Codes& codes) {
  require_code(codes, Code::u8, Code::u8);
  require_step(static_cast<double>(clip));
  static_cast<void>(largest_magnitude(table, x));
  codes.step = static_cast<double>(clip) / 225.0;
  codes.most = 225;
  each_row(x, codes,
           [&](const float* from, std::int64_t n, std::byte* to) { table.encode.to_power4(from, n, clip, reinterpret_cast<std::uint8_t*>(to)); });
}

void encode_power8(const KernelTable& table, std::span<const float> x, float clip, Codes& codes) {
  require_code(codes, Code::int16, Code::int16);
  require_step(static_cast<double>(clip));
  static_cast<void>(largest_magnitude(table, x));
  codes.step = static_cast<double>(clip) / 16129.0;
  codes.most = 16129;
  each_row(x, codes,
           [&](const float* from, std::int64_t n, std::byte* to) { table.encode.to_power8(from, n, clip, reinterpret_cast<std::int16_t*>(to)); });
}

} // namespace ansatz::quant
