// SPDX-License-Identifier: Apache-2.0
/// What a run leaves behind: table on the screen, entries of the summary, result file.
/// MPI: write_result is collective; the others say things on rank 0.  Threads: one.
#pragma once

#include "run_solvers.hpp"

namespace ansatz::apps {

void print_table(RunContext& run, const std::vector<Row>& rows);
void add_to_summary(Summary& summary, const Row& row);
/// Fields pressure, rhs and flags, all runs with their histories, provenance, and the XDMF file beside it.
void write_result(RunContext& run, const Problem& problem, const std::vector<Row>& rows, const std::vector<std::pair<std::string, double>>& phases);
/// Says on stdout that the run was stopped, where its checkpoint is and how to go on.
void print_stop(RunContext& run, const Row& first);

} // namespace ansatz::apps
