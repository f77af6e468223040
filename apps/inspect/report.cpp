// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/model_file.hpp>
#include <ansatz/data/provenance.hpp>
#include <ansatz/data/result_reader.hpp>
#include <ansatz/data/series_reader.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ansatz::apps {

namespace {

using nlohmann::json;

/// Least, greatest and mean of the finite values seen so far.
struct Range {
  double least = std::numeric_limits<double>::infinity();
  double greatest = -std::numeric_limits<double>::infinity();
  double sum = 0;
  std::int64_t finite = 0;
  std::int64_t not_finite = 0;

  void add(double value) {
    if (!std::isfinite(value)) {
      ++not_finite;
      return;
    }
    least = std::min(least, value);
    greatest = std::max(greatest, value);
    sum += value;
    ++finite;
  }
  void write(json& to) const {
    to["min"] = finite > 0 ? json(least) : json();
    to["max"] = finite > 0 ? json(greatest) : json();
    to["mean"] = finite > 0 ? json(sum / static_cast<double>(finite)) : json();
    to["not_finite"] = not_finite;
  }
};

json describe_meta(const Meta& meta) {
  return {{"software", meta.software},
          {"software_version", meta.software_version},
          {"git_commit", meta.git_commit},
          {"git_dirty", meta.git_dirty},
          {"date", meta.date},
          {"host", meta.host},
          {"ranks", meta.ranks},
          {"threads", meta.threads},
          {"seed", meta.seed},
          {"libraries", meta.libraries},
          {"command_line", meta.command_line},
          {"format_version", {meta.major, meta.minor}}};
}

json describe_axis(const std::vector<double>& axis) {
  if (axis.empty()) return json::array();
  return {axis.front(), axis.back()};
}

json describe_grid(const Grid& grid) {
  return {{"dims", {grid.z.size(), grid.y.size(), grid.x.size()}},
          {"x", describe_axis(grid.x)},
          {"y", describe_axis(grid.y)},
          {"z", describe_axis(grid.z)},
          {"units", grid.units},
          {"time", grid.time}};
}

/// Errors: FileError `file_damaged` if the numbers contradict each other.
json describe_storage(const std::string& path, const std::string& name, const FieldStorage& s) {
  if (!(s.error_max_measured <= s.error_bound) || !(s.bits > 0))
    throw FileError("file_damaged", path + ": field " + name + " says that it missed its own bound; compute it again");
  return {{"format", s.format},
          {"level", s.level},
          {"predictor", s.predictor},
          {"bits", s.bits},
          {"ratio", 64 / s.bits},
          {"error_bound", s.error_bound},
          {"error_max_measured", s.error_max_measured}};
}

json describe_field(const ResultReader& file, const std::string& name) {
  const Field field = file.describe(name);
  const std::string& path = file.path();
  constexpr std::int64_t slab_values = std::int64_t{8} << 20; // 64 MiB
  const std::int64_t plane = std::max<std::int64_t>(field.dims[1] * field.dims[2], 1);
  const std::int64_t planes = std::max<std::int64_t>(slab_values / plane, 1);
  Range range;
  for (std::int64_t k = 0; k < field.dims[0]; k += planes)
    for (const double value : file.read_block(name, {k, 0, 0}, {std::min(planes, field.dims[0] - k), field.dims[1], field.dims[2]})) range.add(value);
  json described{{"name", name},
                 {"units", field.units},
                 {"long_name", field.long_name},
                 {"location", field.location},
                 {"dims", field.dims},
                 {"type", field.is_byte ? "uint8" : "float64"}};
  range.write(described);
  if (field.storage) described["storage"] = describe_storage(path, name, *field.storage);
  return described;
}

json describe_solver(const SolverRecord& solver) {
  return {{"solver", solver.name},
          {"reason", solver.reason},
          {"converged", solver.converged},
          {"iterations", solver.iterations},
          {"unknowns", solver.unknowns},
          {"relative_residual", solver.relative_residual},
          {"tolerance", solver.tolerance},
          {"setup_seconds", solver.setup_seconds},
          {"solve_seconds", solver.solve_seconds},
          {"bytes_peak", solver.bytes_peak},
          {"history", solver.history},
          {"history_seconds", solver.history_seconds}};
}

void describe_result(const std::string& path, json& report) {
  const ResultReader file(path);
  report["meta"] = describe_meta(file.meta());
  report["results"] = json::array();
  if (const auto solver = file.solver()) report["results"].push_back(describe_solver(*solver));
  for (const SolverRecord& run : file.runs()) report["results"].push_back(describe_solver(run));
  report["phases"] = json::array();
  for (const Phase& phase : file.phases())
    report["phases"].push_back({{"name", phase.name}, {"min", phase.min}, {"mean", phase.mean}, {"max", phase.max}});
  report["fields"] = json::array();
  const auto fields = file.fields();
  if (!fields.empty()) report["grid"] = describe_grid(file.grid());
  for (const std::string& name : fields) report["fields"].push_back(describe_field(file, name));
}

void describe_series(const std::string& path, json& report) {
  const SeriesReader series(path);
  report["meta"] = describe_meta(series.meta());
  report["frames"] = json::array();
  for (const SeriesFrame& frame : series.frames())
    report["frames"].push_back({{"number", frame.number}, {"step", frame.step}, {"time", frame.time}, {"file", frame.path}});
  const SeriesHistory& history = series.history();
  json& described = report["history"];
  described = {{"step", history.step}, {"time", history.time}, {"columns", json::array()}};
  for (std::size_t c = 0; c < history.columns.size(); ++c) {
    Range range;
    for (const double value : history.values[c]) range.add(value);
    json column{{"name", history.columns[c].name},
                {"units", history.columns[c].units},
                {"long_name", history.columns[c].long_name},
                {"values", history.values[c]}};
    range.write(column);
    described["columns"].push_back(column);
  }
}

void describe_model(const std::string& path, json& report) {
  const OpenedFile opened = open_file(MPI_COMM_SELF, path, "model");
  const hdf5::Quiet quiet;
  const hdf5::Place place{path, "/model", "file_damaged"};
  const hdf5::Group group = hdf5::open_group(opened.file.get(), "model", place);
  const Model model = read_model(path, hdf5::read_text(group.get(), "name", place), hdf5::read_integer(group.get(), "version", place));
  report["meta"] = describe_meta(read_model_meta(path));
  json& described = report["model"];
  described = {{"name", model.name},
               {"version", model.version},
               {"loss_history", model.loss_history},
               {"validation_steps", model.validation_steps},
               {"validation_history", model.validation_history},
               {"arrays", json::array()}};
  for (const ModelArray& array : model.arrays) {
    Range range;
    std::visit(
        [&](const auto& values) {
          for (const auto value : values) range.add(static_cast<double>(value));
        },
        array.values);
    json entry{{"name", array.name}, {"shape", array.shape}, {"type", array.values.index() == 0 ? "float32" : "float64"}};
    range.write(entry);
    described["arrays"].push_back(entry);
  }
}

/// Names and shapes of the datasets in these groups, where they are there.
void describe_datasets(const std::string& path, const std::string& content, const std::vector<std::string>& groups, json& report) {
  const OpenedFile opened = open_file(MPI_COMM_SELF, path, content);
  const hdf5::Quiet quiet;
  const hdf5::Place place{opened.path, "/", "file_damaged"};
  report["meta"] = describe_meta(read_provenance(opened.file.get(), content, place));
  report["datasets"] = json::array();
  for (const std::string& name : groups) {
    if (!hdf5::exists(opened.file.get(), name, place)) continue;
    std::string folder = "/";
    folder.append(name).append("/");
    const hdf5::Group group = hdf5::open_group(opened.file.get(), name, place.at(folder));
    for (const std::string& link : hdf5::link_names(group.get(), place.at(folder))) {
      const hdf5::Dataset dataset = hdf5::open_dataset(group.get(), link, place.at(folder + link));
      report["datasets"].push_back({{"name", link}, {"shape", hdf5::extents(dataset.get(), place)}});
    }
  }
}

} // namespace

json describe_file(const std::string& path) {
  // A kept predecessor stands in for a file whose renaming was cut.
  const std::string present = present_file(path);
  const std::string content = content_of(present);
  json report{{"file", present}, {"content", content}};
  if (content == "model") {
    describe_model(present, report);
  } else if (content == "series") {
    describe_series(present, report);
  } else if (content == "checkpoint") {
    describe_datasets(present, content, {"checkpoint"}, report);
  } else if (content == "arrays") {
    describe_datasets(present, content, {"arrays", "table"}, report);
  } else if (content == "wisdom") {
    describe_datasets(present, content, {}, report);
  } else {
    describe_result(present, report);
  }
  return report;
}

} // namespace ansatz::apps
