// SPDX-License-Identifier: Apache-2.0
// Bodies of tile.hpp. Included once per instruction set by tile_<isa>.cpp, which defines ANSATZ_TILE_NAMESPACE, the products and the conversion of
// int32
// lanes, and is compiled with its own -m flags. Nothing of the standard library is instantiated with wider instructions. What has no intrinsics here
// is
// left to the compiler's vectoriser; it may not fuse or reorder.
#include <ansatz/quant/kernels/tile.hpp>

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

constexpr int widest = 32; ///< columns
constexpr int tallest = 12;

/// F of one tile. \param f  [R][V lanes]
template <class Op, int R, int V>
inline void accumulate(const Tile& t, float* f) {
  using Sum = typename Op::Sum;
  constexpr int width = V * lanes;
  Sum sum[static_cast<unsigned>(R)][static_cast<unsigned>(V)];
  for (int v = 0; v < V; ++v) {
    const Sum first = t.start == nullptr ? Op::nothing() : Op::start(t.start + v * lanes);
    for (int r = 0; r < R; ++r) sum[r][v] = first;
  }
  const std::uint32_t* b = t.b;
  bool fresh = true;
  for (const Run* run = t.runs; run != t.runs + t.run_count; ++run) {
    const unsigned char* a = static_cast<const unsigned char*>(t.a) + run->offset;
    for (std::int32_t w = 0; w < run->words; ++w, a += 4, b += width) {
      typename Op::Weights weights[static_cast<unsigned>(V)];
      for (int v = 0; v < V; ++v) weights[v] = Op::weights(b + v * lanes);
#pragma GCC unroll 12
      for (int r = 0; r < R; ++r) {
        const typename Op::Activation word = Op::activation(a + r * t.a_stride);
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) sum[r][v] = Op::add_product(sum[r][v], word, weights[v]);
      }
    }
    if constexpr (Op::integer)
      if (run->cuts != 0 && t.epilogue.code != Code::int32) {
#pragma GCC unroll 12
        for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
          for (int v = 0; v < V; ++v) {
            Op::flush(sum[r][v], fresh, f + r * width + v * lanes);
            sum[r][v] = Op::nothing();
          }
        fresh = false;
      }
  }
  if (!Op::integer || t.epilogue.code == Code::int32)
    for (int r = 0; r < R; ++r)
      for (int v = 0; v < V; ++v) Op::store(f + r * width + v * lanes, sum[r][v]);
}

inline float from_bf16(std::uint16_t word) { return __builtin_bit_cast(float, static_cast<std::uint32_t>(word) << 16); }

/// Nearest even; what would be subnormal is 0. No NaN reaches it.
inline std::uint16_t bf16_of(float x) {
  const auto bits = __builtin_bit_cast(std::uint32_t, x);
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  const std::uint32_t rounded = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
  return static_cast<std::uint16_t>(magnitude < 0x00800000U ? (bits >> 16) & 0x8000U : rounded);
}

template <int width>
inline void skip_row(const Epilogue& e, const void* skip, int columns, float* y) {
  float other[widest] = {};
  if (e.skip_code == Code::int16)
    for (int j = 0; j < columns; ++j) other[j] = static_cast<float>(static_cast<const std::int16_t*>(skip)[j]);
  else if (e.skip_code == Code::bf16)
    for (int j = 0; j < columns; ++j) other[j] = from_bf16(static_cast<const std::uint16_t*>(skip)[j]);
  else
    for (int j = 0; j < columns; ++j) other[j] = static_cast<const float*>(skip)[j];
  for (int j = 0; j < width; ++j) y[j] = __builtin_fmaf(other[j], e.skip_scale, y[j]);
}

template <int width>
inline void store_row(const Epilogue& e, const float* y, int columns, void* to) {
  if (e.code == Code::f32) {
    for (int j = 0; j < columns; ++j) static_cast<float*>(to)[j] = y[j];
    return;
  }
  if (e.code == Code::bf16) {
    for (int j = 0; j < columns; ++j) static_cast<std::uint16_t*>(to)[j] = bf16_of(y[j]);
    return;
  }
  std::int32_t q[static_cast<unsigned>(width)];
  for (int j = 0; j < width; ++j) {
    float v = e.inverse ? y[j] * e.step : y[j] / e.step;
    v = __builtin_rintf(v) + static_cast<float>(e.zero);
    v = v > e.low ? v : e.low;
    v = v < e.high ? v : e.high;
    q[j] = static_cast<std::int32_t>(v);
  }
  if (e.code == Code::int16)
    for (int j = 0; j < columns; ++j) static_cast<std::int16_t*>(to)[j] = static_cast<std::int16_t>(q[j]);
  else
    for (int j = 0; j < columns; ++j) static_cast<std::uint8_t*>(to)[j] = static_cast<std::uint8_t>(q[j]);
}

/// \param columns  those of the panel that exist; in full panels a constant after inlining
template <int width>
inline void finish(const Tile& t, int rows, int columns, const float* f) {
  const Epilogue& e = t.epilogue;
  auto* to = static_cast<unsigned char*>(t.y);
  if (e.code == Code::int32) {
    for (int r = 0; r < rows; ++r, to += t.y_stride)
      for (int j = 0; j < columns; ++j) reinterpret_cast<std::int32_t*>(to)[j] = __builtin_bit_cast(std::int32_t, f[r * width + j]);
    return;
  }
  const auto* skip = static_cast<const unsigned char*>(e.skip);
  float largest[static_cast<unsigned>(width)] = {};
  for (int r = 0; r < rows; ++r, to += t.y_stride) {
    float y[static_cast<unsigned>(width)];
    for (int j = 0; j < width; ++j) y[j] = __builtin_fmaf(f[r * width + j], e.scale[j], e.bias[j]);
    if (e.relu)
      for (int j = 0; j < width; ++j) y[j] = y[j] > 0.0F ? y[j] : 0.0F;
    if (skip != nullptr) skip_row<width>(e, skip + r * e.skip_stride, columns, y);
    for (int j = 0; j < width; ++j) {
      const float size = __builtin_fabsf(y[j]);
      largest[j] = size > largest[j] ? size : largest[j];
    }
    store_row<width>(e, y, columns, to);
  }
  for (int j = 0; j < columns; ++j) *t.largest = largest[j] > *t.largest ? largest[j] : *t.largest;
}

template <class Op, int V, int R>
inline void of_rows(const Tile& t, int rows, float* f) {
  if (rows == R)
    accumulate<Op, R, V>(t, f);
  else if constexpr (R > 1)
    of_rows<Op, V, R - 1>(t, rows, f);
}

template <class Op, int V, int R>
void run(const Tile& t, int rows) {
  constexpr int width = V * lanes;
  static_assert(R <= tallest && width <= widest);
  alignas(64) float f[static_cast<unsigned>(R * width)];
  [[maybe_unused]] const typename Op::Mode mode{};
  of_rows<Op, V, R>(t, rows, f);
  if (t.columns == width)
    finish<width>(t, rows, width, f);
  else
    finish<width>(t, rows, t.columns, f);
}

float largest_magnitude(const float* x, std::int64_t n) {
  std::uint32_t most = 0; // as integers: NaN stays, and the vectoriser may reorder
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint32_t word = __builtin_bit_cast(std::uint32_t, x[i]) & 0x7FFFFFFFU;
    most = word > most ? word : most;
  }
  return __builtin_bit_cast(float, most);
}

void to_int16(const float* x, std::int64_t n, float factor, float limit, std::int16_t* q) {
  for (std::int64_t i = 0; i < n; ++i) {
    float v = x[i] * factor;
    v = v > -limit ? v : -limit;
    v = v < limit ? v : limit;
    q[i] = static_cast<std::int16_t>(static_cast<std::int32_t>(__builtin_rintf(v)));
  }
}

void to_u8(const float* x, std::int64_t n, float step, int zero, std::uint8_t* q) {
  for (std::int64_t i = 0; i < n; ++i) {
    float v = __builtin_rintf(x[i] / step) + static_cast<float>(zero);
    v = v > 0.0F ? v : 0.0F;
    v = v < 255.0F ? v : 255.0F;
    q[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(v));
  }
}

void to_bf16(const float* x, std::int64_t n, std::uint16_t* q) {
  for (std::int64_t i = 0; i < n; ++i) q[i] = bf16_of(x[i]);
}

constexpr EncodeTable encode_table{largest_magnitude, to_int16, to_u8, to_bf16};

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE
