// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/compression/plain_level.hpp>
#include <ansatz/data/compression/quantizer.hpp>
#include <ansatz/data/error.hpp>

#include <cstdio>
#include <cstring>
#include <limits>

namespace ansatz::compression {

namespace {

[[noreturn]] void refuse(const std::string& field, const char* format, double number, const char* rule) {
  std::array<char, 64> text{};
  (void)std::snprintf(text.data(), text.size(), format, number);
  throw UsageError("bad_value", "field " + field + ": " + text.data() + rule + "; use level=packed");
}

} // namespace

double PlainScale::value(std::int32_t code) const noexcept {
  return code == fill() ? std::numeric_limits<double>::quiet_NaN() : scale_factor * code + add_offset;
}

PlainScale plain_scale(const std::string& field, double least, double greatest, double eps) {
  PlainScale s{2 * eps * (1 - 0x1p-10), 0.5 * least + 0.5 * greatest, 8};
  const double largest = (0.5 * greatest - 0.5 * least) / s.scale_factor + 1;
  while (s.width <= 32 && !(largest < std::ldexp(1.0, static_cast<int>(s.width) - 1))) s.width *= 2;
  if (s.width > 32) refuse(field, "a range of %.3g steps", 2 * largest, " does not fit the 32 bits of the plain level");
  return s;
}

std::vector<std::int32_t> plain_codes(const std::string& field, std::span<const double> values, const PlainScale& scale, double eps) {
  std::vector<std::int32_t> codes;
  codes.reserve(values.size());
  for (const double x : values) {
    if (std::isnan(x)) {
      codes.push_back(scale.fill());
      continue;
    }
    if (std::isinf(x)) refuse(field, "%g", x, " has no integer at the plain level");
    codes.push_back(static_cast<std::int32_t>(std::nearbyint((x - scale.add_offset) / scale.scale_factor)));
    if (!within(x, scale.value(codes.back()), eps)) refuse(field, "the bound %.3g", eps, " is lost in the rounding of doubles at the plain level");
  }
  return codes;
}

std::vector<std::byte> packed_codes(std::span<const std::int32_t> codes, unsigned width) {
  const std::size_t size = width / 8;
  std::vector<std::byte> bytes(codes.size() * size);
  for (std::size_t i = 0; i < codes.size(); ++i) std::memcpy(bytes.data() + i * size, &codes[i], size); // little endian: the low bytes come first
  return bytes;
}

} // namespace ansatz::compression
