// SPDX-License-Identifier: Apache-2.0
/// Runs gnuplot on a script. No shell is involved, so names of files and fields reach gnuplot only as quoted text of the script.
/// Errors: UsageError `environment` if gnuplot is not installed; FileError `file_write` with gnuplot's own words if it fails.
/// Threads: one.  MPI: none.
#pragma once

#include <string>

namespace ansatz::apps {

/// A text as a gnuplot literal in single quotes.
[[nodiscard]] std::string gnuplot_text(const std::string& text);

/// Draws `body` (everything after the terminal is set) into a PNG of that size; it appears under its name only when it is whole.
void draw_png(const std::string& path, int width, int height, const std::string& body);

/// The same for an animated GIF, one picture for each `plot` of the body, ten a second.
void draw_gif(const std::string& path, int width, int height, const std::string& body);

} // namespace ansatz::apps
