// SPDX-License-Identifier: Apache-2.0
#include "other_rows.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/finite_differences.hpp>
#include <ansatz/solvers/gp/published.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ansatz::apps {

using namespace solvers::gp;

namespace {

PublishedOptions published_options_of(RunContext& run, const GpRun& done) {
  return {.points = done.row.points,
          .envelope = to_envelope(run.config.get_text("published.kernel")),
          .lines = static_cast<int>(run.config.get_int("published.lines")),
          .highest_frequency = run.config.get_real("published.highest_frequency"),
          .boundary_weight = run.config.get_real("published.boundary_weight"),
          .learning_rate = run.config.get_real("published.learning_rate"),
          .steps = static_cast<int>(run.config.get_int("published.steps")),
          .monitor = watched(run)};
}

/// The published report: the least of twenty errors, which only somebody who knows the answer can choose. A row of its own, never the result.
GpRow oracle_row(const GpRow& own, double least) {
  GpRow row{.problem = own.problem, .method = "ORACLE", .points = own.points, .unknowns = own.unknowns, .iterations = own.iterations};
  row.reason = "min_checkpoint";
  row.error = least;
  return row;
}

} // namespace

std::function<bool(int, double)> watched(RunContext& run) {
  return [&run](int step, double residual) {
    run.progress.step(step, residual);
    Tree values = Tree::object();
    values["relative_residual"] = Tree::of(residual);
    run.log.event("iteration", step, values);
    return run.stop.poll() <= StopReason::write_now;
  };
}

void solve_as_published(RunContext& run, const Problem& problem, const Verification& truth, GpRun& done) {
  PublishedOptions options = published_options_of(run, done);
  TrueError true_error;
  if (run.config.get_bool("published.oracle") && truth.known())
    true_error = [&truth](const PublishedModel& model) { return truth.error(model.at(truth.points()[0], truth.points()[1])); };
  const double share = run.config.get_real("published.second_stage");
  const int all = options.steps;
  if (share > 0.0) options.steps = std::max(1, static_cast<int>(share * all));
  const double start = MPI_Wtime();
  PublishedModel model(problem, options);
  PublishedResult result = run_published(model, options, true_error);
  std::optional<PublishedModel> second;
  if (share > 0.0 && result.reason == "max_iterations" && all > options.steps) {
    second.emplace(PublishedModel::second_stage(model));
    PublishedOptions rest = options;
    rest.steps = all - options.steps;
    PublishedResult after = run_published(*second, rest, true_error);
    after.iterations += result.iterations;
    if (true_error) after.least_error = std::min(after.least_error, result.least_error);
    after.history.insert(after.history.begin(), result.history.begin(), result.history.end());
    result = std::move(after);
  }
  const PublishedModel& last = second ? *second : model;
  done.row.solve_seconds = MPI_Wtime() - start;
  done.row.unknowns = static_cast<std::int64_t>(last.parameters().size());
  done.row.iterations = result.iterations;
  done.row.relative_residual = result.relative_residual;
  done.row.converged = result.relative_residual <= run.config.get_real("solver.rtol");
  done.row.reason = done.row.converged && result.reason == "max_iterations" ? "converged_rtol" : result.reason;
  done.row.history = std::move(result.history);
  done.row.error = truth.error(last.at(truth.points()[0], truth.points()[1]));
  done.values = last.values();
  if (true_error) done.reference.push_back(oracle_row(done.row, result.least_error));
}

void add_finite_differences(RunContext& run, const Problem& problem, const Verification& truth, GpRun& done) {
  const auto wanted = run.config.get_text_list("solver.compare");
  if (std::find(wanted.begin(), wanted.end(), "fd") == wanted.end()) return;
  GpRow row{.problem = done.row.problem, .method = "fd", .points = done.row.points};
  row.error = std::numeric_limits<double>::quiet_NaN();
  const double start = MPI_Wtime();
  try {
    const FiniteDifferenceResult result = solve_finite_differences(problem, done.row.points);
    row.solve_seconds = MPI_Wtime() - start;
    row.unknowns = static_cast<std::int64_t>(result.values.size());
    row.iterations = result.iterations;
    row.converged = result.converged;
    row.reason = result.converged ? "solved" : "max_iterations";
    row.error = truth.error(result.at(truth.points()[0], truth.points()[1]));
  } catch (const UsageError& refused) {
    row.reason = std::string("refused: ") + refused.what();
  }
  done.reference.push_back(std::move(row));
}

bool kernel_wanted(const Config& config) { return config.get_text("solver.representation") == "kernel"; }

std::vector<Option> other_options() {
  using K = OptionKind;
  return {{.path = "solver.representation",
           .kind = K::choice,
           .fallback = "\"features\"",
           .sentence = "functions of --method direct: features of Gaussian lines, or a kernel on the grid points (gp.kernel)",
           .choices = {"features", "kernel"},
           .flag = "--representation"},
          {.path = "solver.compare",
           .kind = K::text_list,
           .fallback = "[]",
           .sentence = "rows besides the Chebyshev ones, which are always there: fd, finite differences by PETSc (one and two dimensions)",
           .choices = {"fd"},
           .flag = "--compare"},
          {.path = "gp.kernel",
           .kind = K::choice,
           .fallback = "\"gaussian\"",
           .sentence = "envelope of the lines of --representation kernel",
           .choices = envelope_names()},
          {.path = "published.second_stage",
           .kind = K::real,
           .fallback = "0.0",
           .sentence = "share of the steps after which the first stage is frozen and the second begins; 0: one stage",
           .minimum = 0,
           .maximum = 1},
          {.path = "published.oracle",
           .kind = K::boolean,
           .fallback = "false",
           .sentence = "a row ORACLE with the least of twenty errors against problem.exact, as the publication reports it"}};
}

} // namespace ansatz::apps
