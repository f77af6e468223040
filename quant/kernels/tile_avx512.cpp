// SPDX-License-Identifier: Apache-2.0
#define ANSATZ_TILE_NAMESPACE tile_avx512
#include <ansatz/quant/kernels/tile_512_impl.hpp>

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

struct Pair16 : Integers {
  static Sum add_product(Sum s, Activation a, Weights w) { return {_mm512_add_epi32(s.v, _mm512_madd_epi16(a.v, w.v))}; }
};

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE

#include <ansatz/quant/kernels/tile_impl.hpp>

namespace ansatz::quant::tile_avx512 {

namespace {

template <int V>
constexpr TileKernels kernels{V * lanes,
                              {{12, run<Pair16, V, 12>},
                               {0, nullptr},
                               {12, run<Quad8Proven, V, 12>},
                               {12, run<LMul, V, 12>},
                               {12, run<LMulMasked, V, 12>},
                               {4, run<LMulGuarded, V, 4>},
                               {8, run<Bf16, V, 8>}}};

} // namespace

extern const KernelTable table;
const KernelTable table = {"avx512", kernels<1>, &kernels<2>, encode_table};

} // namespace ansatz::quant::tile_avx512
