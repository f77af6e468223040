// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/compression/lorenzo.hpp>

namespace ansatz::compression {

namespace {

// Differences and sums wrap modulo 2^64 by definition, also for codes of a damaged chunk.
void add(std::int64_t* to, const std::int64_t* from, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(to[i]) + static_cast<std::uint64_t>(from[i]));
}

void subtract(std::int64_t* to, const std::int64_t* from, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(to[i]) - static_cast<std::uint64_t>(from[i]));
}

void subtract_left(std::int64_t* row, std::size_t n) {
  std::uint64_t left = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto here = static_cast<std::uint64_t>(row[i]);
    row[i] = static_cast<std::int64_t>(here - left);
    left = here;
  }
}

void add_left(std::int64_t* row, std::size_t n) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    sum += static_cast<std::uint64_t>(row[i]);
    row[i] = static_cast<std::int64_t>(sum);
  }
}

} // namespace

template <class T>
std::vector<std::int64_t> lorenzo_codes(std::span<const T> values, const Shape& shape, Quantizer<T>& quantizer) {
  const auto [nz, ny, nx] = shape;
  std::vector<std::int64_t> codes(values.size());
  const std::vector<double> zero(nx, 0.0);
  std::vector<double> reached(nx);
  const std::size_t plane = ny * nx;
  for (std::size_t row = 0; row < nz * ny; ++row) {
    std::int64_t* c = codes.data() + row * nx;
    quantizer.row(values.data() + row * nx, 1, row * nx, zero.data(), nx, c, reached.data());
    subtract_left(c, nx);
  }
  for (std::size_t k = nz; k-- > 0;) {
    std::int64_t* here = codes.data() + k * plane;
    for (std::size_t j = ny; j-- > 1;) subtract(here + j * nx, here + (j - 1) * nx, nx);
    if (k + 1 < nz) subtract(here + plane, here, plane);
  }
  return codes;
}

template <class T>
void from_lorenzo_codes(std::vector<std::int64_t>& codes, const Shape& shape, double step, std::span<T> values) {
  const auto [nz, ny, nx] = shape;
  const std::size_t plane = ny * nx;
  for (std::size_t k = 0; k < nz; ++k) {
    std::int64_t* here = codes.data() + k * plane;
    for (std::size_t j = 0; j < ny; ++j) {
      add_left(here + j * nx, nx);
      if (j > 0) add(here + j * nx, here + (j - 1) * nx, nx);
    }
    if (k > 0) add(here, here - plane, plane);
    T* to = values.data() + k * plane;
    for (std::size_t i = 0; i < plane; ++i) to[i] = static_cast<T>(0.0 + step * double_of(here[i]));
  }
}

template std::vector<std::int64_t> lorenzo_codes<float>(std::span<const float>, const Shape&, Quantizer<float>&);
template std::vector<std::int64_t> lorenzo_codes<double>(std::span<const double>, const Shape&, Quantizer<double>&);
template void from_lorenzo_codes<float>(std::vector<std::int64_t>&, const Shape&, double, std::span<float>);
template void from_lorenzo_codes<double>(std::vector<std::int64_t>&, const Shape&, double, std::span<double>);

} // namespace ansatz::compression
