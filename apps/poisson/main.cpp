// SPDX-License-Identifier: Apache-2.0
// Solves a pressure Poisson system on a voxel grid, with one solver or several on the same system.
//   ansatz-poisson
//   ansatz-poisson --scene dam-break --grid 48 --compare mgcg,cg,dcdm --output dam.h5
#include "checkpoint.hpp"
#include "forecast.hpp"
#include "options.hpp"
#include "report.hpp"

#include <ansatz/apps/common/compression_option.hpp>
#include <ansatz/apps/common/output_place.hpp>
#include <ansatz/data/result_reader.hpp>
#include <ansatz/solvers/poisson/system_file.hpp>

#include <memory>
#include <optional>

namespace {

using namespace ansatz;
using namespace ansatz::apps;

Outcome body(RunContext& run) {
  const std::string scene_path = scene_file(run.config, run.comm);
  std::optional<ResultReader> file;
  if (!scene_path.empty()) file.emplace(scene_path, run.comm);
  solvers::Scene scene;
  if (file) {
    scene.grid = solvers::read_grid(*file);
  } else {
    scene = scene_of(run.config);
  }
  check_direction(run.config);
  (void)compression_of(run.config);
  require_output_place(run, false);
  if (run.dry_run) {
    print_forecast(run, scene.grid);
    return {ExitCode::answer, "dry_run"};
  }
  require_memory(run, scene.grid);
  double start = MPI_Wtime();
  const auto made = file ? std::make_unique<Problem>(run, *file, scene.grid) : std::make_unique<Problem>(run, scene);
  const Problem& problem = *made;
  file.reset();
  std::vector<std::pair<std::string, double>> phases{{"scene", MPI_Wtime() - start}};
  const auto& cells = scene.grid.cells;
  run.progress.say("grid " + std::to_string(cells[0]) + " x " + std::to_string(cells[1]) + " x " + std::to_string(cells[2]) + ", " +
                   std::to_string(problem.A().unknowns()) + " unknowns");
  start = MPI_Wtime();
  const Runs runs = run_solvers(run, problem);
  phases.emplace_back("solve", MPI_Wtime() - start);
  print_table(run, runs.rows);
  for (const Row& row : runs.rows) add_to_summary(run.summary, row);
  start = MPI_Wtime();
  if (!runs.stopped) write_result(run, problem, runs.rows, phases);
  phases.emplace_back("output", MPI_Wtime() - start);
  for (const auto& [name, seconds] : phases) run.summary.phase(name, seconds, run.comm);
  const solvers::SolveResult& first = runs.rows.front().result;
  if (runs.stopped) {
    print_stop(run, runs.rows.front());
    return {ExitCode::stopped, to_text(run.stop.reason())};
  }
  return {first.converged ? ExitCode::answer : ExitCode::no_answer, first.reason};
}

} // namespace

int main(int argc, char** argv) { return run_app(argc, argv, poisson_description(), body); }
