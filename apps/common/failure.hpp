// SPDX-License-Identifier: Apache-2.0
/// From an exception on some ranks to one message on stderr and one exit code on all.
/// Threads: one.  MPI: settle is collective, the rest local.
#pragma once

#include <ansatz/data/error.hpp>

#include <mpi.h>

#include <functional>
#include <string>

namespace ansatz::apps {

struct Failure {
  ExitCode code = ExitCode::answer; ///< answer: no failure on this rank
  std::string reason{};
  std::string message{};
};

/// The exception being handled, as what the user will see.
[[nodiscard]] Failure current_failure();

/// Prints `APP: error: MESSAGE` on stderr: rank 0 always, another rank only if `alone`, and then prefixed `[rank 3]`.
void report(const Failure& failure, const std::string& app, int rank, bool alone);

/// Brings all ranks together after the body, each with its failure or without one; reports, and returns on all of them the failure of the lowest rank that has one.
/// If the others do not come within 20 s they wait in a collective call that a failed rank will never make: then `last_words` is called and MPI_Abort ends the
/// job with the code of the failure.
[[nodiscard]] Failure settle(MPI_Comm comm, const Failure& mine, const std::string& app, const std::function<void()>& last_words);

} // namespace ansatz::apps
