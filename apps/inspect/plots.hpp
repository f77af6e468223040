// SPDX-License-Identifier: Apache-2.0
/// Pictures of a result file: convergence.png (relative residual of every solver, logarithmic, against iterations and, where it was measured, seconds) and
/// field_NAME.png (the three middle planes of each float64 field, one colour scale, true proportions; solid cells grey and air pale where /fields/flags says so).
/// Of a model file: training.png (losses and validations).
/// Planes of more than 512 points along an axis are thinned to every n-th point; an uneven grid is drawn cell by cell.
/// Errors: FileError of the reader, `file_open` for a folder that cannot be made; those of draw_png.  Threads: one.  MPI: local.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace ansatz::apps {

/// \param report  of describe_file, content "result" or "model"; \param folder  made if missing; pictures there are replaced. Returns the files drawn.
[[nodiscard]] std::vector<std::string> draw_pictures(const nlohmann::json& report, const std::string& folder);

/// Colours of a field as a line of gnuplot. Viridis, perceptually uniform. Cite: van der Walt and Smith, SciPy 2015.
[[nodiscard]] const char* palette_text();

/// Makes the folder of the pictures if it is missing.
void make_folder(const std::string& folder);

} // namespace ansatz::apps
