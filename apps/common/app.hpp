// SPDX-License-Identifier: Apache-2.0
/// The one main of every app: reads options, checks them, starts MPI and PETSc, runs the body, turns every way out into an exit code and a summary.
/// Usage:
///   int main(int argc, char** argv) { return ansatz::apps::run_app(argc, argv, description(), [](RunContext& run) { ...; return ExitCode::answer; }); }
#pragma once

#include <ansatz/apps/common/config.hpp>
#include <ansatz/apps/common/event_log.hpp>
#include <ansatz/apps/common/option.hpp>
#include <ansatz/apps/common/petsc_options.hpp>
#include <ansatz/apps/common/progress.hpp>
#include <ansatz/apps/common/stop_watcher.hpp>
#include <ansatz/apps/common/summary.hpp>
#include <ansatz/data/error.hpp>

#include <mpi.h>

#include <functional>

namespace ansatz::apps {

/// What the body gets. All references live as long as the body runs.
struct RunContext {
  MPI_Comm comm; ///< every rank of the run
  int rank;
  int ranks;
  bool dry_run;  ///< judge only: print memory, file size and layout, write nothing
  int dry_ranks; ///< rank count to judge for (--ranks, else `ranks`)
  const std::string& command_line;
  const Config& config;
  Progress& progress;
  EventLog& log;
  Summary& summary;
  StopWatcher& stop;
};

using Body = std::function<ExitCode(RunContext&)>;

/// Returns the exit code for main (docs/errors.md). Errors are printed once on stderr: by rank 0, and by another rank, prefixed `[rank 3]`, only if rank 0 has
/// none. A rank that fails alone inside the body ends the whole job through MPI_Abort with its exit code, after writing the summary on rank 0 where it can.
[[nodiscard]] int run_app(int argc, char** argv, const AppDescription& app, const Body& body);

} // namespace ansatz::apps
