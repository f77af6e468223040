// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/compression/block_float.hpp>

#include <algorithm>

namespace ansatz::compression {

namespace {

/// 2^e as two factors: 2^-E overflows for tiny blocks and underflows for huge ones.
struct PowerOfTwo {
  explicit PowerOfTwo(int e) : first(std::ldexp(1.0, e / 2)), second(std::ldexp(1.0, e - e / 2)) {}
  double first, second;
};

template <class T>
double largest_finite(std::span<const T> block) {
  double largest = 0;
  for (const T x : block) {
    const double magnitude = std::fabs(static_cast<double>(x));
    if (magnitude > largest && std::isfinite(x)) largest = magnitude;
  }
  return largest;
}

template <class Code, class T>
void write_codes_of(std::span<const T> values, unsigned width, std::vector<Exact<T>>& exact, ByteWriter& to) {
  const double top = std::ldexp(1.0, static_cast<int>(width) - 1) - 1;
  std::vector<Code> codes(values.size());
  for (std::size_t first = 0; first < values.size(); first += float_block) {
    const auto block = values.subspan(first, std::min(float_block, values.size() - first));
    const double largest = largest_finite(block);
    const int exponent = (largest > 0 ? std::ilogb(largest) : 0) - static_cast<int>(width) + 2;
    to.put(static_cast<std::int16_t>(exponent));
    const PowerOfTwo up(-exponent);
    const PowerOfTwo down(exponent);
    const double bound = block_float_bound(width, largest);
    bool all_within = true;
    for (std::size_t i = 0; i < block.size(); ++i) {
      const double x = static_cast<double>(block[i]);
      const double scaled = x * up.first * up.second;
      const double rounded = (scaled + rounding_shift) - rounding_shift;
      const double high = rounded < top ? rounded : top; // NaN too becomes a number, and is put right by the list
      const double q = high > -top ? high : -top;
      codes[first + i] = static_cast<Code>(q);
      all_within = all_within && std::fabs(x - static_cast<double>(static_cast<T>(q * down.first * down.second))) < bound;
    }
    // Rounding to T can carry a value beyond the bound, or to infinity at the end of its range.
    for (std::size_t i = 0; i < block.size() && !all_within; ++i) {
      const double reached = static_cast<double>(codes[first + i]) * down.first * down.second;
      if (!within(static_cast<double>(block[i]), static_cast<double>(static_cast<T>(reached)), bound)) exact.push_back({first + i, block[i]});
    }
  }
  to.put_bytes(std::as_bytes(std::span(codes)));
}

template <class Code, class T>
void read_codes_of(ByteReader& from, std::span<T> values) {
  const auto blocks = (values.size() + float_block - 1) / float_block;
  const auto exponents = from.take(blocks * sizeof(std::int16_t));
  const auto codes = from.take(values.size() * sizeof(Code));
  for (std::size_t b = 0; b < blocks; ++b) {
    const int e = load<std::int16_t>(exponents.data() + b * sizeof(std::int16_t));
    const PowerOfTwo scale(e);
    const std::size_t end = std::min(values.size(), (b + 1) * float_block);
    for (std::size_t i = b * float_block; i < end; ++i)
      values[i] = static_cast<T>(static_cast<double>(load<Code>(codes.data() + i * sizeof(Code))) * scale.first * scale.second);
  }
}

} // namespace

double block_float_bound(unsigned width, double largest) { return std::ldexp(largest, 1 - static_cast<int>(width)); }

template <class T>
void write_block_float(std::span<const T> values, unsigned width, std::vector<Exact<T>>& exact, ByteWriter& to) {
  if (width == 8)
    write_codes_of<std::int8_t>(values, width, exact, to);
  else if (width == 16)
    write_codes_of<std::int16_t>(values, width, exact, to);
  else
    write_codes_of<std::int32_t>(values, width, exact, to);
}

template <class T>
void read_block_float(ByteReader& from, unsigned width, std::span<T> values) {
  if (width == 8)
    read_codes_of<std::int8_t>(from, values);
  else if (width == 16)
    read_codes_of<std::int16_t>(from, values);
  else
    read_codes_of<std::int32_t>(from, values);
}

template void write_block_float<float>(std::span<const float>, unsigned, std::vector<Exact<float>>&, ByteWriter&);
template void write_block_float<double>(std::span<const double>, unsigned, std::vector<Exact<double>>&, ByteWriter&);
template void read_block_float<float>(ByteReader&, unsigned, std::span<float>);
template void read_block_float<double>(ByteReader&, unsigned, std::span<double>);

} // namespace ansatz::compression
