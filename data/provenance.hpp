// SPDX-License-Identifier: Apache-2.0
/// The group /meta of every file of ours: who wrote it, when, from what, and the version of its layout.
/// MPI: writing is collective.  Errors: FileError; reading refuses files that are not ours or of another major version with `file_format`.
#pragma once

#include <ansatz/data/records.hpp>
#include <ansatz/data/staged_file.hpp>

namespace ansatz {

/// Writes /meta. \param content  what kind of file this is: "result", "series", "checkpoint", "model", "arrays" or "wisdom"
/// \param ranks  of the run; 0: those that write the file
void write_provenance(StagedFile& file, const Meta& meta, const std::string& content, int ranks = 0);

/// Reads /meta and checks format, major version and content.
[[nodiscard]] Meta read_provenance(hid_t file, const std::string& content, const hdf5::Place& place);

/// The attribute `content` of /meta, after the checks of format and version; "file_format" otherwise.
[[nodiscard]] std::string read_content(hid_t file, const hdf5::Place& place);

/// Writes a text of any length as a chunked dataset of one fixed-length string. Rank 0's text reaches the file; the length must be the same everywhere.
void write_text(StagedFile& file, hid_t parent, const std::string& name, const std::string& text);
[[nodiscard]] std::string read_text_dataset(hid_t parent, const std::string& name, const hdf5::Place& place);

/// Writes a 1-D dataset from equal copies; an empty one gets a chunk of 1.
void write_vector(StagedFile& file, hid_t parent, const std::string& name, std::span<const double> values, bool unlimited = false);
void write_vector(StagedFile& file, hid_t parent, const std::string& name, std::span<const std::int64_t> values, bool unlimited = false);
[[nodiscard]] std::vector<double> read_doubles(hid_t parent, const std::string& name, const hdf5::Place& place);

/// Makes all ranks hold rank 0's text.
void broadcast(MPI_Comm comm, std::string& text);

/// Refuses with UsageError a name that is not [A-Za-z0-9_.+-]+ (a slash would nest, a blank trips readers).
void require_name(const std::string& name, const std::string& what);

} // namespace ansatz
