// SPDX-License-Identifier: Apache-2.0
/// Restart files: the complete state of a computation as named arrays, counters, numbers and texts under /checkpoint, written whole or not at all; the
/// checkpoint before it stays as NAME_prev.h5. Arrays are one-dimensional and global: each rank writes and reads its own contiguous part, so any number of
/// ranks may read what another number wrote. float64 and int64 values come back bit for bit. Layout: docs/formats.md.
/// Errors: FileError as ResultFile and ResultReader, the same on all ranks; UsageError `bad_value` for bad names or parts that do not tile the array;
/// after a FileError from the writer end the program through `abandon` (staged_file.hpp).
/// Threads: one.  MPI: every member of the writer is collective, and so are the constructor and the array readers of the reader.
#pragma once

#include <ansatz/data/open_file.hpp>
#include <ansatz/data/records.hpp>
#include <ansatz/data/staged_file.hpp>

#include <span>
#include <string>
#include <vector>

namespace ansatz {

class CheckpointWriter {
public:
  /// `meta` as for ResultFile::write_meta; its config_json is the case the restart continues.
  CheckpointWriter(MPI_Comm comm, const std::string& path, const Meta& meta);
  /// This rank's part of an array; parts follow each other in the order of the ranks. \param local may be empty
  void array(const std::string& name, std::span<const double> local);
  void array(const std::string& name, std::span<const std::int64_t> local);
  /// Equal on every rank.
  void counter(const std::string& name, std::int64_t value);
  void number(const std::string& name, double value);
  void text(const std::string& name, const std::string& value);
  void publish();

private:
  void write_array(const std::string& name, const void* local, std::size_t count, hid_t file_type, hid_t memory_type);

  StagedFile file_;
  hdf5::Group group_;
};

class CheckpointReader {
public:
  CheckpointReader(MPI_Comm comm, const std::string& path);
  [[nodiscard]] const std::string& path() const noexcept { return opened_.path; }
  [[nodiscard]] Meta meta() const;
  [[nodiscard]] std::int64_t array_size(const std::string& name) const;
  /// `count` values from `start` on; each rank its own range. Collective.
  [[nodiscard]] std::vector<double> array(const std::string& name, std::int64_t start, std::int64_t count) const;
  [[nodiscard]] std::vector<std::int64_t> integers(const std::string& name, std::int64_t start, std::int64_t count) const;
  [[nodiscard]] std::int64_t counter(const std::string& name) const;
  [[nodiscard]] double number(const std::string& name) const;
  [[nodiscard]] std::string text(const std::string& name) const;

private:
  void read_array(const std::string& name, std::int64_t start, std::int64_t count, H5T_class_t kind, hid_t memory_type, void* out) const;
  [[nodiscard]] hdf5::Place place(const std::string& name) const { return {opened_.path, "/checkpoint/" + name, "file_damaged"}; }

  MPI_Comm comm_;
  bool parallel_;
  OpenedFile opened_;
  hdf5::Group group_;
};

} // namespace ansatz
