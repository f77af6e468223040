// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/direction/rows.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace ansatz::quant {

namespace {

/// A row of the grid as float32, [voxel][channel].
void decode_row(const Codes& c, std::int64_t k, std::int64_t j, float* values) {
  const std::byte* from = c.row(k, j);
  const std::int64_t n = c.channels();
  const auto step = static_cast<float>(c.step);
  for (std::int64_t i = 0; i < c.grid().x; ++i, from += c.voxel_bytes(), values += n)
    if (c.code() == Code::int16) {
      const auto* q = reinterpret_cast<const std::int16_t*>(from);
      for (std::int64_t o = 0; o < n; ++o) values[o] = step * static_cast<float>(q[o]);
    } else if (c.code() == Code::bf16) {
      const auto* q = reinterpret_cast<const std::uint16_t*>(from);
      for (std::int64_t o = 0; o < n; ++o) {
        const std::uint32_t word = static_cast<std::uint32_t>(q[o]) << 16;
        std::memcpy(values + o, &word, sizeof word);
      }
    } else {
      std::memcpy(values, from, static_cast<std::size_t>(n) * sizeof(float));
    }
}

/// Channels must fill whole words.
void encode_row(const KernelTable& table, const float* values, Codes& c, std::int64_t k, std::int64_t j) {
  const std::int64_t n = c.grid().x * c.channels();
  std::byte* to = c.row(k, j);
  if (c.code() == Code::int16)
    table.encode.to_int16(values, n, static_cast<float>(1.0 / c.step), static_cast<float>(c.most), reinterpret_cast<std::int16_t*>(to));
  else if (c.code() == Code::bf16)
    table.encode.to_bf16(values, n, reinterpret_cast<std::uint16_t*>(to));
  else
    std::memcpy(to, values, static_cast<std::size_t>(n) * sizeof(float));
}

} // namespace

void average(const KernelTable& table, const Codes& fine, Codes& coarse) {
  const std::int64_t n = fine.channels();
  std::vector<float> row(static_cast<std::size_t>(fine.grid().x * n));
  std::vector<float> mean(static_cast<std::size_t>(coarse.grid().x * n));
  for (std::int64_t k = 0; k < coarse.grid().z; ++k)
    for (std::int64_t j = 0; j < coarse.grid().y; ++j) {
      std::fill(mean.begin(), mean.end(), 0.0F);
      for (std::int64_t part = 0; part < 4; ++part) {
        decode_row(fine, 2 * k + part / 2, 2 * j + part % 2, row.data());
        for (std::int64_t i = 0; i < coarse.grid().x; ++i)
          for (std::int64_t o = 0; o < n; ++o)
            mean[static_cast<std::size_t>(i * n + o)] +=
                row[static_cast<std::size_t>(2 * i * n + o)] + row[static_cast<std::size_t>((2 * i + 1) * n + o)];
      }
      for (float& v : mean) v *= 0.125F;
      encode_row(table, mean.data(), coarse, k, j);
    }
}

void join(const KernelTable& table, const Codes& coarse, const Codes& fine, Codes& sum) {
  const std::int64_t n = fine.channels();
  std::vector<float> row(static_cast<std::size_t>(fine.grid().x * n));
  std::vector<float> above(static_cast<std::size_t>(coarse.grid().x * n));
  for (std::int64_t k = 0; k < fine.grid().z; ++k)
    for (std::int64_t j = 0; j < fine.grid().y; ++j) {
      decode_row(fine, k, j, row.data());
      decode_row(coarse, k / 2, j / 2, above.data());
      for (std::int64_t i = 0; i < fine.grid().x; ++i)
        for (std::int64_t o = 0; o < n; ++o) row[static_cast<std::size_t>(i * n + o)] += above[static_cast<std::size_t>(i / 2 * n + o)];
      encode_row(table, row.data(), sum, k, j);
    }
}

void affine(const Codes& x, std::span<const float> weights, float bias, std::span<float> y) {
  const std::int64_t n = x.channels();
  std::vector<float> row(static_cast<std::size_t>(x.grid().x * n));
  float* to = y.data();
  for (std::int64_t k = 0; k < x.grid().z; ++k)
    for (std::int64_t j = 0; j < x.grid().y; ++j) {
      decode_row(x, k, j, row.data());
      for (std::int64_t i = 0; i < x.grid().x; ++i) {
        float sum = bias;
        for (std::int64_t o = 0; o < n; ++o) sum += weights[static_cast<std::size_t>(o)] * row[static_cast<std::size_t>(i * n + o)];
        *to++ = sum;
      }
    }
}

void settle(Codes& codes) {
  std::uint32_t least = 0x7F800000;
  std::uint32_t largest = 0;
  const std::int64_t n = codes.grid().x * codes.channels();
  for (std::int64_t k = 0; k < codes.grid().z; ++k)
    for (std::int64_t j = 0; j < codes.grid().y; ++j) {
      std::byte* row = codes.row(k, j);
      for (std::int64_t i = 0; i < n; ++i) {
        std::uint32_t word = 0;
        std::memcpy(&word, row + 4 * i, sizeof word);
        const std::uint32_t magnitude = word & 0x7FFFFFFFU;
        if (magnitude < 0x00800000U)
          word = 0;
        else
          least = std::min(least, magnitude);
        largest = std::max(largest, magnitude);
        std::memcpy(row + 4 * i, &word, sizeof word);
      }
    }
  codes.least_word = least;
  codes.largest_word = largest;
  codes.has_zeros = true;
}

} // namespace ansatz::quant
