// SPDX-License-Identifier: Apache-2.0
#include "forecast.hpp"

#include <ansatz/apps/common/memory.hpp>
#include <ansatz/solvers/multigrid/voxmg.hpp>

#include <cmath>
#include <cstdio>

namespace ansatz::apps {

namespace flow = solvers::flow;

namespace {

double volume(const std::array<int, 3>& n) { return static_cast<double>(n[0]) * n[1] * n[2]; }

/// Fields with ghosts that a flow of these options holds: velocity, scratch, results and prediction of advection, padded pressure, scalars or level set.
double fields_of(const flow::FlowOptions& o) {
  const bool reflecting = o.scheme == flow::Scheme::reflection && !o.liquid;
  double fields = 3 + 3 + (o.liquid ? 3 : 5) + 1 + 1;
  fields += o.liquid ? 3 : 2;
  fields += reflecting ? 6 : 0;
  fields += o.viscosity > 0.0 || o.confinement > 0.0 ? 3 : 0;
  fields += o.confinement > 0.0 ? 7 : 0;
  return fields;
}

} // namespace

double bytes_each_rank(const flow::FlowOptions& options, const solvers::Grid& grid, int ranks) {
  const std::array<int, 3> n = largest_block(grid.cells, ranks);
  const double ghost = 2.0 * (std::ceil(options.cfl) + 2.0);
  const double padded = (n[0] + ghost) * (n[1] + ghost) * (n[2] + ghost);
  // Vectors of the pressure: b, q, start, remainder, correction, work of the guess and of the solver's residual; PETSc's grids; kinds and masks.
  double vectors = 7.0;
  if (options.projection.guess == flow::Guess::previous) vectors += 1.0;
  if (options.projection.guess == flow::Guess::fischer) vectors += options.projection.guess_size;
  constexpr double petsc_grids = 32;
  constexpr double bytes = 10;
  return sizeof(double) * (fields_of(options) * padded + vectors * volume(n)) + (petsc_grids + bytes) * volume(n) +
         solvers::mgcg_bytes_per_cell(n[0], n[1], n[2]) * volume(n);
}

void print_forecast(RunContext& run, const flow::FlowOptions& options, const solvers::Grid& grid) {
  const double bytes = bytes_each_rank(options, grid, run.dry_ranks);
  const double frame = (6 + (options.liquid ? 0 : 1)) * sizeof(double) * volume(grid.cells) + volume(grid.cells);
  constexpr double MiB = 1048576;
  std::array<char, 250> line{};
  (void)std::snprintf(line.data(), line.size(), "grid %d x %d x %d = %.0f cells on %d ranks", grid.cells[0], grid.cells[1], grid.cells[2],
                      volume(grid.cells), run.dry_ranks);
  run.progress.say(line.data());
  (void)std::snprintf(line.data(), line.size(),
                      "memory: about %.0f MiB of arrays on each rank with mgcg, beside about 50 MiB of program; a frame: %.1f MiB", bytes / MiB,
                      frame / MiB);
  run.progress.say(line.data());
  Tree values = Tree::object();
  values["ranks"] = Tree::of(static_cast<std::int64_t>(run.dry_ranks));
  values["bytes_each_rank"] = Tree::of(bytes);
  values["lower_bound"] = Tree::of(options.projection.solver != "mgcg");
  values["bytes_file"] = Tree::of(frame);
  run.summary.set("forecast", values);
}

} // namespace ansatz::apps
