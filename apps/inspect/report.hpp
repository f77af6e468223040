// SPDX-License-Identifier: Apache-2.0
/// What a file of ours holds, as one JSON object and as text for a terminal.
/// The object: `file`, `content` ("result", "series", "checkpoint", "model"), `meta`, and by content
///   result:      `grid` (dims in z, y, x order, ranges, units, time), `fields` (range, mean, count of non-finite values), `results` (one solver each, in the
///                names of the JSON summary, with `history`), `phases`
///   series:      `frames` (number, step, time, file), `history` (step, time, columns with their values and ranges)
///   model:       `model` (name, version, arrays with shape and range, loss history)
///   checkpoint:  `datasets` (name, shape)
/// Threads: one.  MPI: initialised by the caller; everything is local.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <iosfwd>
#include <string>

namespace ansatz::apps {

/// Reads a file and describes it. Fields are read a few planes at a time.  Memory: 64 MiB or one plane of the largest field.
/// Errors: FileError `file_open`, `file_damaged`, `file_format` naming file and object.
[[nodiscard]] nlohmann::json describe_file(const std::string& path);

/// The same for people: what ran, how it converged, how long each phase took, the fields with their ranges.
void print_report(const nlohmann::json& report, std::ostream& out);

} // namespace ansatz::apps
