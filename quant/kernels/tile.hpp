// SPDX-License-Identifier: Apache-2.0
/// Inner loops of the low-precision products, one table per instruction set. A tile is some rows of activations times one panel of 16 (or 32) columns
/// of weights:
///   F[r][j] = sum over the words k of the runs of  a[r][k] . b[k][j],   y = relu(F scale[j] + bias[j]) + skip_scale skip[r][j],   codes of y
/// A word is 32 bits: 4 values of 8 bits, 2 of 16 bits or one float32; "." is the product of `Product`. One word of a row is broadcast against the
/// words of
/// the panel, [word][column].
/// Chains: a run may end a chain; there the int32 sums S of the chain become F += float(S), rounded to nearest, and start again from 0. Sums wrap
/// modulo 2^32, so that only the value at the end of a chain has to fit (packed_weights.hpp proves it); nothing saturates.
/// Rounding: floating products are added in the order of the words; y is one fused multiply-add, the skip another.
/// Every instruction set gives equal bits.  Threads: no state.  The rounding mode must be to nearest.
#pragma once

#include <cstdint>

namespace ansatz::quant {

/// What one word of activations does with one word of weights.
enum class Product : int {
  pair16,       ///< 2 int16 x 2 int16 -> int32
  quad8,        ///< 4 uint8 x 4 int8 -> int32, any values
  quad8_proven, ///< the same where amax (|w_0| + |w_1|) <= 32767 holds for both pairs of each word
  lmul,         ///< L-Mul of float32, offset folded into the weights; no zeros, no underflow, no overflow
  lmul_masked,  ///< the same with zeros among the activations
  lmul_guarded, ///< any finite float32, offset not folded
  bf16,         ///< 2 bfloat16 x 2 bfloat16 -> float32: F = fma(a_0, b_0, fma(a_1, b_1, F)), subnormal operands and results are 0
  count
};

/// The constant of the carry form for float32 with l = 4: 127 2^23 - 2^19.
inline constexpr std::uint32_t lmul_offset = 0x3F780000;

/// Consecutive words of every row.
struct Run {
  std::int64_t offset; ///< bytes from the row's start
  std::int32_t words;  ///< how many
  std::int32_t cuts;   ///< 1: a chain ends behind it
};

enum class Code : int { f32, int16, u8, bf16, int32 };

/// From sums to codes. q = clamp(RNE(y / step) + zero, low, high); with `inverse` the step is a power of two and 1 / step is multiplied.
struct Epilogue {
  const float* scale = nullptr; ///< of each column of the panel
  const float* bias = nullptr;  ///< of each column
  bool relu = false;
  Code skip_code = Code::int16;
  const void* skip = nullptr;   ///< first row; null: none
  std::int64_t skip_stride = 0; ///< bytes from row to row
  float skip_scale = 1;
  Code code = Code::f32; ///< int32: F as it is; one chain
  float step = 1;
  bool inverse = false; ///< `step` holds 1 / step
  float low = 0, high = 0;
  std::int32_t zero = 0;
};

/// Lanes of the widest register.
inline constexpr int largest_lanes = 16;

struct Tile {
  const void* a;         ///< first row
  std::int64_t a_stride; ///< bytes from row to row
  std::int64_t prefetch; ///< bytes of the rows below to bring into the cache with every word
  const Run* runs;
  std::int64_t run_count;
  const std::uint32_t* b;    ///< panel, 64-byte aligned
  const std::int32_t* start; ///< what the first chain starts from, per column; null: 0
  Epilogue epilogue;
  void* y;               ///< first row
  std::int64_t y_stride; ///< bytes from row to row
  int columns;           ///< columns of the panel that exist
  float* largest;        ///< `largest_lanes` values, some of which become max(themselves, |y|)
};

struct TileKernel {
  int rows = 0; ///< most rows at once
  void (*run)(const Tile&, int rows) = nullptr;
  void (*peak)(std::int64_t steps) = nullptr; ///< the products of so many words, most rows and a panel on registers alone
};

/// Kernels for panels of `width` columns. Null where the instruction set has no fast form.
struct TileKernels {
  int width;
  TileKernel of[static_cast<int>(Product::count)];
  [[nodiscard]] const TileKernel& operator[](Product p) const { return of[static_cast<int>(p)]; }
};

/// Conversion of n values. Finite values are the caller's duty; `largest_magnitude` gives NaN or infinity if there is one.
struct EncodeTable {
  float (*largest_magnitude)(const float* x, std::int64_t n);
  /// clamp(RNE(x factor), -limit, limit); factor a power of two
  void (*to_int16)(const float* x, std::int64_t n, float factor, float limit, std::int16_t* q);
  /// clamp(RNE(x / step) + zero, 0, 255)
  void (*to_u8)(const float* x, std::int64_t n, float step, int zero, std::uint8_t* q);
  /// nearest even, subnormal values are 0
  void (*to_bf16)(const float* x, std::int64_t n, std::uint16_t* q);
  /// q^2, q = RNE(15 sqrt(clamp(x, 0, clip) / clip))
  void (*to_power4)(const float* x, std::int64_t n, float clip, std::uint8_t* q);
  /// sgn(x) q^2, q = RNE(127 sqrt(min(|x|, clip) / clip))
  void (*to_power8)(const float* x, std::int64_t n, float clip, std::int16_t* q);
  /// c |c| of the two codes c of 4 bits, stored as c + 8, of each of n bytes, as n / 2 words
  void (*decode_power4)(const std::uint8_t* pairs, std::int64_t n, std::uint32_t* words);
};

struct KernelTable {
  const char* name;
  TileKernels narrow;      ///< 16 columns
  const TileKernels* wide; ///< 32 columns; null: none
  EncodeTable encode;
  void (*f32_peak)(std::int64_t steps); ///< 12 fused multiply-adds a step, of `f32_lanes` lanes, on registers alone
  int f32_lanes;
};

} // namespace ansatz::quant
