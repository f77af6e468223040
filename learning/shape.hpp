// SPDX-License-Identifier: Apache-2.0
/// Extents of the values a network works on: a batch of channels on a voxel grid, and how they lie in memory.
///   order [batch][channels / b][z][y][x][b], x fastest but for the b channels of a block; b = 8 if 8 divides the channels, else 1.
/// So one channel is the plain grid, and kernels load 8 channels of a voxel as one vector (oneDNN calls the two ncdhw and nCdhw8c).
/// Errors: `require` refuses extents below 1 and more than 2^40 values.
/// Threads: values, free to copy.
#pragma once

#include <ansatz/data/error.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace ansatz::learning {

/// Channels stored side by side.
inline constexpr std::int64_t lanes = 8;

struct Shape {
  std::int64_t batch = 1;
  std::int64_t channels = 1;
  std::int64_t z = 1;
  std::int64_t y = 1;
  std::int64_t x = 1;

  [[nodiscard]] std::int64_t voxels() const noexcept { return z * y * x; }
  [[nodiscard]] std::int64_t size() const noexcept { return batch * channels * voxels(); }
  [[nodiscard]] std::int64_t block() const noexcept { return channels % lanes == 0 ? lanes : 1; }
  [[nodiscard]] Shape with_channels(std::int64_t c) const noexcept { return {batch, c, z, y, x}; }
  /// Place of a value in memory.
  [[nodiscard]] std::int64_t index(std::int64_t n, std::int64_t c, std::int64_t k, std::int64_t j, std::int64_t i) const noexcept {
    const std::int64_t b = block();
    return ((((n * (channels / b) + c / b) * z + k) * y + j) * x + i) * b + c % b;
  }
  friend bool operator==(const Shape&, const Shape&) = default;
};

[[nodiscard]] inline std::string to_string(const Shape& s) {
  return std::to_string(s.batch) + " x " + std::to_string(s.channels) + " channels x " + std::to_string(s.z) + " x " + std::to_string(s.y) + " x " +
         std::to_string(s.x);
}

/// UsageError naming the shape unless all extents are positive and the number of values is below 2^40.
inline void require(const Shape& s) {
  std::int64_t left = std::int64_t{1} << 40;
  for (const std::int64_t extent : {s.batch, s.channels, s.z, s.y, s.x}) {
    left = extent < 1 ? 0 : left / extent;
    if (left == 0) throw UsageError("bad_value", "shape " + to_string(s) + ": extents must be positive, with fewer than 2^40 values in all");
  }
}

} // namespace ansatz::learning
