// SPDX-License-Identifier: Apache-2.0
/// Training of an image classifier.  Threads: one.  MPI: collective.
#pragma once

#include <ansatz/apps/common/app.hpp>

namespace ansatz::apps {

/// The body of ansatz-train for the models of learning/networks/image_network.hpp.
[[nodiscard]] Outcome train_classifier(RunContext& run);

} // namespace ansatz::apps
