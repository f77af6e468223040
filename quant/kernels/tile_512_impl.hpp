// SPDX-License-Identifier: Apache-2.0
// What AVX-512 F, BW, DQ and VL add to lanes_impl.hpp, for 12 rows and 1 or 2 registers of columns. Included by tile_avx512.cpp, tile_vnni.cpp and
// tile_dpbf16.cpp, which define ANSATZ_TILE_NAMESPACE and are compiled with their own -m flags.
#include <immintrin.h>

#define ANSATZ_LANES 16
#include <ansatz/quant/kernels/flush_mode_impl.hpp>
#include <ansatz/quant/kernels/lanes_impl.hpp>

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

inline Reals fused(const Reals& a, const Reals& b, const Reals& c) { return _mm512_fmadd_ps(a, b, c); }
inline Reals root(const Reals& v) { return _mm512_sqrt_ps(v); }
inline Ints nearest(const Reals& v) { return as<Ints>(_mm512_cvtps_epi32(v)); }
inline Halves to_halves(const Ints& v) { return as<Halves>(_mm512_cvtepi32_epi16(as<__m512i>(v))); }
inline Bytes to_bytes(const Ints& v) { return as<Bytes>(_mm512_cvtepi32_epi8(as<__m512i>(v))); }

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE
