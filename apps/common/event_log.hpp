// SPDX-License-Identifier: Apache-2.0
/// --log: one JSON object a line, `{"time":1.25,"step":3,"event":"iteration","values":{...}}`, flushed after every line so that it can be followed.
/// MPI: rank 0 writes, calls on other ranks do nothing.  Threads: one caller.
#pragma once

#include <ansatz/apps/common/tree.hpp>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace ansatz::apps {

class EventLog {
public:
  /// \param path  empty: no file.  Throws FileError `file_open`; an existing file is refused with UsageError unless `overwrite`.
  EventLog(const std::string& path, bool overwrite, int rank);

  /// \param values  an object, or null for none
  void event(const std::string& name, std::int64_t step, const Tree& values = {});

  /// Prints `warning: text` on stderr (rank 0) and logs it.
  void warn(const std::string& text);

  /// Seconds since construction.
  [[nodiscard]] double elapsed() const;

private:
  std::string path_;
  std::ofstream file_;
  int rank_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace ansatz::apps
