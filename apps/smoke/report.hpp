// SPDX-License-Identifier: Apache-2.0
/// What a flow leaves behind: history and frames in a series, the log, the summary, a table on the screen.
/// MPI: write_frame is collective; the others say things on rank 0.  Threads: one.
#pragma once

#include <ansatz/apps/common/app.hpp>
#include <ansatz/data/series_file.hpp>
#include <ansatz/solvers/flow/flow.hpp>

#include <memory>

namespace ansatz::apps {

/// Totals of the steps of this run.
struct Totals {
  std::int64_t steps = 0;
  std::int64_t iterations = 0;
  double largest_divergence = 0.0; ///< times the time step
  double guess_residual = 0.0;     ///< sum over the steps
  double setup = 0.0, solve = 0.0; ///< s
  std::size_t bytes_peak = 0;      ///< largest of the pressure solves
  solvers::flow::StepReport::Seconds seconds{};

  void add(const solvers::flow::StepReport& step);
};

/// The series of the output, with the columns of the history; null without an output.
[[nodiscard]] std::unique_ptr<SeriesFile> open_series(const RunContext& run, const solvers::flow::Flow& flow);
void record(SeriesFile& series, const solvers::flow::StepReport& step);
/// Fields flags, rhs, pressure, velocity_x, _y, _z, and density, temperature or level_set; the last pressure solve as its solver.
void write_frame(RunContext& run, SeriesFile& series, const solvers::flow::Flow& flow, const solvers::flow::StepReport& step);
void log_step(RunContext& run, const solvers::flow::StepReport& step);
void print_totals(RunContext& run, const Totals& totals, const solvers::flow::StepReport& last);
void add_to_summary(RunContext& run, const Totals& totals, const solvers::flow::Flow& flow, const solvers::flow::StepReport& last);

} // namespace ansatz::apps
