// SPDX-License-Identifier: Apache-2.0
/// The check of one value against its option.  Threads: no state.  MPI: none.
#pragma once

#include <ansatz/apps/common/option.hpp>
#include <ansatz/apps/common/tree.hpp>

#include <string>
#include <vector>

namespace ansatz::apps {

struct Problems {
  std::vector<std::string> keys;   ///< wrong names
  std::vector<std::string> values; ///< wrong values
};

/// Checks `value` and brings it into its final form: integers become reals where reals are asked for, fields left out in variants get their defaults, paths from
/// a file become relative to `folder`. \param where  source and key path, the start of every message
void check_value(const Option& option, Tree& value, const std::string& where, const std::string& folder, Problems& problems);

/// A text of the command line or the environment as a value of that kind; lists may be `a,b,c` or JSON.
[[nodiscard]] Tree value_of_text(const Option& option, const std::string& text);

} // namespace ansatz::apps
