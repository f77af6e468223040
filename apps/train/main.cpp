// SPDX-License-Identifier: Apache-2.0
// Trains what proposes search directions, a network or the weights of the multigrid cycle, and writes it as a model.
//   ansatz-train
//   ansatz-train --sizes 16,24 --steps 200 --output net.h5
//   ansatz-train --task cycle --rate 0.05
#include "options.hpp"

#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/output_place.hpp>
#include <ansatz/data/collective.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

namespace {

using namespace ansatz;
using namespace ansatz::apps;
using solvers::training::CycleTraining;
using solvers::training::DirectionTraining;

template <class Training>
void write_checkpoint(RunContext& run, Training& training) {
  const std::string path = checkpoint_path(run.config);
  if (path.empty()) return;
  const double start = MPI_Wtime();
  training.save(path, provenance_of(run));
  run.stop.checkpoint_took(MPI_Wtime() - start);
  run.summary.set("checkpoint", Tree::of(path));
  Tree logged = Tree::object();
  logged["file"] = Tree::of(path);
  run.log.event("checkpoint", training.progress().step, logged);
}

/// Mean of the last losses, at most `count`: single ones jump with the scenes drawn.
double recent_loss(const std::vector<double>& history, std::size_t count = 50) {
  const std::size_t n = std::min(count, history.size());
  double sum = 0.0;
  for (std::size_t i = history.size() - n; i < history.size(); ++i) sum += history[i];
  return n > 0 ? sum / static_cast<double>(n) : 0.0;
}

template <class Training>
void validate(RunContext& run, Training& training) {
  const double worth = training.validate();
  const std::int64_t step = training.progress().step;
  std::array<char, 160> line{};
  (void)std::snprintf(line.data(), line.size(), "step %6lld   loss %.4f   an iteration leaves %.4f of the %s%s", static_cast<long long>(step),
                      recent_loss(training.progress().loss_history), worth, Training::measured, worth <= training.best() ? "   best" : "");
  run.progress.say(line.data());
  Tree values = Tree::object();
  values["worth"] = Tree::of(worth);
  values["best"] = Tree::of(training.best());
  run.log.event("validation", step, values);
}

/// True: all steps are done; false: stopped.
template <class Training>
bool train(RunContext& run, Training& training, std::int64_t steps) {
  const std::int64_t every = run.config.get_int("validation.every");
  if (training.progress().validation_history.empty()) validate(run, training);
  while (training.progress().step < steps) {
    const double loss = training.step();
    const std::int64_t step = training.progress().step;
    run.progress.step(step, loss);
    Tree values = Tree::object();
    values["loss"] = Tree::of(loss);
    run.log.event("step", step, values);
    if (step % every == 0 || step == steps) validate(run, training);
    const StopReason reason = run.stop.poll();
    if (reason == StopReason::write_now) write_checkpoint(run, training);
    if (reason > StopReason::write_now && step < steps) return false;
  }
  return true;
}

Tree result_of(const learning::TrainingProgress& p, const std::string& model, double seconds) {
  const auto best = std::min_element(p.validation_history.begin(), p.validation_history.end()) - p.validation_history.begin();
  Tree result = Tree::object();
  result["model"] = Tree::of(model);
  result["steps"] = Tree::of(p.step);
  result["loss"] = Tree::of(recent_loss(p.loss_history));
  result["worth_initial"] = Tree::of(p.validation_history.front());
  result["worth_best"] = Tree::of(p.validation_history[static_cast<std::size_t>(best)]);
  result["step_best"] = Tree::of(static_cast<std::int64_t>(p.validation_steps[static_cast<std::size_t>(best)]));
  result["seconds"] = Tree::of(seconds);
  return result;
}

/// All steps of a training that has been made, and its model.
template <class Training>
Outcome run_training(RunContext& run, Training& training, const std::string& model, std::int64_t steps, std::optional<double> residual) {
  if (!run.restart.empty()) {
    training.load(run.restart);
    run.progress.say("going on from " + run.restart + ": " + std::to_string(training.progress().step) + " steps done");
  }
  const double start = MPI_Wtime();
  run.progress.start("loss", 0.0);
  const bool done = train(run, training, steps);
  Tree result = result_of(training.progress(), model, MPI_Wtime() - start);
  if (residual) result["worth_residual"] = Tree::of(*residual);
  run.summary.add_result(result);
  run.summary.phase("train", MPI_Wtime() - start, run.comm);
  const std::string& output = run.config.get_text("run.output");
  if (!done) {
    write_checkpoint(run, training);
    const std::string path = checkpoint_path(run.config);
    run.progress.say(to_text(run.stop.reason()) + " after " + std::to_string(training.progress().step) + " steps; " +
                     (path.empty() ? "nothing was kept, since no --output was given" : "checkpoint: " + path + "; go on with --restart " + path));
    return {ExitCode::stopped, to_text(run.stop.reason())};
  }
  if (!output.empty()) {
    on_rank_0(run.comm, [&] {
      learning::save_model(output, model, training.best_arena(), training.progress(), provenance_of(run),
                           {.overwrite = run.config.get_bool("run.overwrite")});
    });
    run.progress.say("written: " + output);
  }
  return {ExitCode::answer, "trained"};
}

Outcome train_network(RunContext& run) {
  const auto options = training_options(run.config);
  DirectionTraining training(run.comm, options);
  run.progress.say(options.model + ": " + std::to_string(training.arena().layout().parameters()) + " parameters, " + std::to_string(options.steps) +
                   " steps of " + std::to_string(options.geometries * options.samples) + " samples");
  if (run.dry_run) return {ExitCode::answer, "dry_run"};
  std::array<char, 120> line{};
  const double residual = training.worth_of_residual();
  (void)std::snprintf(line.data(), line.size(), "without a network an iteration leaves %.4f of the residual", residual);
  run.progress.say(line.data());
  return run_training(run, training, options.model, options.steps, residual);
}

Outcome train_cycle(RunContext& run) {
  const auto options = cycle_options(run.config);
  CycleTraining training(run.comm, options);
  run.progress.say("cycle: " + std::to_string(training.arena().layout().parameters()) + " parameters, " + std::to_string(options.steps) +
                   " steps of " + std::to_string(options.geometries * options.samples) + " samples; step 0 is the classical cycle");
  if (run.dry_run) return {ExitCode::answer, "dry_run"};
  return run_training(run, training, solvers::multigrid::CycleWeights::model, options.steps, std::nullopt);
}

Outcome body(RunContext& run) {
  require_output_place(run, false);
  return run.config.get_text("task") == "cycle" ? train_cycle(run) : train_network(run);
}

} // namespace

int main(int argc, char** argv) { return run_app(argc, argv, train_description(), body); }
