// SPDX-License-Identifier: Apache-2.0
/// Rows beside the main method's: finite differences on request, the published method in one or two stages.
/// Threads: one.  MPI: one rank.
#pragma once

#include "run_problem.hpp"

namespace ansatz::apps {

/// The published model; published.second_stage and published.oracle are looked at here.
void solve_as_published(RunContext& run, const solvers::gp::Problem& problem, const Verification& truth, GpRun& done);
/// Where solver.compare names fd. A problem that finite differences cannot state has a row that says so.
void add_finite_differences(RunContext& run, const solvers::gp::Problem& problem, const Verification& truth, GpRun& done);
/// Newton and Adam tell the screen, the log and the watcher of signals.
[[nodiscard]] std::function<bool(int, double)> watched(RunContext& run);

/// --representation kernel
[[nodiscard]] bool kernel_wanted(const Config& config);

[[nodiscard]] std::vector<Option> other_options();

} // namespace ansatz::apps
