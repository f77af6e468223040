// SPDX-License-Identifier: Apache-2.0
/// What ansatz-train can be told.  Threads: no state.  MPI: none.
#pragma once

#include <ansatz/apps/common/config.hpp>
#include <ansatz/learning/classification.hpp>
#include <ansatz/solvers/dcdm/training/cycle_training.hpp>
#include <ansatz/solvers/dcdm/training/direction_training.hpp>

namespace ansatz::apps {

[[nodiscard]] AppDescription train_description();

/// Errors: UsageError for odd sizes.
[[nodiscard]] solvers::training::TrainingOptions training_options(const Config& config);
[[nodiscard]] solvers::training::CycleTrainingOptions cycle_options(const Config& config);

/// True if the model is an image classifier.
[[nodiscard]] bool is_classifier(const Config& config);
[[nodiscard]] learning::ClassificationOptions classification_options(const Config& config);

} // namespace ansatz::apps
