// SPDX-License-Identifier: Apache-2.0
// Solves a pressure Poisson system on a voxel grid, with one solver or several on the same system.
//   ansatz-poisson
//   ansatz-poisson --scene dam-break --grid 48 --compare mgcg,cg,dcdm --output dam.h5
#include "options.hpp"
#include "report.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <filesystem>

namespace {

using namespace ansatz;
using namespace ansatz::apps;

double seconds_since(double start) { return MPI_Wtime() - start; }

/// --scene FILE is a case file, --scene NAME a built-in scene.
std::vector<std::string> with_scene_files(int argc, char** argv) {
  std::vector<std::string> words(argv, argv + argc);
  for (std::size_t i = 1; i + 1 < words.size() && words[i] != "--"; ++i)
    if (words[i] == "--scene" && words[i + 1].find_first_of("./") != std::string::npos) words[i] = "--config";
  return words;
}

Row solve_one(RunContext& run, const Problem& problem, const std::string& name, bool check_options) {
  Row row;
  row.result.solver = name;
  row.result.unknowns = problem.A().unknowns();
  bool misspelt = false;
  solvers::SolveOptions options{.solver = name,
                                .rtol = run.config.get_real("solver.rtol"),
                                .atol = run.config.get_real("solver.atol"),
                                .max_iterations = static_cast<int>(run.config.get_int("solver.max_iterations"))};
  const double start = MPI_Wtime();
  // PETSc's loops call this: no exception may leave it. Options are judged once the set-up has read all it reads.
  options.monitor = [&](int iteration, double residual) {
    if (iteration == 0 && check_options) {
      try {
        check_petsc_options();
      } catch (const UsageError&) {
        misspelt = true;
        return false;
      }
    }
    row.seconds.push_back(seconds_since(start));
    run.progress.step(iteration, residual);
    Tree values = Tree::object();
    values["solver"] = Tree::of(name);
    values["relative_residual"] = Tree::of(residual);
    run.log.event("iteration", iteration, values);
    return run.stop.poll() <= StopReason::write_now;
  };
  run.progress.start(name, options.rtol);
  solvers::petsc_check(VecSet(problem.x(), 0.0));
  row.result = solvers::solve(problem.A(), problem.b(), problem.x(), options);
  if (misspelt || check_options) check_petsc_options();
  if (row.result.reason == "stopped") row.result.reason = to_text(run.stop.reason());
  return row;
}

std::vector<Row> solve_all(RunContext& run, const Problem& problem) {
  std::vector<std::string> names = run.config.get_text_list("solver.compare");
  const bool comparing = !names.empty();
  if (!comparing) names = {run.config.get_text("solver.name")};
  Vec first = nullptr;
  std::vector<Row> rows;
  for (std::size_t i = 0; i < names.size() && run.stop.reason() == StopReason::none; ++i) {
    try {
      rows.push_back(solve_one(run, problem, names[i], i + 1 == names.size()));
    } catch (const UsageError& error) {
      if (!comparing || error.reason() == "bad_key") throw;
      rows.emplace_back();
      rows.back().result.solver = names[i];
      rows.back().refusal = error.what();
    }
    if (i == 0 && names.size() > 1) {
      solvers::petsc_check(VecDuplicate(problem.x(), &first));
      solvers::petsc_check(VecCopy(problem.x(), first));
    }
  }
  if (first != nullptr) {
    solvers::petsc_check(VecCopy(first, problem.x()));
    solvers::petsc_check(VecDestroy(&first));
  }
  return rows;
}

/// A run of hours must not end at a name that is taken.
void check_output(const RunContext& run) {
  const std::string& path = run.config.get_text("run.output");
  on_rank_0(run.comm, [&] {
    if (!path.empty() && !run.config.get_bool("run.overwrite") && std::filesystem::exists(path))
      throw FileError("file_open", path + ": exists; give --overwrite or another name");
  });
}

ExitCode body(RunContext& run) {
  const solvers::Scene scene = scene_of(run.config);
  check_output(run);
  if (run.dry_run) {
    print_forecast(run, scene);
    return ExitCode::answer;
  }
  double start = MPI_Wtime();
  const Problem problem(run, scene);
  std::vector<std::pair<std::string, double>> phases{{"scene", seconds_since(start)}};
  run.progress.say("grid " + std::to_string(scene.grid.cells[0]) + " x " + std::to_string(scene.grid.cells[1]) + " x " +
                   std::to_string(scene.grid.cells[2]) + ", " + std::to_string(problem.A().unknowns()) + " unknowns");
  start = MPI_Wtime();
  const std::vector<Row> rows = solve_all(run, problem);
  phases.emplace_back("solve", seconds_since(start));
  print_table(run, rows);
  for (const Row& row : rows) add_to_summary(run.summary, row);
  for (const auto& [name, seconds] : phases) run.summary.phase(name, seconds, run.comm);
  write_result(run, problem, rows, phases);
  if (run.stop.reason() != StopReason::none) return ExitCode::stopped;
  return rows.front().result.converged ? ExitCode::answer : ExitCode::no_answer;
}

} // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words = with_scene_files(argc, argv);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return run_app(argc, pointers.data(), poisson_description(), body);
}
