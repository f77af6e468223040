// SPDX-License-Identifier: Apache-2.0
/// Texts made from the table of options: help, JSON Schema, bash completion, lists.  Threads: no state.  MPI: none.
#pragma once

#include <ansatz/apps/common/option.hpp>

#include <string>
#include <vector>

namespace ansatz::apps {

[[nodiscard]] std::string help_text(const AppDescription& app, const std::vector<Option>& options, bool all);
/// JSON Schema, draft 2020-12.
[[nodiscard]] std::string schema_text(const AppDescription& app, const std::vector<Option>& options);
[[nodiscard]] std::string completion_text(const AppDescription& app, const std::vector<Option>& options);
[[nodiscard]] std::string lists_text(const AppDescription& app);

} // namespace ansatz::apps
