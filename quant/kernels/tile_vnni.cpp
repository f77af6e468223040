// SPDX-License-Identifier: Apache-2.0
// vpdpwssd and vpdpbusd multiply and add in one operation, with sums modulo 2^32.
#define ANSATZ_TILE_NAMESPACE tile_vnni
#include <ansatz/quant/kernels/tile_512_impl.hpp>

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

struct Pair16 : Integers {
  static Sum add_product(Sum s, Activation a, Weights w) { return {_mm512_dpwssd_epi32(s.v, a.v, w.v)}; }
};

struct Quad8 : Integers {
  static Sum add_product(Sum s, Activation a, Weights w) { return {_mm512_dpbusd_epi32(s.v, a.v, w.v)}; }
};

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE

#include <ansatz/quant/kernels/tile_impl.hpp>

namespace ansatz::quant::tile_vnni {

namespace {

template <int V>
constexpr TileKernels kernels{V * lanes,
                              {{12, run<Pair16, V, 12>},
                               {12, run<Quad8, V, 12>},
                               {12, run<Quad8, V, 12>},
                               {12, run<LMul, V, 12>},
                               {12, run<LMulMasked, V, 12>},
                               {4, run<LMulGuarded, V, 4>},
                               {8, run<Bf16, V, 8>}}};

} // namespace

extern const KernelTable table;
const KernelTable table = {"vnni", kernels<1>, &kernels<2>, encode_table};

} // namespace ansatz::quant::tile_vnni
