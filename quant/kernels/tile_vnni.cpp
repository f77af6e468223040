// SPDX-License-Identifier: Apache-2.0
// vpdpwssd and vpdpbusd multiply and add in one operation, with sums modulo 2^32.
#define ANSATZ_TILE_NAMESPACE tile_vnni
#include <ansatz/quant/kernels/tile_512_impl.hpp>

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

inline Words pair16(const Words& s, const Words& a, const Words& w) {
  return as<Words>(_mm512_dpwssd_epi32(as<__m512i>(s), as<__m512i>(a), as<__m512i>(w)));
}
inline Words quad8(const Words& s, const Words& a, const Words& w) {
  return as<Words>(_mm512_dpbusd_epi32(as<__m512i>(s), as<__m512i>(a), as<__m512i>(w)));
}

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE

#include <ansatz/quant/kernels/tile_impl.hpp>

namespace ansatz::quant::tile_vnni {

namespace {

template <int V>
constexpr TileKernels kernels{V * lanes,
                              {kernel<Integers<pair16>, V, 12>, kernel<Integers<quad8>, V, 12>, kernel<Integers<quad8>, V, 12>, kernel<LMul, V, 12>,
                               kernel<LMulMasked, V, 12>, kernel<LMulGuarded, V, 4>, kernel<Bf16, V, 8>}};

} // namespace

extern const KernelTable table;
const KernelTable table = {"vnni", kernels<1>, &kernels<2>, encode_table, peak<Fma, 1, 12>, lanes};

} // namespace ansatz::quant::tile_vnni
