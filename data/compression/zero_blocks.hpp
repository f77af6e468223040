// SPDX-License-Identifier: Apache-2.0
/// Where integers are not zero: a field that is constant nearly everywhere has whole blocks of zeros, which a table of symbols of fewer than 4096 parts
/// cannot say in less than some hundredths of a bit each, and which say nothing of where the others are. Rows are cut into blocks of 8, the last of a
/// row may be shorter; a flag a block tells whether any of its integers is not 0. Flags go through an adaptive binary arithmetic coder, each with the
/// probability of its neighbours: the block before, the one above in the row before, and the one after that. Cost: one pass, and 10 ns a flag.
/// Cite: M. Mahoney, Adaptive weighing of context models for lossless data compression, 2005 (the coder of 32 bits without carries).
/// Threads: pure functions.
#pragma once

#include <ansatz/data/compression/byte_stream.hpp>

namespace ansatz::compression {

inline constexpr std::size_t zero_block = 8;

/// Flags of the blocks of rows of `row` integers each, `row` above 0; the last row may be shorter.
[[nodiscard]] std::vector<std::uint8_t> nonzero_blocks(std::span<const std::int64_t> codes, std::size_t row);

/// The number of blocks of so many integers.
[[nodiscard]] std::size_t block_count(std::size_t codes, std::size_t row);

/// f(first, count, flag) for every block, in order.
template <class F>
void for_blocks(std::span<const std::uint8_t> flags, std::size_t codes, std::size_t row, F&& f) {
  std::size_t block = 0;
  for (std::size_t start = 0; start < codes; start += row) {
    const std::size_t end = codes - start < row ? codes : start + row;
    for (std::size_t first = start; first < end; first += zero_block)
      f(first, end - first < zero_block ? end - first : zero_block, flags[block++] != 0);
  }
}

void write_flags(std::span<const std::uint8_t> flags, std::size_t blocks_a_row, ByteWriter& to);

/// Any bytes give some flags. Throws Damaged if the bytes end early.
void read_flags(ByteReader& from, std::size_t blocks_a_row, std::span<std::uint8_t> flags);

} // namespace ansatz::compression
