// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/hdf5.hpp>

#include <algorithm>
#include <array>

namespace ansatz::hdf5 {

namespace {

herr_t append_line(unsigned n, const H5E_error2_t* error, void* text) {
  constexpr std::size_t enough = 1500;
  auto& out = *static_cast<std::string*>(text);
  const std::string line = error->desc ? error->desc : "";
  if (out.size() < enough && !line.empty()) out += (n ? " > " : "") + line;
  return 0;
}

bool names_full_disk(const std::string& stack) {
  constexpr std::array<const char*, 4> phrases = {"No space left", "Disk quota exceeded", "File too large", "MPI_ERR_NO_SPACE"};
  return std::any_of(phrases.begin(), phrases.end(), [&](const char* phrase) { return stack.find(phrase) != std::string::npos; });
}

void write_scalar(hid_t object, const std::string& name, hid_t type, const void* value, const Place& place) {
  const Space space(H5Screate(H5S_SCALAR), "describing an attribute", place);
  const Attribute attribute(H5Acreate2(object, name.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT), "creating attribute " + name, place);
  checked(H5Awrite(attribute.get(), type, value), "writing attribute " + name, place);
}

/// Opens an attribute of one of the given classes; anything else is a file of another format.
Attribute open_attribute(hid_t object, const std::string& name, std::initializer_list<H5T_class_t> classes, const Place& place) {
  if (!has_attribute(object, name, place))
    throw FileError("file_format", place.file + ": " + place.object + " has no attribute " + name + "; was the file written by Ansatz?");
  Attribute attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), "opening attribute " + name, place);
  const Type type(H5Aget_type(attribute.get()), "type of attribute " + name, place);
  if (std::find(classes.begin(), classes.end(), H5Tget_class(type.get())) == classes.end())
    throw FileError("file_format", place.file + ": attribute " + name + " of " + place.object + " is of another type than the format says");
  return attribute;
}

hssize_t attribute_points(const Attribute& attribute, const std::string& name, const Place& place) {
  const Space space(H5Aget_space(attribute.get()), "extent of attribute " + name, place);
  return checked(H5Sget_simple_extent_npoints(space.get()), "extent of attribute " + name, place);
}

void require_scalar(const Attribute& attribute, const std::string& name, const Place& place) {
  if (attribute_points(attribute, name, place) != 1)
    throw FileError("file_format", place.file + ": attribute " + name + " of " + place.object + " is not a single value");
}

herr_t collect_link(hid_t, const char* name, const H5L_info_t*, void* names) {
  try {
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
    return 0;
  } catch (...) { // no exception may pass through HDF5's C frames
    return -1;
  }
}

herr_t collect_attribute(hid_t, const char* name, const H5A_info_t*, void* names) { return collect_link(0, name, nullptr, names); }

} // namespace

Quiet::Quiet() noexcept {
  (void)H5Eget_auto2(H5E_DEFAULT, &function_, &data_); // fails only for an invalid stack, and the default one is valid
  (void)H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Quiet::~Quiet() { (void)H5Eset_auto2(H5E_DEFAULT, function_, data_); }

std::string take_error_stack() {
  std::string text;
  (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, append_line, &text); // no better report is possible if the report itself fails
  (void)H5Eclear2(H5E_DEFAULT);
  text.erase(std::remove(text.begin(), text.end(), '\n'), text.end()); // ctime's, in the middle of a line
  return text.empty() ? "no details from HDF5" : text;
}

void fail(std::string_view call, const Place& place) {
  const std::string stack = take_error_stack();
  std::string message = place.file + ": " + place.object + ": " + std::string(call) + " failed (HDF5: " + stack + ")";
  if (names_full_disk(stack)) throw FileError("disk_full", message + "; free space on that disk or choose another --output");
  throw FileError(place.reason, message);
}

Group create_group(hid_t parent, const std::string& name, const Place& place) {
  const Properties links(H5Pcreate(H5P_LINK_CREATE), "preparing a group", place);
  checked(H5Pset_create_intermediate_group(links.get(), 1), "preparing a group", place);
  const Properties create(H5Pcreate(H5P_GROUP_CREATE), "preparing a group", place);
  checked(H5Pset_obj_track_times(create.get(), false), "preparing a group", place);
  return {H5Gcreate2(parent, name.c_str(), links.get(), create.get(), H5P_DEFAULT), "creating group " + name, place};
}

Type string_type(std::size_t length, const Place& place) {
  Type type(H5Tcopy(H5T_C_S1), "describing a text", place);
  checked(H5Tset_size(type.get(), std::max<std::size_t>(length, 1)), "describing a text", place);
  checked(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), "describing a text", place);
  checked(H5Tset_cset(type.get(), H5T_CSET_UTF8), "describing a text", place);
  return type;
}

Type bool_type(const Place& place) {
  Type type(H5Tenum_create(H5T_STD_I8LE), "describing a bool", place);
  const std::int8_t no = 0;
  const std::int8_t yes = 1;
  checked(H5Tenum_insert(type.get(), "FALSE", &no), "describing a bool", place);
  checked(H5Tenum_insert(type.get(), "TRUE", &yes), "describing a bool", place);
  return type;
}

Properties chunked(const std::vector<hsize_t>& chunk, const Place& place) {
  Properties create(H5Pcreate(H5P_DATASET_CREATE), "preparing a dataset", place);
  checked(H5Pset_obj_track_times(create.get(), false), "preparing a dataset", place);
  checked(H5Pset_chunk(create.get(), static_cast<int>(chunk.size()), chunk.data()), "setting the chunk", place);
  return create;
}

Dataset create_dataset(hid_t parent, const std::string& name, hid_t type, const Space& space, Properties create, const Place& place) {
  checked(H5Pset_fletcher32(create.get()), "setting the checksum", place);
  return {H5Dcreate2(parent, name.c_str(), type, space.get(), H5P_DEFAULT, create.get(), H5P_DEFAULT), "creating the dataset", place};
}

Dataset create_dataset(hid_t parent, const std::string& name, hid_t type, const std::vector<hsize_t>& dims, const std::vector<hsize_t>& chunk,
                       const Place& place, bool unlimited) {
  std::vector<hsize_t> most = dims;
  if (unlimited) most[0] = H5S_UNLIMITED;
  const Space space(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), most.data()), "describing the extent", place);
  return create_dataset(parent, name, type, space, chunked(chunk, place), place);
}

Properties transfer(bool collective, const Place& place) {
  Properties list(H5Pcreate(H5P_DATASET_XFER), "preparing a transfer", place);
  if (collective) checked(H5Pset_dxpl_mpio(list.get(), H5FD_MPIO_COLLECTIVE), "preparing a transfer", place);
  return list;
}

void write_replicated(hid_t dataset, hid_t memory_type, const void* data, bool collective, bool writer, const Place& place) {
  const Space file_space(H5Dget_space(dataset), "extent", place);
  const Space memory_space(H5Scopy(file_space.get()), "extent", place);
  if (!writer) {
    checked(H5Sselect_none(file_space.get()), "selecting nothing", place);
    checked(H5Sselect_none(memory_space.get()), "selecting nothing", place);
  }
  const Properties list = transfer(collective, place);
  checked(H5Dwrite(dataset, memory_type, memory_space.get(), file_space.get(), list.get(), data), "writing", place);
}

void write_attribute(hid_t object, const std::string& name, std::string_view value, const Place& place) {
  const Type type = string_type(value.size(), place);
  const std::string text = value.empty() ? std::string(1, '\0') : std::string(value);
  write_scalar(object, name, type.get(), text.data(), place);
}

void write_attribute(hid_t object, const std::string& name, const char* value, const Place& place) {
  write_attribute(object, name, std::string_view(value), place);
}

void write_attribute(hid_t object, const std::string& name, std::int64_t value, const Place& place) {
  write_scalar(object, name, H5T_STD_I64LE, &value, place);
}

void write_attribute(hid_t object, const std::string& name, double value, const Place& place) {
  write_scalar(object, name, H5T_IEEE_F64LE, &value, place);
}

void write_attribute(hid_t object, const std::string& name, bool value, const Place& place) {
  const Type type = bool_type(place);
  const std::int8_t byte = value ? 1 : 0;
  write_scalar(object, name, type.get(), &byte, place);
}

void write_attribute(hid_t object, const std::string& name, std::span<const std::int64_t> values, const Place& place) {
  const hsize_t count = values.size();
  const Space space(H5Screate_simple(1, &count, nullptr), "describing an attribute", place);
  const Attribute attribute(H5Acreate2(object, name.c_str(), H5T_STD_I64LE, space.get(), H5P_DEFAULT, H5P_DEFAULT), "creating attribute " + name,
                            place);
  checked(H5Awrite(attribute.get(), H5T_NATIVE_INT64, values.data()), "writing attribute " + name, place);
}

bool has_attribute(hid_t object, const std::string& name, const Place& place) {
  return checked(H5Aexists(object, name.c_str()), "looking for attribute " + name, place) > 0;
}

std::string read_text(hid_t object, const std::string& name, const Place& place) {
  const Attribute attribute = open_attribute(object, name, {H5T_STRING}, place);
  require_scalar(attribute, name, place);
  const Type type(H5Aget_type(attribute.get()), "type of attribute " + name, place);
  if (checked(H5Tis_variable_str(type.get()), "type of attribute " + name, place) > 0)
    throw FileError("file_format",
                    place.file + ": attribute " + name + " of " + place.object + " is a text of variable length; the format has fixed ones");
  std::string text(H5Tget_size(type.get()), '\0');
  checked(H5Aread(attribute.get(), type.get(), text.data()), "reading attribute " + name, place);
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

std::int64_t read_integer(hid_t object, const std::string& name, const Place& place) {
  const Attribute attribute = open_attribute(object, name, {H5T_INTEGER}, place);
  require_scalar(attribute, name, place);
  std::int64_t value = 0;
  checked(H5Aread(attribute.get(), H5T_NATIVE_INT64, &value), "reading attribute " + name, place);
  return value;
}

double read_number(hid_t object, const std::string& name, const Place& place) {
  const Attribute attribute = open_attribute(object, name, {H5T_FLOAT, H5T_INTEGER}, place);
  require_scalar(attribute, name, place);
  double value = 0;
  checked(H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, &value), "reading attribute " + name, place);
  return value;
}

bool read_bool(hid_t object, const std::string& name, const Place& place) {
  const Attribute attribute = open_attribute(object, name, {H5T_ENUM}, place);
  require_scalar(attribute, name, place);
  const Type type = bool_type(place);
  std::int8_t value = 0;
  checked(H5Aread(attribute.get(), type.get(), &value), "reading attribute " + name, place);
  return value != 0;
}

std::vector<std::int64_t> read_integers(hid_t object, const std::string& name, const Place& place) {
  const Attribute attribute = open_attribute(object, name, {H5T_INTEGER}, place);
  std::vector<std::int64_t> values(static_cast<std::size_t>(attribute_points(attribute, name, place)));
  checked(H5Aread(attribute.get(), H5T_NATIVE_INT64, values.data()), "reading attribute " + name, place);
  return values;
}

std::vector<std::string> link_names(hid_t group, const Place& place) {
  std::vector<std::string> names;
  checked(H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_link, &names), "listing", place);
  return names;
}

std::vector<std::string> attribute_names(hid_t object, const Place& place) {
  std::vector<std::string> names;
  checked(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_attribute, &names), "listing attributes", place);
  return names;
}

bool exists(hid_t group, const std::string& path, const Place& place) {
  for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (!part.empty() && checked(H5Lexists(group, part.c_str(), H5P_DEFAULT), "looking for " + part, place) == 0) return false;
    if (end == std::string::npos) return true;
  }
}

Dataset open_dataset(hid_t parent, const std::string& name, const Place& place) {
  if (!exists(parent, name, place))
    throw FileError("file_format", place.file + ": there is no dataset " + name + " (looked in " + place.object + ")");
  return {H5Dopen2(parent, name.c_str(), H5P_DEFAULT), "opening dataset " + name, place};
}

Group open_group(hid_t parent, const std::string& name, const Place& place) {
  if (!exists(parent, name, place)) throw FileError("file_format", place.file + ": there is no group " + name + " (looked in " + place.object + ")");
  return {H5Gopen2(parent, name.c_str(), H5P_DEFAULT), "opening group " + name, place};
}

std::vector<hsize_t> extents(hid_t dataset, const Place& place) {
  const Space space(H5Dget_space(dataset), "extent", place);
  std::vector<hsize_t> dims(static_cast<std::size_t>(checked(H5Sget_simple_extent_ndims(space.get()), "extent", place)));
  checked(H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr), "extent", place);
  return dims;
}

} // namespace ansatz::hdf5
