// SPDX-License-Identifier: Apache-2.0
/// Picture of a training: the loss of every step with its running mean, and below it what validations found.
/// Errors: those of draw_png.  Threads: one.  MPI: local.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace ansatz::apps {

/// \param model  of describe_file. False, and no file, if the model holds no losses.
[[nodiscard]] bool draw_training(const nlohmann::json& model, const std::string& path);

} // namespace ansatz::apps
