// SPDX-License-Identifier: Apache-2.0
/// The one main of every app: reads options, checks them, starts MPI and PETSc, runs the body, turns every way out into an exit code and a summary.
/// Usage:
///   int main(int argc, char** argv) { return ansatz::apps::run_app(argc, argv, description(), [](RunContext& run) -> Outcome { ... }); }
#pragma once

#include <ansatz/apps/common/config.hpp>
#include <ansatz/apps/common/event_log.hpp>
#include <ansatz/apps/common/option.hpp>
#include <ansatz/apps/common/progress.hpp>
#include <ansatz/apps/common/stop_watcher.hpp>
#include <ansatz/apps/common/summary.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/records.hpp>

#include <mpi.h>

#include <functional>
#include <string>

namespace ansatz::apps {

/// What the body gets. All references live as long as the body runs.
struct RunContext {
  MPI_Comm comm; ///< every rank of the run
  int rank;
  int ranks;
  bool dry_run;  ///< judge only: print memory, file size and layout, write nothing
  int dry_ranks; ///< rank count to judge for (--ranks, else `ranks`)
  const std::string& command_line;
  const std::string& restart; ///< checkpoint to go on from; empty: a fresh start
  const Config& config;
  Progress& progress;
  EventLog& log;
  Summary& summary;
  StopWatcher& stop;
};

/// How the body ended, where it ended without an exception.
struct Outcome {
  ExitCode code;
  std::string reason; ///< docs/errors.md: converged_rtol, max_iterations, stopped_time, ...
};

/// Provenance for the files of a run: seed, threads, effective configuration, command line, libraries.
[[nodiscard]] Meta provenance_of(const RunContext& run);

using Body = std::function<Outcome(RunContext&)>;

/// Returns the exit code for main (docs/errors.md). Errors are printed once on stderr: by rank 0, and by another rank, prefixed `[rank 3]`, only if rank 0 has
/// none. A rank that fails alone inside the body ends the whole job through MPI_Abort with its exit code, after writing the summary.
/// An app that does not solve (AppDescription::solves) runs without PETSc.
[[nodiscard]] int run_app(int argc, char** argv, const AppDescription& app, const Body& body);

/// The file --json names, found without any check, so that a run whose command line or case file is wrong still has its summary; empty: none.
[[nodiscard]] std::string find_summary_path(int argc, const char* const* argv, const Sources& sources);

} // namespace ansatz::apps
