// SPDX-License-Identifier: Apache-2.0
/// Reader of result files (docs/formats.md). Opening checks format and major version; every read checks the checksums of what it touches, so damaged data are
/// errors and never values.
///
///   ResultReader file("out.h5");
///   const Field p = file.read_field("pressure");   // p.values[(k*p.dims[1] + j)*p.dims[2] + i]
///
/// Errors: FileError `file_open`, `file_damaged`, `file_format` naming file and object; UsageError `bad_value` for a block outside the field.
/// Threads: one.  MPI: constructed with a communicator, the constructor, `read_field` and `read_block` are collective; the rest is local then too, but each
/// rank reads for itself. Without one everything is local.  Ownership: owns the file; borrows the communicator.
#pragma once

#include <ansatz/data/compression/field_storage.hpp>
#include <ansatz/data/open_file.hpp>
#include <ansatz/data/records.hpp>

#include <optional>
#include <string>
#include <vector>

namespace ansatz {

struct Field {
  std::string name;
  std::string units;
  std::string long_name;
  std::string location;
  double unit_si = 1.0;
  std::array<std::int64_t, 3> dims{};    ///< z, y, x
  bool is_byte = false;                  ///< stored as uint8 (flags), otherwise float64
  std::optional<FieldStorage> storage{}; ///< of a compressed field
  std::vector<double> values;            ///< bytes are converted; empty from `describe`
};

class ResultReader {
public:
  explicit ResultReader(const std::string& path, MPI_Comm comm = MPI_COMM_SELF);

  /// The file really opened: PATH, or its kept predecessor.
  [[nodiscard]] const std::string& path() const noexcept { return opened_.path; }
  [[nodiscard]] Meta meta() const;
  [[nodiscard]] Grid grid() const;
  [[nodiscard]] std::vector<std::string> fields() const;
  /// All of a field but its values.
  [[nodiscard]] Field describe(const std::string& name) const;
  /// The whole field at time step `t`, on every rank.
  [[nodiscard]] Field read_field(const std::string& name, std::int64_t t = 0) const;
  /// The box start + count (z, y, x) of a field; each rank its own, which may be empty.
  [[nodiscard]] std::vector<double> read_block(const std::string& name, const std::array<std::int64_t, 3>& start,
                                               const std::array<std::int64_t, 3>& count, std::int64_t t = 0) const;
  /// The main solver with its history; nothing if the file has none.
  [[nodiscard]] std::optional<SolverRecord> solver() const;
  /// The other solvers, sorted by name.
  [[nodiscard]] std::vector<SolverRecord> runs() const;
  [[nodiscard]] std::vector<Phase> phases() const;
  /// Reads everything in a child process (see verify_file). Local.
  [[nodiscard]] Verified verify() const { return verify_file(opened_.path); }

private:
  [[nodiscard]] hdf5::Place place(const std::string& object) const { return {opened_.path, object, "file_damaged"}; }
  [[nodiscard]] SolverRecord read_record(const std::string& root, const std::string& history) const;

  MPI_Comm comm_;
  bool parallel_;
  OpenedFile opened_;
};

} // namespace ansatz
