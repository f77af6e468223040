// SPDX-License-Identifier: Apache-2.0
/// What every training of ansatz-train does beside its mathematics: steps with progress, validations, checkpoints and the files at the end.
/// A Training has step(), progress() and save(path, meta).
/// Threads: one.  MPI: collective.
#pragma once

#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/output_place.hpp>
#include <ansatz/data/collective.hpp>
#include <ansatz/learning/training_state.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace ansatz::apps {

/// Mean of the last losses, at most `count`: single ones jump with the samples drawn.
[[nodiscard]] inline double recent_loss(const std::vector<double>& history, std::size_t count = 50) {
  const std::size_t n = std::min(count, history.size());
  double sum = 0.0;
  for (std::size_t i = history.size() - n; i < history.size(); ++i) sum += history[i];
  return n > 0 ? sum / static_cast<double>(n) : 0.0;
}

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

/// True: all steps are done; false: stopped. \param every  steps between validations
template <class Training>
bool run_steps(RunContext& run, Training& training, std::int64_t steps, std::int64_t every, const std::function<void()>& validate) {
  if (training.progress().validation_history.empty()) validate();
  while (training.progress().step < steps) {
    const double loss = training.step();
    const std::int64_t step = training.progress().step;
    run.progress.step(step, loss);
    Tree values = Tree::object();
    values["loss"] = Tree::of(loss);
    run.log.event("step", step, values);
    if (step % every == 0 || step == steps) validate();
    const StopReason reason = run.stop.poll();
    if (reason == StopReason::write_now) write_checkpoint(run, training);
    if (reason > StopReason::write_now && step < steps) return false;
  }
  return true;
}

/// Restores a training of run.restart, if there is one.
template <class Training>
void go_on(RunContext& run, Training& training) {
  if (run.restart.empty()) return;
  training.load(run.restart);
  run.progress.say("going on from " + run.restart + ": " + std::to_string(training.progress().step) + " steps done");
}

/// Checkpoint of a training that was stopped.
template <class Training>
[[nodiscard]] Outcome stopped(RunContext& run, Training& training) {
  write_checkpoint(run, training);
  const std::string path = checkpoint_path(run.config);
  run.progress.say(to_text(run.stop.reason()) + " after " + std::to_string(training.progress().step) + " steps; " +
                   (path.empty() ? "nothing was kept, since no --output was given" : "checkpoint: " + path + "; go on with --restart " + path));
  return {ExitCode::stopped, to_text(run.stop.reason())};
}

/// The model of a training that is done, if an output is wanted.
template <class T>
[[nodiscard]] Outcome done(RunContext& run, const std::string& model, const learning::Arena<T>& arena, const learning::TrainingProgress& progress) {
  const std::string& output = run.config.get_text("run.output");
  if (!output.empty()) {
    on_rank_0(run.comm,
              [&] { learning::save_model(output, model, arena, progress, provenance_of(run), {.overwrite = run.config.get_bool("run.overwrite")}); });
    run.progress.say("written: " + output);
  }
  return {ExitCode::answer, "trained"};
}

} // namespace ansatz::apps
