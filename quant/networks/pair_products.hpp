// SPDX-License-Identifier: Apache-2.0
/// Products of int16 matrices in pairs of terms by the kernels of kernels/tile.hpp, y[m][n] = relu(scale F + bias[n]) or y[m][n] += scale F, F += float(S) after every chain
/// (integer_training.hpp). Training packs operands that are new in every step, so packing is one pass of interleaving.
/// Rows are given where they lie: a row is some runs of terms at equal distances, so that rows may overlap (patches of an image are never gathered).
/// Columns are packed into panels of 16, [panel][pair][column], a word a pair, the rest of the last panel zero.
/// Chains end where the next pair might not fit into int32: proven from the largest codes of both sides, or from the largest code of the rows and the sums of
/// magnitudes of the columns, which are walked once and make chains two to four times as long.
/// Threads: functions without state.
#pragma once

#include <ansatz/data/aligned.hpp>
#include <ansatz/quant/kernels/kernel_table.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace ansatz::quant {

inline constexpr std::int64_t panel_columns = 16;

struct PackedPairs {
  std::int64_t columns = 0;
  std::int64_t pairs = 0;
  AlignedVector<std::uint32_t> words{};

  [[nodiscard]] std::int64_t panels() const noexcept { return (columns + panel_columns - 1) / panel_columns; }
  /// Forgets what was packed. \return the first word
  std::uint32_t* start(std::int64_t columns, std::int64_t pairs);
};

/// From b[column][term], terms even.
void pack_columns(std::int64_t columns, std::int64_t terms, const std::int16_t* b, PackedPairs& packed);
/// From b[term][column], terms even. Term t lies at b + place(t).
template <class Place>
void pack_terms(std::int64_t terms, std::int64_t columns, const std::int16_t* b, const Place& place, PackedPairs& packed);

/// out[n] = the pair even[n], odd[n] of the columns of a panel, zeros from `used` on; the first value lies in the low half, first in memory.
void pair_up(const std::int16_t* even, const std::int16_t* odd, std::int64_t used, std::uint32_t* out);

/// Pairs a chain may have so that no sum leaves int32; at least 1. \param a, b  largest magnitudes, at most 2^15 - 1
[[nodiscard]] std::int64_t chain_pairs(std::int32_t a, std::int32_t b);

/// How the terms of a row lie, in values.
struct PairRows {
  std::int64_t stride = 0; ///< from row to row
  std::int64_t runs = 1;
  std::int64_t run_pairs = 0;  ///< pairs of a run
  std::int64_t run_stride = 0; ///< from run to run
};

/// Rows against panels, with the chains worked out once.
class PairSweep {
public:
  /// Chains from the magnitudes of the columns of `b`, which is borrowed. \param largest  magnitude of a row's codes
  PairSweep(const PackedPairs& b, const PairRows& shape, std::int32_t largest, const KernelTable& table = kernel_table(instruction_set()));
  /// Chains of `chain` pairs against any `columns` columns that lie as a panel of `pairs` words; b is given with the call.
  PairSweep(std::int64_t columns, std::int64_t chain, const PairRows& shape, const KernelTable& table = kernel_table(instruction_set()));

  /// y = relu(scale F + bias), rows of y `y_stride` values apart. \param bias  of each column, filled up to whole panels; empty: 0
  void run(std::int64_t rows, const std::int16_t* a, float scale, std::span<const float> bias, bool relu, float* y, std::int64_t y_stride) const;
  /// y += scale F of the one panel of the second kind.
  void add(std::int64_t rows, const std::int16_t* a, const std::uint32_t* b, float scale, float* y, std::int64_t y_stride) const;

private:
  /// \param tile  with the panel and the epilogue, but for rows
  void rows(std::int64_t count, const std::int16_t* a, Tile& tile, float* y, std::int64_t y_stride, bool add) const;

  const KernelTable& table_;
  const PackedPairs* b_ = nullptr;
  PairRows shape_;
  std::int64_t columns_ = 0;
  std::vector<std::vector<Run>> runs_; ///< of each panel
};

template <class Place>
void pack_terms(std::int64_t terms, std::int64_t columns, const std::int16_t* b, const Place& place, PackedPairs& packed) {
  std::uint32_t* out = packed.start(columns, terms / 2);
  for (std::int64_t first = 0; first < columns; first += panel_columns)
    for (std::int64_t k = 0; k < terms; k += 2, out += panel_columns) pair_up(b + place(k) + first, b + place(k + 1) + first, columns - first, out);
}

} // namespace ansatz::quant
