// SPDX-License-Identifier: Apache-2.0
// Vectors of ANSATZ_LANES 32-bit lanes, in the vector extension of g++ and clang: arithmetic, comparison and selection are operators.
// Included once per instruction set by tile_<isa>.cpp, which defines ANSATZ_TILE_NAMESPACE and ANSATZ_LANES and adds what has no operator: products
// of parts of a lane, fused, root, nearest, hide and narrowing.
#include <cstdint>
#include <cstring>

namespace ansatz::quant::ANSATZ_TILE_NAMESPACE {
namespace {

constexpr int lanes = ANSATZ_LANES;

using Words = std::uint32_t __attribute__((vector_size(4 * ANSATZ_LANES)));
using Ints = std::int32_t __attribute__((vector_size(4 * ANSATZ_LANES)));
using Reals = float __attribute__((vector_size(4 * ANSATZ_LANES)));
using Halves = std::int16_t __attribute__((vector_size(2 * ANSATZ_LANES)));
using Bytes = std::uint8_t __attribute__((vector_size(ANSATZ_LANES)));

template <class To, class From>
inline To as(const From& v) {
  return __builtin_bit_cast(To, v);
}

template <class Vector>
inline Vector load(const void* from) {
  Vector v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

template <class Vector>
inline void store(void* to, const Vector& v) {
  std::memcpy(to, &v, sizeof v);
}

inline Words broadcast(const void* from) {
  std::uint32_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return Words{} + word;
}

inline Reals all(float x) { return as<Reals>(broadcast(&x)); }
inline Reals to_reals(const Ints& v) { return __builtin_convertvector(v, Reals); }

struct NoMode {};

} // namespace
} // namespace ansatz::quant::ANSATZ_TILE_NAMESPACE
