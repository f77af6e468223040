// SPDX-License-Identifier: Apache-2.0
/// Memory of each rank and size of a frame.  Threads: no state.  MPI: none.
#pragma once

#include <ansatz/apps/common/app.hpp>
#include <ansatz/solvers/flow/flow.hpp>

namespace ansatz::apps {

/// Bytes of arrays on the rank with the largest block, beside the 50 MiB or so of a program with MPI and PETSc.
[[nodiscard]] double bytes_each_rank(const solvers::flow::FlowOptions& options, const solvers::Grid& grid, int ranks);

/// --dry-run: says the forecast and puts it into the summary.
void print_forecast(RunContext& run, const solvers::flow::FlowOptions& options, const solvers::Grid& grid);

} // namespace ansatz::apps
