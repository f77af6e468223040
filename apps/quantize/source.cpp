// SPDX-License-Identifier: Apache-2.0
#include "source.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/open_file.hpp>

#include <algorithm>
#include <filesystem>

namespace ansatz::apps {

namespace {

using hdf5::checked;
using hdf5::Place;

/// Groups of Ansatz's files whose numbers are not data to store in few bits.
const std::vector<std::string> skipped{"meta", "grid", "history", "solver", "runs", "phases", "table"};

bool is_group(hid_t parent, const std::string& name, const Place& place) {
  const hdf5::Object object(H5Oopen(parent, name.c_str(), H5P_DEFAULT), "opening", place);
  return H5Iget_type(object.get()) == H5I_GROUP;
}

std::vector<std::int64_t> dims_of(hid_t dataset, const Place& place) {
  std::vector<std::int64_t> dims;
  for (const hsize_t n : hdf5::extents(dataset, place))
    if (n != 1 || !dims.empty()) dims.push_back(static_cast<std::int64_t>(n));
  return dims;
}

bool is_real(hid_t dataset, const Place& place) {
  const hdf5::Type type(H5Dget_type(dataset), "type", place);
  return H5Tget_class(type.get()) == H5T_FLOAT;
}

struct Found {
  std::string path;
  std::size_t axes;
};

void walk(hid_t file, const std::string& path, const Place& place, std::vector<Found>& found) {
  const hdf5::Group group = hdf5::open_group(file, path.empty() ? "/" : path, place);
  for (const std::string& name : hdf5::link_names(group.get(), place)) {
    if (path.empty() && std::find(skipped.begin(), skipped.end(), name) != skipped.end()) continue;
    const std::string below = std::string(path).append("/").append(name);
    if (is_group(group.get(), name, place)) {
      walk(file, below, place, found);
      continue;
    }
    const hdf5::Dataset dataset(H5Dopen2(group.get(), name.c_str(), H5P_DEFAULT), "opening", place);
    const auto dims = dims_of(dataset.get(), place);
    if (is_real(dataset.get(), place) && !dims.empty()) found.push_back({below, dims.size()});
  }
}

Tensor read_one(hid_t file, const std::string& path, const Place& file_place) {
  const Place place = file_place.at(path);
  const hdf5::Dataset dataset = hdf5::open_dataset(file, path, place);
  if (!is_real(dataset.get(), place)) throw FileError("file_format", place.file + ": " + path + " must hold floating-point numbers");
  Tensor t{.name = path, .dims = dims_of(dataset.get(), place), .exact = {}, .values = {}};
  std::size_t size = 1;
  for (const std::int64_t n : t.dims) size *= static_cast<std::size_t>(n);
  t.exact.resize(size);
  checked(H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, t.exact.data()), "reading", place);
  t.values.assign(t.exact.begin(), t.exact.end());
  return t;
}

} // namespace

quant::Shape Tensor::shape() const {
  const std::size_t rows = dims.size() > 1 ? static_cast<std::size_t>(dims.front()) : 1;
  return {rows, rows > 0 ? values.size() / rows : 0, dims.size() > 2 ? static_cast<std::size_t>(dims.back()) : 0};
}

std::vector<Tensor> read_tensors(MPI_Comm comm, const std::string& source) {
  const std::size_t colon = source.rfind(':');
  const bool whole = colon == std::string::npos || std::filesystem::exists(source);
  const OpenedFile opened = open_any_file(comm, whole ? source : source.substr(0, colon));
  const Place place{opened.path, "/", "file_damaged"};
  const hdf5::Quiet quiet;
  if (!whole) return {read_one(opened.file.get(), source.substr(colon + 1), place)};
  std::vector<Found> found;
  walk(opened.file.get(), "", place, found);
  const bool tables = std::any_of(found.begin(), found.end(), [](const Found& f) { return f.axes > 1; });
  std::vector<Tensor> tensors;
  for (const Found& f : found)
    if (f.axes > 1 || !tables) tensors.push_back(read_one(opened.file.get(), f.path, place));
  if (tensors.empty())
    throw UsageError("bad_value",
                     opened.path + " has no dataset of floating-point numbers to quantize; name one with FILE:DATASET (h5ls -r lists them)");
  return tensors;
}

} // namespace ansatz::apps
