// SPDX-License-Identifier: Apache-2.0
// Bodies of the array kernels. Included once per instruction set by kernels_<isa>.cpp, each of which defines ANSATZ_KERNEL_NAMESPACE and is compiled with its
// own -m flags. Everything here has internal linkage, and nothing of the standard library is instantiated with wider instructions (that would let the linker
// pick a body that the machine cannot run). Plain loops: the auto-vectoriser gives one body for all widths, and its results are those of the scalar code.
#include <ansatz/quant/formats/concepts.hpp>
#include <ansatz/quant/formats/kernels.hpp>

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
    .decode_e4m3 = decode_8bit<3, 7>,
    .decode_e5m2 = decode_8bit<2, 15>,
    .encode_odd = encode_odd,
    .encode_levels = encode_levels,
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
