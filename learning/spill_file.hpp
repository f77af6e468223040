// SPDX-License-Identifier: Apache-2.0
/// A stack of values on disk: one checksummed one-dimensional HDF5 dataset of bytes, written and read back at its end, bit for bit. The file
/// loses its name as soon as it is open, so it vanishes with the process however that ends.
/// Errors: FileError (`file_open`, `disk_full` before anything is written when the file system is too full, `file_damaged` if a checksum fails).
/// Threads: one.  MPI: local, one file per process.
#pragma once

#include <ansatz/data/hdf5.hpp>
#include <ansatz/learning/tensor.hpp>

#include <string>
#include <vector>

namespace ansatz::learning {

class SpillFile {
public:
  /// \param folder  empty: the system's temporary folder
  explicit SpillFile(std::string folder);

  /// Writes at the end; the matching `pop` reads it back.
  void push(const void* data, std::int64_t bytes);
  void pop(void* data, std::int64_t bytes);
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }

private:
  void transfer(void* data, std::int64_t bytes, bool write);

  std::string path_;
  hdf5::File file_;
  hdf5::Dataset dataset_;
  std::int64_t size_ = 0;
  std::int64_t extent_ = 0;
};

} // namespace ansatz::learning
