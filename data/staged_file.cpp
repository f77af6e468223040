// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/staged_file.hpp>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace ansatz {

namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

[[noreturn]] void fail(const std::string& path, const std::string& what, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  throw FileError(full ? "disk_full" : "file_write", path + ": " + what + " failed: " + std::strerror(error));
}

/// Makes a file or the entries of a folder durable.
void synchronise(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(path, "opening for fsync", errno);
  const int status = fsync(descriptor);
  const int error = errno;
  close(descriptor);
  if (status != 0 && error != EINVAL) fail(path, "fsync", error); // EINVAL: the file system has nothing to synchronise
}

void rename_file(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0) fail(to, "renaming " + from, errno);
}

/// Whether this file system or its mount has no hard links.
bool no_hard_links(int error) { return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK; }

/// Moves the file out of the way under the name `previous` while PATH stays complete.
void keep(const std::string& path, const std::string& previous) {
  const std::string spare = previous + ".tmp";
  if (unlink(spare.c_str()) != 0 && errno != ENOENT) fail(spare, "removing a leftover", errno);
  if (link(path.c_str(), spare.c_str()) != 0) {
    if (errno == ENOENT) return; // the first file of this name
    if (!no_hard_links(errno)) fail(spare, "linking " + path, errno);
    rename_file(path, previous); // for an instant only PREVIOUS exists; readers then take that
    return;
  }
  rename_file(spare, previous);
  // A rename between two links to one file does nothing and leaves both.
  if (unlink(spare.c_str()) != 0 && errno != ENOENT) fail(spare, "removing", errno);
}

} // namespace

std::string previous_path(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  const std::size_t slash = path.rfind('/');
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  if (dot == std::string::npos || dot <= name) return path + "_prev"; // no extension, or a hidden file's dot
  return path.substr(0, dot) + "_prev" + path.substr(dot);
}

StagedFile::StagedFile(MPI_Comm comm, std::string path, PublishOptions options)
    : comm_(comm), path_(std::move(path)), part_(path_ + ".part"), options_(options), rank_(rank_of(comm)), ranks_(size_of(comm)) {
  options_.overwrite = options_.overwrite || options_.keep_previous;
  on_rank_0(comm_, [&] {
    if (!options_.overwrite && access(path_.c_str(), F_OK) == 0)
      throw FileError("file_open", path_ + " exists and is not replaced without --overwrite; choose another --output or give it");
    if (access(folder_of(path_).c_str(), W_OK) != 0)
      throw FileError("file_open", path_ + ": the folder " + folder_of(path_) + " cannot be written: " + std::strerror(errno) + "; create it or choose another --output");
  });
  agree(comm_, [&] {
    const hdf5::Quiet quiet;
    const hdf5::Place here_{part_, "/", "file_open"};
    const hdf5::Properties access(H5Pcreate(H5P_FILE_ACCESS), "preparing a file", here_);
    // Only the newest layout carries checksums on superblock, headers and chunk indices.
    hdf5::checked(H5Pset_libver_bounds(access.get(), H5F_LIBVER_LATEST, H5F_LIBVER_LATEST), "choosing the file version", here_);
    if (ranks_ > 1) {
      hdf5::checked(H5Pset_fapl_mpio(access.get(), comm_, MPI_INFO_NULL), "choosing MPI-IO", here_);
      hdf5::checked(H5Pset_coll_metadata_write(access.get(), true), "choosing collective metadata", here_);
    }
    file_ = hdf5::File(H5Fcreate(part_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), "creating the file", here_);
  });
}

StagedFile::~StagedFile() {
  if (broken_) {
    file_.release(); // closing would write again, fail again and crash
  } else if (!published_) {
    const hdf5::Quiet quiet;
    file_ = hdf5::File();
    if (rank_ == 0) unlink(part_.c_str());
  }
}

void StagedFile::step(const std::function<void()>& body) {
  try {
    const hdf5::Quiet quiet;
    agree(comm_, body);
  } catch (...) {
    give_up();
    throw;
  }
}

void StagedFile::give_up() noexcept {
  broken_ = true;
  if (rank_ == 0) unlink(part_.c_str());
}

void StagedFile::need(std::int64_t bytes) const {
  on_rank_0(comm_, [&] {
    struct statvfs disk {};
    if (statvfs(folder_of(path_).c_str(), &disk) != 0) return; // not every file system tells; the write itself then does
    const double available = static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
    if (disk.f_blocks > 0 && available < static_cast<double>(bytes))
      throw FileError("disk_full", path_ + ": the next step needs " + std::to_string(bytes) + " bytes and the disk has " +
                                       std::to_string(static_cast<std::int64_t>(available)) + " left; free space there or choose another --output");
  });
}

void StagedFile::rename_part() const {
  if (options_.keep_previous) keep(path_, previous_path(path_));
  if (options_.overwrite) {
    rename_file(part_, path_);
  } else if (link(part_.c_str(), path_.c_str()) == 0) { // unlike rename, link refuses to replace a file that has appeared meanwhile
    unlink(part_.c_str());
  } else if (no_hard_links(errno)) {
    rename_file(part_, path_);
  } else {
    fail(path_, "publishing", errno);
  }
  synchronise(folder_of(path_));
}

void StagedFile::publish() {
  // H5Fflush reaches the disk only through MPI-IO; the plain driver needs the fsync below. Closing alone never does it.
  step([&] { hdf5::checked(H5Fflush(file_.get(), H5F_SCOPE_GLOBAL), "flushing", place("/")); });
  step([&] { file_.close(place("/")); });
  step([&] {
    if (rank_ != 0) return;
    synchronise(part_);
    rename_part();
  });
  published_ = true;
}

void abandon(MPI_Comm comm, int code) {
  std::fflush(nullptr);
  if (size_of(comm) > 1) {
    MPI_Barrier(comm); // every rank has said what it had to say
    MPI_Abort(comm, code);
  }
  _exit(code);
}

} // namespace ansatz
