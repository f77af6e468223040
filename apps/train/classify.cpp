// SPDX-License-Identifier: Apache-2.0
#include "classify.hpp"
#include "options.hpp"
#include "steps.hpp"

#include <ansatz/learning/classification.hpp>

#include <array>
#include <cstdio>

namespace ansatz::apps {

namespace {

using learning::ClassificationTraining;

void validate(RunContext& run, ClassificationTraining& training) {
  const double wrong = training.validate();
  const std::int64_t step = training.progress().step;
  std::array<char, 160> line{};
  (void)std::snprintf(line.data(), line.size(), "step %6lld   loss %.4f   accuracy on the test images %.4f", static_cast<long long>(step),
                      recent_loss(training.progress().loss_history), 1.0 - wrong);
  run.progress.say(line.data());
  Tree values = Tree::object();
  values["accuracy"] = Tree::of(1.0 - wrong);
  run.log.event("validation", step, values);
}

Tree result_of(const ClassificationTraining& training, const Config& config, double seconds) {
  const auto& p = training.progress();
  Tree result = Tree::object();
  result["model"] = Tree::of(config.get_text("model"));
  result["steps"] = Tree::of(p.step);
  result["loss"] = Tree::of(recent_loss(p.loss_history));
  result["accuracy_initial"] = Tree::of(1.0 - p.validation_history.front());
  result["accuracy"] = Tree::of(1.0 - p.validation_history.back());
  result["seconds"] = Tree::of(seconds);
  return result;
}

} // namespace

Outcome train_classifier(RunContext& run) {
  const auto options = classification_options(run.config);
  const ImageSet images = read_image_set(learning::image_network_info(options.model).image_set, options.folder);
  ClassificationTraining training(run.comm, images, options);
  run.progress.say(options.model + ": " + std::to_string(training.arena().layout().parameters()) + " parameters, " + std::to_string(options.epochs) +
                   " epochs of " + std::to_string(training.steps_an_epoch()) + " steps of " + std::to_string(options.batch) + " images");
  if (run.dry_run) return {ExitCode::answer, "dry_run"};
  go_on(run, training);
  const double start = MPI_Wtime();
  run.progress.start("loss", 0.0);
  const bool all = run_steps(run, training, training.steps(), training.steps_an_epoch(), [&] { validate(run, training); });
  run.summary.add_result(result_of(training, run.config, MPI_Wtime() - start));
  run.summary.phase("train", MPI_Wtime() - start, run.comm);
  return all ? done(run, options.model, training.arena(), training.progress()) : stopped(run, training);
}

} // namespace ansatz::apps
