// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/provenance.hpp>
#include <ansatz/data/result_reader.hpp>

#include <algorithm>

namespace ansatz {

namespace {

using hdf5::checked;
using hdf5::Place;

constexpr std::size_t axes = 4; // t, z, y, x

std::vector<hsize_t> field_extents(hid_t dataset, const std::string& name, const Place& place) {
  auto dims = hdf5::extents(dataset, place);
  if (dims.size() != axes)
    throw FileError("file_format", place.file + ": field " + name + " has " + std::to_string(dims.size()) + " axes; t, z, y, x are read");
  return dims;
}

bool holds_bytes(hid_t dataset, const std::optional<FieldStorage>& storage, const std::string& name, const Place& place) {
  if (storage && storage->level == "plain") return false;
  const hdf5::Type type(H5Dget_type(dataset), "type", place);
  const H5T_class_t kind = H5Tget_class(type.get());
  const std::size_t size = H5Tget_size(type.get());
  if (kind == H5T_FLOAT && size == sizeof(double)) return false;
  if (kind == H5T_INTEGER && size == 1) return true;
  throw FileError("file_format", place.file + ": field " + name + " holds neither float64 nor uint8");
}

void require_block(const std::string& name, const std::vector<hsize_t>& dims, const std::array<std::int64_t, 3>& start,
                   const std::array<std::int64_t, 3>& count, std::int64_t t) {
  if (t < 0 || t >= static_cast<std::int64_t>(dims[0]))
    throw UsageError("bad_value",
                     "field " + name + " has " + std::to_string(dims[0]) + " time steps; step " + std::to_string(t) + " is not among them");
  for (std::size_t a = 0; a < 3; ++a)
    if (start[a] < 0 || count[a] < 0 || start[a] + count[a] > static_cast<std::int64_t>(dims[a + 1]))
      throw UsageError("bad_value", "field " + name + ": the block " + std::to_string(start[a]) + " + " + std::to_string(count[a]) + " on axis " +
                                        std::to_string(a) + " (z, y, x) exceeds " + std::to_string(dims[a + 1]));
}

std::vector<std::string> read_names(hid_t group, const Place& place) {
  const hdf5::Dataset dataset = hdf5::open_dataset(group, "name", place);
  const hdf5::Type type(H5Dget_type(dataset.get()), "type of name", place);
  const auto dims = hdf5::extents(dataset.get(), place);
  if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 || dims.size() != 1)
    throw FileError("file_format", place.file + ": " + place.object + "/name must hold texts of fixed length");
  const std::size_t width = H5Tget_size(type.get());
  std::string all(dims[0] * width, '\0');
  if (!all.empty()) checked(H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data()), "reading name", place);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < dims[0]; ++i) {
    const std::string padded = all.substr(i * width, width);
    names.push_back(padded.substr(0, padded.find('\0')));
  }
  return names;
}

} // namespace

ResultReader::ResultReader(const std::string& path, MPI_Comm comm)
    : comm_(comm), parallel_(size_of(comm) > 1), opened_(open_file(comm, path, "result")) {}

Meta ResultReader::meta() const {
  const hdf5::Quiet quiet;
  return read_provenance(opened_.file.get(), "result", place("/meta"));
}

Grid ResultReader::grid() const {
  const hdf5::Quiet quiet;
  const Place where = place("/grid");
  const hdf5::Group group = hdf5::open_group(opened_.file.get(), "grid", where);
  Grid grid;
  grid.x = read_doubles(group.get(), "x", where);
  grid.y = read_doubles(group.get(), "y", where);
  grid.z = read_doubles(group.get(), "z", where);
  grid.time = read_doubles(group.get(), "time", where);
  const hdf5::Dataset x = hdf5::open_dataset(group.get(), "x", where);
  grid.units = hdf5::read_text(x.get(), "units", where);
  return grid;
}

std::vector<std::string> ResultReader::fields() const {
  const hdf5::Quiet quiet;
  const Place where = place("/fields");
  if (!hdf5::exists(opened_.file.get(), "fields", where)) return {};
  return hdf5::link_names(hdf5::open_group(opened_.file.get(), "fields", where).get(), where);
}

Field ResultReader::describe(const std::string& name) const {
  const hdf5::Quiet quiet;
  const Place where = place("/fields/" + name);
  const hdf5::Dataset dataset = hdf5::open_dataset(opened_.file.get(), "fields/" + name, where);
  const auto dims = field_extents(dataset.get(), name, where);
  Field field;
  field.name = name;
  field.units = hdf5::read_text(dataset.get(), "units", where);
  field.long_name = hdf5::read_text(dataset.get(), "long_name", where);
  field.location = hdf5::read_text(dataset.get(), "location", where);
  field.unit_si = hdf5::read_number(dataset.get(), "unitSI", where);
  field.storage = compression::read_storage(dataset.get(), where);
  field.is_byte = holds_bytes(dataset.get(), field.storage, name, where);
  for (std::size_t a = 0; a < 3; ++a) field.dims[a] = static_cast<std::int64_t>(dims[a + 1]);
  return field;
}

Field ResultReader::read_field(const std::string& name, std::int64_t t) const {
  Field field = describe(name);
  field.values = read_block(name, {0, 0, 0}, field.dims, t);
  return field;
}

std::vector<double> ResultReader::read_block(const std::string& name, const std::array<std::int64_t, 3>& start,
                                             const std::array<std::int64_t, 3>& count, std::int64_t t) const {
  const hdf5::Quiet quiet;
  const Place where = place("/fields/" + name);
  hdf5::Dataset dataset;
  std::optional<FieldStorage> storage;
  agree(comm_, [&] {
    dataset = hdf5::open_dataset(opened_.file.get(), "fields/" + name, where);
    storage = compression::read_storage(dataset.get(), where);
    (void)holds_bytes(dataset.get(), storage, name, where);
    require_block(name, field_extents(dataset.get(), name, where), start, count, t);
  });
  std::vector<double> values(static_cast<std::size_t>(count[0] * count[1] * count[2]));
  agree(comm_, [&] {
    const hdf5::Space source(H5Dget_space(dataset.get()), "extent", where);
    const std::array<hsize_t, axes> from{static_cast<hsize_t>(t), static_cast<hsize_t>(start[0]), static_cast<hsize_t>(start[1]),
                                         static_cast<hsize_t>(start[2])};
    const std::array<hsize_t, axes> extent{1, static_cast<hsize_t>(count[0]), static_cast<hsize_t>(count[1]), static_cast<hsize_t>(count[2])};
    const hdf5::Space target(H5Screate_simple(axes, extent.data(), nullptr), "extent", where);
    if (values.empty()) {
      checked(H5Sselect_none(source.get()), "selecting nothing", where);
      checked(H5Sselect_none(target.get()), "selecting nothing", where);
    } else {
      checked(H5Sselect_hyperslab(source.get(), H5S_SELECT_SET, from.data(), nullptr, extent.data(), nullptr), "selecting the block", where);
    }
    const hdf5::Properties list = hdf5::transfer(parallel_, where);
    checked(H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, target.get(), source.get(), list.get(), values.data()), "reading", where);
  });
  if (storage) compression::unpack(*storage, values);
  return values;
}

SolverRecord ResultReader::read_record(const std::string& root, const std::string& history) const {
  const Place where = place("/" + root);
  const hdf5::Group group = hdf5::open_group(opened_.file.get(), root, where);
  const hid_t id = group.get();
  SolverRecord record{.name = hdf5::read_text(id, "solver", where),
                      .reason = hdf5::read_text(id, "reason", where),
                      .converged = hdf5::read_bool(id, "converged", where),
                      .iterations = hdf5::read_integer(id, "iterations", where),
                      .unknowns = hdf5::read_integer(id, "unknowns", where),
                      .relative_residual = hdf5::read_number(id, "relative_residual", where),
                      .tolerance = hdf5::read_number(id, "tolerance", where),
                      .setup_seconds = hdf5::read_number(id, "setup_seconds", where),
                      .solve_seconds = hdf5::read_number(id, "solve_seconds", where),
                      .bytes_peak = hdf5::read_integer(id, "bytes_peak", where),
                      .history = {},
                      .history_seconds = {}};
  const Place there = place("/" + history);
  const hdf5::Group points = hdf5::open_group(opened_.file.get(), history, there);
  record.history = read_doubles(points.get(), "residual", there);
  if (hdf5::exists(points.get(), "wall_time", there)) record.history_seconds = read_doubles(points.get(), "wall_time", there);
  return record;
}

std::optional<SolverRecord> ResultReader::solver() const {
  const hdf5::Quiet quiet;
  if (!hdf5::exists(opened_.file.get(), "solver", place("/"))) return std::nullopt;
  return read_record("solver", "history");
}

std::vector<SolverRecord> ResultReader::runs() const {
  const hdf5::Quiet quiet;
  std::vector<SolverRecord> records;
  const Place where = place("/runs");
  if (!hdf5::exists(opened_.file.get(), "runs", where)) return records;
  const hdf5::Group group = hdf5::open_group(opened_.file.get(), "runs", where);
  for (const std::string& name : hdf5::link_names(group.get(), where)) records.push_back(read_record("runs/" + name, "runs/" + name + "/history"));
  return records;
}

std::vector<Phase> ResultReader::phases() const {
  const hdf5::Quiet quiet;
  const Place where = place("/phases");
  if (!hdf5::exists(opened_.file.get(), "phases", where)) return {};
  const hdf5::Group group = hdf5::open_group(opened_.file.get(), "phases", where);
  const auto names = read_names(group.get(), where);
  const auto min = read_doubles(group.get(), "min", where);
  const auto mean = read_doubles(group.get(), "mean", where);
  const auto max = read_doubles(group.get(), "max", where);
  if (min.size() != names.size() || mean.size() != names.size() || max.size() != names.size())
    throw FileError("file_format", where.file + ": the datasets of /phases differ in length");
  std::vector<Phase> phases(names.size());
  for (std::size_t i = 0; i < phases.size(); ++i) phases[i] = {names[i], min[i], mean[i], max[i]};
  return phases;
}

} // namespace ansatz
