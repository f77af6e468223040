// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/molecules_file.hpp>
#include <ansatz/data/open_file.hpp>
#include <ansatz/data/provenance.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace ansatz {

namespace {

using hdf5::checked;
using hdf5::Place;
using Vectors = std::vector<std::array<double, 3>>;

struct Reader {
  hid_t group;
  Place place;

  [[noreturn]] void refuse(const std::string& name, const std::string& why) const {
    throw FileError("file_format", place.file + ": /molecules/" + name + " " + why);
  }
  [[nodiscard]] bool has(const std::string& name) const { return hdf5::exists(group, name, place); }

  /// All values of a dataset of numbers with these extents; 0 stands for any.
  template <class T>
  [[nodiscard]] std::vector<T> read(const std::string& name, std::vector<hsize_t> wanted, hid_t memory_type, bool integers) const {
    const hdf5::Dataset dataset = hdf5::open_dataset(group, name, place.at("/molecules/" + name));
    const hdf5::Type type(H5Dget_type(dataset.get()), "type", place);
    const H5T_class_t kind = H5Tget_class(type.get());
    if (kind != H5T_INTEGER && (integers || kind != H5T_FLOAT)) refuse(name, integers ? "must hold integers" : "must hold numbers");
    const auto found = hdf5::extents(dataset.get(), place);
    std::size_t points = 1;
    bool fits = found.size() == wanted.size();
    for (std::size_t axis = 0; axis < found.size(); ++axis) {
      points *= found[axis];
      fits = fits && (wanted[axis] == 0 || wanted[axis] == found[axis]);
    }
    if (!fits) refuse(name, "has the shape (" + text(found) + "); wanted is (" + text(wanted) + ")");
    std::vector<T> values(points);
    if (points > 0)
      checked(H5Dread(dataset.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "reading", place.at("/molecules/" + name));
    return values;
  }

  static std::string text(const std::vector<hsize_t>& shape) {
    std::string out;
    for (const hsize_t n : shape) out.append(out.empty() ? "" : ", ").append(n > 0 ? std::to_string(n) : "any");
    return out;
  }

  [[nodiscard]] std::vector<double> reals(const std::string& name, const std::vector<hsize_t>& shape) const {
    auto values = read<double>(name, shape, H5T_NATIVE_DOUBLE, false);
    const auto bad = std::find_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); });
    if (bad != values.end()) refuse(name, "holds " + std::to_string(*bad) + " at place " + std::to_string(bad - values.begin()) + "; must be finite");
    return values;
  }

  [[nodiscard]] std::vector<std::int64_t> integers(const std::string& name, hsize_t count, std::int64_t low, std::int64_t high) const {
    auto values = read<std::int64_t>(name, {count}, H5T_NATIVE_INT64, true);
    const auto bad = std::find_if(values.begin(), values.end(), [&](std::int64_t v) { return v < low || v > high; });
    if (bad != values.end())
      refuse(name, "holds " + std::to_string(*bad) + " at place " + std::to_string(bad - values.begin()) + "; must be " + std::to_string(low) + ".." +
                       std::to_string(high));
    return values;
  }

  [[nodiscard]] Vectors vectors(const std::string& name, std::size_t atoms) const {
    const auto values = reals(name, {atoms, 3});
    Vectors out(atoms);
    for (std::size_t i = 0; i < atoms; ++i) out[i] = {values[3 * i], values[3 * i + 1], values[3 * i + 2]};
    return out;
  }

  [[nodiscard]] std::vector<std::string> names(const std::string& name) const {
    const hdf5::Dataset dataset = hdf5::open_dataset(group, name, place.at("/molecules/" + name));
    const hdf5::Type type(H5Dget_type(dataset.get()), "type", place);
    const auto dims = hdf5::extents(dataset.get(), place);
    if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) > 0 || dims.size() != 1)
      refuse(name, "must be one axis of texts of fixed length");
    const std::size_t length = H5Tget_size(type.get());
    std::string bytes(length * dims[0], '\0');
    if (!bytes.empty()) checked(H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), "reading", place);
    std::vector<std::string> out;
    for (std::size_t i = 0; i < dims[0]; ++i) {
      const std::string one = bytes.substr(i * length, length);
      out.push_back(one.substr(0, one.find('\0')));
    }
    return out;
  }
};

void read_offsets(const Reader& reader, Molecules& m) {
  constexpr std::int64_t most = std::int64_t{1} << 31;
  const auto found = reader.integers("offsets", 0, 0, most);
  if (found.empty() || found.front() != 0) reader.refuse("offsets", "must start with 0");
  for (std::size_t c = 1; c < found.size(); ++c)
    if (found[c] <= found[c - 1])
      reader.refuse("offsets", "falls from " + std::to_string(found[c - 1]) + " to " + std::to_string(found[c]) + " at place " + std::to_string(c) +
                                   "; every configuration has at least one atom");
  m.offsets.assign(found.begin(), found.end());
}

void require_consistent(const Molecules& m) {
  const std::size_t atoms = m.offsets.empty() ? 0 : m.offsets.back();
  const bool labels = m.energies.size() == m.size() && m.forces.size() == atoms;
  if (m.offsets.empty() || m.numbers.size() != atoms || m.positions.size() != atoms || !(labels || (m.energies.empty() && m.forces.empty())) ||
      !(m.kinds.empty() || m.kinds.size() == m.size()))
    throw UsageError("bad_value", "molecules with " + std::to_string(atoms) + " atoms by their offsets, " + std::to_string(m.numbers.size()) +
                                      " numbers, " + std::to_string(m.positions.size()) + " positions, " + std::to_string(m.forces.size()) +
                                      " forces, " + std::to_string(m.energies.size()) + " energies of " + std::to_string(m.size()) +
                                      " configurations cannot be written; give one of each, or no labels");
}

struct Column {
  std::string name, units, long_name;
  double unit_si;
  hid_t file_type, memory_type;
  const void* data;
  std::vector<hsize_t> dims;
};

void write_column(StagedFile& file, hid_t group, const Column& c) {
  const Place place = file.place("/molecules/" + c.name);
  std::vector<hsize_t> chunk = c.dims;
  for (hsize_t& n : chunk) n = std::clamp<hsize_t>(n, 1, 16384);
  file.step([&] {
    hdf5::Dataset dataset = hdf5::create_dataset(group, c.name, c.file_type, c.dims, chunk, place);
    if (c.dims[0] > 0) hdf5::write_replicated(dataset.get(), c.memory_type, c.data, false, true, place);
    hdf5::write_attribute(dataset.get(), "long_name", c.long_name, place);
    if (!c.units.empty()) {
      hdf5::write_attribute(dataset.get(), "units", c.units, place);
      hdf5::write_attribute(dataset.get(), "unitSI", c.unit_si, place);
    }
    dataset.close(place);
  });
}

void write_kinds(StagedFile& file, hid_t group, const Molecules& m) {
  std::size_t length = 1;
  for (const std::string& name : m.kind_names) length = std::max(length, name.size());
  std::string bytes;
  for (const std::string& name : m.kind_names) bytes += name + std::string(length - name.size(), '\0');
  const std::vector<std::int64_t> kinds(m.kinds.begin(), m.kinds.end());
  write_column(file, group, {"kinds", "", "which molecule: place in kind_names", 1, H5T_STD_I64LE, H5T_NATIVE_INT64, kinds.data(), {kinds.size()}});
  const hdf5::Type type = hdf5::string_type(length, file.place("/molecules/kind_names"));
  write_column(file, group, {"kind_names", "", "names of the molecules", 1, type.get(), type.get(), bytes.data(), {m.kind_names.size()}});
}

} // namespace

std::vector<int> Molecules::elements() const {
  const std::set<int> found(numbers.begin(), numbers.end());
  return {found.begin(), found.end()};
}

Molecules read_molecules(const std::string& path) {
  const OpenedFile opened = open_file(MPI_COMM_SELF, path, "molecules");
  const hdf5::Quiet quiet;
  const Place place{opened.path, "/molecules", "file_damaged"};
  const hdf5::Group group = hdf5::open_group(opened.file.get(), "molecules", place);
  const Reader reader{group.get(), place};
  constexpr int heaviest = 118;
  Molecules m;
  if (hdf5::has_attribute(group.get(), "reference", place)) m.reference = hdf5::read_text(group.get(), "reference", place);
  read_offsets(reader, m);
  const std::size_t atoms = m.offsets.back();
  for (const std::int64_t z : reader.integers("numbers", atoms, 1, heaviest)) m.numbers.push_back(static_cast<int>(z));
  m.positions = reader.vectors("positions", atoms);
  if (reader.has("energies") || reader.has("forces")) {
    m.energies = reader.reals("energies", {m.size()});
    m.forces = reader.vectors("forces", atoms);
  }
  if (reader.has("kinds")) {
    m.kind_names = reader.names("kind_names");
    const auto kinds = reader.integers("kinds", m.size(), 0, static_cast<std::int64_t>(m.kind_names.size()) - 1);
    m.kinds.assign(kinds.begin(), kinds.end());
  }
  return m;
}

void write_molecules(const std::string& path, const Molecules& m, const Meta& meta, PublishOptions options) {
  require_consistent(m);
  const std::vector<std::int64_t> offsets(m.offsets.begin(), m.offsets.end());
  const hsize_t atoms = m.numbers.size();
  const hid_t f64 = H5T_IEEE_F64LE;
  StagedFile file(MPI_COMM_SELF, path, options);
  write_provenance(file, meta, "molecules");
  hdf5::Group group;
  file.step([&] {
    group = hdf5::create_group(file.id(), "molecules", file.place("/molecules"));
    hdf5::write_attribute(group.get(), "reference", m.reference, file.place("/molecules"));
  });
  const auto write = [&](const Column& column) { write_column(file, group.get(), column); };
  write({"offsets",
         "",
         "atoms offsets[c] to offsets[c+1]-1 are configuration c",
         1,
         H5T_STD_I64LE,
         H5T_NATIVE_INT64,
         offsets.data(),
         {offsets.size()}});
  write({"numbers", "", "atomic numbers", 1, H5T_STD_U8LE, H5T_NATIVE_INT, m.numbers.data(), {atoms}});
  write({"positions", "Angstrom", "positions of the atoms", 1e-10, f64, H5T_NATIVE_DOUBLE, m.positions.data(), {atoms, 3}});
  if (m.labelled()) {
    write({"energies", "eV", "total energies", 1.602176634e-19, f64, H5T_NATIVE_DOUBLE, m.energies.data(), {m.size()}});
    write({"forces", "eV/Angstrom", "forces on the atoms", 1.602176634e-9, f64, H5T_NATIVE_DOUBLE, m.forces.data(), {atoms, 3}});
  }
  if (!m.kinds.empty()) write_kinds(file, group.get(), m);
  file.step([&] { group.close(file.place("/molecules")); });
  file.publish();
}

} // namespace ansatz
