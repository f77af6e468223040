// SPDX-License-Identifier: Apache-2.0
/// How a field lies in a file when it is compressed, and its attributes (docs/formats.md):
///   ansatz_format ("ebq", "bfp"), format_version, level, predictor, bits (stored, a value), error_bound and error_max_measured (absolute, of finite
///     values),
///   rounding, original_type; of bfp `block` and `width`; of the plain level scale_factor, add_offset and, where there are NaN, _FillValue.
/// `error_max_measured` is found by reading the field back from the file.
/// Errors: FileError of the file; UsageError `bad_value`.  Threads: one.  MPI: reading is local, the rest collective.
#pragma once

#include <ansatz/data/compression/compression.hpp>
#include <ansatz/data/compression/plain_level.hpp>
#include <ansatz/data/hdf5.hpp>

#include <mpi.h>

namespace ansatz {

struct FieldStorage {
  std::string format{};    ///< "ebq" or "bfp"
  std::string level{};     ///< "packed" or "plain"
  std::string predictor{}; ///< "interp", "lorenzo" or "none"
  double bits = 0;         ///< stored, a value, checksums included
  double error_bound = 0;
  double error_max_measured = 0;
  compression::PlainScale scale{}; ///< of the plain level
  bool has_fill = false;           ///< of the plain level: NaN occur
};

namespace compression {

/// A compression with its numbers, equal on all ranks.
struct FieldPlan {
  FieldStorage storage{}; ///< without bits and measured error
  Coding coding{};
};

/// Finds the absolute bound of a field from the values of all ranks. Collective. Errors: UsageError for Bound::residual, which only a solver can
/// resolve.
[[nodiscard]] FieldPlan plan_field(MPI_Comm comm, const std::string& field, std::span<const double> values, const Compression& wanted);

/// The filters of a dataset, in a property list for its creation that has its chunk.
void set_filters(hid_t create, const FieldPlan& plan, const std::vector<hsize_t>& chunk, const hdf5::Place& place);

void write_storage(hid_t dataset, const FieldStorage& storage, unsigned bfp_width, const hdf5::Place& place);

/// Nothing if the field is not compressed.
[[nodiscard]] std::optional<FieldStorage> read_storage(hid_t dataset, const hdf5::Place& place);

/// Integers of the plain level, read as doubles, as values.
void unpack(const FieldStorage& storage, std::span<double> values);

/// Largest |x - x_r| of this rank's finite values; infinity if one that is not finite has changed.
[[nodiscard]] double largest_error(std::span<const double> values, std::span<const double> read);

} // namespace compression
} // namespace ansatz
