// SPDX-License-Identifier: Apache-2.0
/// Entropy coding of integer codes by four interleaved range coders in the asymmetric form (rANS) with 12-bit probabilities, 32-bit states and 16-bit
/// words:
///   encode s:  x' = floor(x / f_s) 2^12 + (x mod f_s) + F_s        decode:  s from x mod 2^12,  x = f_s floor(x' / 2^12) + (x' mod 2^12) - F_s,
/// f_s = frequency of s of 4096, F_s = sum of those before it. Code i goes through coder i mod 4, so that four chains of dependent operations run
/// side by side; codes of one sequence share a table that is written before them. Symbols and raw bits: code_symbols.hpp.
/// Cite: J. Duda, Asymmetric numeral systems, 2013, arXiv:1311.2540.
/// Size: within 2 % of the zero-order entropy of the codes plus about two bytes a symbol in use and 28 bytes (tests/data/compression).
/// Errors: reading throws Damaged for anything that no encoder wrote, as far as it can be seen: a table that does not sum to 4096, words or bits that
/// end early or are left over, final states that are not the initial ones. Codes of |c| >= 2^55 must not be given.
/// Cost: one division a code to write, one multiplication to read.  Threads: pure functions.
#pragma once

#include <ansatz/data/compression/byte_stream.hpp>

#include <cstdint>
#include <span>

namespace ansatz::compression {

/// \param row  integers in a row of the grid, above 0: where blocks of zeros pay (zero_blocks.hpp), only the others are coded
void write_codes(std::span<const std::int64_t> codes, std::size_t row, ByteWriter& to);
void read_codes(ByteReader& from, std::size_t row, std::span<std::int64_t> codes);

} // namespace ansatz::compression
