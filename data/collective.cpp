// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/collective.hpp>
#include <ansatz/data/error.hpp>

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

namespace ansatz {

namespace {

/// The failure of one rank in a form that can be sent.
struct Failure {
  int code = 0;
  std::string reason;
  std::string message;
};

std::unique_ptr<Failure> run(const std::function<void()>& body) {
  try {
    body();
    return nullptr;
  } catch (const Error& e) {
    return std::make_unique<Failure>(Failure{static_cast<int>(e.code()), e.reason(), e.what()});
  } catch (const std::bad_alloc&) {
    return std::make_unique<Failure>(
        Failure{static_cast<int>(ExitCode::internal), "out_of_memory", "out of memory while a file was read or written"});
  } catch (const std::exception& e) {
    return std::make_unique<Failure>(Failure{static_cast<int>(ExitCode::internal), "internal", e.what()});
  }
}

/// Waits for a reduction the others may never come to.
void wait(MPI_Comm comm, MPI_Request& request, const Failure* failure, unsigned patience) {
  if (!failure || patience == 0) {
    check_mpi(MPI_Wait(&request, MPI_STATUS_IGNORE), "MPI_Wait");
    return;
  }
  const double end = MPI_Wtime() + patience;
  for (int done = 0; done == 0;) {
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done != 0) return;
    if (MPI_Wtime() > end) {
      std::fprintf(stderr, "[rank %d] %s: %s\n", rank_of(comm), failure->reason.c_str(), failure->message.c_str());
      std::fflush(stderr);
      MPI_Abort(comm, failure->code);
    }
    usleep(1000);
  }
}

void broadcast(MPI_Comm comm, int root, std::string& text) {
  int length = static_cast<int>(text.size());
  check_mpi(MPI_Bcast(&length, 1, MPI_INT, root, comm), "MPI_Bcast");
  text.resize(static_cast<std::size_t>(length));
  check_mpi(MPI_Bcast(text.data(), length, MPI_CHAR, root, comm), "MPI_Bcast");
}

} // namespace

void check_mpi(int status, const char* call) {
  if (status != MPI_SUCCESS) throw InternalError("internal", std::string(call) + " failed with status " + std::to_string(status));
}

int rank_of(MPI_Comm comm) {
  int rank = 0;
  check_mpi(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  return rank;
}

int size_of(MPI_Comm comm) {
  int size = 1;
  check_mpi(MPI_Comm_size(comm, &size), "MPI_Comm_size");
  return size;
}

void agree(MPI_Comm comm, const std::function<void()>& body, unsigned patience) {
  const auto mine = run(body);
  const int size = size_of(comm);
  const int failed = mine ? rank_of(comm) : size;
  int first = size;
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Iallreduce(&failed, &first, 1, MPI_INT, MPI_MIN, comm, &request), "MPI_Iallreduce");
  wait(comm, request, mine.get(), patience);
  if (first == size) return;
  Failure failure = mine ? *mine : Failure{};
  check_mpi(MPI_Bcast(&failure.code, 1, MPI_INT, first, comm), "MPI_Bcast");
  broadcast(comm, first, failure.reason);
  broadcast(comm, first, failure.message);
  if (first > 0) failure.message = "[rank " + std::to_string(first) + "] " + failure.message;
  switch (static_cast<ExitCode>(failure.code)) {
    case ExitCode::file: throw FileError(failure.reason, failure.message);
    case ExitCode::usage: throw UsageError(failure.reason, failure.message);
    default: throw InternalError(failure.reason, failure.message);
  }
}

void on_rank_0(MPI_Comm comm, const std::function<void()>& body) {
  const bool first = rank_of(comm) == 0;
  agree(comm, [&] {
    if (first) body();
  });
}

} // namespace ansatz
