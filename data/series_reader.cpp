// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/provenance.hpp>
#include <ansatz/data/series_reader.hpp>

#include <algorithm>
#include <charconv>

namespace ansatz {

namespace {

using hdf5::checked;
using hdf5::Place;

/// The file an external link names.
std::string link_target(hid_t group, const std::string& name, const Place& place) {
  H5L_info_t info{};
  checked(H5Lget_info(group, name.c_str(), &info, H5P_DEFAULT), "looking at link " + name, place);
  const auto refuse = [&](const std::string& what) {
    throw FileError("file_format", place.file + ": /frames/" + name + " " + what + "; must be an external link to a file beside the index");
  };
  if (info.type != H5L_TYPE_EXTERNAL) refuse("is no external link");
  std::vector<char> value(info.u.val_size + 1, '\0');
  checked(H5Lget_val(group, name.c_str(), value.data(), info.u.val_size, H5P_DEFAULT), "reading link " + name, place);
  const char* file = nullptr;
  const char* object = nullptr;
  unsigned flags = 0;
  checked(H5Lunpack_elink_val(value.data(), info.u.val_size, &flags, &file, &object), "reading link " + name, place);
  std::string target = file;
  if (target.empty() || target.find('/') != std::string::npos || std::string(object) != "/") refuse("names \"" + target + ":" + object + "\"");
  return target;
}

std::int64_t frame_number(const std::string& name, const Place& place) {
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number < 0)
    throw FileError("file_format", place.file + ": /frames/" + name + " is no number");
  return number;
}

std::vector<std::int64_t> read_steps(hid_t parent, const std::string& name, const Place& place) {
  std::vector<std::int64_t> steps;
  for (const double step : read_doubles(parent, name, place)) steps.push_back(static_cast<std::int64_t>(step)); // exact below 2^53
  return steps;
}

} // namespace

SeriesReader::SeriesReader(const std::string& path) {
  const OpenedFile opened = open_file(MPI_COMM_SELF, path, "series");
  const hdf5::Quiet quiet;
  path_ = opened.path;
  meta_ = read_provenance(opened.file.get(), "series", {path_, "/meta"});
  read_frames(opened.file.get());
  read_history(opened.file.get());
}

void SeriesReader::read_frames(hid_t file) {
  const Place place{path_, "/frames"};
  const hdf5::Group group = hdf5::open_group(file, "frames", place);
  const hdf5::Group grid = hdf5::open_group(file, "grid", place.at("/grid"));
  const std::vector<double> times = read_doubles(grid.get(), "time", place.at("/grid"));
  const std::vector<std::int64_t> steps = read_steps(grid.get(), "step", place.at("/grid"));
  const std::string folder = path_.substr(0, path_.rfind('/') + 1); // empty without a slash
  for (const std::string& name : hdf5::link_names(group.get(), place))
    frames_.push_back({.number = frame_number(name, place), .path = folder + link_target(group.get(), name, place)});
  std::sort(frames_.begin(), frames_.end(), [](const SeriesFrame& a, const SeriesFrame& b) { return a.number < b.number; });
  if (times.size() != frames_.size() || steps.size() != frames_.size())
    throw FileError("file_format", path_ + ": " + std::to_string(frames_.size()) + " frames, " + std::to_string(times.size()) + " times and " +
                                       std::to_string(steps.size()) + " steps");
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    frames_[i].step = steps[i];
    frames_[i].time = times[i];
  }
}

void SeriesReader::read_history(hid_t file) {
  const Place place{path_, "/history"};
  const hdf5::Group group = hdf5::open_group(file, "history", place);
  history_.step = read_steps(group.get(), "step", place);
  history_.time = read_doubles(group.get(), "time", place);
  for (const std::string& name : hdf5::link_names(group.get(), place)) {
    if (name == "step" || name == "time") continue;
    const hdf5::Dataset dataset = hdf5::open_dataset(group.get(), name, place);
    history_.columns.push_back(
        {.name = name, .units = hdf5::read_text(dataset.get(), "units", place), .long_name = hdf5::read_text(dataset.get(), "long_name", place)});
    history_.values.push_back(read_doubles(group.get(), name, place));
    if (history_.values.back().size() != history_.step.size() || history_.time.size() != history_.step.size())
      throw FileError("file_format", path_ + ": the datasets of /history differ in length");
  }
}

const SeriesFrame& SeriesReader::frame(std::int64_t number) const {
  for (const SeriesFrame& frame : frames_)
    if (frame.number == number) return frame;
  throw UsageError("bad_value",
                   path_ + ": there is no frame " + std::to_string(number) + "; " +
                       (frames_.empty() ? "it holds none yet"
                                        : "there are " + std::to_string(frames_.front().number) + " to " + std::to_string(frames_.back().number)));
}

Verified SeriesReader::verify() const {
  Verified done = verify_file(path_);
  for (const SeriesFrame& frame : frames_) {
    const Verified more = verify_file(frame.path);
    done.datasets += more.datasets;
    done.attributes += more.attributes;
    done.bytes += more.bytes;
  }
  return done;
}

std::string choose_frame(MPI_Comm comm, const std::string& path, std::optional<std::int64_t> number) {
  std::string chosen = path;
  on_rank_0(comm, [&] {
    if (content_of(present_file(path)) == "series") {
      const SeriesReader series(path);
      const auto& frames = series.frames();
      if (!number)
        throw UsageError("bad_value", path + ": a series of " + std::to_string(frames.size()) + " frames; choose one with --frame" +
                                          (frames.empty() ? "" : " 0 to " + std::to_string(frames.back().number)));
      chosen = series.frame(*number).path;
    } else if (number) {
      throw UsageError("bad_value", path + ": a single file and no series; leave out --frame " + std::to_string(*number));
    }
  });
  broadcast(comm, chosen);
  return chosen;
}

} // namespace ansatz
