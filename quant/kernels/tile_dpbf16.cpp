// SPDX-License-Identifier: Apache-2.0
// The product of bfloat16 pairs where the processor has vdpbf16ps; it flushes subnormal values whatever MXCSR says.
#define ANSATZ_TILE_NAMESPACE tile_dpbf16
#include <ansatz/quant/kernels/tile_512_impl.hpp>

#include <ansatz/quant/kernels/tile_impl.hpp>

namespace ansatz::quant::tile_dpbf16 {

namespace {

inline __m512bh as_bf16(const Words& v) { return __builtin_bit_cast(__m512bh, v); }

struct DotBf16 : Floats {
  static Reals add_product(const Reals& s, const Words& a, const Words& w) { return _mm512_dpbf16_ps(s, as_bf16(a), as_bf16(w)); }
};

} // namespace

extern const TileKernel narrow;
extern const TileKernel wide;
const TileKernel narrow = kernel<DotBf16, 1, 12>;
const TileKernel wide = kernel<DotBf16, 2, 12>;

} // namespace ansatz::quant::tile_dpbf16
