// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/model_file.hpp>
#include <ansatz/data/open_file.hpp>
#include <ansatz/data/provenance.hpp>

#include <algorithm>
#include <set>

namespace ansatz {

namespace {

using hdf5::Place;

std::string text(const std::vector<std::int64_t>& shape) {
  std::string out;
  for (const std::int64_t n : shape) out.append(out.empty() ? "" : " x ").append(std::to_string(n));
  return out;
}

std::size_t count_of(const ModelArray& a) {
  return std::visit([](const auto& values) { return values.size(); }, a.values);
}

void require(const Model& model) {
  require_name(model.name, "the model name");
  std::set<std::string> seen;
  for (const ModelArray& a : model.arrays) {
    require_name(a.name, "the array name");
    if (!seen.insert(a.name).second) throw UsageError("bad_value", "model " + model.name + " has two arrays " + a.name);
    std::size_t points = a.shape.empty() ? 0 : 1;
    for (const std::int64_t n : a.shape) points *= n > 0 ? static_cast<std::size_t>(n) : 0;
    if (points == 0 || points != count_of(a))
      throw UsageError("bad_value", "array " + a.name + " has " + std::to_string(count_of(a)) + " values for the shape " + text(a.shape));
  }
}

/// The whole array, halved along its axes, slowest first, until a chunk has at most 4 MiB.
std::vector<hsize_t> choose_chunk(const std::vector<hsize_t>& dims, std::size_t element) {
  constexpr hsize_t largest = hsize_t{4} << 20;
  std::vector<hsize_t> chunk = dims;
  const auto bytes = [&] {
    hsize_t n = element;
    for (const hsize_t c : chunk) n *= c;
    return n;
  };
  for (hsize_t& c : chunk)
    while (c > 1 && bytes() > largest) c = (c + 1) / 2;
  return chunk;
}

void write_array(StagedFile& file, hid_t group, const ModelArray& a) {
  const bool single = std::holds_alternative<std::vector<float>>(a.values);
  const std::size_t element = single ? sizeof(float) : sizeof(double);
  const void* data = std::visit([](const auto& values) { return static_cast<const void*>(values.data()); }, a.values);
  std::vector<hsize_t> dims;
  for (const std::int64_t n : a.shape) dims.push_back(static_cast<hsize_t>(n));
  const Place place = file.place("/model/arrays/" + a.name);
  file.need((1 << 20) + static_cast<std::int64_t>(count_of(a) * element));
  file.step([&] {
    hdf5::Dataset dataset = hdf5::create_dataset(group, a.name, single ? H5T_IEEE_F32LE : H5T_IEEE_F64LE, dims, choose_chunk(dims, element), place);
    hdf5::write_replicated(dataset.get(), single ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE, data, false, true, place);
    dataset.close(place);
  });
}

ModelArray read_array(hid_t group, const std::string& name, const Place& place) {
  const hdf5::Dataset dataset = hdf5::open_dataset(group, name, place);
  const hdf5::Type type(H5Dget_type(dataset.get()), "type", place);
  const std::size_t element = H5Tget_size(type.get());
  if (H5Tget_class(type.get()) != H5T_FLOAT || (element != sizeof(float) && element != sizeof(double)))
    throw FileError("file_format", place.file + ": array " + name + " is neither float32 nor float64");
  ModelArray array{.name = name};
  std::size_t points = 1;
  for (const hsize_t n : hdf5::extents(dataset.get(), place)) {
    array.shape.push_back(static_cast<std::int64_t>(n));
    points *= n;
  }
  const auto read = [&](auto values, hid_t memory_type) {
    values.resize(points);
    hdf5::checked(H5Dread(dataset.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "reading", place);
    array.values = std::move(values);
  };
  if (element == sizeof(float))
    read(std::vector<float>(), H5T_NATIVE_FLOAT);
  else
    read(std::vector<double>(), H5T_NATIVE_DOUBLE);
  return array;
}

void require_expected(const Model& model, const std::vector<ModelArraySpec>& expected, const std::string& path) {
  for (const ModelArraySpec& spec : expected) {
    const ModelArray& found = model.array(spec.name);
    if (found.shape != spec.shape)
      throw FileError("file_format", path + ": array " + spec.name + " has the shape " + text(found.shape) + ", wanted is " + text(spec.shape));
    if (std::holds_alternative<std::vector<float>>(found.values) != spec.single_precision)
      throw FileError("file_format", path + ": array " + spec.name + " is not float" + (spec.single_precision ? "32" : "64") + " as wanted");
  }
}

} // namespace

const ModelArray& Model::array(const std::string& array_name) const {
  const auto found = std::find_if(arrays.begin(), arrays.end(), [&](const ModelArray& a) { return a.name == array_name; });
  if (found != arrays.end()) return *found;
  std::string names;
  for (const ModelArray& a : arrays) names += (names.empty() ? "" : ", ") + a.name;
  throw FileError("file_format", "model " + name + " has no array " + array_name + "; it has: " + names);
}

void write_model(const std::string& path, const Model& model, const Meta& meta, PublishOptions options) {
  require(model);
  StagedFile file(MPI_COMM_SELF, path, options);
  write_provenance(file, meta, "model");
  hdf5::Group group;
  hdf5::Group arrays;
  file.step([&] {
    const Place place = file.place("/model");
    group = hdf5::create_group(file.id(), "model", place);
    arrays = hdf5::create_group(group.get(), "arrays", place);
    hdf5::write_attribute(group.get(), "name", model.name, place);
    hdf5::write_attribute(group.get(), "version", model.version, place);
  });
  for (const ModelArray& a : model.arrays) write_array(file, arrays.get(), a);
  write_text(file, group.get(), "description_json", model.description_json);
  write_vector(file, group.get(), "loss_history", model.loss_history, true);
  write_vector(file, group.get(), "validation_steps", model.validation_steps, true);
  write_vector(file, group.get(), "validation_history", model.validation_history, true);
  file.step([&] {
    arrays.close(file.place("/model/arrays"));
    group.close(file.place("/model"));
  });
  file.publish();
}

Model read_model(const std::string& path, const std::string& name, std::int64_t version, const std::vector<ModelArraySpec>& expected) {
  const hdf5::Quiet quiet;
  const OpenedFile opened = open_file(MPI_COMM_SELF, path, "model");
  const Place place{opened.path, "/model", "file_damaged"};
  const hdf5::Group group = hdf5::open_group(opened.file.get(), "model", place);
  Model model{.name = hdf5::read_text(group.get(), "name", place), .version = hdf5::read_integer(group.get(), "version", place)};
  if (model.name != name || model.version != version)
    throw FileError("file_format", opened.path + ": holds model " + model.name + " version " + std::to_string(model.version) + ", wanted is " + name +
                                       " version " + std::to_string(version) + "; name another --model or train it again");
  const hdf5::Group arrays = hdf5::open_group(group.get(), "arrays", place);
  for (const std::string& array : hdf5::link_names(arrays.get(), place))
    model.arrays.push_back(read_array(arrays.get(), array, place.at("/model/arrays/" + array)));
  model.description_json = read_text_dataset(group.get(), "description_json", place);
  model.loss_history = read_doubles(group.get(), "loss_history", place);
  model.validation_steps = read_doubles(group.get(), "validation_steps", place);
  model.validation_history = read_doubles(group.get(), "validation_history", place);
  require_expected(model, expected, opened.path);
  return model;
}

std::string read_model_name(const std::string& path) {
  const hdf5::Quiet quiet;
  const OpenedFile opened = open_file(MPI_COMM_SELF, path, "model");
  const Place place{opened.path, "/model", "file_damaged"};
  return hdf5::read_text(hdf5::open_group(opened.file.get(), "model", place).get(), "name", place);
}

Meta read_model_meta(const std::string& path) {
  const hdf5::Quiet quiet;
  const OpenedFile opened = open_file(MPI_COMM_SELF, path, "model");
  return read_provenance(opened.file.get(), "model", {opened.path, "/meta", "file_damaged"});
}

} // namespace ansatz
