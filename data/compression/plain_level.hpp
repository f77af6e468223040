// SPDX-License-Identifier: Apache-2.0
/// The level of compression that needs no filter of ours to be read: integers q of 8, 16 or 32 bits with
///   x_r = scale_factor q + add_offset                        (the packing of the CF conventions, which xarray and netCDF readers undo unasked)
/// add_offset = middle of the range, scale_factor = 2 eps (1 - 2^-10): the part held back pays for the rounding of this formula in doubles. NaN is
/// the integer -2^(w-1), attribute _FillValue. Every value is compared with what the formula gives.
/// Errors: UsageError `bad_value` for infinities, for a range of more than 2^32 steps, and for eps below the rounding of doubles of that size.
/// Threads: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ansatz::compression {

struct PlainScale {
  double scale_factor = 1;
  double add_offset = 0;
  unsigned width = 8; ///< bits of an integer

  [[nodiscard]] std::int32_t fill() const noexcept { return static_cast<std::int32_t>(-(std::int64_t{1} << (width - 1))); }
  /// NaN for the fill value.
  [[nodiscard]] double value(std::int32_t code) const noexcept;
};

/// \param least, greatest  of the finite values of the whole field
[[nodiscard]] PlainScale plain_scale(const std::string& field, double least, double greatest, double eps);

[[nodiscard]] std::vector<std::int32_t> plain_codes(const std::string& field, std::span<const double> values, const PlainScale& scale, double eps);

/// The integers in `width` bits each. They must lie in memory as in the file: HDF5 gives up collective writing where it has to convert.
[[nodiscard]] std::vector<std::byte> packed_codes(std::span<const std::int32_t> codes, unsigned width);

} // namespace ansatz::compression
