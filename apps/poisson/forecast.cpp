// SPDX-License-Identifier: Apache-2.0
#include "forecast.hpp"

#include <ansatz/apps/common/memory.hpp>
#include <ansatz/solvers/multigrid/voxmg.hpp>

#include <cstdio>

namespace ansatz::apps {

namespace {

double volume(const std::array<int, 3>& n) { return static_cast<double>(n[0]) * n[1] * n[2]; }

} // namespace

RunForecast forecast_of(const Config& config, const solvers::Grid& grid, int ranks) {
  const std::array<int, 3> n = largest_block(grid.cells, ranks);
  const auto compare = config.get_text_list("solver.compare");
  const bool own = compare.empty() ? config.get_text("solver.name") == "mgcg" : compare == std::vector<std::string>{"mgcg"};
  const double padded = static_cast<double>(solvers::LocalBox(n, {0, 0, 0}).size) / volume(n);
  // A cell: kind and diagonal with ghosts; b, x and the residual; PETSc's grid and its ghost exchange.
  constexpr double vectors = 3 * sizeof(double);
  constexpr double petsc_grid = 16;
  const double solver = own ? solvers::mgcg_bytes_per_cell(n[0], n[1], n[2]) : 3 * sizeof(double);
  // Pressure, right-hand side, kinds.
  constexpr double written = 2 * sizeof(double) + 1;
  return {
      .cells = n, .bytes = volume(n) * (2 * padded + vectors + petsc_grid + solver), .lower_bound = !own, .file_bytes = written * volume(grid.cells)};
}

void print_forecast(RunContext& run, const solvers::Grid& grid) {
  const RunForecast f = forecast_of(run.config, grid, run.dry_ranks);
  constexpr double MiB = 1048576;
  std::array<char, 250> line{};
  (void)std::snprintf(line.data(), line.size(), "grid %d x %d x %d = %.0f cells; the largest of %d blocks has %d x %d x %d = %.0f", grid.cells[0],
                      grid.cells[1], grid.cells[2], volume(grid.cells), run.dry_ranks, f.cells[0], f.cells[1], f.cells[2], volume(f.cells));
  run.progress.say(line.data());
  (void)std::snprintf(line.data(), line.size(), "memory: %s%.0f MiB of arrays on each rank, beside about 50 MiB of program; result file: %.1f MiB",
                      f.lower_bound ? "more than " : "", f.bytes / MiB, f.file_bytes / MiB);
  run.progress.say(line.data());
  if (f.lower_bound) run.progress.say("the memory is a lower bound: only of mgcg is known what it needs beside the vectors");
  Tree values = Tree::object();
  values["ranks"] = Tree::of(static_cast<std::int64_t>(run.dry_ranks));
  values["bytes_each_rank"] = Tree::of(f.bytes);
  values["lower_bound"] = Tree::of(f.lower_bound);
  values["bytes_file"] = Tree::of(f.file_bytes);
  run.summary.set("forecast", values);
}

void require_memory(const RunContext& run, const solvers::Grid& grid) { require_memory(run.comm, forecast_of(run.config, grid, run.ranks).bytes); }

} // namespace ansatz::apps
