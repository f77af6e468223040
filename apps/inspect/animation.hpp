// SPDX-License-Identifier: Apache-2.0
/// Pictures of a time series: history.png (every column of the history against time), and on request for each frame frame_NNNN.png (a shaded view, and the middle
/// plane y = const of the density) and all views together as animation.gif. Where no frame has a field `density` above 0, the surface of the fluid is drawn.
/// Errors: those of SeriesReader, ResultReader and draw_png; UsageError `bad_value` for frames without density and flags, or whose cells are no cubes.
/// Threads: one.  MPI: local.  Memory: two frames' density.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace ansatz::apps {

/// \param report  of describe_file, content "series"; \param folder  made if missing; pictures there are replaced. Returns the files drawn.
[[nodiscard]] std::vector<std::string> draw_series(const nlohmann::json& report, const std::string& folder, bool frames);

} // namespace ansatz::apps
