// SPDX-License-Identifier: Apache-2.0
/// Runs the solvers asked for, watched: progress, log, stops, checkpoints, misspelt PETSc options.
/// MPI: collective.  Threads: one.
#pragma once

#include "problem.hpp"

#include <string>
#include <vector>

namespace ansatz::apps {

/// One row of the comparison.
struct Row {
  solvers::SolveResult result;
  std::vector<double> seconds; ///< wall time of each entry of the history
  std::string refusal;         ///< why the solver could not run at all; empty if it ran
};

struct Runs {
  std::vector<Row> rows;
  bool stopped = false; ///< a stop came before the last solver had its answer
};

/// Solves with every solver of the configuration; afterwards problem.x() is the answer of the first. A stop, or a checkpoint that is due, writes the state of the
/// first solver. With run.restart the first solver goes on from there; its row counts all its iterations.
/// Errors: those of solvers::solve, check_petsc_options and checkpoints.
[[nodiscard]] Runs run_solvers(RunContext& run, const Problem& problem);

} // namespace ansatz::apps
