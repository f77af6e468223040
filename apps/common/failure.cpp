// SPDX-License-Identifier: Apache-2.0
#include "failure.hpp"

#include <ansatz/data/collective.hpp>

#include <unistd.h>

#include <iostream>
#include <new>

namespace ansatz::apps {

namespace {

/// Free memory as the kernel tells it, for the message of a failed allocation.
std::string available() {
  const double bytes = static_cast<double>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  return std::to_string(static_cast<long>(bytes / 1048576)) + " MiB are free on this machine";
}

void broadcast(MPI_Comm comm, int root, std::string& text) {
  int length = static_cast<int>(text.size());
  check_mpi(MPI_Bcast(&length, 1, MPI_INT, root, comm), "MPI_Bcast");
  text.resize(static_cast<std::size_t>(length));
  check_mpi(MPI_Bcast(text.data(), length, MPI_CHAR, root, comm), "MPI_Bcast");
}

} // namespace

Failure current_failure() {
  try {
    throw;
  } catch (const Error& error) {
    return {error.code(), error.reason(), error.what()};
  } catch (const std::bad_alloc&) {
    return {ExitCode::internal, "out_of_memory",
            "out of memory; " + available() + "; use a smaller grid or more nodes (--dry-run estimates the need)"};
  } catch (const std::exception& error) {
    return {ExitCode::internal, "internal", error.what()};
  } catch (...) {
    return {ExitCode::internal, "internal", "an exception of unknown type"};
  }
}

void report(const Failure& failure, const std::string& app, int rank, bool alone) {
  if (rank != 0 && !alone) return;
  std::cout.flush();
  std::cerr << (rank == 0 ? "" : "[rank " + std::to_string(rank) + "] ") << app << ": error: " << failure.message << " [" << failure.reason << "]"
            << std::endl;
}

Failure settle(MPI_Comm comm, const Failure& mine, const std::string& app, const std::function<void()>& last_words) {
  const int rank = rank_of(comm);
  const int size = size_of(comm);
  const bool failed = mine.code != ExitCode::answer;
  const int in = failed ? rank : size;
  int first = size;
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Iallreduce(&in, &first, 1, MPI_INT, MPI_MIN, comm, &request), "MPI_Iallreduce");
  constexpr double patience = 20.0; // seconds
  int done = 0;
  for (const double start = MPI_Wtime(); done == 0; (void)usleep(100)) {
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done == 0 && failed && MPI_Wtime() - start > patience) {
      report(mine, app, rank, true);
      last_words();
      (void)MPI_Abort(comm, static_cast<int>(mine.code));
    }
  }
  if (first == size) return {};
  if (failed) report(mine, app, rank, first > 0);
  Failure shared = mine;
  auto code = static_cast<int>(mine.code);
  check_mpi(MPI_Bcast(&code, 1, MPI_INT, first, comm), "MPI_Bcast");
  shared.code = static_cast<ExitCode>(code);
  broadcast(comm, first, shared.reason);
  broadcast(comm, first, shared.message);
  return shared;
}

} // namespace ansatz::apps
