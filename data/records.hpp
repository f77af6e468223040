// SPDX-License-Identifier: Apache-2.0
/// What a result file holds, as plain values shared by writer and reader. docs/formats.md lists the objects they become.
/// Threads: values, free to copy.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ansatz {

/// Version of the layout of result, checkpoint and model files. Readers refuse another major number and read any minor one.
inline constexpr std::int64_t format_major = 1;
inline constexpr std::int64_t format_minor = 1;

/// Where a file comes from. Software, commit, host, ranks and date are filled in by the writer.
struct Meta {
  std::int64_t seed = 0;
  std::int64_t threads = 1;
  std::string config_json{}; ///< the effective configuration, itself a valid case file
  std::string command_line{};
  std::string libraries{}; ///< names and versions, free text

  std::string software{};            ///< read only
  std::string software_version{};    ///< read only
  std::string git_commit{};          ///< read only
  bool git_dirty = false;            ///< read only
  std::string date{};                ///< read only; UTC, ISO 8601
  std::string host{};                ///< read only
  std::int64_t ranks = 1;            ///< read only
  std::int64_t major = format_major; ///< read only
  std::int64_t minor = format_minor; ///< read only
};

/// Coordinates of the field points along each axis.
struct Grid {
  std::vector<double> x{}, y{}, z{};
  std::vector<double> time{}; ///< s; one entry a step
  std::string units{};
};

/// A field on the grid and the box of it that this rank holds, in the order z, y, x (x runs fastest).
struct FieldBlock {
  std::string name{}; ///< [A-Za-z0-9_]+
  std::string units{};
  std::string long_name{};
  std::array<std::int64_t, 3> dims{};  ///< of the whole field
  std::array<std::int64_t, 3> start{}; ///< of this rank's box
  std::array<std::int64_t, 3> count{}; ///< of this rank's box; all zero for a rank that holds nothing
  double unit_si = 1.0;                ///< factor to SI
  std::string location = "cell";       ///< "cell" or "node"
};

/// One solver run, by the names of the JSON summary.
struct SolverRecord {
  std::string name{};
  std::string reason{};
  bool converged = false;
  std::int64_t iterations = 0;
  std::int64_t unknowns = 0;
  double relative_residual = 0; ///< true, 2-norm, relative to b
  double tolerance = 0;
  double setup_seconds = 0;
  double solve_seconds = 0;
  std::int64_t bytes_peak = 0;
  std::vector<std::string> warnings{};   ///< what a reader must know before trusting the answer
  std::vector<double> history{};         ///< relative residual after 0, 1, 2, ... iterations
  std::vector<double> history_seconds{}; ///< wall time since the start of the solve, one per entry of history; may be empty
};

/// One column of the history of a series: a number for each time step.
struct SeriesColumn {
  std::string name{}; ///< [A-Za-z0-9_]+, not `step` or `time`
  std::string units{};
  std::string long_name{};
  bool operator==(const SeriesColumn&) const = default;
};

/// Seconds spent in one phase, over the ranks.
struct Phase {
  std::string name{};
  double min = 0;
  double mean = 0;
  double max = 0;
};

} // namespace ansatz
