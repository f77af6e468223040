// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/provenance.hpp>
#include <ansatz/data/result_file.hpp>

#include <hdf5_hl.h>

#include <algorithm>

namespace ansatz {

namespace {

void require_rows(const std::string& table, const std::string& column, std::size_t found, std::size_t rows) {
  if (found != rows)
    throw UsageError("bad_value",
                     "table " + table + ": column " + column + " has " + std::to_string(found) + " rows, the first has " + std::to_string(rows));
}

using hdf5::checked;
using hdf5::Place;

constexpr std::size_t largest_chunk = std::size_t{4} << 20; // bytes
constexpr std::int64_t overhead = 1 << 20;                  // headers, indices and small datasets of one file stay below this

std::int64_t volume(const std::array<std::int64_t, 3>& n) { return n[0] * n[1] * n[2]; }

std::string text(const std::array<std::int64_t, 3>& n) {
  std::string out = std::to_string(n[0]);
  return out.append(" x ").append(std::to_string(n[1])).append(" x ").append(std::to_string(n[2]));
}

/// Chunk of [t,z,y,x]: the smallest block any rank holds, halved along the slowest axis that can be until it has at most 4 MiB.
std::vector<hsize_t> choose_chunk(MPI_Comm comm, const FieldBlock& block, std::size_t element) {
  std::array<std::int64_t, 3> n = volume(block.count) > 0 ? block.count : block.dims;
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, n.data(), 3, MPI_INT64_T, MPI_MIN, comm), "MPI_Allreduce");
  for (std::size_t axis = 0; axis < 3; ++axis)
    while (n[axis] > 1 && static_cast<std::size_t>(volume(n)) * element > largest_chunk) n[axis] = (n[axis] + 1) / 2;
  return {1, static_cast<hsize_t>(n[0]), static_cast<hsize_t>(n[1]), static_cast<hsize_t>(n[2])};
}

/// Blocks must lie in the field and have its size together. Two that overlap by as much as is missing elsewhere are not detected.
void require_tiles(MPI_Comm comm, const FieldBlock& b, std::size_t values) {
  agree(comm, [&] {
    for (std::size_t a = 0; a < 3; ++a)
      if (b.dims[a] < 1 || b.start[a] < 0 || b.count[a] < 0 || b.start[a] + b.count[a] > b.dims[a])
        throw UsageError("bad_value",
                         "field " + b.name + ": the block " + text(b.start) + " + " + text(b.count) + " does not lie in " + text(b.dims));
    if (values != static_cast<std::size_t>(volume(b.count)))
      throw UsageError("bad_value", "field " + b.name + ": " + std::to_string(values) + " values for a block of " + text(b.count));
  });
  std::int64_t total = volume(b.count);
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &total, 1, MPI_INT64_T, MPI_SUM, comm), "MPI_Allreduce");
  if (total != volume(b.dims))
    throw UsageError("bad_value", "field " + b.name + ": the ranks hold " + std::to_string(total) + " values of " + std::to_string(volume(b.dims)));
}

void make_scale(const hdf5::Dataset& dataset, const std::string& name, const std::string& units, const std::string& long_name, const Place& place) {
  checked(H5DSset_scale(dataset.get(), name.c_str()), "making a dimension scale", place);
  hdf5::write_attribute(dataset.get(), "units", units, place);
  hdf5::write_attribute(dataset.get(), "long_name", long_name, place);
}

void select(const hdf5::Space& space, const std::vector<hsize_t>& start, const std::vector<hsize_t>& count, const Place& place) {
  if (count[1] * count[2] * count[3] == 0)
    checked(H5Sselect_none(space.get()), "selecting nothing", place);
  else
    checked(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), "selecting the block", place);
}

std::vector<hsize_t> with_time(hsize_t t, const std::array<std::int64_t, 3>& n) {
  return {t, static_cast<hsize_t>(n[0]), static_cast<hsize_t>(n[1]), static_cast<hsize_t>(n[2])};
}

/// Hands selections of this rank's block in memory and in the dataset, and the transfer list, to `transfer`.
template <class Transfer>
void transfer_block(const hdf5::Dataset& dataset, const FieldBlock& block, bool collective, const Place& place, const Transfer& transfer) {
  const hdf5::Space target(H5Dget_space(dataset.get()), "extent", place);
  const auto extent = with_time(1, block.count);
  const hdf5::Space memory(H5Screate_simple(4, extent.data(), nullptr), "extent", place);
  select(target, with_time(0, block.start), extent, place);
  select(memory, {0, 0, 0, 0}, extent, place);
  const hdf5::Properties list = hdf5::transfer(collective, place);
  transfer(memory.get(), target.get(), list.get());
}

void write_record(hid_t group, const SolverRecord& r, const Place& place) {
  using hdf5::write_attribute;
  write_attribute(group, "solver", r.name, place);
  write_attribute(group, "reason", r.reason, place);
  write_attribute(group, "converged", r.converged, place);
  write_attribute(group, "iterations", r.iterations, place);
  write_attribute(group, "unknowns", r.unknowns, place);
  write_attribute(group, "relative_residual", r.relative_residual, place);
  write_attribute(group, "tolerance", r.tolerance, place);
  write_attribute(group, "setup_seconds", r.setup_seconds, place);
  write_attribute(group, "solve_seconds", r.solve_seconds, place);
  write_attribute(group, "bytes_peak", r.bytes_peak, place);
  std::string warnings;
  for (const std::string& warning : r.warnings) warnings += warning;
  if (!warnings.empty()) write_attribute(group, "warnings", warnings, place);
}

/// Attributes are written by every rank alike, so all must hold rank 0's values.
SolverRecord broadcast_record(MPI_Comm comm, const SolverRecord& record) {
  SolverRecord r = record;
  broadcast(comm, r.name);
  broadcast(comm, r.reason);
  std::string warnings;
  for (const std::string& warning : r.warnings) warnings += (warnings.empty() ? "" : "\n") + warning;
  broadcast(comm, warnings);
  r.warnings.clear();
  if (!warnings.empty()) r.warnings.push_back(warnings);
  std::array<std::int64_t, 6> whole{r.converged,
                                    r.iterations,
                                    r.unknowns,
                                    r.bytes_peak,
                                    static_cast<std::int64_t>(r.history.size()),
                                    static_cast<std::int64_t>(r.history_seconds.size())};
  std::array<double, 4> real{r.relative_residual, r.tolerance, r.setup_seconds, r.solve_seconds};
  check_mpi(MPI_Bcast(whole.data(), static_cast<int>(whole.size()), MPI_INT64_T, 0, comm), "MPI_Bcast");
  check_mpi(MPI_Bcast(real.data(), static_cast<int>(real.size()), MPI_DOUBLE, 0, comm), "MPI_Bcast");
  r.converged = whole[0] != 0;
  r.iterations = whole[1];
  r.unknowns = whole[2];
  r.bytes_peak = whole[3];
  r.history.resize(static_cast<std::size_t>(whole[4])); // the values themselves are written by rank 0 alone
  r.history_seconds.resize(static_cast<std::size_t>(whole[5]));
  r.relative_residual = real[0];
  r.tolerance = real[1];
  r.setup_seconds = real[2];
  r.solve_seconds = real[3];
  return r;
}

} // namespace

ResultFile::ResultFile(MPI_Comm comm, const std::string& path, PublishOptions options) : file_(comm, path, options) {}

void ResultFile::write_meta(const Meta& meta) {
  file_.need(overhead + static_cast<std::int64_t>(meta.config_json.size()));
  write_provenance(file_, meta, "result");
}

void ResultFile::write_grid(std::span<const double> x, std::span<const double> y, std::span<const double> z, const std::string& units, double time) {
  if (x.empty() || y.empty() || z.empty()) throw UsageError("bad_value", "a grid axis has no points; every axis needs at least one");
  if (grid_[0] > 0) throw UsageError("bad_value", "the grid of " + file_.path() + " is written twice; a file holds one grid");
  file_.need(overhead + static_cast<std::int64_t>((x.size() + y.size() + z.size()) * sizeof(double)));
  hdf5::Group group;
  file_.step([&] { group = hdf5::create_group(file_.id(), "grid", file_.place("/grid")); });
  const auto axis = [&](const std::string& name, std::span<const double> points, const std::string& unit, const std::string& long_name) {
    write_vector(file_, group.get(), name, points);
    file_.step([&] {
      const Place place = file_.place("/grid/" + name);
      make_scale(hdf5::open_dataset(group.get(), name, place), name, unit, long_name, place);
    });
  };
  axis("x", x, units, "x coordinate");
  axis("y", y, units, "y coordinate");
  axis("z", z, units, "z coordinate");
  axis("time", std::span<const double>(&time, 1), "s", "time");
  grid_ = {static_cast<std::int64_t>(z.size()), static_cast<std::int64_t>(y.size()), static_cast<std::int64_t>(x.size())};
}

void ResultFile::require_grid(const FieldBlock& block) const {
  require_name(block.name, "the field name");
  if (block.name.find_first_of(".+-") != std::string::npos) // such names are no identifiers in the tools that read fields
    throw UsageError("bad_value", "the field name \"" + block.name + "\" must consist of letters, digits and _; rename it");
  if (grid_[0] == 0) throw UsageError("bad_value", "field " + block.name + " comes before the grid; call write_grid first");
  if (block.dims != grid_) throw UsageError("bad_value", "field " + block.name + " has dims " + text(block.dims) + ", the grid has " + text(grid_));
  if (block.location != "cell" && block.location != "node")
    throw UsageError("bad_value", "field " + block.name + ": location \"" + block.location + "\" must be cell or node");
}

void ResultFile::write_field(const FieldBlock& block, std::span<const double> values) {
  write_bytes(block, {values.data(), values.size(), sizeof(double), H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE});
}

void ResultFile::write_field(const FieldBlock& block, std::span<const std::uint8_t> values) {
  write_bytes(block, {values.data(), values.size(), 1, H5T_STD_U8LE, H5T_NATIVE_UINT8});
}

StoredField ResultFile::write_field(const FieldBlock& block, std::span<const double> values, const Compression& wanted) {
  const compression::FieldPlan plan = compression::plan_field(file_.comm(), block.name, values, wanted);
  if (plan.storage.level == "plain") {
    const unsigned width = plan.storage.scale.width;
    std::vector<std::byte> codes;
    agree(file_.comm(), [&] {
      codes = compression::packed_codes(compression::plain_codes(block.name, values, plan.storage.scale, plan.storage.error_bound), width);
    });
    const hid_t type = width == 8 ? H5T_STD_I8LE : width == 16 ? H5T_STD_I16LE : H5T_STD_I32LE;
    write_bytes(block, {codes.data(), values.size(), width / 8, type, type, &plan});
  } else {
    write_bytes(block, {values.data(), values.size(), sizeof(double), H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &plan});
  }
  return read_back(block, values, plan);
}

StoredField ResultFile::read_back(const FieldBlock& block, std::span<const double> values, const compression::FieldPlan& plan) {
  const Place place = file_.place("/fields/" + block.name);
  StoredField stored{plan.storage, std::vector<double>(values.size())};
  hdf5::Dataset dataset; // opened anew: the one that wrote could hand out what it still holds unfiltered
  file_.step([&] {
    dataset = hdf5::open_dataset(file_.id(), "fields/" + block.name, place);
    transfer_block(dataset, block, file_.parallel(), place, [&](hid_t memory, hid_t target, hid_t list) {
      checked(H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, memory, target, list, stored.values.data()), "reading back", place);
    });
  });
  compression::unpack(stored.storage, stored.values);
  FieldStorage& s = stored.storage;
  s.error_max_measured = compression::largest_error(values, stored.values);
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &s.error_max_measured, 1, MPI_DOUBLE, MPI_MAX, file_.comm()), "MPI_Allreduce");
  if (!(s.error_max_measured <= s.error_bound))
    throw InternalError("internal", file_.path() + ": field " + block.name + " came back with an error of " + std::to_string(s.error_max_measured) +
                                        ", beyond its bound");
  s.bits = 8.0 * static_cast<double>(H5Dget_storage_size(dataset.get())) / static_cast<double>(volume(block.dims));
  file_.step([&] {
    compression::write_storage(dataset.get(), s, plan.coding.width, place);
    dataset.close(place);
  });
  return stored;
}

void ResultFile::annotate(const std::string& field, const std::vector<std::pair<std::string, double>>& numbers) {
  const Place place = file_.place("/fields/" + field);
  file_.step([&] {
    const hdf5::Dataset dataset = hdf5::open_dataset(file_.id(), "fields/" + field, place);
    for (const auto& [name, value] : numbers) hdf5::write_attribute(dataset.get(), name, value, place);
  });
}

void ResultFile::write_bytes(const FieldBlock& block, const Bytes& bytes) {
  require_grid(block);
  require_tiles(file_.comm(), block, bytes.count);
  const auto chunk = choose_chunk(file_.comm(), block, bytes.element);
  file_.need(overhead + volume(block.dims) * static_cast<std::int64_t>(bytes.element));
  const Place place = file_.place("/fields/" + block.name);
  hdf5::Dataset dataset;
  file_.step([&] {
    const hdf5::Group fields =
        hdf5::exists(file_.id(), "fields", place) ? hdf5::open_group(file_.id(), "fields", place) : hdf5::create_group(file_.id(), "fields", place);
    const auto dims = with_time(1, block.dims);
    const hdf5::Space space(H5Screate_simple(4, dims.data(), nullptr), "describing the extent", place);
    hdf5::Properties create = hdf5::chunked(chunk, place);
    if (bytes.plan) compression::set_filters(create.get(), *bytes.plan, chunk, place);
    dataset = hdf5::create_dataset(fields.get(), block.name, bytes.file_type, space, std::move(create), place);
  });
  file_.step([&] {
    transfer_block(dataset, block, file_.parallel(), place, [&](hid_t memory, hid_t target, hid_t list) {
      checked(H5Dwrite(dataset.get(), bytes.memory_type, memory, target, list, bytes.values), "writing", place);
    });
  });
  file_.step([&] {
    constexpr std::array<const char*, 4> axes{"time", "z", "y", "x"};
    for (unsigned a = 0; a < axes.size(); ++a) {
      const hdf5::Dataset scale = hdf5::open_dataset(file_.id(), std::string("grid/") + axes[a], place);
      checked(H5DSattach_scale(dataset.get(), scale.get(), a), "attaching a scale", place);
      checked(H5DSset_label(dataset.get(), a, axes[a]), "labelling an axis", place);
    }
    hdf5::write_attribute(dataset.get(), "units", block.units, place);
    hdf5::write_attribute(dataset.get(), "unitSI", block.unit_si, place);
    hdf5::write_attribute(dataset.get(), "long_name", block.long_name, place);
    hdf5::write_attribute(dataset.get(), "location", block.location, place);
  });
  file_.step([&] { dataset.close(place); });
}

void ResultFile::write_history(hid_t group, const SolverRecord& record) {
  std::vector<std::int64_t> iteration(record.history.size());
  for (std::size_t i = 0; i < iteration.size(); ++i) iteration[i] = static_cast<std::int64_t>(i);
  write_vector(file_, group, "iteration", iteration, true);
  write_vector(file_, group, "residual", record.history, true);
  if (!record.history_seconds.empty()) write_vector(file_, group, "wall_time", record.history_seconds, true);
  file_.step([&] {
    const Place place = file_.place("/history");
    const hdf5::Dataset scale = hdf5::open_dataset(group, "iteration", place);
    make_scale(scale, "iteration", "1", "iteration", place);
    const auto describe = [&](const std::string& name, const std::string& units, const std::string& long_name) {
      const hdf5::Dataset dataset = hdf5::open_dataset(group, name, place);
      checked(H5DSattach_scale(dataset.get(), scale.get(), 0), "attaching a scale", place);
      checked(H5DSset_label(dataset.get(), 0, "iteration"), "labelling an axis", place);
      hdf5::write_attribute(dataset.get(), "units", units, place);
      hdf5::write_attribute(dataset.get(), "long_name", long_name, place);
    };
    describe("residual", "1", "residual relative to the right-hand side");
    if (!record.history_seconds.empty()) describe("wall_time", "s", "wall time since the start of the solve");
  });
}

void ResultFile::write_solver(const SolverRecord& record, bool main) {
  const SolverRecord shared = broadcast_record(file_.comm(), record);
  require_name(shared.name, "the solver name");
  if (!shared.history_seconds.empty() && shared.history_seconds.size() != shared.history.size())
    throw UsageError("bad_value", "solver " + shared.name + ": history_seconds must be empty or as long as history");
  file_.need(overhead + static_cast<std::int64_t>(shared.history.size() * 24));
  const std::string root = main ? "/solver" : "/runs/" + shared.name;
  const std::string history = main ? "/history" : root + "/history";
  hdf5::Group history_group;
  file_.step([&] {
    const Place place = file_.place(root);
    const hdf5::Group group = hdf5::create_group(file_.id(), root, place);
    write_record(group.get(), shared, place);
    history_group = hdf5::create_group(file_.id(), history, place.at(history));
  });
  write_history(history_group.get(), file_.first() ? record : shared);
}

void ResultFile::write_table(const std::string& name, const std::vector<std::pair<std::string, std::vector<double>>>& columns) {
  require_name(name, "the table name");
  for (const auto& [column, values] : columns) {
    require_name(column, "the column name");
    require_rows(name, column, values.size(), columns.front().second.size());
  }
  file_.need(overhead);
  const std::string root = "/tables/" + name;
  hdf5::Group group;
  file_.step([&] { group = hdf5::create_group(file_.id(), root, file_.place(root)); });
  for (const auto& [column, values] : columns) write_vector(file_, group.get(), column, values, true);
}

void ResultFile::write_phases(const std::vector<std::pair<std::string, double>>& seconds) {
  const std::size_t n = seconds.size();
  std::vector<double> min(n);
  for (std::size_t i = 0; i < n; ++i) min[i] = seconds[i].second;
  std::vector<double> max = min;
  std::vector<double> mean = min;
  const int count = static_cast<int>(n);
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, min.data(), count, MPI_DOUBLE, MPI_MIN, file_.comm()), "MPI_Allreduce");
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, max.data(), count, MPI_DOUBLE, MPI_MAX, file_.comm()), "MPI_Allreduce");
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, mean.data(), count, MPI_DOUBLE, MPI_SUM, file_.comm()), "MPI_Allreduce");
  for (double& value : mean) value /= file_.ranks();
  constexpr std::size_t width = 32; // bytes of a phase name
  std::string names(n * width, '\0');
  for (std::size_t i = 0; i < n; ++i) {
    require_name(seconds[i].first, "the phase name");
    if (seconds[i].first.size() > width) throw UsageError("bad_value", "the phase name \"" + seconds[i].first + "\" has more than 32 bytes");
    seconds[i].first.copy(names.data() + i * width, width);
  }
  file_.need(overhead);
  hdf5::Group group;
  hdf5::Dataset name;
  const Place place = file_.place("/phases");
  const hdf5::Type type = hdf5::string_type(width, place);
  file_.step([&] {
    group = hdf5::create_group(file_.id(), "phases", place);
    name = hdf5::create_dataset(group.get(), "name", type.get(), {n}, {std::max<hsize_t>(n, 1)}, place);
  });
  if (n > 0) file_.step([&] { hdf5::write_replicated(name.get(), type.get(), names.data(), file_.parallel(), file_.first(), place); });
  write_vector(file_, group.get(), "min", min);
  write_vector(file_, group.get(), "mean", mean);
  write_vector(file_, group.get(), "max", max);
  file_.step([&] {
    make_scale(name, "name", "", "phase", place);
    for (const char* column : {"min", "mean", "max"}) {
      const hdf5::Dataset dataset = hdf5::open_dataset(group.get(), column, place);
      checked(H5DSattach_scale(dataset.get(), name.get(), 0), "attaching a scale", place);
      checked(H5DSset_label(dataset.get(), 0, "name"), "labelling an axis", place);
      hdf5::write_attribute(dataset.get(), "units", "s", place);
    }
    name.close(place);
  });
}

} // namespace ansatz
