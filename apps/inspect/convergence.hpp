// SPDX-License-Identifier: Apache-2.0
/// The convergence curves of several runs in one picture. Errors: those of draw_png.  Threads: one.  MPI: none.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace ansatz::apps {

/// \param runs  the list `results` of describe_file. Returns false, drawing nothing, if no run has a history.
[[nodiscard]] bool draw_convergence(const nlohmann::json& runs, const std::string& path);

} // namespace ansatz::apps
