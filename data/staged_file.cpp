// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/staged_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
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

/// Frees the blocks reserved beyond the end.
void give_back_reserve(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || truncate(path.c_str(), info.st_size) != 0) fail(path, "trimming", errno);
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
      throw FileError("file_open", path_ + ": the folder " + folder_of(path_) + " cannot be written: " + std::strerror(errno) +
                                       "; create it or choose another --output");
    // A leftover may be a second link to the published file: it must go, not be truncated.
    if (unlink(part_.c_str()) != 0 && errno != ENOENT)
      throw FileError("file_open", part_ + ": a leftover cannot be removed: " + std::strerror(errno));
  });
  try {
    agree(comm_, [&] { create(); });
  } catch (...) {
    file_.release(); // only where another rank has failed
    if (rank_ == 0) unlink(part_.c_str());
    throw;
  }
}

void StagedFile::create() {
  const hdf5::Quiet quiet;
  const hdf5::Place here_{part_, "/", "file_open"};
  const hdf5::Properties access(H5Pcreate(H5P_FILE_ACCESS), "preparing a file", here_);
  // Only the newest layout carries checksums on superblock, headers and chunk indices.
  hdf5::checked(H5Pset_libver_bounds(access.get(), H5F_LIBVER_LATEST, H5F_LIBVER_LATEST), "choosing the file version", here_);
  // Otherwise a file with an open object would stay open behind H5Fclose and be renamed before it is complete.
  hdf5::checked(H5Pset_fclose_degree(access.get(), H5F_CLOSE_SEMI), "choosing how to close", here_);
  if (ranks_ > 1) {
    hdf5::checked(H5Pset_fapl_mpio(access.get(), comm_, MPI_INFO_NULL), "choosing MPI-IO", here_);
    hdf5::checked(H5Pset_coll_metadata_write(access.get(), true), "choosing collective metadata", here_);
  }
  file_ = hdf5::File(H5Fcreate(part_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), "creating the file", here_);
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
    constexpr unsigned patience = 20; // seconds
    agree(
        comm_,
        [&] {
          try {
            body();
          } catch (const FileError& e) {
            const bool full = e.reason() == "file_write" && nearly_full();
            unlink(part_.c_str()); // at once: this rank may be the only one that comes back
            if (full) throw FileError("disk_full", path_ + ": the disk is full; free space there or choose another --output. " + e.what());
            throw;
          }
        },
        patience);
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
    // Not every file system tells; a total of 0 blocks means that it does not.
    const bool told = statvfs(folder_of(path_).c_str(), &disk) == 0 && disk.f_blocks > 0;
    const double left = told ? static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize) : 0;
    const Reserve outcome = reserve(bytes);
    if (outcome == Reserve::full || (outcome == Reserve::unknown && told && left < static_cast<double>(bytes)))
      throw FileError("disk_full", path_ + ": the next step needs " + std::to_string(bytes) + " bytes" +
                                       (told ? " and the disk has " + std::to_string(static_cast<std::int64_t>(left)) + " left" : "") +
                                       "; free space there or choose another --output");
  });
}

bool StagedFile::nearly_full() const {
  constexpr double one_chunk = 4 << 20; // a write of the largest chunk would have failed
  struct statvfs disk {};
  return statvfs(folder_of(path_).c_str(), &disk) == 0 && disk.f_blocks > 0 &&
         static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize) < one_chunk;
}

StagedFile::Reserve StagedFile::reserve(std::int64_t bytes) const {
  const int descriptor = open(part_.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) fail(part_, "opening to reserve space", errno);
  const off_t end = lseek(descriptor, 0, SEEK_END);
  // The size stays, HDF5 sees nothing of it; `publish` gives back what was not used.
  const int status = end < 0 ? -1 : fallocate(descriptor, FALLOC_FL_KEEP_SIZE, end, bytes);
  const int error = errno;
  close(descriptor);
  if (status == 0) return Reserve::done;
  return error == ENOSPC || error == EDQUOT || error == EFBIG ? Reserve::full : Reserve::unknown;
}

void StagedFile::rename_part() const {
  if (options_.keep_previous) keep(path_, previous_path(path_));
  // Unlike rename, link refuses to replace a file that has appeared meanwhile.
  const bool linked = !options_.overwrite && link(part_.c_str(), path_.c_str()) == 0;
  if (!options_.overwrite && !linked && !no_hard_links(errno)) fail(path_, "publishing", errno);
  if (!linked)
    rename_file(part_, path_);
  else if (unlink(part_.c_str()) != 0)
    fail(part_, "removing", errno);
  synchronise(folder_of(path_));
}

void StagedFile::publish() {
  // H5Fflush reaches the disk only through MPI-IO; the plain driver needs the fsync below. Closing alone never does it.
  step([&] { hdf5::checked(H5Fflush(file_.get(), H5F_SCOPE_GLOBAL), "flushing", place("/")); });
  step([&] { file_.close(place("/")); });
  step([&] {
    if (rank_ != 0) return;
    give_back_reserve(part_);
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
