// SPDX-License-Identifier: Apache-2.0
/// Writer of result files, format version 1 (docs/formats.md):
///   /meta                    provenance as attributes; dataset config_json
///   /grid/{x,y,z,time}       coordinates, dimension scales of the fields
///   /fields/<name>           [t,z,y,x] with t = 1, float64 or uint8, little endian, chunked, Fletcher-32; float64 compressed on request
///                            (compression.hpp)
///   /solver, /history        the main solver; /runs/<name>, /runs/<name>/history every other one
///   /tables/<name>/<column>  further numbers, such as estimates and the parameters of every step
///   /phases                  seconds, min, mean and max over ranks
/// Order: grid before fields; the rest as it comes; `publish` last, and without it no file appears (see staged_file.hpp, also for `abandon`).
///
///   ResultFile file(comm, "out.h5", {.overwrite = true});
///   file.write_meta(meta);
///   file.write_grid(x, y, z, "m");
///   file.write_field({.name = "pressure", .units = "Pa", .dims = {nz, ny, nx}, .start = {z0, 0, 0}, .count = {mz, ny, nx}}, values);
///   file.publish();
///
/// Errors: FileError (`file_open`, `file_write`, `disk_full`) naming file and object, the same on all ranks; UsageError `bad_value` for a name, a
/// block or a number of values that cannot be, before anything is written. After a FileError end the program through `abandon`.
/// Threads: one.  MPI: every member is collective; blocks of the ranks must tile the field.  Memory: HDF5's chunk buffers, up to 4 MiB and the rank's
/// block again.
#pragma once

#include <ansatz/data/compression/field_storage.hpp>
#include <ansatz/data/records.hpp>
#include <ansatz/data/staged_file.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ansatz {

/// A compressed field as it lies in the file.
struct StoredField {
  FieldStorage storage{};
  std::vector<double> values{}; ///< of this rank's block, as a reader will find them
};

class ResultFile {
public:
  ResultFile(MPI_Comm comm, const std::string& path, PublishOptions options = {});

  /// Only seed, threads, config_json, command_line and libraries are taken from `meta`; rank 0's count.
  void write_meta(const Meta& meta);
  /// Coordinates of the field points along each axis, whole and equal on every rank.
  void write_grid(std::span<const double> x, std::span<const double> y, std::span<const double> z, const std::string& units, double time = 0.0);
  void write_field(const FieldBlock& block, std::span<const double> values);
  void write_field(const FieldBlock& block, std::span<const std::uint8_t> values);
  /// Compressed within a bound, which is checked on what comes back from the file.
  /// Errors: those of plan_field and of the plain level; InternalError if the bound does not hold.
  StoredField write_field(const FieldBlock& block, std::span<const double> values, const Compression& compression);
  /// Further numbers about a field, as attributes; equal on all ranks.
  void annotate(const std::string& field, const std::vector<std::pair<std::string, double>>& numbers);
  /// `main`: to /solver and /history, at most once; otherwise to /runs/<name>. Rank 0's record counts.
  void write_solver(const SolverRecord& record, bool main);
  /// /tables/<name>/<column>: equally long columns of numbers, equal on every rank; rank 0's count.
  void write_table(const std::string& name, const std::vector<std::pair<std::string, std::vector<double>>>& columns);
  /// This rank's seconds by phase; the same names in the same order on every rank.
  void write_phases(const std::vector<std::pair<std::string, double>>& seconds);
  void publish() { file_.publish(); }

private:
  /// What of a block is written, and how.
  struct Bytes {
    const void* values;
    std::size_t count;
    std::size_t element; ///< bytes of a value in the file
    hid_t file_type;
    hid_t memory_type;
    const compression::FieldPlan* plan = nullptr;
  };
  void write_bytes(const FieldBlock& block, const Bytes& bytes);
  [[nodiscard]] StoredField read_back(const FieldBlock& block, std::span<const double> values, const compression::FieldPlan& plan);
  void require_grid(const FieldBlock& block) const;
  void write_history(hid_t group, const SolverRecord& record);

  StagedFile file_;
  std::array<std::int64_t, 3> grid_{}; ///< z, y, x; zero before write_grid
};

} // namespace ansatz
