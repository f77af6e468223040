// SPDX-License-Identifier: Apache-2.0
/// One chunk of a field as coded bytes and back. Methods:
///   interp, lorenzo   every value within eps of the field's (quantizer.hpp); their integers by rANS (rans.hpp)
///   bfp               block floating point of w bits (block_float.hpp)
/// A chunk that does not get smaller is kept as it is. Layout, little endian: "AEB2", method, bytes a value, w, 0, three uint32 (z, y, x), then for
/// interp and lorenzo eps (float64), the coded sequences, and for all the list of exact values (exact_values.hpp); docs/compression.md.
/// Bound: |x - x_r| <= eps in exact arithmetic for every finite value; values that are not finite come back bit for bit.
/// Errors: encode throws nothing but std::bad_alloc for a valid Coding; decode throws Damaged for bytes that cannot be right, and touches none
/// outside them. Cost: measured in docs/compression.md.  Threads: pure functions; memory 20 bytes a value.
#pragma once

#include <ansatz/data/compression/quantizer.hpp>

#include <span>

namespace ansatz::compression {

enum class Method : std::uint8_t { raw = 0, lorenzo = 1, interp = 2, bfp = 3 };

/// What is done to a chunk.
struct Coding {
  Method method = Method::interp;
  double eps = 0;      ///< of interp and lorenzo; above 0, finite
  unsigned width = 16; ///< of bfp: 8, 16 or 32
};

/// Values in a chunk: at least 1, at most 2^31 - 1, no extent beyond 2^31 - 1.
template <class T>
[[nodiscard]] std::vector<std::byte> encode(std::span<const T> values, const Shape& shape, const Coding& coding);

/// \param values  all of the chunk; `shape` must be the one it was coded with
template <class T>
void decode(std::span<const std::byte> bytes, const Shape& shape, std::span<T> values);

} // namespace ansatz::compression
