// SPDX-License-Identifier: Apache-2.0
/// The comparison of formats as a line, as JSON, as columns of a result file and as a picture.
#pragma once

#include "measure.hpp"

#include <ansatz/apps/common/app.hpp>

namespace ansatz::apps {

[[nodiscard]] std::string heading(const std::vector<std::pair<std::string, double>>& extra);
[[nodiscard]] std::string line_of(const Row& row);
[[nodiscard]] Tree tree_of(const Row& row);

/// What is known of this run, for the files it writes.
[[nodiscard]] Meta meta_of(const RunContext& run);

/// Columns of /table. Extra columns that a row lacks are NaN.
void write_table(RunContext& run, const std::string& path, const std::vector<Row>& rows);

/// Error against bits a value, one point a format.
void draw_table(const std::string& path, const std::vector<Row>& rows);

} // namespace ansatz::apps
