// SPDX-License-Identifier: Apache-2.0
/// Runs a function in a child process, so that a crash inside a library costs the child alone. Damaged HDF5 files can crash the reader.
/// The child must not call MPI. It leaves through _exit: no destructors of globals, no atexit handlers.
/// Threads: call from a program of one thread, since the child has only the calling one.  MPI: local.  Cost: one fork, some milliseconds.
#pragma once

#include <functional>
#include <string>

namespace ansatz {

struct ChildResult {
  enum class End { returned, threw, crashed, timed_out } end = End::crashed;
  int signal = 0;      ///< that ended the child, if it crashed
  std::string reason;  ///< of the Error it threw
  std::string message; ///< what the function returned, or what() of what it threw
};

/// \param seconds  after which the child is killed; 0: never
/// Errors: InternalError if no child can be started.
[[nodiscard]] ChildResult run_in_child(const std::function<std::string()>& body, unsigned seconds = 60);

} // namespace ansatz
