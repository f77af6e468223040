// SPDX-License-Identifier: Apache-2.0
// The product of bfloat16 pairs where the processor has vdpbf16ps; it flushes subnormal values whatever MXCSR says.
#define ANSATZ_TILE_NAMESPACE tile_dpbf16
#include <ansatz/quant/kernels/tile_512_impl.hpp>

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

inline __m512bh as_bf16(__m512i v) { return __builtin_bit_cast(__m512bh, v); }

struct DotBf16 : Reals {
  static Sum add_product(Sum s, Activation a, Weights w) { return {_mm512_dpbf16_ps(s.v, as_bf16(a.v), as_bf16(w.v))}; }
};

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE

#include <ansatz/quant/kernels/tile_impl.hpp>

namespace ansatz::quant::tile_dpbf16 {

extern const TileKernel narrow;
extern const TileKernel wide;
const TileKernel narrow = {12, run<DotBf16, 1, 12>};
const TileKernel wide = {12, run<DotBf16, 2, 12>};

} // namespace ansatz::quant::tile_dpbf16
