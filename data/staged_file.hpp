// SPDX-License-Identifier: Apache-2.0
/// An HDF5 file that is whole or absent. It is written as NAME.part; `publish` flushes it to the disk, closes it, keeps the former file as NAME_prev.h5 on
/// request, gives it its name in one rename and makes the folder durable. From the first publication on NAME is complete at every instant.
///
/// After a failed write HDF5 1.10 cannot close the file: it crashes at exit or in MPI_Finalize. So after a FileError out of a writing call the file is given up
/// (the .part is removed, the handles are not closed) and the program must end through `abandon`, which leaves without cleaning up. Errors found before
/// anything was written (the file exists, the folder is missing, no space left according to statvfs) do no harm, but `abandon` is right for them too.
/// Threads: one.  MPI: every member and the destructor are collective.  Ownership: owns the file; borrows the communicator, which must outlive it.
#pragma once

#include <ansatz/data/collective.hpp>
#include <ansatz/data/hdf5.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace ansatz {

struct PublishOptions {
  bool overwrite = false;     ///< replace a file of that name; otherwise one that exists is refused, at the start and again when publishing
  bool keep_previous = false; ///< keep the replaced file as NAME_prev.h5; implies overwrite
};

class StagedFile {
public:
  /// Creates PATH.part. Errors: FileError `file_open` if PATH exists and may not be replaced, or the folder cannot be written.
  StagedFile(MPI_Comm comm, std::string path, PublishOptions options);
  ~StagedFile();
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  [[nodiscard]] hid_t id() const noexcept { return file_.get(); }
  [[nodiscard]] MPI_Comm comm() const noexcept { return comm_; }
  [[nodiscard]] bool parallel() const noexcept { return ranks_ > 1; }
  [[nodiscard]] bool first() const noexcept { return rank_ == 0; }
  [[nodiscard]] int ranks() const noexcept { return ranks_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] hdf5::Place place(std::string_view object) const { return {part_, std::string(object), "file_write"}; }

  /// Runs one step of writing on all ranks and agrees on its outcome; after a failure the file is given up. If the other ranks do not come to the agreement
  /// within 20 s of a failure (see agree), the job ends with code 4.
  void step(const std::function<void()>& body);

  /// Refuses with `disk_full` unless the disk has room for so many more bytes, and reserves them where the file system can, so that the writes to come cannot
  /// fail for want of space. Nothing has been written then.
  void need(std::int64_t bytes) const;

  /// Gives the file its name. Errors: FileError; the former file, if any, is intact.
  void publish();

private:
  void create();
  enum class Reserve { done, full, unknown }; // unknown: the file system cannot reserve
  [[nodiscard]] Reserve reserve(std::int64_t bytes) const;
  [[nodiscard]] bool nearly_full() const; // MPI-IO does not hand on why a write failed
  void rename_part() const;
  void give_up() noexcept;

  MPI_Comm comm_;
  std::string path_;
  std::string part_;
  PublishOptions options_;
  int rank_;
  int ranks_;
  bool published_ = false;
  bool broken_ = false;
  hdf5::File file_;
};

/// Ends the program with `code` at once: MPI_Abort over several ranks, _exit on one. Buffers of stdio are flushed, nothing else is cleaned up.
/// For main(), after a FileError from a file that was being written; say what happened on stderr first. Collective.
[[noreturn]] void abandon(MPI_Comm comm, int code);

/// PATH with `_prev` before its extension: "out/a.h5" -> "out/a_prev.h5".
[[nodiscard]] std::string previous_path(const std::string& path);

} // namespace ansatz
