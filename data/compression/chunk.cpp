// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/compression/block_float.hpp>
#include <ansatz/data/compression/chunk.hpp>
#include <ansatz/data/compression/exact_values.hpp>
#include <ansatz/data/compression/interpolation.hpp>
#include <ansatz/data/compression/lorenzo.hpp>
#include <ansatz/data/compression/rans.hpp>

namespace ansatz::compression {

namespace {

constexpr std::uint32_t magic = 0x32424541; // "AEB2"

template <class T>
void write_header(Method method, unsigned width, const Shape& shape, ByteWriter& to) {
  to.put(magic);
  to.put(static_cast<std::uint8_t>(method));
  to.put(static_cast<std::uint8_t>(sizeof(T)));
  to.put(static_cast<std::uint8_t>(width));
  to.put(std::uint8_t{0});
  for (const std::size_t n : shape) to.put(static_cast<std::uint32_t>(n));
}

struct Header {
  Method method;
  unsigned width;
};

template <class T>
Header read_header(ByteReader& from, const Shape& shape) {
  if (from.get<std::uint32_t>() != magic) throw Damaged("the chunk does not begin with AEB2");
  const auto method = from.get<std::uint8_t>();
  if (method > static_cast<std::uint8_t>(Method::bfp)) throw Damaged("the chunk has an unknown method");
  if (from.get<std::uint8_t>() != sizeof(T)) throw Damaged("the chunk holds values of another size");
  const unsigned width = from.get<std::uint8_t>();
  if (from.get<std::uint8_t>() != 0) throw Damaged("the chunk is of a later version");
  if (static_cast<Method>(method) == Method::bfp && width != 8 && width != 16 && width != 32)
    throw Damaged("block floating point of an unknown width");
  for (const std::size_t n : shape)
    if (from.get<std::uint32_t>() != n) throw Damaged("the chunk has another shape");
  return {static_cast<Method>(method), width};
}

template <class T>
void write_body(std::span<const T> values, const Shape& shape, const Coding& coding, ByteWriter& to) {
  std::vector<Exact<T>> exact;
  if (coding.method == Method::bfp) {
    write_block_float(values, coding.width, exact, to);
  } else {
    to.put(coding.eps);
    Quantizer<T> quantizer(coding.eps);
    if (coding.method == Method::interp) {
      const Sequences sequences = interpolation_codes(values, shape, quantizer);
      for (std::size_t s = 0; s < Sequences::count; ++s) write_codes(sequences.codes[s], sequence_row(shape, s), to);
    } else {
      write_codes(lorenzo_codes(values, shape, quantizer), shape[2], to);
    }
    exact.swap(quantizer.exact());
  }
  write_exact(exact, to);
}

template <class T>
void read_body(ByteReader& from, const Shape& shape, const Header& header, std::span<T> values) {
  if (header.method == Method::bfp) {
    read_block_float(from, header.width, values);
    return;
  }
  const double eps = from.get<double>();
  if (!(eps > 0) || !std::isfinite(eps)) throw Damaged("the bound of the chunk is not a positive number");
  if (header.method == Method::interp) {
    Sequences sequences;
    const auto sizes = sequence_sizes(shape);
    for (std::size_t s = 0; s < sizes.size(); ++s) {
      sequences.codes[s].resize(sizes[s]);
      read_codes(from, sequence_row(shape, s), sequences.codes[s]);
    }
    from_interpolation_codes(sequences, shape, 2 * eps, values);
  } else {
    std::vector<std::int64_t> codes(values.size());
    read_codes(from, shape[2], codes);
    from_lorenzo_codes(codes, shape, 2 * eps, values);
  }
}

} // namespace

template <class T>
std::vector<std::byte> encode(std::span<const T> values, const Shape& shape, const Coding& coding) {
  ByteWriter to;
  write_header<T>(coding.method, coding.method == Method::bfp ? coding.width : 0, shape, to);
  const std::size_t header = to.size();
  write_body(values, shape, coding, to);
  if (to.size() - header < values.size_bytes()) return to.take();
  ByteWriter raw;
  write_header<T>(Method::raw, 0, shape, raw);
  raw.put_bytes(std::as_bytes(values));
  return raw.take();
}

template <class T>
void decode(std::span<const std::byte> bytes, const Shape& shape, std::span<T> values) {
  ByteReader from(bytes);
  const Header header = read_header<T>(from, shape);
  if (header.method == Method::raw) {
    const auto raw = from.take(values.size_bytes());
    std::memcpy(values.data(), raw.data(), raw.size());
  } else {
    read_body(from, shape, header, values);
    read_exact(from, values);
  }
  if (from.left() != 0) throw Damaged("the chunk has bytes left over");
}

template std::vector<std::byte> encode<float>(std::span<const float>, const Shape&, const Coding&);
template std::vector<std::byte> encode<double>(std::span<const double>, const Shape&, const Coding&);
template void decode<float>(std::span<const std::byte>, const Shape&, std::span<float>);
template void decode<double>(std::span<const std::byte>, const Shape&, std::span<double>);

} // namespace ansatz::compression
