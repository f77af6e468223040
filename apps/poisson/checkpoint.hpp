// SPDX-License-Identifier: Apache-2.0
/// Checkpoints of ansatz-poisson: the iterate of a linear solve that was cut, and what had happened until then. The Krylov recurrence is not in it, so the
/// continuation meets the same tolerance but not the same bits.
///   /checkpoint: arrays x (whole grid, x fastest), history, history_seconds; counters iterations, unknowns, nx, ny, nz; number rhs_norm; text solver
/// MPI: collective; any number of ranks reads what any number wrote.  Threads: one.
#pragma once

#include "problem.hpp"

#include <string>
#include <vector>

namespace ansatz::apps {

/// A solve up to some iteration.
struct SolveState {
  std::string solver;
  int iterations = 0;
  std::vector<double> history; ///< relative residuals, entry 0 before the first iteration; empty: nothing done yet
  std::vector<double> seconds; ///< wall time of each entry
};

/// Writes `x` and `state` and tells the stop watcher how long it took. Errors: FileError; end the program through `abandon` then.
void write_checkpoint(const RunContext& run, const Problem& problem, Vec x, const SolveState& state);

/// Reads the checkpoint run.restart into problem.x(). Errors: FileError; UsageError `bad_value` if the configuration now describes another system.
[[nodiscard]] SolveState read_checkpoint(const RunContext& run, const Problem& problem);

} // namespace ansatz::apps
