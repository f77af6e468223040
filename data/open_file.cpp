// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/child_process.hpp>
#include <ansatz/data/compression/filter.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/open_file.hpp>
#include <ansatz/data/provenance.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <sstream>

namespace ansatz {

namespace {

using hdf5::checked;
using hdf5::Place;

/// \param comm  MPI_COMM_NULL in a child process, which must not call MPI
hdf5::File open_plain(const std::string& path, MPI_Comm comm) {
  const Place place{path, "/", "file_damaged"};
  compression::register_filter();
  const hdf5::Properties access(H5Pcreate(H5P_FILE_ACCESS), "preparing to open", place);
  if (comm != MPI_COMM_NULL && size_of(comm) > 1) checked(H5Pset_fapl_mpio(access.get(), comm, MPI_INFO_NULL), "choosing MPI-IO", place);
  return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), "opening the file", place};
}

constexpr unsigned patience = 60; // seconds for a few kilobytes, also on a busy network disk

void require_hdf5(const std::string& path) {
  if (H5Fis_hdf5(path.c_str()) <= 0) throw FileError("file_format", path + ": not an HDF5 file, or its first bytes are damaged");
}

/// In the child: everything that says what the file is.
std::string look(const std::string& path) {
  const hdf5::Quiet quiet;
  require_hdf5(path);
  const Place place{path, "/", "file_damaged"};
  const hdf5::File file = open_plain(path, MPI_COMM_NULL);
  std::string content = read_content(file.get(), place);
  (void)read_provenance(file.get(), content, place);
  return content;
}

void require_file(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) throw FileError("file_open", path + ": " + std::strerror(errno) + "; check the name");
  if (!S_ISREG(info.st_mode)) throw FileError("file_open", path + ": not a file; give the name of an HDF5 file");
  if (access(path.c_str(), R_OK) != 0) throw FileError("file_open", path + ": " + std::strerror(errno));
  if (info.st_size == 0) throw FileError("file_damaged", path + ": the file is empty");
}

struct Walk {
  std::string path;
  Verified done;
  std::string error; ///< first FileError, carried through HDF5's C frames
};

void read_attributes(hid_t object, const Place& place, Verified& done) {
  for (const std::string& name : hdf5::attribute_names(object, place)) {
    const hdf5::Attribute attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), "opening attribute " + name, place);
    const hdf5::Type type(H5Aget_type(attribute.get()), "type of attribute " + name, place);
    const hdf5::Space space(H5Aget_space(attribute.get()), "extent of attribute " + name, place);
    const auto points = static_cast<std::size_t>(checked(H5Sget_simple_extent_npoints(space.get()), "extent of attribute " + name, place));
    std::vector<unsigned char> bytes(std::max<std::size_t>(points * H5Tget_size(type.get()), 1));
    checked(H5Aread(attribute.get(), type.get(), bytes.data()), "reading attribute " + name, place);
    // Frees the parts of variable length that HDF5 has allocated; without any this does nothing.
    checked(H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, bytes.data()), "reading attribute " + name, place);
    ++done.attributes;
  }
}

/// Reads a dataset in slabs of at most 64 MiB (or one row) along its first axis of more than one point.
void read_dataset(hid_t dataset, const Place& place, Verified& done) {
  constexpr hsize_t slab_bytes = hsize_t{64} << 20;
  const hdf5::Type type(H5Dget_type(dataset), "type", place);
  const hdf5::Space space(H5Dget_space(dataset), "extent", place);
  auto dims = hdf5::extents(dataset, place);
  if (dims.empty()) dims = {1};
  hsize_t points = 1;
  std::size_t axis = 0; // the first axis with more than one point is cut
  for (const hsize_t n : dims) points *= n;
  if (points == 0) return;
  while (axis + 1 < dims.size() && dims[axis] == 1) ++axis;
  const hsize_t row = points / dims[axis] * H5Tget_size(type.get());
  const hsize_t step = std::clamp<hsize_t>(slab_bytes / std::max<hsize_t>(row, 1), 1, dims[axis]);
  std::vector<unsigned char> bytes(step * row);
  for (hsize_t at = 0; at < dims[axis]; at += step) {
    std::vector<hsize_t> start(dims.size(), 0);
    std::vector<hsize_t> count = dims;
    start[axis] = at;
    count[axis] = std::min(step, dims[axis] - at);
    const hdf5::Space memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), "extent", place);
    if (H5Sget_simple_extent_type(space.get()) == H5S_SIMPLE)
      checked(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), "selecting", place);
    checked(H5Dread(dataset, type.get(), memory.get(), space.get(), H5P_DEFAULT, bytes.data()), "reading", place);
    checked(H5Dvlen_reclaim(type.get(), memory.get(), H5P_DEFAULT, bytes.data()), "reading", place);
  }
  ++done.datasets;
  done.bytes += static_cast<std::int64_t>(points * H5Tget_size(type.get()));
}

herr_t visit(hid_t root, const char* name, const H5O_info_t* info, void* data) {
  auto& walk = *static_cast<Walk*>(data);
  try {
    const Place place{walk.path, std::string("/") + name, "file_damaged"};
    const hdf5::Object object(H5Oopen(root, name, H5P_DEFAULT), "opening", place);
    read_attributes(object.get(), place, walk.done);
    if (info->type == H5O_TYPE_DATASET) read_dataset(object.get(), place, walk.done);
    return 0;
  } catch (const std::exception& e) { // no exception may pass through HDF5's C frames
    walk.error = e.what();
    return -1;
  }
}

/// What `body` returns in a child process; its FileError, or one that says how the child ended.
std::string run_guarded(const std::string& path, const std::string& doing, const std::function<std::string()>& body, unsigned seconds) {
  const ChildResult child = run_in_child(body, seconds);
  switch (child.end) {
    case ChildResult::End::returned: return child.message;
    case ChildResult::End::threw:
      if (child.reason.rfind("file", 0) != 0) throw InternalError(child.reason, path + ": " + child.message);
      throw FileError(child.reason, child.message);
    case ChildResult::End::timed_out: throw FileError("file_damaged", path + ": HDF5 did not come back from " + doing + " it; the file is damaged");
    case ChildResult::End::crashed: break;
  }
  throw FileError("file_damaged", path + ": " + doing + " it crashed HDF5 (signal " + std::to_string(child.signal) + "); the file is damaged");
}

/// In the child: reads everything.
Verified verify_all(const std::string& path) {
  const hdf5::Quiet quiet;
  const hdf5::File file = open_plain(path, MPI_COMM_NULL);
  Walk walk{path, {}, {}};
  const herr_t status = H5Ovisit(file.get(), H5_INDEX_NAME, H5_ITER_INC, visit, &walk);
  if (!walk.error.empty()) throw FileError("file_damaged", walk.error);
  checked(status, "visiting every object", Place{path, "/", "file_damaged"});
  return walk.done;
}

} // namespace

std::string present_file(const std::string& path) {
  const std::string previous = previous_path(path);
  return access(path.c_str(), F_OK) != 0 && access(previous.c_str(), F_OK) == 0 ? previous : path;
}

OpenedFile open_file(MPI_Comm comm, const std::string& path, const std::string& content) {
  OpenedFile opened{path, {}};
  on_rank_0(comm, [&] {
    opened.path = present_file(path);
    const std::string found = content_of(opened.path);
    if (found != content) throw FileError("file_format", opened.path + ": a " + found + " file where a " + content + " file is wanted");
  });
  broadcast(comm, opened.path);
  agree(comm, [&] {
    const hdf5::Quiet quiet;
    opened.file = open_plain(opened.path, comm);
  });
  return opened;
}

OpenedFile open_any_file(MPI_Comm comm, const std::string& path) {
  OpenedFile opened{path, {}};
  on_rank_0(comm, [&] {
    require_file(path);
    const auto try_it = [&] {
      const hdf5::Quiet quiet;
      require_hdf5(path);
      (void)open_plain(path, MPI_COMM_NULL);
      return std::string();
    };
    (void)run_guarded(path, "opening", try_it, patience);
  });
  agree(comm, [&] {
    const hdf5::Quiet quiet;
    opened.file = open_plain(path, comm);
  });
  return opened;
}

std::string content_of(const std::string& path) {
  require_file(path);
  return run_guarded(
      path, "opening", [&] { return look(path); }, patience);
}

Verified verify_file(const std::string& path) {
  (void)content_of(path);
  const auto verify = [&] {
    const Verified done = verify_all(path);
    return std::to_string(done.datasets) + " " + std::to_string(done.attributes) + " " + std::to_string(done.bytes);
  };
  std::istringstream numbers(run_guarded(path, "reading", verify, 0));
  Verified done;
  numbers >> done.datasets >> done.attributes >> done.bytes;
  return done;
}

} // namespace ansatz
