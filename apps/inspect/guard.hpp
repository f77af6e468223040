// SPDX-License-Identifier: Apache-2.0
/// A damaged file can crash HDF5, so all reading happens in a child process: a crash costs the child alone, and the parent tells of it like any other error.
#pragma once

#include <ansatz/apps/common/option.hpp>

#include <functional>

namespace ansatz::apps {

/// Runs `body`, which returns an exit code, in a child process and returns that code. If a signal ended the child: the message on stderr, the summary if --json
/// was given, and code 4.
/// To be called first in main.  Threads: one.  MPI: not initialised before; `body` may start and end it.
[[nodiscard]] int run_guarded(int argc, char** argv, const AppDescription& app, const std::function<int()>& body);

} // namespace ansatz::apps
