// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/checkpoint.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/provenance.hpp>

#include <algorithm>

namespace ansatz {

namespace {

using hdf5::checked;
using hdf5::Place;

constexpr std::size_t element = 8; // bytes of a double and of an int64

void select(const hdf5::Space& file, const hdf5::Space& memory, hsize_t start, hsize_t count, const Place& place) {
  if (count == 0) {
    checked(H5Sselect_none(file.get()), "selecting nothing", place);
    checked(H5Sselect_none(memory.get()), "selecting nothing", place);
  } else {
    checked(H5Sselect_hyperslab(file.get(), H5S_SELECT_SET, &start, nullptr, &count, nullptr), "selecting the part", place);
  }
}

} // namespace

CheckpointWriter::CheckpointWriter(MPI_Comm comm, const std::string& path, const Meta& meta)
    : file_(comm, path, {.overwrite = true, .keep_previous = true}) {
  write_provenance(file_, meta, "checkpoint");
  file_.step([&] { group_ = hdf5::create_group(file_.id(), "checkpoint", file_.place("/checkpoint")); });
}

void CheckpointWriter::array(const std::string& name, std::span<const double> local) {
  write_array(name, local.data(), local.size(), H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE);
}

void CheckpointWriter::array(const std::string& name, std::span<const std::int64_t> local) {
  write_array(name, local.data(), local.size(), H5T_STD_I64LE, H5T_NATIVE_INT64);
}

void CheckpointWriter::write_array(const std::string& name, const void* local, std::size_t count, hid_t file_type, hid_t memory_type) {
  require_name(name, "the array name");
  const auto mine = static_cast<std::int64_t>(count);
  std::int64_t end = 0;
  std::int64_t total = 0;
  check_mpi(MPI_Scan(&mine, &end, 1, MPI_INT64_T, MPI_SUM, file_.comm()), "MPI_Scan");
  check_mpi(MPI_Allreduce(&mine, &total, 1, MPI_INT64_T, MPI_SUM, file_.comm()), "MPI_Allreduce");
  file_.need((1 << 20) + total * static_cast<std::int64_t>(element));
  const Place place = file_.place("/checkpoint/" + name);
  hdf5::Dataset dataset;
  file_.step([&] {
    // About one chunk per rank, of at most 4 MiB.
    const auto share = static_cast<hsize_t>((total + file_.ranks() - 1) / file_.ranks());
    const hsize_t chunk = std::clamp<hsize_t>(share, 1, (hsize_t{4} << 20) / element);
    dataset = hdf5::create_dataset(group_.get(), name, file_type, {static_cast<hsize_t>(total)}, {chunk}, place);
  });
  if (total > 0) {
    file_.step([&] {
      const hsize_t extent = count;
      const hdf5::Space target(H5Dget_space(dataset.get()), "extent", place);
      const hdf5::Space source(H5Screate_simple(1, &extent, nullptr), "extent", place);
      select(target, source, static_cast<hsize_t>(end - mine), extent, place);
      const hdf5::Properties list = hdf5::transfer(file_.parallel(), place);
      checked(H5Dwrite(dataset.get(), memory_type, source.get(), target.get(), list.get(), local), "writing", place);
    });
  }
  file_.step([&] { dataset.close(place); });
}

void CheckpointWriter::counter(const std::string& name, std::int64_t value) {
  require_name(name, "the counter name");
  file_.step([&] { hdf5::write_attribute(group_.get(), name, value, file_.place("/checkpoint")); });
}

void CheckpointWriter::number(const std::string& name, double value) {
  require_name(name, "the name of the number");
  file_.step([&] { hdf5::write_attribute(group_.get(), name, value, file_.place("/checkpoint")); });
}

void CheckpointWriter::text(const std::string& name, const std::string& value) {
  require_name(name, "the name of the text");
  std::string shared = value;
  broadcast(file_.comm(), shared);
  write_text(file_, group_.get(), name, shared);
}

void CheckpointWriter::publish() {
  file_.step([&] { group_.close(file_.place("/checkpoint")); });
  file_.publish();
}

CheckpointReader::CheckpointReader(MPI_Comm comm, const std::string& path)
    : comm_(comm), parallel_(size_of(comm) > 1), opened_(open_file(comm, path, "checkpoint")) {
  agree(comm_, [&] {
    const hdf5::Quiet quiet;
    group_ = hdf5::open_group(opened_.file.get(), "checkpoint", place(""));
  });
}

Meta CheckpointReader::meta() const {
  const hdf5::Quiet quiet;
  return read_provenance(opened_.file.get(), "checkpoint", place(""));
}

std::int64_t CheckpointReader::array_size(const std::string& name) const {
  const hdf5::Quiet quiet;
  const hdf5::Dataset dataset = hdf5::open_dataset(group_.get(), name, place(name));
  const auto dims = hdf5::extents(dataset.get(), place(name));
  if (dims.size() != 1) throw FileError("file_format", opened_.path + ": array " + name + " must have one axis");
  return static_cast<std::int64_t>(dims[0]);
}

std::vector<double> CheckpointReader::array(const std::string& name, std::int64_t start, std::int64_t count) const {
  std::vector<double> values(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
  read_array(name, start, count, H5T_FLOAT, H5T_NATIVE_DOUBLE, values.data());
  return values;
}

std::vector<std::int64_t> CheckpointReader::integers(const std::string& name, std::int64_t start, std::int64_t count) const {
  std::vector<std::int64_t> values(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
  read_array(name, start, count, H5T_INTEGER, H5T_NATIVE_INT64, values.data());
  return values;
}

void CheckpointReader::read_array(const std::string& name, std::int64_t start, std::int64_t count, H5T_class_t kind, hid_t memory_type,
                                  void* out) const {
  const hdf5::Quiet quiet;
  const Place where = place(name);
  hdf5::Dataset dataset;
  agree(comm_, [&] {
    const std::int64_t size = array_size(name);
    if (start < 0 || count < 0 || start + count > size)
      throw UsageError("bad_value", "array " + name + " has " + std::to_string(size) + " values; " + std::to_string(start) + " + " +
                                        std::to_string(count) + " are not among them");
    dataset = hdf5::open_dataset(group_.get(), name, where);
    const hdf5::Type type(H5Dget_type(dataset.get()), "type", where);
    if (H5Tget_class(type.get()) != kind)
      throw FileError("file_format", opened_.path + ": array " + name + " holds another type of number than asked for");
  });
  agree(comm_, [&] {
    const auto extent = static_cast<hsize_t>(count);
    const hdf5::Space source(H5Dget_space(dataset.get()), "extent", where);
    const hdf5::Space target(H5Screate_simple(1, &extent, nullptr), "extent", where);
    select(source, target, static_cast<hsize_t>(start), extent, where);
    const hdf5::Properties list = hdf5::transfer(parallel_, where);
    checked(H5Dread(dataset.get(), memory_type, target.get(), source.get(), list.get(), out), "reading", where);
  });
}

std::int64_t CheckpointReader::counter(const std::string& name) const {
  const hdf5::Quiet quiet;
  return hdf5::read_integer(group_.get(), name, place(""));
}

double CheckpointReader::number(const std::string& name) const {
  const hdf5::Quiet quiet;
  return hdf5::read_number(group_.get(), name, place(""));
}

std::string CheckpointReader::text(const std::string& name) const {
  const hdf5::Quiet quiet;
  return read_text_dataset(group_.get(), name, place(name));
}

} // namespace ansatz
