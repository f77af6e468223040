// SPDX-License-Identifier: Apache-2.0
/// "Did you mean": the valid name nearest to a wrong one, for error messages.
/// Threads: functions without state.  Cost: O(length^2) per candidate.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace ansatz {

/// Levenshtein distance: the least number of single-character insertions, deletions and substitutions.
[[nodiscard]] inline std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// `; did you mean "x"? Valid: a, b, ...` with the nearest of `names`, to be appended to a message.
[[nodiscard]] inline std::string did_you_mean(const std::string& name, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  const auto nearest =
      std::min_element(names.begin(), names.end(), [&](const auto& a, const auto& b) { return edit_distance(name, a) < edit_distance(name, b); });
  std::string text = "; did you mean \"" + *nearest + "\"? Valid: ";
  for (std::size_t i = 0; i < names.size(); ++i) text += (i ? ", " : "") + names[i];
  return text;
}

} // namespace ansatz
