// SPDX-License-Identifier: Apache-2.0
/// The effective configuration: default < file < environment < command line, checked completely, with the origin of every value.
/// Threads: read-only after construction.  MPI: equal on all ranks.
#pragma once

#include <ansatz/apps/common/option.hpp>
#include <ansatz/apps/common/tree.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ansatz::apps {

enum class Origin { fallback, file, environment, command_line };

/// "default", "file", "env", "cli".
[[nodiscard]] std::string to_text(Origin origin);

/// Where values may come from, before any check.
struct Sources {
  std::string file_name; ///< empty: none
  std::string file_text;
  std::vector<std::pair<std::string, std::string>> environment;  ///< ANSATZ_* names and values
  std::vector<std::pair<std::string, std::string>> command_line; ///< path and text, in order; the last wins
};

class Config {
public:
  /// Merges and checks. Throws UsageError (`bad_key` if any name is wrong, else `bad_value`) whose text lists every problem found, one a line:
  /// source, key path, value found, rule, nearest valid name.
  Config(const std::vector<Option>& options, const Sources& sources);

  /// Typed values. Asking for a path that is not in the table, or with another kind, is InternalError.
  [[nodiscard]] bool get_bool(const std::string& path) const;
  [[nodiscard]] std::int64_t get_int(const std::string& path) const;
  [[nodiscard]] double get_real(const std::string& path) const;
  [[nodiscard]] const std::string& get_text(const std::string& path) const; ///< also choice and path
  [[nodiscard]] std::vector<std::int64_t> get_int_list(const std::string& path) const;
  [[nodiscard]] std::vector<double> get_real_list(const std::string& path) const;
  [[nodiscard]] std::vector<std::string> get_text_list(const std::string& path) const;
  /// The value at any path or the object above several ("scene"); fields of variants left out in the file hold their defaults.
  [[nodiscard]] const Tree& json_subtree(const std::string& path) const;
  [[nodiscard]] Origin origin(const std::string& path) const;

  /// PETSc options of the block "petsc", names with the leading dash.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& petsc() const noexcept { return petsc_; }

  /// Everything, as one object.
  [[nodiscard]] const Tree& tree() const noexcept { return tree_; }
  /// The whole configuration as JSON on one line; itself a valid case file.
  [[nodiscard]] std::string to_json() const;
  /// The same over several lines, each value with a comment that names its origin (--print-config).
  [[nodiscard]] std::string to_commented_json() const;

private:
  const Tree& value(const std::string& path, std::vector<OptionKind> kinds) const;

  std::vector<Option> options_;
  std::map<std::string, Origin> origins_;
  Tree tree_;
  std::vector<std::pair<std::string, std::string>> petsc_;
};

} // namespace ansatz::apps
