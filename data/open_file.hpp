// SPDX-License-Identifier: Apache-2.0
/// Opens a file for reading after a look at it in a child process: a file that makes HDF5 crash is an error, not the end of the program.
/// If PATH is absent but its kept predecessor NAME_prev.h5 is there (a rename on a file system without hard links was cut), that one is opened.
/// Errors: FileError `file_open` (absent, no permission, a folder), `file_damaged` (truncated, checksum, crash), `file_format` (no HDF5, not ours, another
/// major version, another content).  MPI: collective; rank 0 looks.
#pragma once

#include <ansatz/data/collective.hpp>
#include <ansatz/data/hdf5.hpp>

#include <string>

namespace ansatz {

struct OpenedFile {
  std::string path; ///< the file really opened
  hdf5::File file;
};

/// PATH, or its kept predecessor if only that is there.  MPI: local.
[[nodiscard]] std::string present_file(const std::string& path);

/// \param content  "result", "series", "checkpoint", "model", "arrays" or "wisdom"
[[nodiscard]] OpenedFile open_file(MPI_Comm comm, const std::string& path, const std::string& content);

/// Opens any HDF5 file, also one that others wrote. Errors: FileError `file_open`, `file_damaged`, `file_format` (no HDF5).  MPI: collective; rank 0 looks.
[[nodiscard]] OpenedFile open_any_file(MPI_Comm comm, const std::string& path);

struct Verified {
  std::int64_t datasets = 0;
  std::int64_t attributes = 0;
  std::int64_t bytes = 0; ///< of data read
};

/// Reads every attribute and every chunk of every dataset of a file of ours, which checks every checksum. It does so in a child process: the references from
/// fields to their scales lie in HDF5's global heap, the one part without a checksum, and following a damaged one can crash the library.
/// Errors: as open_file; `file_damaged` names the object.  MPI: local.  Memory: 64 MiB or one row of the largest dataset.
[[nodiscard]] Verified verify_file(const std::string& path);

/// The content of any file of ours: "result", "series", "checkpoint", "model", "arrays" or "wisdom". Errors as open_file.  MPI: local.
[[nodiscard]] std::string content_of(const std::string& path);

} // namespace ansatz
