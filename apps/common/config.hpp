// SPDX-License-Identifier: Apache-2.0
/// The effective configuration: default < file < environment < command line, checked completely, with the origin of every value.
/// Threads: read-only after construction.  MPI: equal on all ranks.
#pragma once

#include <ansatz/apps/common/option.hpp>
#include <ansatz/apps/common/tree.hpp>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ansatz::apps {

struct Problems;

enum class Origin { fallback, file, environment, command_line };

/// "default", "file", "env", "cli".
[[nodiscard]] std::string to_text(Origin origin);

/// Where values may come from, before any check.
struct Sources {
  std::string file_name{}; ///< empty: none
  std::string file_text{};
  std::string folder{};                                            ///< what paths in the file are relative to; empty: the current folder
  std::vector<std::pair<std::string, std::string>> environment{};  ///< ANSATZ_* names and values
  std::vector<std::pair<std::string, std::string>> command_line{}; ///< path and text, in order; the last wins
  std::vector<std::string> petsc_environment{};                    ///< words of PETSC_OPTIONS
  std::vector<std::string> petsc_command_line{};                   ///< words after `--`
};

/// One option for PETSc.
struct PetscOption {
  std::string name; ///< with the leading dash
  std::string text; ///< empty: the name stands alone
  Origin origin;
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

  /// PETSc options of the block "petsc", of PETSC_OPTIONS and of the command line, later ones in the place of earlier ones.
  [[nodiscard]] const std::vector<PetscOption>& petsc() const noexcept { return petsc_; }

  /// Everything, as one object.
  [[nodiscard]] const Tree& tree() const noexcept { return tree_; }
  /// The whole configuration as JSON on one line; itself a valid case file.
  [[nodiscard]] std::string to_json() const;
  /// The same over several lines, each value with a comment that names its origin (--print-config).
  [[nodiscard]] std::string to_commented_json() const;

private:
  void take_defaults();
  void take_file(const Sources& sources, Problems& problems);
  void take_object(const Tree& object, const std::string& prefix, const Sources& sources, Problems& problems);
  void take_environment(const Sources& sources, Problems& problems);
  void take_command_line(const Sources& sources, Problems& problems);
  void take(const Option& option, Tree value, Origin origin);
  void take_petsc(PetscOption option);
  void take_petsc_words(const std::vector<std::string>& words, Origin origin, Problems& problems);
  [[nodiscard]] const Option* find(const std::string& path) const;
  [[nodiscard]] std::vector<std::string> keys_below(const std::string& prefix) const;
  [[nodiscard]] const Tree& value(const std::string& path, std::initializer_list<OptionKind> kinds) const;
  [[nodiscard]] std::string print(const Tree& object, const std::string& prefix, const std::string& indent) const;

  std::vector<Option> options_;
  std::map<std::string, Origin> origins_;
  Tree tree_;
  std::vector<PetscOption> petsc_;
};

} // namespace ansatz::apps
