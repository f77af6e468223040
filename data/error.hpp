// SPDX-License-Identifier: Apache-2.0
/// Errors of the whole suite: one base class that carries the place it was thrown at and the exit code the user sees, one subclass per cause.
/// Exceptions are for broken contracts and failed input or output; a solver that does not converge returns a reason instead.
/// Messages say: the value found, the rule it breaks, where to mend it. Only main() catches `Error`; no exception leaves a C callback.
/// Threads: values, free to copy.  MPI: throwing is local; in collective code agree on the failure first.
#pragma once

#include <boost/assert/source_location.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace ansatz {

/// Exit codes of every app (docs/errors.md explains each).
enum class ExitCode : int {
  answer = 0,    ///< the true residual meets the tolerance asked for
  internal = 1,  ///< our fault: bug, uncaught exception, out of memory
  usage = 2,     ///< command line, configuration, environment
  no_answer = 3, ///< best iterate written, marked `converged = FALSE`
  file = 4,      ///< absent, damaged, no permission, disk full
  stopped = 5,   ///< stopped by signal, wall time or stop file
};

/// The place of the call, also when it stands in a default argument, where Boost 1.74's BOOST_CURRENT_LOCATION would name the declaration.
[[nodiscard]] constexpr boost::source_location here(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE(),
                                                    const char* function = __builtin_FUNCTION()) noexcept {
  return {file, line, function};
}

/// Base of all exceptions thrown by Ansatz.
class Error : public std::runtime_error {
public:
  /// \param reason  the name that appears in logs, JSON summary and result file (`bad_value`, `file_damaged`, ...)
  Error(ExitCode code, std::string_view reason, const std::string& message, boost::source_location where)
      : std::runtime_error(message), code_(code), reason_(reason), where_(where) {}

  [[nodiscard]] ExitCode code() const noexcept { return code_; }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  [[nodiscard]] const boost::source_location& where() const noexcept { return where_; }

private:
  ExitCode code_;
  std::string reason_;
  boost::source_location where_;
};

/// A value given by the user or the caller breaks a rule (`reason` is `usage`, `bad_key`, `bad_value` or `environment`).
class UsageError : public Error {
public:
  UsageError(std::string_view reason, const std::string& message, boost::source_location where = here())
      : Error(ExitCode::usage, reason, message, where) {}
};

/// A file cannot be opened, read, trusted or written (`reason` is `file_open`, `file_damaged`, `file_format` or `disk_full`).
class FileError : public Error {
public:
  FileError(std::string_view reason, const std::string& message, boost::source_location where = here())
      : Error(ExitCode::file, reason, message, where) {}
};

/// A library call failed or an invariant of ours is broken (`reason` is `internal` or `out_of_memory`).
class InternalError : public Error {
public:
  InternalError(std::string_view reason, const std::string& message, boost::source_location where = here())
      : Error(ExitCode::internal, reason, message, where) {}
};

} // namespace ansatz
