// SPDX-License-Identifier: Apache-2.0
// Products of tile.hpp with AVX-512 F, BW, DQ and VL: 12 rows and 1 or 2 registers of columns. Included by tile_avx512.cpp and tile_vnni.cpp, which
// define
// ANSATZ_TILE_NAMESPACE and are compiled with their own -m flags.
#include <immintrin.h>

#include <cstdint>
#include <cstring>

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

constexpr int lanes = 16;

struct NoMode {};

/// Subnormal operands and results are zero as long as it lives, as they always are for vdpbf16ps.
struct FlushMode {
  FlushMode() { _mm_setcsr(before | 0x8040U); }
  ~FlushMode() { _mm_setcsr(before); }
  FlushMode(const FlushMode&) = delete;
  FlushMode& operator=(const FlushMode&) = delete;
  unsigned before = _mm_getcsr();
};

inline __m512i broadcast(const void* from) {
  std::int32_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return _mm512_set1_epi32(word);
}

/// Sums in int32.
struct Integers {
  static constexpr bool integer = true;
  using Mode = NoMode;
  struct Sum {
    __m512i v;
  };
  struct Weights {
    __m512i v;
  };
  using Activation = Weights;
  static Sum nothing() { return {_mm512_setzero_si512()}; }
  static Sum start(const std::int32_t* from) { return {_mm512_loadu_si512(from)}; }
  static Weights weights(const std::uint32_t* from) { return {_mm512_load_si512(from)}; }
  static Activation activation(const void* from) { return {broadcast(from)}; }
  static void flush(Sum s, bool fresh, float* f) {
    const __m512 x = _mm512_cvtepi32_ps(s.v);
    _mm512_store_ps(f, fresh ? x : _mm512_add_ps(_mm512_load_ps(f), x));
  }
  static void store(float* f, Sum s) { _mm512_store_si512(f, s.v); }
};

struct Quad8Proven : Integers {
  static Sum add_product(Sum s, Activation a, Weights w) {
    return {_mm512_add_epi32(s.v, _mm512_madd_epi16(_mm512_maddubs_epi16(a.v, w.v), _mm512_set1_epi16(1)))};
  }
};

/// Sums in float32.
struct Reals {
  static constexpr bool integer = false;
  using Mode = NoMode;
  struct Sum {
    __m512 v;
  };
  struct Weights {
    __m512i v;
  };
  using Activation = Weights;
  static Sum nothing() { return {_mm512_setzero_ps()}; }
  static Sum start(const std::int32_t*) { return nothing(); }
  static Weights weights(const std::uint32_t* from) { return {_mm512_load_si512(from)}; }
  static Activation activation(const void* from) { return {broadcast(from)}; }
  static void store(float* f, Sum s) { _mm512_store_ps(f, s.v); }
};

struct LMul : Reals {
  static Sum add_product(Sum s, Activation a, Weights w) { return {_mm512_add_ps(s.v, _mm512_castsi512_ps(_mm512_add_epi32(a.v, w.v)))}; }
};

struct LMulMasked : Reals {
  struct Activation {
    __m512i v;
    __mmask16 used;
  };
  static Activation activation(const void* from) {
    const __m512i v = broadcast(from);
    return {v, _mm512_test_epi32_mask(v, v)};
  }
  static Sum add_product(Sum s, Activation a, Weights w) {
    return {_mm512_mask_add_ps(s.v, a.used, s.v, _mm512_castsi512_ps(_mm512_add_epi32(a.v, w.v)))};
  }
};

struct LMulGuarded : Reals {
  struct Activation {
    __m512i sign, magnitude;
    __mmask16 normal;
  };
  using Weights = Activation;
  static Activation split(__m512i v) {
    const __m512i magnitude = _mm512_and_si512(v, _mm512_set1_epi32(0x7FFFFFFF));
    return {_mm512_xor_si512(v, magnitude), magnitude, _mm512_cmpgt_epi32_mask(magnitude, _mm512_set1_epi32(0x007FFFFF))};
  }
  static Weights weights(const std::uint32_t* from) { return split(_mm512_load_si512(from)); }
  static Activation activation(const void* from) { return split(broadcast(from)); }
  static Sum add_product(Sum s, Activation a, Weights w) {
    const __m512i sum = _mm512_add_epi32(a.magnitude, w.magnitude);
    const __m512i infinite = _mm512_set1_epi32(static_cast<std::int32_t>(0x3F780000U + 0x7F800000U));
    __mmask16 keep = _mm512_cmpge_epu32_mask(sum, _mm512_set1_epi32(0x3F780000 + 0x00800000));
    keep = static_cast<__mmask16>(keep & a.normal & w.normal);
    const __m512i magnitude = _mm512_maskz_sub_epi32(keep, _mm512_min_epu32(sum, infinite), _mm512_set1_epi32(0x3F780000));
    return {_mm512_add_ps(s.v, _mm512_castsi512_ps(_mm512_or_si512(magnitude, _mm512_xor_si512(a.sign, w.sign))))};
  }
};

struct Bf16 : Reals {
  using Mode = FlushMode;
  struct Activation {
    __m512 even, odd;
  };
  using Weights = Activation;
  static Activation split(__m512i v) {
    return {_mm512_castsi512_ps(_mm512_slli_epi32(v, 16)), _mm512_castsi512_ps(_mm512_and_si512(v, _mm512_set1_epi32(-65536)))};
  }
  static Weights weights(const std::uint32_t* from) { return split(_mm512_load_si512(from)); }
  static Activation activation(const void* from) { return split(broadcast(from)); }
  static Sum add_product(Sum s, Activation a, Weights w) { return {_mm512_fmadd_ps(a.even, w.even, _mm512_fmadd_ps(a.odd, w.odd, s.v))}; }
};

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE
