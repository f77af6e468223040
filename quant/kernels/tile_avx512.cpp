// SPDX-License-Identifier: Apache-2.0
#define ANSATZ_TILE_NAMESPACE tile_avx512
#include <ansatz/quant/kernels/tile_512_impl.hpp>

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

inline Words pair16(const Words& s, const Words& a, const Words& w) { return s + as<Words>(_mm512_madd_epi16(as<__m512i>(a), as<__m512i>(w))); }
inline Words quad8_proven(const Words& s, const Words& a, const Words& w) {
  return s + as<Words>(_mm512_madd_epi16(_mm512_maddubs_epi16(as<__m512i>(a), as<__m512i>(w)), _mm512_set1_epi16(1)));
}

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE

#include <ansatz/quant/kernels/tile_impl.hpp>

namespace ansatz::quant::tile_avx512 {

namespace {

template <int V>
constexpr TileKernels kernels{V * lanes,
                              {kernel<Integers<pair16>, V, 12>, TileKernel{}, kernel<Integers<quad8_proven>, V, 12>, kernel<LMul, V, 12>,
                               kernel<LMulMasked, V, 12>, kernel<LMulGuarded, V, 4>, kernel<Bf16, V, 8>}};

} // namespace

extern const KernelTable table;
const KernelTable table = {"avx512", kernels<1>, &kernels<2>, encode_table, peak<Fma, 1, 12>, lanes};

} // namespace ansatz::quant::tile_avx512
