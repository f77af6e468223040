// SPDX-License-Identifier: Apache-2.0
// Trains a network or the weights of the multigrid cycle, which propose search directions, or a classifier of images, and writes it as a model.
//   ansatz-train
//   ansatz-train --sizes 16,24 --steps 200 --output net.h5
//   ansatz-train --task cycle --rate 0.05
//   ansatz-train --model digits-mlp --epochs 2
#include "classify.hpp"
#include "options.hpp"
#include "steps.hpp"

#include <array>
#include <cstdio>
#include <optional>

namespace {

using namespace ansatz;
using namespace ansatz::apps;
using solvers::training::CycleTraining;
using solvers::training::DirectionTraining;

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
  go_on(run, training);
  const double start = MPI_Wtime();
  run.progress.start("loss", 0.0);
  const bool all = run_steps(run, training, steps, run.config.get_int("validation.every"), [&] { validate(run, training); });
  Tree result = result_of(training.progress(), model, MPI_Wtime() - start);
  if (residual) result["worth_residual"] = Tree::of(*residual);
  run.summary.add_result(result);
  run.summary.phase("train", MPI_Wtime() - start, run.comm);
  return all ? done(run, model, training.best_arena(), training.progress()) : stopped(run, training);
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
  if (run.config.get_text("task") == "cycle") return train_cycle(run);
  return is_classifier(run.config) ? train_classifier(run) : train_network(run);
}

} // namespace

int main(int argc, char** argv) { return run_app(argc, argv, train_description(), body); }
