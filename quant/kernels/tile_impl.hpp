// SPDX-License-Identifier: Apache-2.0
// Bodies of tile.hpp. Included once per instruction set by tile_<isa>.cpp, which is compiled with its own -m flags, after lanes_impl.hpp and what the
// set adds to it. Nothing of the standard library is instantiated with wider instructions. Nothing is fused or reordered by the compiler.
#include <ansatz/quant/kernels/tile.hpp>

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

/// Sums in int32, modulo 2^32.
template <Words (*product)(const Words&, const Words&, const Words&)>
struct Integers {
  static constexpr bool integer = true;
  using Mode = NoMode;
  using Sum = Words;
  using Operand = Words;
  static Words operand(const Words& v) { return v; }
  static Words add_product(const Words& s, const Words& a, const Words& w) { return product(s, a, w); }
};

/// Sums in float32.
struct Floats {
  static constexpr bool integer = false;
  using Mode = NoMode;
  using Sum = Reals;
  using Operand = Words;
  static Words operand(const Words& v) { return v; }
};

struct LMul : Floats {
  static Reals add_product(const Reals& s, const Words& a, const Words& w) { return s + as<Reals>(a + w); }
};

struct LMulMasked : Floats {
  static Reals add_product(const Reals& s, const Words& a, const Words& w) { return s + as<Reals>(a == 0U ? Words{} : a + w); }
};

struct LMulGuarded : Floats {
  struct Operand {
    Words sign, magnitude;
  };
  static Operand operand(const Words& v) {
    const Words magnitude = v & 0x7FFFFFFFU;
    return {v ^ magnitude, magnitude};
  }
  static Reals add_product(const Reals& s, const Operand& a, const Operand& w) {
    constexpr std::uint32_t least = 0x00800000U;
    constexpr std::uint32_t infinity = lmul_offset + 0x7F800000U;
    const Words sum = a.magnitude + w.magnitude;
    const Words most = sum > infinity ? Words{} + infinity : sum;
    const auto kept = as<Words>(sum >= lmul_offset + least) & as<Words>(a.magnitude >= least) & as<Words>(w.magnitude >= least);
    return s + as<Reals>(((most - lmul_offset) & kept) | (a.sign ^ w.sign));
  }
};

struct Bf16 : Floats {
  using Mode = FlushMode;
  struct Operand {
    Reals even, odd;
  };
  static Operand operand(Words v) {
    hide(v); // or the word of the activations is split before it is broadcast, which costs two broadcasts from integer registers
    return {flushed(as<Reals>(v << 16)), flushed(as<Reals>(v & 0xFFFF0000U))};
  }
  static Reals add_product(const Reals& s, const Operand& a, const Operand& w) {
    return flushed(fused(a.even, w.even, flushed(fused(a.odd, w.odd, s))));
  }
};

struct Fma : Floats {
  static Reals add_product(const Reals& s, const Words& a, const Words& w) { return fused(as<Reals>(a), as<Reals>(w), s); }
};

/// F of one tile. \param f  [R][V lanes]
template <class Op, int R, int V>
inline void accumulate(const Tile& t, float* f) {
  constexpr int width = V * lanes;
  typename Op::Sum sum[static_cast<unsigned>(R)][static_cast<unsigned>(V)];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    typename Op::Sum first{};
    if constexpr (Op::integer)
      if (t.start != nullptr) first = load<Words>(t.start + v * lanes);
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) sum[r][v] = first;
  }
  const std::uint32_t* b = t.b;
  const char* below = static_cast<const char*>(t.a) + R * t.a_stride;
  bool fresh = true;
  for (const Run* run = t.runs; run != t.runs + t.run_count; ++run) {
    const unsigned char* a = static_cast<const unsigned char*>(t.a) + run->offset;
    for (std::int32_t w = 0; w < run->words; ++w, a += 4, b += width, below += t.prefetch) {
      __builtin_prefetch(below);
      typename Op::Operand weights[static_cast<unsigned>(V)];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) weights[v] = Op::operand(load<Words>(b + v * lanes));
#pragma GCC unroll 12
      for (int r = 0; r < R; ++r) {
        const typename Op::Operand word = Op::operand(broadcast(a + r * t.a_stride));
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) sum[r][v] = Op::add_product(sum[r][v], word, weights[v]);
      }
    }
    if constexpr (Op::integer)
      if (run->cuts != 0 && t.epilogue.code != Code::int32) {
#pragma GCC unroll 12
        for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
          for (int v = 0; v < V; ++v) {
            float* to = f + r * width + v * lanes;
            const Reals chain = to_reals(as<Ints>(sum[r][v]));
            store(to, fresh ? chain : load<Reals>(to) + chain);
            sum[r][v] = Words{};
          }
        fresh = false;
      }
  }
  if (!Op::integer || t.epilogue.code == Code::int32)
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) store(f + r * width + v * lanes, sum[r][v]);
}

/// Nearest even; what would be subnormal is 0. No NaN reaches it.
inline Words bf16_of(const Reals& x) {
  const Words bits = as<Words>(x);
  const Words rounded = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
  return (bits & 0x7FFFFFFFU) < 0x00800000U ? (bits >> 16) & 0x8000U : rounded;
}
inline Halves low_halves(const Words& v) { return to_halves(as<Ints>(v << 16) >> 16); }

inline Reals skip_of(Code code, const void* from) {
  if (code == Code::int16) return to_reals(__builtin_convertvector(load<Halves>(from), Ints));
  if (code == Code::bf16) return as<Reals>(as<Words>(__builtin_convertvector(load<Halves>(from), Ints)) << 16);
  return load<Reals>(from);
}

/// Codes of one register of columns.
inline void store_codes(const Epilogue& e, const Reals& y, void* to) {
  if (e.code == Code::f32) return store(to, y);
  if (e.code == Code::bf16) return store(to, low_halves(bf16_of(y)));
  const Reals low = all(e.low - static_cast<float>(e.zero));
  const Reals high = all(e.high - static_cast<float>(e.zero));
  const Reals step = all(e.step);
  Reals v = e.inverse ? y * step : y / step;
  v = v > low ? v : low;
  v = v < high ? v : high;
  const Ints q = nearest(v) + e.zero;
  if (e.code == Code::int16)
    store(to, to_halves(q));
  else
    store(to, to_bytes(q));
}

constexpr int code_bytes(Code code) { return code == Code::u8 ? 1 : code == Code::int16 || code == Code::bf16 ? 2 : 4; }

/// One register of columns of one row. \return |y|
inline Reals finish(const Epilogue& e, const float* f, int column, const void* skip, void* to) {
  Reals y = fused(load<Reals>(f), load<Reals>(e.scale + column), load<Reals>(e.bias + column));
  if (e.relu) y = y > Reals{} ? y : Reals{};
  if (skip != nullptr) y = fused(skip_of(e.skip_code, skip), all(e.skip_scale), y);
  store_codes(e, y, to);
  return as<Reals>(as<Words>(y) & 0x7FFFFFFFU);
}

/// The same where only `count` columns exist.
inline Reals finish_part(const Epilogue& e, const float* f, int column, const void* skip, void* to, int count) {
  float other[lanes] = {};
  float codes[lanes];
  if (skip != nullptr) std::memcpy(other, skip, static_cast<unsigned>(count * code_bytes(e.skip_code)));
  const Reals size = finish(e, f, column, skip != nullptr ? other : nullptr, codes);
  std::memcpy(to, codes, static_cast<unsigned>(count * code_bytes(e.code)));
  return size;
}

template <int V>
inline void finish_tile(const Tile& t, int rows, const float* f) {
  const Epilogue e = t.epilogue; // a copy, which no result can overwrite
  auto* to = static_cast<unsigned char*>(t.y);
  const auto* skip = static_cast<const unsigned char*>(e.skip);
  if (e.code == Code::int32) {
    for (int r = 0; r < rows; ++r, to += t.y_stride) std::memcpy(to, f + r * V * lanes, static_cast<unsigned>(4 * t.columns));
    return;
  }
  Reals largest = load<Reals>(t.largest);
  for (int r = 0; r < rows; ++r, to += t.y_stride)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      const int column = v * lanes;
      const int left = t.columns - column;
      if (left <= 0) break;
      const void* other = skip == nullptr ? nullptr : skip + r * e.skip_stride + column * code_bytes(e.skip_code);
      const float* from = f + r * V * lanes + column;
      void* place = to + column * code_bytes(e.code);
      const Reals size = left >= lanes ? finish(e, from, column, other, place) : finish_part(e, from, column, other, place, left);
      largest = size > largest ? size : largest;
    }
  store(t.largest, largest);
}

template <class Op, int V, int R>
inline void of_rows(const Tile& t, int rows, float* f) {
  if (rows == R)
    accumulate<Op, R, V>(t, f);
  else if constexpr (R > 1)
    of_rows<Op, V, R - 1>(t, rows, f);
}

/// Brings the lines of the results into the cache while the products are summed.
template <int V>
inline void prefetch_results(const Tile& t, int rows) {
  const char* y = static_cast<const char*>(t.y);
  for (int r = 0; r < rows; ++r, y += t.y_stride)
    for (int line = 0; line < 4 * V * lanes; line += 64) __builtin_prefetch(y + line, 1);
}

template <class Op, int V, int R>
void run(const Tile& t, int rows) {
  static_assert(lanes <= largest_lanes);
  alignas(64) float f[static_cast<unsigned>(R * V * lanes)];
  [[maybe_unused]] const typename Op::Mode mode{};
  prefetch_results<V>(t, rows);
  of_rows<Op, V, R>(t, rows, f);
  finish_tile<V>(t, rows, f);
}

/// The products of R rows and V registers of columns, `steps` words long, without memory.
template <class Op, int V, int R>
void peak(std::int64_t steps) {
  [[maybe_unused]] const typename Op::Mode mode{};
  typename Op::Sum sum[static_cast<unsigned>(R)][static_cast<unsigned>(V)] = {};
  Words a{};
  typename Op::Operand w[static_cast<unsigned>(V)];
  for (int v = 0; v < V; ++v) {
    hide(a);
    w[v] = Op::operand(a);
  }
  for (std::int64_t k = 0; k < steps; ++k) {
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      hide(a);
      const typename Op::Operand word = Op::operand(a);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[r][v] = Op::add_product(sum[r][v], word, w[v]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) hide(sum[r][v]);
}

/// A kernel of R rows and its peak.
template <class Op, int V, int R>
constexpr TileKernel kernel{R, run<Op, V, R>, peak<Op, V, R>};

float largest_magnitude(const float* x, std::int64_t n) {
  std::uint32_t most = 0; // as integers: NaN stays, and the vectoriser may reorder
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint32_t word = __builtin_bit_cast(std::uint32_t, x[i]) & 0x7FFFFFFFU;
    most = word > most ? word : most;
  }
  return __builtin_bit_cast(float, most);
}

/// Calls convert(values, place) for registers of values; the last may be filled up with zeros.
template <class T, class Convert>
inline void each_register(const float* x, std::int64_t n, T* q, Convert&& convert) {
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) convert(load<Reals>(x + i), q + i);
  if (i == n) return;
  float values[lanes] = {};
  T codes[lanes];
  std::memcpy(values, x + i, static_cast<unsigned>(n - i) * sizeof(float));
  convert(load<Reals>(values), codes);
  std::memcpy(q + i, codes, static_cast<unsigned>(n - i) * sizeof(T));
}

void to_int16(const float* x, std::int64_t n, float factor, float limit, std::int16_t* q) {
  Epilogue e;
  e.code = Code::int16;
  e.step = factor;
  e.inverse = true;
  e.low = -limit;
  e.high = limit;
  each_register(x, n, q, [&e](const Reals& v, std::int16_t* to) { store_codes(e, v, to); });
}

void to_u8(const float* x, std::int64_t n, float step, int zero, std::uint8_t* q) {
  Epilogue e;
  e.code = Code::u8;
  e.step = step;
  e.high = 255;
  e.zero = zero;
  each_register(x, n, q, [&e](const Reals& v, std::uint8_t* to) { store_codes(e, v, to); });
}

void to_bf16(const float* x, std::int64_t n, std::uint16_t* q) {
  each_register(x, n, q, [](const Reals& v, std::uint16_t* to) { store(to, low_halves(bf16_of(v))); });
}

/// RNE(top sqrt(x / clip)) of values in [0, clip].
inline Ints power_code(const Reals& x, float clip, float top) { return nearest(all(top) * root(x / all(clip))); }

void to_power4(const float* x, std::int64_t n, float clip, std::uint8_t* q) {
  each_register(x, n, q, [clip](const Reals& v, std::uint8_t* to) {
    const Reals positive = v > Reals{} ? v : Reals{};
    const Ints code = power_code(positive < all(clip) ? positive : all(clip), clip, 15.0F);
    store(to, to_bytes(code * code));
  });
}

void to_power8(const float* x, std::int64_t n, float clip, std::int16_t* q) {
  each_register(x, n, q, [clip](const Reals& v, std::int16_t* to) {
    const Reals size = as<Reals>(as<Words>(v) & 0x7FFFFFFFU);
    const Ints code = power_code(size < all(clip) ? size : all(clip), clip, 127.0F);
    store(to, to_halves(v < Reals{} ? -(code * code) : code * code));
  });
}

/// Four bits c + 8 become c |c|, in one byte each.
void decode_power4(const std::uint8_t* pairs, std::int64_t n, std::uint32_t* words) {
  auto* to = reinterpret_cast<unsigned char*>(words);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int16_t low = static_cast<std::int16_t>((pairs[i] & 15) - 8);
    const std::int16_t high = static_cast<std::int16_t>((pairs[i] >> 4) - 8);
    const auto square = [](std::int16_t c) { return static_cast<unsigned char>(c < 0 ? -c * c : c * c); };
    to[2 * i] = square(low);
    to[2 * i + 1] = square(high);
  }
}

constexpr EncodeTable encode_table{largest_magnitude, to_int16, to_u8, to_bf16, to_power4, to_power8, decode_power4};

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE
