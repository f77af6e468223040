// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/provenance.hpp>
#include <ansatz/data/version.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>

namespace ansatz {

namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string host_name() {
  std::array<char, 256> text{};
  return gethostname(text.data(), text.size() - 1) == 0 ? text.data() : "unknown";
}

/// Attributes are metadata, which every rank writes alike: the texts that may differ are taken from rank 0.
void write_meta_attributes(const StagedFile& file, hid_t group, const Meta& m, const std::string& content, int ranks) {
  using hdf5::write_attribute;
  const auto place = file.place("/meta");
  const std::array<std::int64_t, 2> version_numbers{format_major, format_minor};
  write_attribute(group, "format", "ansatz", place);
  write_attribute(group, "format_version", std::span<const std::int64_t>(version_numbers), place);
  write_attribute(group, "content", content, place);
  write_attribute(group, "software", "ansatz", place);
  write_attribute(group, "software_version", version(), place);
  write_attribute(group, "git_commit", git_commit(), place);
  write_attribute(group, "git_dirty", git_dirty(), place);
  write_attribute(group, "date", m.date, place);
  write_attribute(group, "host", m.host, place);
  write_attribute(group, "ranks", static_cast<std::int64_t>(ranks), place);
  write_attribute(group, "threads", m.threads, place);
  write_attribute(group, "seed", m.seed, place);
  write_attribute(group, "libraries", m.libraries, place);
  write_attribute(group, "command_line", m.command_line, place);
}

void write_numbers(StagedFile& file, hid_t parent, const std::string& name, hid_t file_type, hid_t memory_type, const void* data, std::size_t count,
                   bool unlimited) {
  constexpr hsize_t most = 65536; // 512 KiB of doubles a chunk
  hdf5::Dataset dataset;
  file.step([&] {
    const hsize_t chunk = std::clamp<hsize_t>(count, unlimited ? 1024 : 1, most);
    dataset = hdf5::create_dataset(parent, name, file_type, {count}, {chunk}, file.place(name), unlimited);
  });
  if (count > 0) file.step([&] { hdf5::write_replicated(dataset.get(), memory_type, data, file.parallel(), file.first(), file.place(name)); });
  file.step([&] { dataset.close(file.place(name)); });
}

} // namespace

void broadcast(MPI_Comm comm, std::string& text) {
  auto length = static_cast<std::int64_t>(text.size());
  check_mpi(MPI_Bcast(&length, 1, MPI_INT64_T, 0, comm), "MPI_Bcast");
  text.resize(static_cast<std::size_t>(length));
  check_mpi(MPI_Bcast(text.data(), static_cast<int>(length), MPI_CHAR, 0, comm), "MPI_Bcast");
}

void require_name(const std::string& name, const std::string& what) {
  const auto good = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.' || c == '+' || c == '-'; };
  if (name.empty() || name == "." || name == ".." || !std::all_of(name.begin(), name.end(), good))
    throw UsageError("bad_value", what + " \"" + name + "\" must consist of letters, digits and _ . + -; rename it");
}

void write_provenance(StagedFile& file, const Meta& meta, const std::string& content, int ranks) {
  Meta m = meta;
  m.date = utc_now();
  m.host = host_name();
  for (std::string* text : {&m.config_json, &m.command_line, &m.libraries, &m.date, &m.host}) broadcast(file.comm(), *text);
  std::array<std::int64_t, 2> numbers{m.seed, m.threads};
  check_mpi(MPI_Bcast(numbers.data(), 2, MPI_INT64_T, 0, file.comm()), "MPI_Bcast");
  m.seed = numbers[0];
  m.threads = numbers[1];
  hdf5::Group group;
  file.step([&] {
    group = hdf5::create_group(file.id(), "meta", file.place("/meta"));
    write_meta_attributes(file, group.get(), m, content, ranks > 0 ? ranks : file.ranks());
  });
  write_text(file, group.get(), "config_json", m.config_json);
}

std::string read_content(hid_t file, const hdf5::Place& place) {
  if (!hdf5::exists(file, "meta", place))
    throw FileError("file_format", place.file + ": an HDF5 file, but without /meta; it was not written by Ansatz");
  const hdf5::Place here_ = place.at("/meta");
  const hdf5::Group group = hdf5::open_group(file, "meta", here_);
  const std::string format = hdf5::read_text(group.get(), "format", here_);
  if (format != "ansatz") throw FileError("file_format", place.file + ": /meta says format \"" + format + "\"; only \"ansatz\" is read");
  const auto numbers = hdf5::read_integers(group.get(), "format_version", here_);
  if (numbers.size() != 2) throw FileError("file_format", place.file + ": format_version of /meta must be two numbers");
  if (numbers[0] != format_major)
    throw FileError("file_format", place.file + ": format version " + std::to_string(numbers[0]) + "." + std::to_string(numbers[1]) +
                                       "; this release reads version " + std::to_string(format_major) + "; use the release that wrote it");
  return hdf5::read_text(group.get(), "content", here_);
}

Meta read_provenance(hid_t file, const std::string& content, const hdf5::Place& place) {
  const std::string found = read_content(file, place);
  if (found != content) throw FileError("file_format", place.file + ": a " + found + " file where a " + content + " file is wanted");
  const hdf5::Place here_ = place.at("/meta");
  const hdf5::Group group = hdf5::open_group(file, "meta", here_);
  const hid_t id = group.get();
  const auto numbers = hdf5::read_integers(id, "format_version", here_);
  return {.seed = hdf5::read_integer(id, "seed", here_),
          .threads = hdf5::read_integer(id, "threads", here_),
          .config_json = read_text_dataset(id, "config_json", here_),
          .command_line = hdf5::read_text(id, "command_line", here_),
          .libraries = hdf5::read_text(id, "libraries", here_),
          .software = hdf5::read_text(id, "software", here_),
          .software_version = hdf5::read_text(id, "software_version", here_),
          .git_commit = hdf5::read_text(id, "git_commit", here_),
          .git_dirty = hdf5::read_bool(id, "git_dirty", here_),
          .date = hdf5::read_text(id, "date", here_),
          .host = hdf5::read_text(id, "host", here_),
          .ranks = hdf5::read_integer(id, "ranks", here_),
          .major = numbers[0],
          .minor = numbers[1]};
}

void write_text(StagedFile& file, hid_t parent, const std::string& name, const std::string& text) {
  hdf5::Dataset dataset;
  hdf5::Type type;
  file.step([&] {
    type = hdf5::string_type(text.size(), file.place(name));
    dataset = hdf5::create_dataset(parent, name, type.get(), {1}, {1}, file.place(name));
  });
  const std::string bytes = text.empty() ? std::string(1, '\0') : text;
  file.step([&] { hdf5::write_replicated(dataset.get(), type.get(), bytes.data(), file.parallel(), file.first(), file.place(name)); });
  file.step([&] { dataset.close(file.place(name)); });
}

std::string read_text_dataset(hid_t parent, const std::string& name, const hdf5::Place& place) {
  const hdf5::Dataset dataset = hdf5::open_dataset(parent, name, place);
  const hdf5::Type type(H5Dget_type(dataset.get()), "type of " + name, place);
  const hdf5::Space space(H5Dget_space(dataset.get()), "extent of " + name, place);
  if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 || H5Sget_simple_extent_npoints(space.get()) != 1)
    throw FileError("file_format", place.file + ": " + name + " must be one text of fixed length");
  std::string text(H5Tget_size(type.get()), '\0');
  hdf5::checked(H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data()), "reading " + name, place);
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

void write_vector(StagedFile& file, hid_t parent, const std::string& name, std::span<const double> values, bool unlimited) {
  write_numbers(file, parent, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.data(), values.size(), unlimited);
}

void write_vector(StagedFile& file, hid_t parent, const std::string& name, std::span<const std::int64_t> values, bool unlimited) {
  write_numbers(file, parent, name, H5T_STD_I64LE, H5T_NATIVE_INT64, values.data(), values.size(), unlimited);
}

std::vector<double> read_doubles(hid_t parent, const std::string& name, const hdf5::Place& place) {
  const hdf5::Dataset dataset = hdf5::open_dataset(parent, name, place);
  const auto dims = hdf5::extents(dataset.get(), place);
  if (dims.size() != 1) throw FileError("file_format", place.file + ": " + name + " must have one axis, it has " + std::to_string(dims.size()));
  std::vector<double> values(dims[0]);
  if (!values.empty())
    hdf5::checked(H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "reading " + name, place);
  return values;
}

} // namespace ansatz
