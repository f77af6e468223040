// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/concepts.hpp>
#include <ansatz/quant/formats/fixed_point.hpp>
#include <ansatz/quant/formats/kernels.hpp>
#include <ansatz/quant/formats/reference/fixed_point.hpp>

#include <array>
#include <cmath>

namespace ansatz::quant {

namespace {

constexpr std::array<std::string_view, 7> quantizations{"TRN", "TRN_ZERO", "RND", "RND_ZERO", "RND_MIN_INF", "RND_INF", "RND_CONV"};
constexpr std::array<std::string_view, 5> overflows{"SAT", "SAT_ZERO", "SAT_SYM", "WRAP", "WRAP_SM"};

FixedCast parameters(const FixedPoint& f) {
  const int F = f.fraction_bits();
  return {.factor1 = std::ldexp(1.0F, F / 2), .factor2 = std::ldexp(1.0F, F - F / 2), .width = f.width, .is_signed = f.is_signed};
}

bool fits_kernels(const FixedPoint& f) { return f.width <= 31 && f.saturated_bits == 0; }

} // namespace

std::string_view name(FixedQuantization mode) { return quantizations[static_cast<std::size_t>(mode)]; }
std::string_view name(FixedOverflow mode) { return overflows[static_cast<std::size_t>(mode)]; }

void FixedPoint::require_valid() const {
  if (width < 1 || width > 32) throw UsageError("bad_value", "fixed point of " + std::to_string(width) + " bits; 1 to 32 can be encoded");
  if (integer < -64 || integer > 96) throw UsageError("bad_value", std::to_string(integer) + " bits before the point; -64 to 96 are possible");
  if (saturated_bits < 0 || saturated_bits > width)
    throw UsageError("bad_value", std::to_string(saturated_bits) + " saturated bits of " + std::to_string(width) + "; 0 to " + std::to_string(width));
  if (overflow == FixedOverflow::wrap_sm && !is_signed)
    throw UsageError("bad_value", "WRAP_SM keeps a sign; an unsigned format was asked for (use WRAP)");
}

void FixedPoint::encode(std::span<const float> x, std::span<std::int32_t> code) const {
  require_ieee_arithmetic();
  require_same_length(x.size(), code.size());
  require_valid();
  if (fits_kernels(*this)) {
    const auto kernel = kernels().cast_floats[static_cast<std::size_t>(quantization)][static_cast<std::size_t>(overflow)];
    require_finite(kernel(x.data(), x.size(), parameters(*this), code.data()), x);
    return;
  }
  require_finite(kernels().magnitude(x.data(), x.size()), x);
  for (std::size_t i = 0; i < x.size(); ++i) code[i] = static_cast<std::int32_t>(reference::encode_fixed(x[i], *this));
}

void FixedPoint::decode(std::span<const std::int32_t> code, std::span<float> x) const {
  require_same_length(x.size(), code.size());
  require_valid();
  if (width <= 24) {
    const int E = -fraction_bits();
    kernels().decode_integers(code.data(), code.size(), {.factor1 = std::ldexp(1.0F, E / 2), .factor2 = std::ldexp(1.0F, E - E / 2)}, x.data());
    return;
  }
  const double step = unit();
  const bool whole_word = !is_signed && width == 32;
  for (std::size_t i = 0; i < code.size(); ++i)
    x[i] = static_cast<float>((whole_word ? static_cast<double>(static_cast<std::uint32_t>(code[i])) : static_cast<double>(code[i])) * step);
}

void FixedPoint::cast(std::span<const std::int32_t> v, int fraction, std::span<std::int32_t> code) const {
  require_same_length(v.size(), code.size());
  require_valid();
  const int shift = fraction - fraction_bits();
  if (fits_kernels(*this) && shift >= -31 && shift <= 31) {
    FixedCast c = parameters(*this);
    c.shift = shift;
    kernels().cast_integers[static_cast<std::size_t>(quantization)][static_cast<std::size_t>(overflow)](v.data(), v.size(), c, code.data());
    return;
  }
  if (shift < -31)
    throw UsageError("bad_value", "a cast from " + std::to_string(fraction) + " to " + std::to_string(fraction_bits()) +
                                      " bits after the point; 31 more are possible");
  for (std::size_t i = 0; i < v.size(); ++i) code[i] = static_cast<std::int32_t>(reference::cast_fixed(v[i], shift, *this));
}

double FixedPoint::unit() const { return std::ldexp(1.0, integer - width); }
double FixedPoint::most() const { return (std::ldexp(1.0, is_signed ? width - 1 : width) - 1.0) * unit(); }
double FixedPoint::least() const {
  if (!is_signed) return 0.0;
  return overflow == FixedOverflow::sat_sym ? -most() : -std::ldexp(unit(), width - 1);
}

double FixedPoint::error_bound() const {
  const double step = quantization == FixedQuantization::trn || quantization == FixedQuantization::trn_zero ? unit() : unit() / 2.0;
  return step + (width > 24 ? 0x1p-24 * std::max(most(), -least()) : 0.0);
}

FixedPoint product_type(const FixedPoint& a, const FixedPoint& b) {
  return {.width = a.width + b.width, .integer = a.integer + b.integer, .is_signed = a.is_signed || b.is_signed};
}

FixedPoint sum_type(const FixedPoint& a, const FixedPoint& b) {
  const int fraction = std::max(a.fraction_bits(), b.fraction_bits());
  const int integer = std::max(a.integer + (b.is_signed && !a.is_signed ? 1 : 0), b.integer + (a.is_signed && !b.is_signed ? 1 : 0)) + 1;
  return {.width = fraction + integer, .integer = integer, .is_signed = a.is_signed || b.is_signed};
}

FixedPoint dot_type(const FixedPoint& a, const FixedPoint& b, std::int64_t terms) {
  FixedPoint type = product_type(a, b);
  const int carry = static_cast<int>(std::ceil(std::log2(static_cast<double>(std::max<std::int64_t>(terms, 1)))));
  type.width += carry;
  type.integer += carry;
  return type;
}

} // namespace ansatz::quant
