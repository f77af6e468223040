// SPDX-License-Identifier: Apache-2.0
/// Block floating point: 32 consecutive values share an exponent,
///   E = floor(log2 max|x|) - (w - 2),  q = clamp(round(x 2^-E), +-(2^(w-1) - 1)),  x_r = q 2^E,   w = 8, 16 or 32 bits,
/// so |x - x_r| <= 2^(1-w) max|x| over the block: a bound relative to the neighbourhood, at a fixed rate of w + 1/2 bits a value and the speed of
/// memory. Values that are not finite are kept as they are and count as 0 in their block. Where the format of T has fewer bits than w, values come
/// back exactly.
/// Cost: some 3 operations a value.  Threads: pure functions.
#pragma once

#include <ansatz/data/compression/byte_stream.hpp>
#include <ansatz/data/compression/quantizer.hpp>

#include <span>

namespace ansatz::compression {

inline constexpr std::size_t float_block = 32;

/// The bound of a block whose largest finite magnitude is `largest`.
[[nodiscard]] double block_float_bound(unsigned width, double largest);

template <class T>
void write_block_float(std::span<const T> values, unsigned width, std::vector<Exact<T>>& exact, ByteWriter& to);

template <class T>
void read_block_float(ByteReader& from, unsigned width, std::span<T> values);

} // namespace ansatz::compression
