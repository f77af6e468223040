// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/formats/concepts.hpp>
#include <ansatz/quant/formats/kernels.hpp>
#include <ansatz/quant/formats/small_float.hpp>

#include <cmath>

namespace ansatz::quant {

void Bfloat16::encode(std::span<const float> x, std::span<std::uint16_t> code) {
  require_same_length(x.size(), code.size());
  (void)kernels().encode_bf16(x.data(), x.size(), code.data());
}

void Bfloat16::decode(std::span<const std::uint16_t> code, std::span<float> x) {
  require_same_length(x.size(), code.size());
  kernels().decode_bf16(code.data(), code.size(), x.data());
}

double Bfloat16::error_bound(double largest) { return std::max(0x1p-8 * largest, 0x1p-126); }

void SmallFloat::encode(std::span<const float> x, std::span<std::uint8_t> code) const {
  require_ieee_arithmetic();
  require_same_length(x.size(), code.size());
  if (kind == Fp8::e4m3)
    (void)kernels().encode_e4m3(x.data(), x.size(), saturate ? 0x7e : 0x7f, saturate ? 0x7e : 0x7f, code.data());
  else
    (void)kernels().encode_e5m2(x.data(), x.size(), saturate ? 0x7b : 0x7c, saturate ? 0x7b : 0x7c, code.data());
}

void SmallFloat::decode(std::span<const std::uint8_t> code, std::span<float> x) const {
  require_same_length(x.size(), code.size());
  if (kind == Fp8::e4m3)
    kernels().decode_e4m3(code.data(), code.size(), x.data());
  else
    kernels().decode_e5m2(code.data(), code.size(), x.data());
}

double SmallFloat::error_bound(double largest) const {
  const int M = mantissa_bits();
  const double inside = std::max(std::ldexp(std::min(largest, most()), -M - 1), std::ldexp(1.0, -bias() - M));
  return std::max(inside, largest - most());
}

} // namespace ansatz::quant
