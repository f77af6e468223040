// SPDX-License-Identifier: Apache-2.0
/// The table as a picture: nanoseconds a product against the degree, a line a method, both axes logarithmic.
/// Errors: those of draw_png.
#pragma once

#include "measure.hpp"

namespace ansatz::apps {

void draw_table(const std::string& path, const std::vector<Measurement>& rows);

} // namespace ansatz::apps
