// SPDX-License-Identifier: Apache-2.0
// Bodies of the array kernels. Included once per instruction set by kernels_<isa>.cpp, each of which defines ANSATZ_KERNEL_NAMESPACE and is compiled with its
// own -m flags. Everything here has internal linkage, and nothing of the standard library is instantiated with wider instructions (that would let the linker
// pick a body that the machine cannot run). Plain loops: the auto-vectoriser gives one body for all widths, and its results are those of the scalar code.
#include <ansatz/quant/formats/concepts.hpp>
#include <ansatz/quant/formats/kernels.hpp>

namespace ansatz::quant::ANSATZ_KERNEL_NAMESPACE {
namespace {

constexpr std::int32_t infinity = 0x7f800000, smallest_normal = 0x00800000; // bits of the floats

inline std::int32_t bits_of(float x) { return __builtin_bit_cast(std::int32_t, x); }
inline float float_of(std::int32_t bits) { return __builtin_bit_cast(float, bits); }
inline std::int32_t magnitude_of(float x) { return bits_of(x) & 0x7fffffff; }

/// Asks for the cache lines of x[first], ..., x[end - 1] as far as there are n values. A single stream of loads leaves memory idle a third of the time (Zen 3).
inline void ask_for(const float* x, std::size_t first, std::size_t end, std::size_t n) {
  for (std::size_t i = first; i < end && i < n; i += 16) __builtin_prefetch(x + i);
}
constexpr std::size_t part = 256;  ///< values that in_parts gives at a time, at most
constexpr std::size_t lead = 1024; ///< values ahead: the best of 256 to 4096

// A call would leave what a body captured in memory, where stores of codes might change it, and no loop would be in vectors.
#define ANSATZ_INLINE __attribute__((always_inline))

/// The largest of what f(first, end) returns for the parts of n values.
template <class F>
[[gnu::always_inline]] inline std::uint32_t in_parts(const float* x, std::size_t n, F&& f) {
  std::int32_t largest = 0;
  for (std::size_t first = 0; first < n; first += part) {
    const std::size_t end = n - first < part ? n : first + part;
    ask_for(x, first + lead, end + lead, n);
    const std::int32_t m = f(first, end);
    largest = m > largest ? m : largest;
  }
  return static_cast<std::uint32_t>(largest);
}

} // namespace
} // namespace ansatz::quant::ANSATZ_KERNEL_NAMESPACE

#include <ansatz/quant/formats/kernels_affine.hpp>
#include <ansatz/quant/formats/kernels_fixed.hpp>
#include <ansatz/quant/formats/kernels_floats.hpp>
#include <ansatz/quant/formats/kernels_levels.hpp>

namespace ansatz::quant::ANSATZ_KERNEL_NAMESPACE {

extern const Kernels table;
constexpr Kernels table{
    .magnitude = magnitude,
    .range = range,
    .sums = sums,
    .s8 = affine<std::int8_t>(),
    .u8 = affine<std::uint8_t>(),
    .s16 = affine<std::int16_t>(),
    .u16 = affine<std::uint16_t>(),
    .encode_bf16 = encode_bf16,
    .decode_bf16 = decode_bf16,
    .encode_e4m3 = encode_8bit<3, 7>,
    .encode_e5m2 = encode_8bit<2, 15>,
    .encode_odd = encode_odd,
    .encode_levels = encode_levels,
    .encode_indexed = encode_indexed,
    .encode_root = encode_root,
    .decode_square = decode_square,
    .decode_table = decode_table,
    .lmul_carry = lmul_carry,
    .lmul_formula = lmul_formula,
    .cast_integers = {integer_row<0>(), integer_row<1>(), integer_row<2>(), integer_row<3>(), integer_row<4>(), integer_row<5>(), integer_row<6>()},
    .cast_floats = {float_row<0>(), float_row<1>(), float_row<2>(), float_row<3>(), float_row<4>(), float_row<5>(), float_row<6>()},
    .decode_integers = decode_affine<std::int32_t>,
};

} // namespace ansatz::quant::ANSATZ_KERNEL_NAMESPACE
