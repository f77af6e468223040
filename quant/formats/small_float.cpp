// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/formats/concepts.hpp>
#include <ansatz/quant/formats/kernels.hpp>
#include <ansatz/quant/formats/small_float.hpp>

#include <array>
#include <cmath>
#include <limits>

namespace ansatz::quant {

namespace {

using Numbers = std::array<float, 256>;

/// The number of every code, in the order of signed bytes.
Numbers numbers(const SmallFloat& f) {
  const int M = f.mantissa_bits(), ones = (1 << M) - 1;
  Numbers all{};
  for (std::size_t place = 0; place < 128; ++place) {
    const auto code = static_cast<int>(place);
    const int exponent = code >> M, mantissa = code & ones;
    float x = std::ldexp(static_cast<float>(exponent == 0 ? mantissa : mantissa + ones + 1), std::max(exponent, 1) - f.bias() - M);
    if (f.kind == Fp8::e5m2 && code == 0x7c) x = std::numeric_limits<float>::infinity();
    if (code == 0x7f || (f.kind == Fp8::e5m2 && code > 0x7c)) x = std::numeric_limits<float>::quiet_NaN();
    all[place + 128] = x;
    all[place] = -x; // the sign bit makes the byte negative
  }
  return all;
}

} // namespace

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
    (void)kernels().encode_e4m3(x.data(), x.size(), saturate ? 0x7e : 0x7f, code.data());
  else
    (void)kernels().encode_e5m2(x.data(), x.size(), saturate ? 0x7b : 0x7c, code.data());
}

void SmallFloat::decode(std::span<const std::uint8_t> code, std::span<float> x) const {
  require_same_length(x.size(), code.size());
  static const Numbers e4m3 = numbers({.kind = Fp8::e4m3}), e5m2 = numbers({.kind = Fp8::e5m2});
  kernels().decode_table(reinterpret_cast<const std::int8_t*>(code.data()), code.size(), (kind == Fp8::e4m3 ? e4m3 : e5m2).data(), x.data());
}

double SmallFloat::error_bound(double largest) const {
  const int M = mantissa_bits();
  const double inside = std::max(std::ldexp(std::min(largest, most()), -M - 1), std::ldexp(1.0, -bias() - M));
  return std::max(inside, largest - most());
}

} // namespace ansatz::quant
