// SPDX-License-Identifier: Apache-2.0
// Solves a partial differential equation on a box by a Gaussian process, with the spectral reference beside every answer.
//   ansatz-gp
//   ansatz-gp --task table
//   mpirun -n 2 ansatz-gp --problem C1
//   ansatz-gp --problem P1 --method reference --set published.steps=100
#include "observations.hpp"
#include "options.hpp"
#include "report.hpp"
#include "run_space.hpp"

#include <ansatz/apps/common/output_place.hpp>

namespace {

using namespace ansatz;
using namespace ansatz::apps;

void check_run(const RunContext& run) {
  const bool one_rank = run.config.get_text("task") == "table" || !solvers::gp::is_spatial(problem_of(run.config));
  if (run.ranks > 1 && one_rank)
    throw UsageError("usage", "problems of one and two dimensions are solved by one rank; found " + std::to_string(run.ranks) +
                                  ": start ansatz-gp without mpirun");
  const bool resumes = !run.restart.empty() || run.config.get_real("run.checkpoint_every") > 0;
  if (resumes && (one_rank ? run.config.get_text("task") == "table" || !needs_inference(run.config, problem_of(run.config)) : true))
    throw UsageError("usage", "only the outer loop (observations, unknown coefficients, gp.optimise=yes) writes checkpoints; leave out --restart and "
                              "--checkpoint-every");
  if (run.config.get_text("task") == "table" && !run.config.get_text("run.output").empty())
    throw UsageError("usage", "--output: a table has no field to write; give --json FILE instead");
  require_output_place(run, false);
}

void print_forecast(RunContext& run, const solvers::gp::ProblemText& text) {
  if (solvers::gp::is_spatial(text)) {
    const double points = static_cast<double>(text.points[0]) * text.points[1] * text.depth;
    (void)solvers::gp::to_space_problem(text);
    run.progress.say("three dimensions: about " + std::to_string(static_cast<long long>(5.0 * 8.0 * points / run.dry_ranks / 1048576.0) + 64) +
                     " MiB a rank");
    return;
  }
  const solvers::gp::Problem problem = solvers::gp::to_problem(text);
  const auto lines = lines_of(run.config, at_coefficients(problem, starts_of(problem)), text.points);
  double unknowns = 1.0;
  for (std::size_t axis = 0; axis < static_cast<std::size_t>(problem.dimensions); ++axis)
    unknowns *= solvers::gp::feature_count(lines.models[axis].lines, problem.box[axis].length, lines.models[axis].cut);
  run.progress.say("at most " + std::to_string(static_cast<long long>(unknowns)) + " unknowns, about " +
                   std::to_string(static_cast<long long>(5.0 * 8.0 * unknowns * unknowns / 1048576.0) + 1) + " MiB");
}

Outcome outcome_of(const RunContext& run, const GpRow& row) {
  if (run.stop.reason() > StopReason::write_now) return {ExitCode::stopped, to_text(run.stop.reason())};
  return {row.converged ? ExitCode::answer : ExitCode::no_answer, row.reason};
}

Outcome table(RunContext& run) {
  print_head(run);
  Outcome outcome{ExitCode::answer, "converged_rtol"};
  for (const auto& text : solvers::gp::catalogue()) {
    const GpRun done = run_problem(run, text);
    print_rows(run, done);
    add_to_summary(run.summary, done);
    const Outcome own = outcome_of(run, done.row);
    if (own.code != ExitCode::answer) outcome = own;
    if (own.code == ExitCode::stopped) break;
  }
  for (const auto& text : solvers::gp::space_catalogue()) {
    if (outcome.code == ExitCode::stopped || run.config.get_text("solver.method") != "direct") break;
    const Outcome own = outcome_of(run, run_space_problem(run, text));
    if (own.code != ExitCode::answer) outcome = own;
  }
  run.progress.say("chebyshev: collocation at the same number of points; chebyshev*: at the fewest 2^k or 3 2^k that resolve the solution");
  return outcome;
}

Outcome body(RunContext& run) {
  check_run(run);
  if (run.config.get_text("task") == "table" && !run.dry_run) return table(run);
  const auto text = problem_of(run.config);
  if (run.dry_run) {
    print_forecast(run, text);
    return {ExitCode::answer, "dry_run"};
  }
  if (solvers::gp::is_spatial(text)) return outcome_of(run, run_space_problem(run, text));
  const double start = MPI_Wtime();
  const GpRun done = run_problem(run, text);
  run.summary.phase("solve", MPI_Wtime() - start, run.comm);
  print_head(run);
  print_rows(run, done);
  print_prior(run, done);
  add_to_summary(run.summary, done);
  const bool resumable = done.inference && done.inference->reason == "stopped"; // its checkpoint is what was asked for
  if (!resumable) write_result(run, done);
  return outcome_of(run, done.row);
}

} // namespace

int main(int argc, char** argv) { return run_app(argc, argv, gp_description(), body); }
