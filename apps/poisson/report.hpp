// SPDX-License-Identifier: Apache-2.0
/// What a run leaves behind: table on the screen, entries of the summary, result file; and what --dry-run says before.
/// MPI: write_result is collective; the others say things on rank 0.  Threads: one.
#pragma once

#include "problem.hpp"

namespace ansatz::apps {

/// One row of the comparison.
struct Row {
  solvers::SolveResult result;
  std::vector<double> seconds; ///< wall time of each entry of the history
  std::string refusal;         ///< why the solver could not run at all; empty if it ran
};

void print_table(RunContext& run, const std::vector<Row>& rows);
void add_to_summary(Summary& summary, const Row& row);
/// Fields pressure, rhs and flags, all runs with their histories, provenance, and the XDMF file beside it.
void write_result(RunContext& run, const Problem& problem, const std::vector<Row>& rows, const std::vector<std::pair<std::string, double>>& phases);
void print_forecast(RunContext& run, const solvers::Scene& scene);

} // namespace ansatz::apps
