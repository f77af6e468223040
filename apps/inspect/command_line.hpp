// SPDX-License-Identifier: Apache-2.0
/// What ansatz-inspect is told. It has no case file and no settings, so its few flags are read here; a file name is its one positional argument.
/// Errors: UsageError `usage` naming the word, the rule and the nearest flag.  Threads: any.  MPI: none.
#pragma once

#include <string>
#include <vector>

namespace ansatz::apps {

struct CommandLine {
  std::string file{};
  std::string png_folder{}; ///< empty: no pictures
  std::string json_file{};  ///< "-": standard output, which then carries nothing else; empty: none
  bool verify = false;
  bool help = false;
  bool version = false;
};

/// \param words  without the program's name; `--flag value` and `--flag=value` are the same
[[nodiscard]] CommandLine read_command_line(const std::vector<std::string>& words);

/// One screen.
[[nodiscard]] std::string help_text();

} // namespace ansatz::apps
