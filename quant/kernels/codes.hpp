// SPDX-License-Identifier: Apache-2.0
/// Activations as codes: voxels of a grid with their channels side by side, inside a rim of zeros where a convolution will look beyond the grid. The
/// rows
/// of a matrix are a grid of one row without a rim.
///   order [z + 2 rim][y + 2 rim][x + 2 rim][channels], channels filled up with zeros to whole 32-bit words
/// A code q stands for step (q - zero); float32 and bfloat16 stand for themselves.
/// Codes of 8 bits may lie in int16, then with `zero` taken off: what kernels without an 8-bit product read (PackedWeights::operand).
/// Errors: UsageError for values that are NaN or infinite, with the index, for another number of values, for a step that is not positive.
/// Cost: one pass over the values to find the largest and check them, one to convert.  Threads: values.
#pragma once

#include <ansatz/data/aligned.hpp>
#include <ansatz/quant/kernels/kernel_table.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace ansatz::quant {

struct Grid {
  std::int64_t z = 1;
  std::int64_t y = 1;
  std::int64_t x = 1;
  [[nodiscard]] std::int64_t voxels() const noexcept { return z * y * x; }
  friend bool operator==(const Grid&, const Grid&) = default;
};

/// Neighbours that an output looks at.
enum class Window : int {
  point = 1,  ///< the voxel itself: a matrix product
  square = 9, ///< 3 x 3 in y and x
  cube = 27,  ///< 3 x 3 x 3
};

class Codes {
public:
  /// \param code    int16, u8, bf16 or f32
  /// \param window  the widest that will look at it: decides the rim
  /// \param zero    u8: the code that stands for 0, which fills the rim
  Codes(Code code, const Grid& grid, std::int64_t channels, Window window, int zero = 0);

  [[nodiscard]] Code code() const noexcept { return code_; }
  [[nodiscard]] const Grid& grid() const noexcept { return grid_; }
  [[nodiscard]] std::int64_t channels() const noexcept { return channels_; }
  [[nodiscard]] Window window() const noexcept { return window_; }
  [[nodiscard]] int zero() const noexcept { return zero_; }
  [[nodiscard]] std::int64_t voxel_bytes() const noexcept { return voxel_; }
  [[nodiscard]] std::int64_t row_bytes() const noexcept { return row_; }
  [[nodiscard]] std::int64_t plane_bytes() const noexcept { return plane_; }
  /// First voxel of a row of the grid.
  [[nodiscard]] const std::byte* row(std::int64_t k, std::int64_t j) const noexcept { return bytes_.data() + place(k, j); }
  [[nodiscard]] std::byte* row(std::int64_t k, std::int64_t j) noexcept { return bytes_.data() + place(k, j); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.size(); }

  double step = 1.0;                       ///< a power of two where the format says so
  std::int64_t most = 32767;               ///< no |q - zero| is above it
  std::uint32_t least_word = 1;            ///< f32: smallest magnitude apart from 0, as a word
  std::uint32_t largest_word = 0x7F7FFFFF; ///< f32: largest magnitude
  bool has_zeros = true;                   ///< f32: on the grid

private:
  [[nodiscard]] std::int64_t place(std::int64_t k, std::int64_t j) const noexcept {
    return (k + rim_z_) * plane_ + (j + rim_) * row_ + rim_ * voxel_;
  }

  Code code_;
  Grid grid_;
  std::int64_t channels_;
  Window window_;
  int zero_;
  std::int64_t rim_, rim_z_;
  std::int64_t voxel_, row_, plane_;
  AlignedVector<std::byte> bytes_;
};

/// Largest magnitude of finite values.
[[nodiscard]] float largest_magnitude(const KernelTable& table, std::span<const float> x);

/// 2^E with E = floor(log2 largest) - 14 + headroom, at least 2^-126: the step of dynamic fixed point with codes up to 2^(15-headroom) - 1.
[[nodiscard]] double dfp_step(float largest, int headroom);

/// Values [voxel][channel] as dynamic fixed point; sets step and most. |error| <= 2^(headroom-15) max|x| for values above 2^-112.
void encode_dfp16(const KernelTable& table, std::span<const float> x, int headroom, Codes& codes);
/// As unsigned codes of 8 bits with a given step and codes.zero(), q = clamp(RNE(x / step) + zero, 0, 255), in u8 or in int16.
void encode_u8(const KernelTable& table, std::span<const float> x, double step, Codes& codes);
/// As bfloat16, nearest even.
void encode_bf16(const KernelTable& table, std::span<const float> x, Codes& codes);
/// As float32 for L-Mul; subnormal values become 0.
void encode_f32(const KernelTable& table, std::span<const float> x, Codes& codes);
/// Squares of power codes with exponent 1/2 on [0, clip]: q = RNE(15 sqrt(min(x, clip) / clip)), stored q^2 with step clip / 225. Negative values
/// become 0.
void encode_power4(const KernelTable& table, std::span<const float> x, float clip, Codes& codes);
/// The same with 8 bits and sign: q = RNE(127 sqrt(min(|x|, clip) / clip)), stored sgn(x) q^2 in int16 with step clip / 16129.
void encode_power8(const KernelTable& table, std::span<const float> x, float clip, Codes& codes);

} // namespace ansatz::quant
