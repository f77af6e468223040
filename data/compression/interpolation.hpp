// SPDX-License-Identifier: Apache-2.0
/// Multilevel interpolation as a predictor. From a grid of stride 2s to one of stride s the new points are predicted along z, then y, then x, each
/// from points already *reconstructed*, at distances -3s, -s, s, 3s along that axis:
///   cubic (-a + 9b + 9c - d)/16; where an outer neighbour is missing (3b + 6c - d)/8; both, (b + c)/2; beyond the last point (3b - a)/2, or b
/// Strides 32, 16, ..., 1; points at multiples of 64 on all axes are predicted by 0. Codes and the bound: quantizer.hpp.
/// Cite: K. Zhao et al., Optimizing error-bounded lossy compression for scientific data by dynamic spline interpolation, ICDE 2021.
/// Order of work: a level goes plane by plane through its target, from compact arrays of the level before, so that every loop runs over neighbours in
/// memory and a plane stays in cache for its three steps; codes lie in the order in which the reader needs them, in sequences of like spread
/// (`sequences`).
/// Accuracy: order 4 in the spacing inside, 2 or 3 at the chunk's faces.  Cost: about 10 operations a value; memory 8 bytes a code and 8/7 of a
/// quarter chunk.
/// Threads: pure functions.
#pragma once

#include <ansatz/data/compression/quantizer.hpp>

#include <span>

namespace ansatz::compression {

/// Codes of one chunk: coarse levels together, then the last level's steps along z, y and x.
struct Sequences {
  static constexpr std::size_t count = 5;
  std::array<std::vector<std::int64_t>, count> codes; ///< coarsest levels, last but one, and z, y, x of the last
};

/// Sizes of the sequences of a chunk.
[[nodiscard]] std::array<std::size_t, Sequences::count> sequence_sizes(const Shape& shape);

/// Integers of a sequence that come from one row of the grid; of the coarse levels nearly.
[[nodiscard]] std::size_t sequence_row(const Shape& shape, std::size_t sequence);

template <class T>
[[nodiscard]] Sequences interpolation_codes(std::span<const T> values, const Shape& shape, Quantizer<T>& quantizer);

template <class T>
void from_interpolation_codes(const Sequences& sequences, const Shape& shape, double step, std::span<T> values);

} // namespace ansatz::compression
