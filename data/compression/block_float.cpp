// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/compression/block_float.hpp>

#include <algorithm>

namespace ansatz::compression {

namespace {

/// x 2^e in two exact steps: 2^-E overflows for tiny blocks and underflows for huge ones.
double scale(double x, int e) {
  const int half = e / 2;
  return x * std::ldexp(1.0, half) * std::ldexp(1.0, e - half);
}

template <class Code, class T>
void write_codes_of(std::span<const T> values, unsigned width, std::vector<Exact<T>>& exact, ByteWriter& to) {
  const double top = std::ldexp(1.0, static_cast<int>(width) - 1) - 1;
  std::vector<Code> codes(values.size());
  for (std::size_t first = 0; first < values.size(); first += float_block) {
    const auto block = values.subspan(first, std::min(float_block, values.size() - first));
    double largest = 0;
    for (const T x : block)
      if (std::isfinite(x)) largest = std::max(largest, std::fabs(static_cast<double>(x)));
    const int exponent = (largest > 0 ? std::ilogb(largest) : 0) - static_cast<int>(width) + 2;
    to.put(static_cast<std::int16_t>(exponent));
    for (std::size_t i = 0; i < block.size(); ++i) {
      const double x = static_cast<double>(block[i]);
      const double q = std::isfinite(x) ? std::clamp(std::nearbyint(scale(x, -exponent)), -top, top) : 0.0;
      codes[first + i] = static_cast<Code>(q);
      // Rounding to T can carry a value beyond the bound, or to infinity at the end of its range.
      const double reached = static_cast<double>(static_cast<T>(scale(q, exponent)));
      if (!within(x, reached, block_float_bound(width, largest))) exact.push_back({first + i, block[i]});
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
    const double low = std::ldexp(1.0, e / 2);
    const double high = std::ldexp(1.0, e - e / 2);
    const std::size_t end = std::min(values.size(), (b + 1) * float_block);
    for (std::size_t i = b * float_block; i < end; ++i)
      values[i] = static_cast<T>(static_cast<double>(load<Code>(codes.data() + i * sizeof(Code))) * low * high);
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
