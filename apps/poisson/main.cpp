// SPDX-License-Identifier: Apache-2.0
// Solves a pressure Poisson system on a voxel grid, with one solver or several on the same system.
//   ansatz-poisson
//   ansatz-poisson --scene dam-break --grid 48 --compare mgcg,cg,dcdm --output dam.h5
#include "checkpoint.hpp"
#include "forecast.hpp"
#include "options.hpp"
#include "report.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/data/result_reader.hpp>
#include <ansatz/solvers/poisson/system_file.hpp>

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>

namespace {

using namespace ansatz;
using namespace ansatz::apps;

/// A run of hours must not end at a name that is taken or in a folder that is not there.
void check_output(const RunContext& run) {
  const std::string& path = run.config.get_text("run.output");
  if (path.empty()) {
    if (run.config.get_real("run.checkpoint_every") > 0)
      throw UsageError("bad_value", "--checkpoint-every: checkpoints are written beside the output; give --output too");
    return;
  }
  on_rank_0(run.comm, [&] {
    std::error_code ignored;
    const std::string checkpoint = checkpoint_path(run.config);
    const bool continued = !run.restart.empty() && std::filesystem::equivalent(run.restart, checkpoint, ignored);
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (std::filesystem::is_directory(path, ignored)) throw FileError("file_open", path + ": is a folder; give --output the name of a file");
    if (access(folder.empty() ? "." : folder.c_str(), W_OK) != 0)
      throw FileError("file_open", path + ": its folder cannot be written: " + std::strerror(errno) + "; create it or choose another --output");
    if (run.config.get_bool("run.overwrite")) return;
    for (const std::string& name : {path, continued ? std::string() : checkpoint})
      if (!name.empty() && std::filesystem::exists(name, ignored))
        throw FileError("file_open",
                        name + ": exists; give --overwrite or another --output" + (name == path ? "" : ", or go on from it with --restart " + name));
  });
}

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
  check_output(run);
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
