// SPDX-License-Identifier: Apache-2.0
/// --compress: the fields of an app's output within a bound (docs/compression.md). Flags and checkpoints are always exact.
/// Threads: one.  MPI: writing is collective.
#pragma once

#include <ansatz/apps/common/app.hpp>
#include <ansatz/data/result_file.hpp>

#include <optional>

namespace ansatz::apps {

[[nodiscard]] Option compression_option();

/// Nothing: no compression. Errors: UsageError for a text that is none.
[[nodiscard]] std::optional<Compression> compression_of(const Config& config);

/// Writes the field, compressed if `compression` is there; the summary then holds storage.NAME (bits, ratio, error_bound, error_max_measured). What
/// came of it is returned, for a field that is compressed.
std::optional<StoredField> write_field(RunContext& run, ResultFile& file, const FieldBlock& block, std::span<const double> values,
                                       const std::optional<Compression>& compression);

} // namespace ansatz::apps
