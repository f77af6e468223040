// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/provenance.hpp>
#include <ansatz/data/series_file.hpp>
#include <ansatz/data/series_reader.hpp>
#include <ansatz/data/xdmf.hpp>

#include <hdf5_hl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <utility>

namespace ansatz {

namespace {

using hdf5::checked;
using hdf5::Place;
namespace fs = std::filesystem;

constexpr std::size_t least_digits = 4;

std::string four_digits(std::int64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(least_digits - std::min(least_digits, digits.size()), '0') + digits;
}

/// Where the extension begins.
std::size_t stem_length(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos || dot == 0 || (slash != std::string::npos && dot <= slash + 1) ? path.size() : dot;
}

/// A file beside the series that has the name of one of its frames; empty: none.
std::string any_frame(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  const std::string stem = fs::path(path.substr(0, stem_length(path))).filename().string() + "_";
  const std::string extension = path.substr(stem_length(path));
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.size() < stem.size() + least_digits + extension.size() || !name.starts_with(stem) || !name.ends_with(extension)) continue;
    const std::string middle = name.substr(stem.size(), name.size() - stem.size() - extension.size());
    if (std::all_of(middle.begin(), middle.end(), [](unsigned char c) { return std::isdigit(c); })) return entry.path().string();
  }
  return "";
}

/// The frames of a series that is to be replaced; none if there is another file, or a damaged one.
std::vector<std::string> frames_of(const std::string& path) {
  std::vector<std::string> paths;
  try {
    const SeriesReader before(path);
    for (const SeriesFrame& frame : before.frames()) paths.push_back(frame.path);
  } catch (const FileError&) { // what cannot be read need not be kept
    paths.clear();
  }
  return paths;
}

void require_columns(const std::vector<SeriesColumn>& columns) {
  for (const SeriesColumn& column : columns) {
    require_name(column.name, "the name of a history column");
    const auto same = [&](const SeriesColumn& other) { return other.name == column.name; };
    if (column.name == "step" || column.name == "time" || std::count_if(columns.begin(), columns.end(), same) > 1)
      throw UsageError("bad_value", "the history column " + column.name + " is there already; give it another name");
  }
}

void describe(const hdf5::Dataset& dataset, const std::string& units, const std::string& long_name, const Place& place) {
  hdf5::write_attribute(dataset.get(), "units", units, place);
  hdf5::write_attribute(dataset.get(), "long_name", long_name, place);
}

template <class T>
void write_column(StagedFile& file, hid_t group, const SeriesColumn& column, const std::vector<T>& values, const char* scale) {
  write_vector(file, group, column.name, std::span<const T>(values), true);
  file.step([&] {
    const Place place = file.place(column.name);
    const hdf5::Dataset dataset = hdf5::open_dataset(group, column.name, place);
    describe(dataset, column.units, column.long_name, place);
    if (column.name == scale) {
      checked(H5DSset_scale(dataset.get(), scale), "making a dimension scale", place);
      return;
    }
    const hdf5::Dataset steps = hdf5::open_dataset(group, scale, place);
    checked(H5DSattach_scale(dataset.get(), steps.get(), 0), "attaching a scale", place);
    checked(H5DSset_label(dataset.get(), 0, scale), "labelling an axis", place);
  });
}

hdf5::Group make_group(StagedFile& file, const std::string& name) {
  hdf5::Group group;
  file.step([&] { group = hdf5::create_group(file.id(), name, file.place("/" + name)); });
  return group;
}

const SeriesColumn step_column{"step", "1", "time step"};
const SeriesColumn time_column{"time", "s", "time"};

void write_frames(StagedFile& file, const std::vector<SeriesFrame>& frames) {
  std::vector<std::int64_t> steps;
  std::vector<double> times;
  for (const SeriesFrame& frame : frames) {
    steps.push_back(frame.step);
    times.push_back(frame.time);
  }
  const hdf5::Group grid = make_group(file, "grid");
  write_column(file, grid.get(), time_column, times, "time");
  write_column(file, grid.get(), step_column, steps, "time");
  const hdf5::Group group = make_group(file, "frames");
  file.step([&] {
    for (const SeriesFrame& frame : frames)
      checked(
          H5Lcreate_external(fs::path(frame.path).filename().c_str(), "/", group.get(), four_digits(frame.number).c_str(), H5P_DEFAULT, H5P_DEFAULT),
          "linking frame " + frame.path, file.place("/frames"));
  });
}

void write_history(StagedFile& file, const SeriesHistory& history) {
  const hdf5::Group group = make_group(file, "history");
  write_column(file, group.get(), step_column, history.step, "step");
  write_column(file, group.get(), time_column, history.time, "step");
  for (std::size_t c = 0; c < history.columns.size(); ++c) write_column(file, group.get(), history.columns[c], history.values[c], "step");
}

} // namespace

std::string frame_path(const std::string& series_path, std::int64_t number) {
  const std::size_t stem = stem_length(series_path);
  return series_path.substr(0, stem) + "_" + four_digits(number) + series_path.substr(stem);
}

SeriesFile::SeriesFile(MPI_Comm comm, const std::string& path, Meta meta, Grid grid, std::vector<SeriesColumn> columns, SeriesOptions options)
    : comm_(comm), path_(path), meta_(std::move(meta)), grid_(std::move(grid)) {
  require_columns(columns);
  history_.values.resize(columns.size());
  history_.columns = std::move(columns);
  on_rank_0(comm_, [&] {
    std::error_code ignored;
    const bool there = fs::exists(path_, ignored);
    if (options.resume_step >= 0 && there) {
      resume(options.resume_step);
    } else if (options.overwrite) {
      stale_ = frames_of(path_);
    } else if (const std::string taken = there ? path_ : any_frame(path_); !taken.empty()) {
      throw FileError("file_open", taken + " exists and is not replaced without --overwrite; choose another --output or give it");
    }
  });
  auto count = static_cast<std::int64_t>(frames_.size());
  check_mpi(MPI_Bcast(&count, 1, MPI_INT64_T, 0, comm_), "MPI_Bcast");
  frames_.resize(static_cast<std::size_t>(count));
}

void SeriesFile::resume(std::int64_t step) {
  const SeriesReader before(path_);
  for (const SeriesFrame& frame : before.frames()) {
    if (frame.step > step) {
      stale_.push_back(frame.path);
      continue;
    }
    xdmf_ += xdmf_grids(frame.path);
    frames_.push_back(frame);
  }
  const SeriesHistory& old = before.history();
  for (std::size_t c = 0; c < history_.columns.size(); ++c) {
    const auto same = std::find(old.columns.begin(), old.columns.end(), history_.columns[c]);
    if (same == old.columns.end() || old.columns.size() != history_.columns.size())
      throw FileError("file_format", path_ + ": its /history has other columns than this program records (" + history_.columns[c].name +
                                         "); go on with the release that wrote it, or choose another --output");
    history_.values[c] = old.values[static_cast<std::size_t>(same - old.columns.begin())];
  }
  history_.step = old.step;
  history_.time = old.time;
  const auto kept = static_cast<std::size_t>(std::upper_bound(old.step.begin(), old.step.end(), step) - old.step.begin());
  history_.step.resize(kept);
  history_.time.resize(kept);
  for (auto& column : history_.values) column.resize(kept);
}

void SeriesFile::record(std::int64_t step, double time, std::span<const double> values) {
  if (values.size() != history_.columns.size())
    throw UsageError("bad_value", path_ + ": a record of " + std::to_string(values.size()) + " values for " +
                                      std::to_string(history_.columns.size()) + " columns");
  if (rank_of(comm_) != 0) return;
  if (!history_.step.empty() && step <= history_.step.back())
    throw UsageError("bad_value", path_ + ": a record of step " + std::to_string(step) + " after one of step " +
                                      std::to_string(history_.step.back()) + "; steps must grow");
  history_.step.push_back(step);
  history_.time.push_back(time);
  for (std::size_t c = 0; c < values.size(); ++c) history_.values[c].push_back(values[c]);
}

void SeriesFile::write_frame(std::int64_t step, double time, const std::function<void(ResultFile&)>& fill) {
  const SeriesFrame frame{.number = frames(), .step = step, .time = time, .path = frame_path(path_, frames())};
  on_rank_0(comm_, [&] {
    if (!frames_.empty() && step <= frames_.back().step)
      throw UsageError("bad_value", path_ + ": a frame of step " + std::to_string(step) + " after one of step " +
                                        std::to_string(frames_.back().step) + "; steps must grow");
  });
  ResultFile file(comm_, frame.path, {.overwrite = true});
  file.write_meta(meta_);
  file.write_grid(grid_.x, grid_.y, grid_.z, grid_.units, time);
  fill(file);
  file.publish();
  frames_.push_back(frame);
  on_rank_0(comm_, [&] { xdmf_ += xdmf_grids(frame.path); });
  flush();
}

void SeriesFile::flush() {
  const int ranks = size_of(comm_);
  on_rank_0(comm_, [&] {
    write_index(ranks);
    if (!frames_.empty()) write_xdmf_collection(path_, xdmf_);
    std::error_code ignored; // a frame that stays is in nobody's way: the index no longer lists it
    for (const std::string& path : stale_)
      if (std::none_of(frames_.begin(), frames_.end(), [&](const SeriesFrame& frame) { return frame.path == path; })) fs::remove(path, ignored);
    stale_.clear();
  });
}

void SeriesFile::write_index(int ranks) const {
  StagedFile file(MPI_COMM_SELF, path_, {.overwrite = true});
  constexpr std::int64_t overhead = 1 << 20;
  constexpr std::int64_t bytes_a_frame = 256; // link, time, step
  file.need(overhead + bytes_a_frame * frames() +
            static_cast<std::int64_t>(sizeof(double) * history_.step.size() * (history_.columns.size() + 2) + meta_.config_json.size()));
  write_provenance(file, meta_, "series", ranks);
  write_frames(file, frames_);
  write_history(file, history_);
  file.publish();
}

} // namespace ansatz
