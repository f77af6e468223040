// SPDX-License-Identifier: Apache-2.0
// Products of tile.hpp with AVX2 and FMA: 2 registers a panel, 12 sums in registers beside 2 of weights, 1 of activations and 1 of products.
// int16: vpmaddwd makes 16 products, twice an FMA, but its vpaddd is an operation of its own.
#include <immintrin.h>

#include <cstdint>
#include <cstring>

#define ANSATZ_TILE_NAMESPACE tile_avx2

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

constexpr int lanes = 8;

struct NoMode {};

/// Subnormal operands and results are zero as long as it lives, as they always are for vdpbf16ps.
struct FlushMode {
  FlushMode() { _mm_setcsr(before | 0x8040U); }
  ~FlushMode() { _mm_setcsr(before); }
  FlushMode(const FlushMode&) = delete;
  FlushMode& operator=(const FlushMode&) = delete;
  unsigned before = _mm_getcsr();
};

inline __m256i load(const void* from) { return _mm256_load_si256(static_cast<const __m256i*>(from)); }
inline __m256i broadcast(const void* from) {
  std::int32_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return _mm256_set1_epi32(word);
}

/// Sums in int32.
struct Integers {
  static constexpr bool integer = true;
  using Mode = NoMode;
  struct Sum {
    __m256i v;
  };
  struct Weights {
    __m256i v;
  };
  using Activation = Weights;
  static Sum nothing() { return {_mm256_setzero_si256()}; }
  static Sum start(const std::int32_t* from) { return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))}; }
  static Weights weights(const std::uint32_t* from) { return {load(from)}; }
  static Activation activation(const void* from) { return {broadcast(from)}; }
  static void flush(Sum s, bool fresh, float* f) {
    const __m256 x = _mm256_cvtepi32_ps(s.v);
    _mm256_store_ps(f, fresh ? x : _mm256_add_ps(_mm256_load_ps(f), x));
  }
  static void store(float* f, Sum s) { _mm256_store_si256(reinterpret_cast<__m256i*>(f), s.v); }
};

struct Pair16 : Integers {
  static Sum add_product(Sum s, Activation a, Weights w) { return {_mm256_add_epi32(s.v, _mm256_madd_epi16(a.v, w.v))}; }
};

struct Quad8Proven : Integers {
  static Sum add_product(Sum s, Activation a, Weights w) {
    return {_mm256_add_epi32(s.v, _mm256_madd_epi16(_mm256_maddubs_epi16(a.v, w.v), _mm256_set1_epi16(1)))};
  }
};

/// Sums in float32.
struct Reals {
  static constexpr bool integer = false;
  using Mode = NoMode;
  struct Sum {
    __m256 v;
  };
  struct Weights {
    __m256i v;
  };
  using Activation = Weights;
  static Sum nothing() { return {_mm256_setzero_ps()}; }
  static Sum start(const std::int32_t*) { return nothing(); }
  static Weights weights(const std::uint32_t* from) { return {load(from)}; }
  static Activation activation(const void* from) { return {broadcast(from)}; }
  static void store(float* f, Sum s) { _mm256_store_ps(f, s.v); }
};

struct LMul : Reals {
  static Sum add_product(Sum s, Activation a, Weights w) { return {_mm256_add_ps(s.v, _mm256_castsi256_ps(_mm256_add_epi32(a.v, w.v)))}; }
};

struct LMulMasked : Reals {
  struct Activation {
    __m256i v, is_zero;
  };
  static Activation activation(const void* from) {
    const __m256i v = broadcast(from);
    return {v, _mm256_cmpeq_epi32(v, _mm256_setzero_si256())};
  }
  static Sum add_product(Sum s, Activation a, Weights w) {
    return {_mm256_add_ps(s.v, _mm256_castsi256_ps(_mm256_andnot_si256(a.is_zero, _mm256_add_epi32(a.v, w.v))))};
  }
};

struct LMulGuarded : Reals {
  struct Activation {
    __m256i sign, magnitude, normal;
  };
  using Weights = Activation;
  static Activation split(__m256i v) {
    const __m256i magnitude = _mm256_and_si256(v, _mm256_set1_epi32(0x7FFFFFFF));
    return {_mm256_xor_si256(v, magnitude), magnitude, _mm256_cmpgt_epi32(magnitude, _mm256_set1_epi32(0x007FFFFF))};
  }
  static Weights weights(const std::uint32_t* from) { return split(load(from)); }
  static Activation activation(const void* from) { return split(broadcast(from)); }
  static Sum add_product(Sum s, Activation a, Weights w) {
    const __m256i sum = _mm256_add_epi32(a.magnitude, w.magnitude);
    const __m256i least = _mm256_set1_epi32(0x3F780000 + 0x00800000);
    const __m256i infinite = _mm256_set1_epi32(static_cast<std::int32_t>(0x3F780000U + 0x7F800000U));
    __m256i keep = _mm256_cmpeq_epi32(_mm256_max_epu32(sum, least), sum);
    keep = _mm256_and_si256(keep, _mm256_and_si256(a.normal, w.normal));
    const __m256i magnitude = _mm256_and_si256(keep, _mm256_sub_epi32(_mm256_min_epu32(sum, infinite), _mm256_set1_epi32(0x3F780000)));
    return {_mm256_add_ps(s.v, _mm256_castsi256_ps(_mm256_or_si256(magnitude, _mm256_xor_si256(a.sign, w.sign))))};
  }
};

struct Bf16 : Reals {
  using Mode = FlushMode;
  struct Activation {
    __m256 even, odd;
  };
  using Weights = Activation;
  static Activation split(__m256i v) {
    return {_mm256_castsi256_ps(_mm256_slli_epi32(v, 16)), _mm256_castsi256_ps(_mm256_and_si256(v, _mm256_set1_epi32(-65536)))};
  }
  static Weights weights(const std::uint32_t* from) { return split(load(from)); }
  static Activation activation(const void* from) { return split(broadcast(from)); }
  static Sum add_product(Sum s, Activation a, Weights w) { return {_mm256_fmadd_ps(a.even, w.even, _mm256_fmadd_ps(a.odd, w.odd, s.v))}; }
};

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE

#include <ansatz/quant/kernels/tile_impl.hpp>

namespace ansatz::quant::tile_avx2 {

extern const KernelTable table;
const KernelTable table = {"avx2",
                           {16,
                            {{6, run<Pair16, 2, 6>},
                             {0, nullptr},
                             {6, run<Quad8Proven, 2, 6>},
                             {6, run<LMul, 2, 6>},
                             {4, run<LMulMasked, 2, 4>},
                             {3, run<LMulGuarded, 2, 3>},
                             {4, run<Bf16, 2, 4>}}},
                           nullptr,
                           encode_table};

} // namespace ansatz::quant::tile_avx2
