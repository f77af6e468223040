// SPDX-License-Identifier: Apache-2.0
#include "infer_problem.hpp"

#include "observations.hpp"
#include "outer_checkpoint.hpp"

#include <ansatz/apps/common/output_place.hpp>

#include <cstdio>
#include <numbers>
#include <utility>

namespace ansatz::apps {

using namespace solvers::gp;

namespace {

InferenceOptions options_of(const RunContext& run, const Statement& statement, const ProblemText& text) {
  const Config& config = run.config;
  const std::string& wish = config.get_text("gp.optimise");
  InferenceOptions options{.check_points = text.points, .rtol = config.get_real("solver.rtol")};
  options.optimise = wish == "yes" || (wish == "auto" && (statement.sensors.size() > 0 || !statement.problem.unknowns.empty()));
  options.outer.most_rounds = static_cast<int>(config.get_int("gp.rounds"));
  options.outer.newton_iterations = static_cast<int>(config.get_int("solver.max_iterations"));
  if (const auto lines = config.get_int("gp.most_lines"); lines > 0)
    options.outer.most_lines = static_cast<int>(lines);
  else
    options.outer.most_lines = statement.problem.dimensions == 1 ? 8 : 3;
  for (std::size_t axis = 0; axis < 2; ++axis)
    options.outer.highest_frequency[axis] = std::numbers::pi * text.points[axis] / statement.problem.box[axis].length;
  return options;
}

/// The outer loop tells the screen and the log about a step and asks the watcher of signals; `due`: a checkpoint is wanted.
bool watch(RunContext& run, std::int64_t number, const OuterStep& step, bool& due) {
  run.progress.step([&] { return "step " + std::to_string(number) + "  log evidence " + number_text(step.log_evidence); });
  Tree values = Tree::object();
  values["log_evidence"] = Tree::of(step.log_evidence);
  for (std::size_t k = 0; k < step.names.size(); ++k) values[step.names[k]] = Tree::of(step.values[k]);
  run.log.event("outer", number, values);
  const StopReason reason = run.stop.poll();
  if (reason == StopReason::write_now) due = true;
  return reason <= StopReason::write_now;
}

/// Posterior on the grid, and functions drawn from it.
void fill_fields(const RunContext& run, const FeatureSolution& solution, GpRun& done) {
  done.values = solution.mean(done.grid[0], done.grid[1]);
  if (run.config.get_bool("gp.variance")) done.variance = solution.variance(done.grid[0], done.grid[1]);
  std::mt19937_64 random(static_cast<std::uint64_t>(run.config.get_int("run.seed")) + 2);
  for (std::int64_t s = 0; s < run.config.get_int("gp.samples"); ++s)
    done.samples.push_back(solution.sample(random).mean(done.grid[0], done.grid[1]));
}

std::string number(const char* format, double value) {
  std::array<char, 40> text{};
  (void)std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

} // namespace

void infer_problem(RunContext& run, const Verification& truth, GpRun& done) {
  double start = MPI_Wtime();
  const Statement statement = statement_of(run, done.text);
  InferenceOptions options = options_of(run, statement, done.text);
  // Features multiply in two dimensions and go down to the noise of the equation: smaller rates keep their number, and the outer loop can raise them.
  const double mean_ratio = statement.problem.dimensions == 1 ? 1.0 : options.optimise ? 0.1 : 0.25;
  done.lines = lines_of(run.config, at_coefficients(statement.problem, starts_of(statement.problem)), done.row.points, mean_ratio);
  OuterState state = start_of(statement, done.lines.models);
  if (!run.restart.empty()) {
    state = read_outer_checkpoint(run, statement, std::move(state));
    run.progress.say("going on from " + run.restart + ": " + std::to_string(state.round) + " rounds done");
  }
  done.row.proposal_seconds = MPI_Wtime() - start;
  start = MPI_Wtime();
  bool due = false;
  auto number = static_cast<std::int64_t>(state.history.size());
  options.outer.monitor = [&](const OuterStep& step) { return watch(run, number++, step, due); };
  options.outer.round_done = [&](const OuterState& at) {
    if (std::exchange(due, false)) write_outer_checkpoint(run, statement, at);
  };
  InferenceResult result = infer(statement, options, std::move(state));
  if (result.reason == "stopped") {
    write_outer_checkpoint(run, statement, result.outer);
    const std::string path = checkpoint_path(run.config);
    run.progress.say(to_text(run.stop.reason()) + " after " + std::to_string(result.outer.round) + " rounds; " +
                     (path.empty() ? "nothing was kept, since no --output was given" : "checkpoint: " + path + "; go on with --restart " + path));
  }
  done.row.solve_seconds = MPI_Wtime() - start;
  done.row.unknowns = result.unknowns;
  done.row.iterations = result.iterations;
  done.row.converged = result.converged;
  done.row.reason = result.reason;
  done.row.relative_residual = result.relative_residual;
  done.row.error = truth.error(result.solution.mean(truth.points()[0], truth.points()[1]));
  done.features = {result.solution.bases()[0].size(), result.solution.bases()[1].size()};
  done.log_evidence = result.log_evidence;
  done.lines.models = result.outer.theta.models;
  fill_fields(run, result.solution, done);
  for (const std::string& warning : result.warnings) run.log.warn(done.text.name + ": " + warning);
  done.inference = std::move(result);
}

void print_inference(RunContext& run, const GpRun& done) {
  const InferenceResult& result = *done.inference;
  for (const std::string& change : result.outer.changes) run.progress.say(change);
  for (const Estimate& estimate : result.coefficients)
    run.progress.say(estimate.name + " = " + number("%.10g", estimate.value) + " +- " + number("%.3g", estimate.sd));
  if (result.sensor_misfit > 0.0)
    run.progress.say("sensors: noise " + number("%.4g", result.sensor_noise) + ", misfit " + number("%.3g", result.sensor_misfit) + " noises (rms)");
}

void add_inference(Tree& entry, const InferenceResult& result) {
  entry["rows"] = Tree::of(static_cast<std::int64_t>(result.rows));
  entry["outer_rounds"] = Tree::of(static_cast<std::int64_t>(result.outer.round));
  Tree coefficients = Tree::list();
  for (const Estimate& estimate : result.coefficients) {
    Tree item = Tree::object();
    item["name"] = Tree::of(estimate.name);
    item["value"] = Tree::of(estimate.value);
    item["sd"] = Tree::of(estimate.sd);
    coefficients.items.push_back(std::move(item));
  }
  entry["coefficients"] = std::move(coefficients);
  if (result.sensor_misfit > 0.0) {
    entry["sensor_noise"] = Tree::of(result.sensor_noise);
    entry["sensor_misfit"] = Tree::of(result.sensor_misfit);
  }
  Tree history = Tree::list();
  for (const OuterStep& step : result.outer.history) history.items.push_back(Tree::of(step.log_evidence));
  entry["log_evidence_history"] = std::move(history);
  const auto add_texts = [&entry](const char* name, const std::vector<std::string>& texts) {
    Tree list = Tree::list();
    for (const std::string& text : texts) list.items.push_back(Tree::of(text));
    entry[name] = std::move(list);
  };
  add_texts("changes", result.outer.changes);
  add_texts("warnings", result.warnings);
}

} // namespace ansatz::apps
