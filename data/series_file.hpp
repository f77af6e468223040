// SPDX-License-Identifier: Apache-2.0
/// Writer of a time series: every frame a whole result file OUT_0007.h5 (result_file.hpp), beside them an index OUT.h5 and OUT.xdmf, an animation for ParaView.
/// The index is small and rewritten, whole or absent, after each frame (docs/formats.md):
///   /meta             provenance, content "series"
///   /grid/time, step  one entry a frame
///   /history/<name>   one entry a record: step, time, and the caller's columns; extendible
///   /frames/<nnnn>    external links to the frames, by file names without a folder: move all files together
///
///   SeriesFile series(comm, "out.h5", meta, {.x = x, .y = y, .z = z, .units = "m"}, {{"divergence", "1/s", "largest divergence"}}, {.overwrite = true});
///   series.record(step, time, {{divergence}});                                                            // every time step
///   series.write_frame(step, time, [&](ResultFile& frame) { frame.write_field(block, values); });         // as often as frames are wanted
///   series.flush();                                                                                       // before every checkpoint, and at the end
///   SeriesFile series(comm, "out.h5", meta, grid, columns, {.resume_step = step_of_the_checkpoint});      // goes on with it
///
/// A run that is killed loses no frame and no record before its last flush. One that resumes keeps frames and records up to the step it goes on from;
/// later ones stay as they are until the first new frame or flush, which replaces them.
/// Errors: FileError as ResultFile, and `file_open` for a name that is taken, also by a frame; SeriesReader's for the series to go on with, `file_format` if its
/// columns are others; UsageError `bad_value` for steps that do not grow, names and numbers of columns. After a FileError end the program through `abandon`.
/// Cost: a frame's own, and a rewrite of the index, 8 bytes a record and column.  Memory: the history, on rank 0.
/// MPI: all members but `record` are collective.  Threads: one.
#pragma once

#include <ansatz/data/result_file.hpp>

#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace ansatz {

/// A frame as the index lists it.
struct SeriesFrame {
  std::int64_t number = 0;
  std::int64_t step = 0;
  double time = 0.0;  ///< s
  std::string path{}; ///< of its file, beside the index
};

/// What was recorded every time step.
struct SeriesHistory {
  std::vector<std::int64_t> step{};
  std::vector<double> time{};                ///< s
  std::vector<SeriesColumn> columns{};       ///< beside step and time
  std::vector<std::vector<double>> values{}; ///< [column][record]
};

struct SeriesOptions {
  bool overwrite = false;        ///< replace a series of that name; otherwise one that exists is refused
  std::int64_t resume_step = -1; ///< >= 0: go on with the series of that name after this step; if there is none, a new one begins
};

class SeriesFile {
public:
  /// Nothing is written yet. \param meta  as for ResultFile::write_meta  \param grid  of every frame; its time is not used
  SeriesFile(MPI_Comm comm, const std::string& path, Meta meta, Grid grid, std::vector<SeriesColumn> columns, SeriesOptions options = {});

  /// One record of the history, steps growing; rank 0's counts. \param values  one a column
  void record(std::int64_t step, double time, std::span<const double> values);
  void record(std::int64_t step, double time, std::initializer_list<double> values) { record(step, time, {values.begin(), values.size()}); }

  /// A frame with provenance and grid; `fill` adds fields and, if it likes, solver and phases.
  void write_frame(std::int64_t step, double time, const std::function<void(ResultFile&)>& fill);

  /// Writes the index, so that the records up to now are safe.
  void flush();

  /// Frames up to now, those before a restart included.
  [[nodiscard]] std::int64_t frames() const noexcept { return static_cast<std::int64_t>(frames_.size()); }

private:
  void resume(std::int64_t step);
  void write_index(int ranks) const;

  MPI_Comm comm_;
  std::string path_;
  Meta meta_;
  Grid grid_;
  std::vector<SeriesFrame> frames_; ///< whole on rank 0; elsewhere those before a restart are blank
  SeriesHistory history_;           ///< on rank 0
  std::string xdmf_;                ///< on rank 0
  std::vector<std::string> stale_;  ///< frames of an older index, to be removed once the new one is published
};

/// OUT_0007.h5 of OUT.h5 and 7.
[[nodiscard]] std::string frame_path(const std::string& series_path, std::int64_t number);

} // namespace ansatz
