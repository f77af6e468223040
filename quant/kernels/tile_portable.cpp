// SPDX-License-Identifier: Apache-2.0
// Products of tile.hpp in plain C++, for every platform.
#include <cstdint>
#include <cstring>

#define ANSATZ_TILE_NAMESPACE tile_portable

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

constexpr int lanes = 16;

struct NoMode {};

struct Words {
  std::uint32_t lane[16];
};

inline std::uint32_t word_at(const void* from) {
  std::uint32_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}
inline std::int32_t low(std::uint32_t word) { return static_cast<std::int16_t>(word & 0xFFFFU); }
inline std::int32_t high(std::uint32_t word) { return static_cast<std::int16_t>(word >> 16); }

/// Sums in int32, modulo 2^32.
struct Pair16 {
  static constexpr bool integer = true;
  using Mode = NoMode;
  using Sum = Words;
  using Weights = Words;
  using Activation = std::uint32_t;
  static Sum nothing() { return {}; }
  static Sum start(const std::int32_t* from) {
    Sum s;
    std::memcpy(&s, from, sizeof s);
    return s;
  }
  static Weights weights(const std::uint32_t* from) {
    Weights w;
    std::memcpy(&w, from, sizeof w);
    return w;
  }
  static Activation activation(const void* from) { return word_at(from); }
  static Sum add_product(Sum s, Activation a, const Weights& w) {
    for (int j = 0; j < lanes; ++j)
      s.lane[j] += static_cast<std::uint32_t>(low(a) * low(w.lane[j])) + static_cast<std::uint32_t>(high(a) * high(w.lane[j]));
    return s;
  }
  static void flush(const Sum& s, bool fresh, float* f) {
    for (int j = 0; j < lanes; ++j) {
      const auto x = static_cast<float>(static_cast<std::int32_t>(s.lane[j]));
      f[j] = fresh ? x : f[j] + x;
    }
  }
  static void store(float* f, const Sum& s) { std::memcpy(f, &s, sizeof s); }
};

struct Quad8 : Pair16 {
  static Sum add_product(Sum s, Activation a, const Weights& w) {
    for (int j = 0; j < lanes; ++j)
      for (int byte = 0; byte < 32; byte += 8)
        s.lane[j] += static_cast<std::uint32_t>(static_cast<std::int32_t>(a >> byte & 0xFFU) * static_cast<std::int8_t>(w.lane[j] >> byte & 0xFFU));
    return s;
  }
};

/// Sums in float32.
struct Reals {
  static constexpr bool integer = false;
  using Mode = NoMode;
  struct Sum {
    float lane[16];
  };
  using Weights = Words;
  using Activation = std::uint32_t;
  static Sum nothing() { return {}; }
  static Sum start(const std::int32_t* from) { return from == nullptr ? Sum{} : nothing(); }
  static Weights weights(const std::uint32_t* from) { return Pair16::weights(from); }
  static Activation activation(const void* from) { return word_at(from); }
  static void store(float* f, const Sum& s) { std::memcpy(f, &s, sizeof s); }
};

struct LMul : Reals {
  static Sum add_product(Sum s, Activation a, const Weights& w) {
    for (int j = 0; j < lanes; ++j) s.lane[j] += __builtin_bit_cast(float, a + w.lane[j]);
    return s;
  }
};

struct LMulMasked : Reals {
  static Sum add_product(Sum s, Activation a, const Weights& w) {
    if (a == 0) return s;
    return LMul::add_product(s, a, w);
  }
};

struct LMulGuarded : Reals {
  static Sum add_product(Sum s, Activation a, const Weights& w) {
    constexpr std::uint32_t offset = 0x3F780000U;
    constexpr std::uint32_t magnitude = 0x7FFFFFFFU;
    constexpr std::uint32_t least_normal = 0x00800000U;
    constexpr std::uint32_t infinity = 0x7F800000U;
    for (int j = 0; j < lanes; ++j) {
      const std::uint32_t x = a & magnitude;
      const std::uint32_t y = w.lane[j] & magnitude;
      const std::uint32_t sum = x + y;
      const bool is_zero = x < least_normal || y < least_normal || sum < offset + least_normal;
      const std::uint32_t product = is_zero ? 0U : (sum > offset + infinity ? offset + infinity : sum) - offset;
      s.lane[j] += __builtin_bit_cast(float, product | ((a ^ w.lane[j]) & ~magnitude));
    }
    return s;
  }
};

struct Bf16 : Reals {
  static float flushed(float x) { return __builtin_fabsf(x) < 1.17549435e-38F ? __builtin_copysignf(0.0F, x) : x; }
  static float even(std::uint32_t word) { return flushed(__builtin_bit_cast(float, word << 16)); }
  static float odd(std::uint32_t word) { return flushed(__builtin_bit_cast(float, word & 0xFFFF0000U)); }
  static Sum add_product(Sum s, Activation a, const Weights& w) {
    for (int j = 0; j < lanes; ++j) {
      const float first = flushed(__builtin_fmaf(odd(a), odd(w.lane[j]), s.lane[j]));
      s.lane[j] = flushed(__builtin_fmaf(even(a), even(w.lane[j]), first));
    }
    return s;
  }
};

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE

#include <ansatz/quant/kernels/tile_impl.hpp>

namespace ansatz::quant::tile_portable {

extern const KernelTable table;
const KernelTable table = {"portable",
                           {16,
                            {{2, run<Pair16, 1, 2>},
                             {2, run<Quad8, 1, 2>},
                             {2, run<Quad8, 1, 2>},
                             {2, run<LMul, 1, 2>},
                             {2, run<LMulMasked, 1, 2>},
                             {2, run<LMulGuarded, 1, 2>},
                             {2, run<Bf16, 1, 2>}}},
                           nullptr,
                           encode_table};

} // namespace ansatz::quant::tile_portable
