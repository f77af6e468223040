// SPDX-License-Identifier: Apache-2.0
/// Arrays without a grid in HDF5: batches of vectors, and tables of equally long columns (docs/formats.md, content "arrays").
///   /arrays/<name>   float32 or float64 (rows, columns), text attributes of the caller
///   /table/<name>    float64, int64 or text (rows), attributes `units`, `long_name`
/// The reader takes such a dataset out of any HDF5 file, h5py's included, after a look at it in a child process.
///
///   ArrayFile file(comm, "z.h5", {.overwrite = true});
///   file.write_meta(meta);
///   file.write_rows<float>("z", {.rows = n, .first = first, .columns = 25}, values, {{"irreps", "0e+1o"}});
///   file.publish();
///
/// Errors: FileError (`file_open`, `file_damaged`, `file_format`, `file_write`, `disk_full`) naming file and object; UsageError `bad_value` for a
/// name or a number of values that cannot be.  Threads: one.  MPI: all members are collective; see staged_file.hpp for failures while writing.
#pragma once

#include <ansatz/data/open_file.hpp>
#include <ansatz/data/records.hpp>
#include <ansatz/data/staged_file.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ansatz {

/// The rows of an array that this rank holds. Ranks hold consecutive rows and together all of them.
struct RowBlock {
  std::int64_t rows = 0;  ///< of the whole array
  std::int64_t first = 0; ///< of this rank
  std::int64_t columns = 0;
};

/// First row of rank `rank` of `ranks`: floor(rank rows / ranks).
[[nodiscard]] inline std::int64_t first_row(std::int64_t rows, int rank, int ranks) { return rows * rank / ranks; }

class ArrayFile {
public:
  ArrayFile(MPI_Comm comm, const std::string& path, PublishOptions options = {}) : file_(comm, path, options) {}

  void write_meta(const Meta& meta);
  /// \param values  the rows of this rank, one after another
  template <class T>
  void write_rows(const std::string& name, const RowBlock& block, std::span<const T> values,
                  const std::vector<std::pair<std::string, std::string>>& attributes = {});
  /// Columns of the table, equal on all ranks.
  void write_column(const std::string& name, std::span<const double> values, const std::string& units, const std::string& long_name);
  void write_column(const std::string& name, std::span<const std::int64_t> values, const std::string& units, const std::string& long_name);
  void write_column(const std::string& name, std::span<const std::string> values, const std::string& long_name);
  void publish() { file_.publish(); }

private:
  void write_numbers(const std::string& name, hid_t file_type, hid_t memory_type, const void* values, std::size_t count);
  void describe_column(const std::string& name, const std::string& units, const std::string& long_name);

  StagedFile file_;
};

class ArrayReader {
public:
  /// \param source  FILE:DATASET, "features.h5:/batch/x"
  ArrayReader(MPI_Comm comm, const std::string& source);

  /// Rows and columns; an array with one axis is one row.
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] std::int64_t columns() const { return columns_; }
  /// True: numbers of at most four bytes.
  [[nodiscard]] bool single_precision() const { return single_; }
  /// `count` rows from `first` on, converted to T; each rank its own, which may be none.
  template <class T>
  [[nodiscard]] std::vector<T> read_rows(std::int64_t first, std::int64_t count) const;

private:
  MPI_Comm comm_;
  hdf5::Place place_;
  hdf5::File file_;
  hdf5::Dataset dataset_;
  int axes_ = 0;
  std::int64_t rows_ = 0, columns_ = 0;
  bool single_ = false;
};

} // namespace ansatz
