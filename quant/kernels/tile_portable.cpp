// SPDX-License-Identifier: Apache-2.0
// Products of tile.hpp in plain C++, for every platform.
#define ANSATZ_TILE_NAMESPACE tile_portable
#define ANSATZ_LANES 4
#include <ansatz/quant/kernels/lanes_impl.hpp>

#include <type_traits>

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

inline Reals fused(const Reals& a, const Reals& b, const Reals& c) {
  Reals y;
  for (int j = 0; j < lanes; ++j) y[j] = __builtin_fmaf(a[j], b[j], c[j]);
  return y;
}
inline Reals root(const Reals& v) {
  Reals y;
  for (int j = 0; j < lanes; ++j) y[j] = __builtin_sqrtf(v[j]);
  return y;
}
inline Ints nearest(const Reals& v) {
  Ints q;
  for (int j = 0; j < lanes; ++j) q[j] = static_cast<std::int32_t>(__builtin_rintf(v[j]));
  return q;
}
inline Halves to_halves(const Ints& v) { return __builtin_convertvector(v, Halves); }
inline Bytes to_bytes(const Ints& v) { return __builtin_convertvector(v, Bytes); }

/// Sum of products of the parts of `bits` bits of both words, those of the weights with sign.
template <int bits, class Part>
inline Words parts(const Words& sum, const Words& a, const Words& w) {
  Words s = sum;
  for (int at = 0; at < 32; at += bits) {
    const Words part = a << (32 - bits - at);
    const Ints x = std::is_signed_v<Part> ? as<Ints>(part) >> (32 - bits) : as<Ints>(part >> (32 - bits));
    s += as<Words>(x * (as<Ints>(w << (32 - bits - at)) >> (32 - bits)));
  }
  return s;
}

inline Words pair16(const Words& s, const Words& a, const Words& w) { return parts<16, std::int16_t>(s, a, w); }
inline Words quad8(const Words& s, const Words& a, const Words& w) { return parts<8, std::uint8_t>(s, a, w); }

/// Subnormal values become 0 with their sign.
inline Reals flushed(const Reals& x) {
  const Words word = as<Words>(x);
  return as<Reals>(word & ((word & 0x7FFFFFFFU) < 0x00800000U ? Words{} + 0x80000000U : Words{} + 0xFFFFFFFFU));
}
using FlushMode = NoMode;

/// The compiler knows nothing of v from here on.
template <class Vector>
inline void hide(Vector& v) {
  asm volatile("" : "+m"(v));
}

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE

#include <ansatz/quant/kernels/tile_impl.hpp>

namespace ansatz::quant::tile_portable {

extern const KernelTable table;
const KernelTable table = {"portable",
                           {16,
                            {kernel<Integers<pair16>, 4, 2>, kernel<Integers<quad8>, 4, 2>, kernel<Integers<quad8>, 4, 2>, kernel<LMul, 4, 2>,
                             kernel<LMulMasked, 4, 2>, kernel<LMulGuarded, 4, 2>, kernel<Bf16, 4, 2>}},
                           nullptr,
                           encode_table,
                           peak<Fma, 1, 12>,
                           lanes};

} // namespace ansatz::quant::tile_portable
