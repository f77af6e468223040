// SPDX-License-Identifier: Apache-2.0
/// HDF5's C interface with owned handles and checked calls. Each call's status passes through `checked`, which turns a failure into a FileError naming file,
/// object, call and the innermost lines of HDF5's error stack. Everything written here is chunked with a Fletcher-32 checksum, without time stamps;
/// strings have a fixed length; a bool is the 1-byte enumeration FALSE/TRUE. h5py reads all of it without help.
/// Threads: HDF5 is not built thread safe; one thread at a time.  MPI: creating and writing are collective in a file opened by several ranks.
/// Ownership: a Handle closes its object; a handle whose file can no longer be written must be given up with `release` (see result_file.hpp).
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ansatz::hdf5 {

/// What a failing call was busy with: file, object, and the reason its FileError carries.
struct Place {
  std::string file;
  std::string object;
  std::string reason = "file_damaged";

  [[nodiscard]] Place at(std::string_view name) const { return {file, std::string(name), reason}; }
};

/// Automatic printing of HDF5's errors is off while one of these lives. Hold it on the stack.
class Quiet {
public:
  Quiet() noexcept;
  ~Quiet();
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// The text of HDF5's error stack, innermost call last, in one line; the stack is empty afterwards.
[[nodiscard]] std::string take_error_stack();

/// Throws the FileError of a failed call. "No space left", quota and file size limits become `disk_full` whatever the place says.
[[noreturn]] void fail(std::string_view call, const Place& place);

/// The status itself if it is not negative, else FileError.
template <class Status>
Status checked(Status status, std::string_view call, const Place& place) {
  if (status < 0) fail(call, place);
  return status;
}

/// Owner of one HDF5 object of the kind that `Close` closes.
template <herr_t (*Close)(hid_t)>
class Handle {
public:
  Handle() = default;
  Handle(hid_t id, std::string_view call, const Place& place) : id_(checked(id, call, place)) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      id_ = std::exchange(other.id_, H5I_INVALID_HID);
    }
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(); }

  [[nodiscard]] hid_t get() const noexcept { return id_; }
  [[nodiscard]] explicit operator bool() const noexcept { return id_ >= 0; }
  /// Gives the object up without closing it.
  hid_t release() noexcept { return std::exchange(id_, H5I_INVALID_HID); }
  /// Closes and checks; the destructor cannot report. Needed for every dataset that was written: the chunk cache reaches the file when it closes.
  void close(const Place& place) {
    if (id_ >= 0) checked(Close(release()), "closing", place);
  }

private:
  void reset() noexcept {
    if (id_ >= 0) {
      const Quiet quiet;
      (void)Close(release()); // a destructor cannot report; where it matters `close` is called
    }
  }
  hid_t id_ = H5I_INVALID_HID;
};

using File = Handle<H5Fclose>;
using Group = Handle<H5Gclose>;
using Dataset = Handle<H5Dclose>;
using Space = Handle<H5Sclose>;
using Type = Handle<H5Tclose>;
using Attribute = Handle<H5Aclose>;
using Object = Handle<H5Oclose>;
using Properties = Handle<H5Pclose>;

/// Creates a group without time stamps; missing parents are created too.
[[nodiscard]] Group create_group(hid_t parent, const std::string& name, const Place& place);

/// The type of a fixed-length UTF-8 string, padded with zeros. HDF5 has no strings of length 0: the least is 1.
[[nodiscard]] Type string_type(std::size_t length, const Place& place);

/// The enumeration h5py reads as bool.
[[nodiscard]] Type bool_type(const Place& place);

/// A property list for a chunked dataset without time stamps. Filters may be added.
[[nodiscard]] Properties chunked(const std::vector<hsize_t>& chunk, const Place& place);

/// Creates a dataset from such a list, with the checksum as the last of its filters.
[[nodiscard]] Dataset create_dataset(hid_t parent, const std::string& name, hid_t type, const Space& space, Properties create, const Place& place);

/// Creates a chunked, checksummed dataset. `unlimited`: the first axis can grow.
[[nodiscard]] Dataset create_dataset(hid_t parent, const std::string& name, hid_t type, const std::vector<hsize_t>& dims,
                                     const std::vector<hsize_t>& chunk, const Place& place, bool unlimited = false);

/// Writes a whole dataset from every rank's equal copy. Collective; rank 0's bytes reach the file.
/// \param collective  the file is shared by several ranks
void write_replicated(hid_t dataset, hid_t memory_type, const void* data, bool collective, bool writer, const Place& place);

/// A property list for collective (or plain) transfers.
[[nodiscard]] Properties transfer(bool collective, const Place& place);

void write_attribute(hid_t object, const std::string& name, std::string_view value, const Place& place);
void write_attribute(hid_t object, const std::string& name, const char* value, const Place& place);
void write_attribute(hid_t object, const std::string& name, std::int64_t value, const Place& place);
void write_attribute(hid_t object, const std::string& name, double value, const Place& place);
void write_attribute(hid_t object, const std::string& name, bool value, const Place& place);
void write_attribute(hid_t object, const std::string& name, std::span<const std::int64_t> values, const Place& place);

[[nodiscard]] bool has_attribute(hid_t object, const std::string& name, const Place& place);
/// Readers refuse a missing attribute and one of another class (number for text) with FileError `file_format`.
[[nodiscard]] std::string read_text(hid_t object, const std::string& name, const Place& place);
[[nodiscard]] std::int64_t read_integer(hid_t object, const std::string& name, const Place& place);
[[nodiscard]] double read_number(hid_t object, const std::string& name, const Place& place);
[[nodiscard]] bool read_bool(hid_t object, const std::string& name, const Place& place);
[[nodiscard]] std::vector<std::int64_t> read_integers(hid_t object, const std::string& name, const Place& place);

/// Names of the links in a group, sorted.
[[nodiscard]] std::vector<std::string> link_names(hid_t group, const Place& place);
/// Names of the attributes of an object, sorted.
[[nodiscard]] std::vector<std::string> attribute_names(hid_t object, const Place& place);
/// Whether `path` (relative, with slashes) exists below `group`, every part of it.
[[nodiscard]] bool exists(hid_t group, const std::string& path, const Place& place);
/// Opens a dataset or group; FileError `file_format` if it is missing.
[[nodiscard]] Dataset open_dataset(hid_t parent, const std::string& name, const Place& place);
[[nodiscard]] Group open_group(hid_t parent, const std::string& name, const Place& place);
/// Extents of a dataset.
[[nodiscard]] std::vector<hsize_t> extents(hid_t dataset, const Place& place);

} // namespace ansatz::hdf5
