// SPDX-License-Identifier: Apache-2.0
/// JSON text as a Tree; comments are allowed, duplicate keys and trailing text are problems.
/// Threads: no state.  MPI: none.
#pragma once

#include <ansatz/apps/common/tree.hpp>

#include <string>
#include <vector>

namespace ansatz::apps {

/// \param problems  what is wrong is added here, a line each; a text that is no JSON gives one problem and a null tree
[[nodiscard]] Tree read_json(const std::string& text, std::vector<std::string>& problems);

} // namespace ansatz::apps
