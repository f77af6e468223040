// SPDX-License-Identifier: Apache-2.0
/// Products of int16 matrices in pairs of terms by the kernels of kernels/tile.hpp, y[m][n] = scale F, F += float(S) after every chain
/// (integer_training.hpp). Training packs operands that are new in every step, so chains are proven from the largest codes, without a pass over norms.
/// a is [rows][terms], row-major; b is packed into panels of 16 columns, [panel][pair][column], a word a pair, the rest of the last panel zero.
/// Threads: functions without state.
#pragma once

#include <ansatz/data/aligned.hpp>
#include <ansatz/quant/kernels/kernel_table.hpp>

#include <cstdint>
#include <span>

namespace ansatz::quant {

inline constexpr std::int64_t panel_columns = 16;

struct PackedPairs {
  std::int64_t columns = 0;
  std::int64_t pairs = 0;
  std::int32_t largest = 0; ///< magnitude
  AlignedVector<std::uint32_t> words{};

  [[nodiscard]] std::int64_t panels() const noexcept { return (columns + panel_columns - 1) / panel_columns; }
};

/// From b[column][term], terms even.
void pack_columns(std::int64_t columns, std::int64_t terms, const std::int16_t* b, PackedPairs& packed);
/// From b[term][column], terms even.
void pack_terms(std::int64_t terms, std::int64_t columns, const std::int16_t* b, PackedPairs& packed);

/// Pairs a chain may have so that no sum leaves int32; at least 1. \param a, b  largest magnitudes, at most 2^15 - 1
[[nodiscard]] std::int64_t chain_pairs(std::int32_t a, std::int32_t b);

[[nodiscard]] std::int32_t largest_magnitude(std::span<const std::int16_t> values);

/// y[row][column] = scale F. \param largest  magnitude of a
void multiply_pairs(std::int64_t rows, const std::int16_t* a, std::int32_t largest, const PackedPairs& b, float scale, float* y,
                    const KernelTable& table = kernel_table(instruction_set()));

} // namespace ansatz::quant
