// SPDX-License-Identifier: Apache-2.0
// Products of tile.hpp with AVX2 and FMA: 2 registers a panel, 12 sums in registers beside 2 of weights, 1 of activations and 1 of products.
// int16: vpmaddwd makes 16 products, twice an FMA, but its vpaddd is an operation of its own.
#include <immintrin.h>

#define ANSATZ_TILE_NAMESPACE tile_avx2
#define ANSATZ_LANES 8
#include <ansatz/quant/kernels/flush_mode_impl.hpp>
#include <ansatz/quant/kernels/lanes_impl.hpp>

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

inline Reals fused(const Reals& a, const Reals& b, const Reals& c) { return _mm256_fmadd_ps(a, b, c); }
inline Reals root(const Reals& v) { return _mm256_sqrt_ps(v); }
inline Ints nearest(const Reals& v) { return as<Ints>(_mm256_cvtps_epi32(v)); }
inline Halves to_halves(const Ints& v) {
  const __m256i x = as<__m256i>(v);
  return as<Halves>(_mm256_castsi256_si128(_mm256_permute4x64_epi64(_mm256_packs_epi32(x, x), 8)));
}
inline Bytes to_bytes(const Ints& v) {
  const __m128i x = as<__m128i>(to_halves(v));
  return as<Bytes>(_mm_cvtsi128_si64(_mm_packus_epi16(x, x)));
}

inline Words pair16(const Words& s, const Words& a, const Words& w) { return s + as<Words>(_mm256_madd_epi16(as<__m256i>(a), as<__m256i>(w))); }
inline Words quad8_proven(const Words& s, const Words& a, const Words& w) {
  return s + as<Words>(_mm256_madd_epi16(_mm256_maddubs_epi16(as<__m256i>(a), as<__m256i>(w)), _mm256_set1_epi16(1)));
}

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE

#include <ansatz/quant/kernels/tile_impl.hpp>

namespace ansatz::quant::tile_avx2 {

extern const KernelTable table;
const KernelTable table = {"avx2",
                           {16,
                            {kernel<Integers<pair16>, 2, 6>, TileKernel{}, kernel<Integers<quad8_proven>, 2, 6>, kernel<LMul, 2, 6>,
                             kernel<LMulMasked, 2, 4>, kernel<LMulGuarded, 2, 3>, kernel<Bf16, 2, 4>}},
                           nullptr,
                           encode_table,
                           peak<Fma, 1, 12>,
                           lanes};

} // namespace ansatz::quant::tile_avx2
