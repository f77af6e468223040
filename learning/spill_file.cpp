// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/learning/spill_file.hpp>

#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>

namespace ansatz::learning {

namespace {

constexpr std::int64_t chunk = std::int64_t{1} << 20;

std::string temporary_folder() {
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

} // namespace

SpillFile::SpillFile(std::string folder) : path_((folder.empty() ? temporary_folder() : std::move(folder)) + "/ansatz_spill_XXXXXX") {
  const hdf5::Quiet quiet;
  const int descriptor = mkstemp(path_.data());
  if (descriptor < 0) throw FileError("file_open", "no spill file can be made as " + path_ + "; name another spill_folder");
  close(descriptor);
  const hdf5::Place place{path_, "spill", "file_open"};
  file_ = hdf5::File(H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), "creating", place);
  dataset_ = hdf5::create_dataset(file_.get(), "stack", H5T_NATIVE_UINT8, {static_cast<hsize_t>(chunk)}, {static_cast<hsize_t>(chunk)}, place, true);
  extent_ = chunk;
  unlink(path_.c_str());
}

void SpillFile::push(const void* data, std::int64_t bytes) {
  struct statvfs disk {};
  const std::string folder = path_.substr(0, path_.rfind('/'));
  if (statvfs(folder.c_str(), &disk) == 0 && static_cast<std::int64_t>(disk.f_bavail * disk.f_frsize) < bytes + chunk)
    throw FileError("disk_full",
                    folder + ": no room for " + std::to_string(bytes) + " spilled bytes; name another spill_folder or use fewer disk slots");
  if (size_ + bytes > extent_) {
    extent_ = (size_ + bytes + chunk - 1) / chunk * chunk;
    const auto extent = static_cast<hsize_t>(extent_);
    hdf5::checked(H5Dset_extent(dataset_.get(), &extent), "growing", {path_, "spill", "file_write"});
  }
  // HDF5 takes a non-const pointer for both directions here; writing only reads it.
  transfer(const_cast<void*>(data), bytes, true);
  size_ += bytes;
}

void SpillFile::pop(void* data, std::int64_t bytes) {
  size_ -= bytes;
  transfer(data, bytes, false);
}

void SpillFile::transfer(void* data, std::int64_t bytes, bool write) {
  const hdf5::Quiet quiet;
  const hdf5::Place place{path_, "spill", write ? "file_write" : "file_damaged"};
  const auto start = static_cast<hsize_t>(size_);
  const auto count = static_cast<hsize_t>(bytes);
  const hdf5::Space there(H5Dget_space(dataset_.get()), "extent", place);
  const hdf5::Space here(H5Screate_simple(1, &count, nullptr), "extent", place);
  hdf5::checked(H5Sselect_hyperslab(there.get(), H5S_SELECT_SET, &start, nullptr, &count, nullptr), "selecting", place);
  if (write)
    hdf5::checked(H5Dwrite(dataset_.get(), H5T_NATIVE_UINT8, here.get(), there.get(), H5P_DEFAULT, data), "writing", place);
  else
    hdf5::checked(H5Dread(dataset_.get(), H5T_NATIVE_UINT8, here.get(), there.get(), H5P_DEFAULT, data), "reading", place);
}

} // namespace ansatz::learning
