// SPDX-License-Identifier: Apache-2.0
/// What a run leaves behind: table on the screen, entries of the summary, result file.  MPI: write_result is collective.  Threads: one.
#pragma once

#include "run_problem.hpp"

namespace ansatz::apps {

void print_head(RunContext& run);
void print_row(RunContext& run, const GpRow& row);
[[nodiscard]] Tree entry_of(const GpRow& row);
/// A row as the result file keeps it.
[[nodiscard]] SolverRecord record_of(const RunContext& run, const GpRow& row);
/// The row of the method and those of the reference.
void print_rows(RunContext& run, const GpRun& done);
/// Lines, their origin, features, evidence.
void print_prior(RunContext& run, const GpRun& done);
void add_to_summary(Summary& summary, const GpRun& done);
/// Fields solution, variance and error (where they are known), history, provenance; XDMF beside it.
void write_result(RunContext& run, const GpRun& done);

} // namespace ansatz::apps
