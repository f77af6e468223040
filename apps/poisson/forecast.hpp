// SPDX-License-Identifier: Apache-2.0
/// What a run will need: memory of each rank, size of the result file, how the cells are shared out.
/// Threads: no state.  MPI: require_memory is collective.
#pragma once

#include <ansatz/apps/common/app.hpp>
#include <ansatz/solvers/poisson/grid.hpp>

#include <array>

namespace ansatz::apps {

struct RunForecast {
  std::array<int, 3> cells; ///< of the largest block a rank gets
  double bytes;             ///< of arrays on that rank, without the 50 MiB or so that a program with MPI and PETSc takes before it has any
  bool lower_bound;         ///< not mgcg, the one solver whose needs are known beforehand; `bytes` counts the vectors alone
  double file_bytes;        ///< of the result file
};

[[nodiscard]] RunForecast forecast_of(const Config& config, const solvers::Grid& grid, int ranks);

/// --dry-run: says the forecast and puts it into the summary.
void print_forecast(RunContext& run, const solvers::Grid& grid);

/// Throws InternalError `out_of_memory`, with the bytes asked for and available, if the ranks of one machine need more than it has: otherwise Linux would grant
/// everything and kill the run later.
void require_memory(const RunContext& run, const solvers::Grid& grid);

} // namespace ansatz::apps
