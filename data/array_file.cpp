// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/array_file.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/provenance.hpp>

#include <algorithm>
#include <type_traits>

namespace ansatz {

namespace {

using hdf5::checked;
using hdf5::Place;

constexpr std::int64_t largest_chunk = std::int64_t{4} << 20; // bytes
constexpr std::int64_t overhead = 1 << 20;                    // headers and indices of a dataset

template <class T>
hid_t memory_type() {
  return std::is_same_v<T, float> ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
}

/// Whole rows, at most 4 MiB of them.
std::vector<hsize_t> chunk_of(std::int64_t rows, std::int64_t columns, std::size_t element) {
  const std::int64_t row = std::max<std::int64_t>(columns * static_cast<std::int64_t>(element), 1);
  return {static_cast<hsize_t>(std::clamp<std::int64_t>(largest_chunk / row, 1, std::max<std::int64_t>(rows, 1))),
          static_cast<hsize_t>(std::max<std::int64_t>(columns, 1))};
}

void select_rows(const hdf5::Space& space, int axes, std::int64_t first, std::int64_t count, std::int64_t columns, const Place& place) {
  const std::vector<hsize_t> start{static_cast<hsize_t>(first), 0};
  const std::vector<hsize_t> extent{static_cast<hsize_t>(count), static_cast<hsize_t>(columns)};
  if (count * columns == 0)
    checked(H5Sselect_none(space.get()), "selecting nothing", place);
  else if (axes == 2)
    checked(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr), "selecting rows", place);
}

hdf5::Group group_of(const StagedFile& file, const std::string& name) {
  const Place place = file.place("/" + name);
  return hdf5::exists(file.id(), name, place) ? hdf5::open_group(file.id(), name, place) : hdf5::create_group(file.id(), name, place);
}

} // namespace

void ArrayFile::write_meta(const Meta& meta) {
  file_.need(overhead + static_cast<std::int64_t>(meta.config_json.size()));
  write_provenance(file_, meta, "arrays");
}

template <class T>
void ArrayFile::write_rows(const std::string& name, const RowBlock& block, std::span<const T> values,
                           const std::vector<std::pair<std::string, std::string>>& attributes) {
  require_name(name, "the name of an array");
  const std::int64_t count = block.columns == 0 ? 0 : static_cast<std::int64_t>(values.size()) / block.columns;
  agree(file_.comm(), [&] {
    if (block.first < 0 || block.first + count > block.rows || static_cast<std::size_t>(count * block.columns) != values.size())
      throw UsageError("bad_value", "array " + name + ": " + std::to_string(values.size()) + " values from row " + std::to_string(block.first) +
                                        " on do not lie in " + std::to_string(block.rows) + " x " + std::to_string(block.columns));
  });
  std::int64_t total = count;
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &total, 1, MPI_INT64_T, MPI_SUM, file_.comm()), "MPI_Allreduce");
  if (block.columns > 0 && total != block.rows)
    throw UsageError("bad_value", "array " + name + ": the ranks hold " + std::to_string(total) + " rows of " + std::to_string(block.rows));
  file_.need(overhead + block.rows * block.columns * static_cast<std::int64_t>(sizeof(T)));
  const Place place = file_.place("/arrays/" + name);
  hdf5::Dataset dataset;
  file_.step([&] {
    const hid_t type = std::is_same_v<T, float> ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
    dataset =
        hdf5::create_dataset(group_of(file_, "arrays").get(), name, type, {static_cast<hsize_t>(block.rows), static_cast<hsize_t>(block.columns)},
                             chunk_of(block.rows, block.columns, sizeof(T)), place);
  });
  file_.step([&] {
    const hdf5::Space target(H5Dget_space(dataset.get()), "extent", place);
    const std::vector<hsize_t> extent{static_cast<hsize_t>(count), static_cast<hsize_t>(block.columns)};
    const hdf5::Space source(H5Screate_simple(2, extent.data(), nullptr), "extent", place);
    select_rows(target, 2, block.first, count, block.columns, place);
    select_rows(source, 2, 0, count, block.columns, place);
    const hdf5::Properties list = hdf5::transfer(file_.parallel(), place);
    checked(H5Dwrite(dataset.get(), memory_type<T>(), source.get(), target.get(), list.get(), values.data()), "writing", place);
  });
  file_.step([&] {
    for (const auto& [key, text] : attributes) hdf5::write_attribute(dataset.get(), key, text, place);
  });
  file_.step([&] { dataset.close(place); });
}

void ArrayFile::describe_column(const std::string& name, const std::string& units, const std::string& long_name) {
  file_.step([&] {
    const Place place = file_.place("/table/" + name);
    const hdf5::Dataset dataset = hdf5::open_dataset(group_of(file_, "table").get(), name, place);
    hdf5::write_attribute(dataset.get(), "units", units, place);
    hdf5::write_attribute(dataset.get(), "long_name", long_name, place);
  });
}

void ArrayFile::write_column(const std::string& name, std::span<const double> values, const std::string& units, const std::string& long_name) {
  require_name(name, "the name of a column");
  file_.need(overhead + static_cast<std::int64_t>(values.size_bytes()));
  hdf5::Group group;
  file_.step([&] { group = group_of(file_, "table"); });
  write_vector(file_, group.get(), name, values);
  describe_column(name, units, long_name);
}

void ArrayFile::write_column(const std::string& name, std::span<const std::int64_t> values, const std::string& units, const std::string& long_name) {
  require_name(name, "the name of a column");
  file_.need(overhead + static_cast<std::int64_t>(values.size_bytes()));
  hdf5::Group group;
  file_.step([&] { group = group_of(file_, "table"); });
  write_vector(file_, group.get(), name, values);
  describe_column(name, units, long_name);
}

void ArrayFile::write_column(const std::string& name, std::span<const std::string> values, const std::string& long_name) {
  require_name(name, "the name of a column");
  std::size_t width = 1;
  for (const std::string& text : values) width = std::max(width, text.size());
  std::string bytes(values.size() * width, '\0');
  for (std::size_t i = 0; i < values.size(); ++i) values[i].copy(bytes.data() + i * width, width);
  file_.need(overhead + static_cast<std::int64_t>(bytes.size()));
  const Place place = file_.place("/table/" + name);
  hdf5::Dataset dataset;
  const hdf5::Type type = hdf5::string_type(width, place);
  file_.step([&] {
    const hsize_t n = values.size();
    dataset = hdf5::create_dataset(group_of(file_, "table").get(), name, type.get(), {n}, {std::max<hsize_t>(n, 1)}, place);
  });
  if (!values.empty()) file_.step([&] { hdf5::write_replicated(dataset.get(), type.get(), bytes.data(), file_.parallel(), file_.first(), place); });
  file_.step([&] { dataset.close(place); });
  describe_column(name, "", long_name);
}

ArrayReader::ArrayReader(MPI_Comm comm, const std::string& source) : comm_(comm) {
  const std::size_t colon = source.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == source.size())
    throw UsageError("bad_value", "\"" + source + "\" must name a file and a dataset in it, FILE:DATASET; for example features.h5:/x");
  OpenedFile opened = open_any_file(comm, source.substr(0, colon));
  file_ = std::move(opened.file);
  place_ = {opened.path, source.substr(colon + 1), "file_damaged"};
  agree(comm, [&] {
    const hdf5::Quiet quiet;
    dataset_ = hdf5::open_dataset(file_.get(), place_.object, place_);
    const hdf5::Type type(H5Dget_type(dataset_.get()), "type", place_);
    const auto dims = hdf5::extents(dataset_.get(), place_);
    if (H5Tget_class(type.get()) != H5T_FLOAT || dims.empty() || dims.size() > 2)
      throw FileError("file_format", place_.file + ": " + place_.object + " must hold floating-point numbers in one or two axes");
    axes_ = static_cast<int>(dims.size());
    rows_ = axes_ == 2 ? static_cast<std::int64_t>(dims[0]) : 1;
    columns_ = static_cast<std::int64_t>(dims.back());
    single_ = H5Tget_size(type.get()) <= sizeof(float);
  });
}

template <class T>
std::vector<T> ArrayReader::read_rows(std::int64_t first, std::int64_t count) const {
  std::vector<T> values(static_cast<std::size_t>(count * columns_));
  agree(comm_, [&] {
    const hdf5::Quiet quiet;
    if (first < 0 || count < 0 || first + count > rows_)
      throw UsageError("bad_value", place_.file + ": " + place_.object + " has " + std::to_string(rows_) + " rows, rows " + std::to_string(first) +
                                        " to " + std::to_string(first + count) + " were asked for");
    const hdf5::Space from(H5Dget_space(dataset_.get()), "extent", place_);
    const auto size = static_cast<hsize_t>(values.size());
    const hdf5::Space to(H5Screate_simple(1, &size, nullptr), "extent", place_);
    select_rows(from, axes_, first, count, columns_, place_);
    if (values.empty()) checked(H5Sselect_none(to.get()), "selecting nothing", place_);
    const hdf5::Properties list = hdf5::transfer(size_of(comm_) > 1, place_);
    checked(H5Dread(dataset_.get(), memory_type<T>(), to.get(), from.get(), list.get(), values.data()), "reading", place_);
  });
  return values;
}

template void ArrayFile::write_rows<float>(const std::string&, const RowBlock&, std::span<const float>,
                                           const std::vector<std::pair<std::string, std::string>>&);
template void ArrayFile::write_rows<double>(const std::string&, const RowBlock&, std::span<const double>,
                                            const std::vector<std::pair<std::string, std::string>>&);
template std::vector<float> ArrayReader::read_rows(std::int64_t, std::int64_t) const;
template std::vector<double> ArrayReader::read_rows(std::int64_t, std::int64_t) const;

} // namespace ansatz
