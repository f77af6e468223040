// SPDX-License-Identifier: Apache-2.0
/// Reader of the index of a time series (series_file.hpp). Frames are result files: read them with ResultReader.
/// Errors: FileError as ResultReader; `file_format` for a link that is none to a file beside the index; UsageError `bad_value` for a frame that is not there,
/// naming those that are.
/// MPI: local, but for `choose_frame`.  Threads: one.  Ownership: values.
#pragma once

#include <ansatz/data/open_file.hpp>
#include <ansatz/data/series_file.hpp>

#include <optional>
#include <string>
#include <vector>

namespace ansatz {

class SeriesReader {
public:
  explicit SeriesReader(const std::string& path);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const Meta& meta() const noexcept { return meta_; }
  /// By growing numbers.
  [[nodiscard]] const std::vector<SeriesFrame>& frames() const noexcept { return frames_; }
  [[nodiscard]] const SeriesFrame& frame(std::int64_t number) const;
  [[nodiscard]] const SeriesHistory& history() const noexcept { return history_; }

  /// As verify_file, of the index and of every frame.
  [[nodiscard]] Verified verify() const;

private:
  void read_frames(hid_t file);
  void read_history(hid_t file);

  std::string path_;
  Meta meta_;
  std::vector<SeriesFrame> frames_;
  SeriesHistory history_;
};

/// The result file meant by a path and a frame number: frame `number` of a series, or a single result file itself, without a number.
/// Errors: beside those above UsageError `bad_value` for a series without a number and a single file with one.  MPI: collective.
[[nodiscard]] std::string choose_frame(MPI_Comm comm, const std::string& path, std::optional<std::int64_t> number);

} // namespace ansatz
