// SPDX-License-Identifier: Apache-2.0
#include "store.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/provenance.hpp>
#include <ansatz/quant/tensors/packing.hpp>

#include <algorithm>

namespace ansatz::apps {

namespace {

using hdf5::Place;

constexpr hsize_t largest_chunk = 1 << 20; // values
constexpr std::int64_t overhead = 1 << 20; // headers and indices

/// Writes an array that is not empty and says what it takes.
template <class T>
double write_array(hid_t group, const std::string& name, hid_t file_type, hid_t memory_type, std::span<const T> values, const Place& place) {
  if (values.empty()) return 0.0;
  const hsize_t n = values.size();
  hdf5::Dataset dataset = hdf5::create_dataset(group, name, file_type, {n}, {std::min(n, largest_chunk)}, place);
  hdf5::write_replicated(dataset.get(), memory_type, values.data(), false, true, place);
  hdf5::checked(H5Dflush(dataset.get()), "flushing", place);
  const auto bytes = static_cast<double>(H5Dget_storage_size(dataset.get()));
  dataset.close(place);
  return bytes;
}

double write_tensor(hid_t file, const std::string& path, const quant::EncodedTensor& e, const Place& place) {
  const hdf5::Group group = hdf5::create_group(file, path, place);
  hdf5::write_attribute(group.get(), "code_bits", std::int64_t{e.code_bits}, place);
  hdf5::write_attribute(group.get(), "lowest_code", e.lowest_code, place);
  hdf5::write_attribute(group.get(), "rows", static_cast<std::int64_t>(e.shape.rows), place);
  hdf5::write_attribute(group.get(), "columns", static_cast<std::int64_t>(e.shape.columns), place);
  hdf5::write_attribute(group.get(), "error_bound", e.error_bound, place);
  const auto codes = quant::pack_codes(e);
  return write_array<std::byte>(group.get(), "codes", H5T_STD_U8LE, H5T_NATIVE_UINT8, codes, place) +
         write_array<float>(group.get(), "scales", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, e.scales, place) +
         write_array<std::int32_t>(group.get(), "zero_points", H5T_STD_I32LE, H5T_NATIVE_INT32, e.zero_points, place) +
         write_array<std::int16_t>(group.get(), "exponents", H5T_STD_I16LE, H5T_NATIVE_INT16, e.exponents, place) +
         write_array<float>(group.get(), "levels", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, e.levels, place);
}

} // namespace

Store::Store(MPI_Comm comm, const std::string& path, bool overwrite, const Meta& meta) : file_(comm, path, {.overwrite = overwrite}) {
  file_.need(overhead + static_cast<std::int64_t>(meta.config_json.size()));
  write_provenance(file_, meta, "arrays");
}

double Store::add(const std::string& method, const std::vector<Tensor>& tensors, const std::vector<quant::EncodedTensor>& encoded) {
  double bytes = 0.0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string path = "/stored/" + method + (tensors[i].name.front() == '/' ? "" : "/") + tensors[i].name;
    file_.need(overhead + static_cast<std::int64_t>(encoded[i].bytes()));
    file_.step([&] { bytes += write_tensor(file_.id(), path, encoded[i], file_.place(path)); });
  }
  return bytes;
}

} // namespace ansatz::apps
