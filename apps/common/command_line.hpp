// SPDX-License-Identifier: Apache-2.0
/// argv split into what the table of options takes, what run_app itself takes, and what goes to PETSc.
/// Threads: none.  MPI: none.
#pragma once

#include <ansatz/apps/common/option.hpp>

#include <string>
#include <utility>
#include <vector>

namespace ansatz::apps {

struct CommandLine {
  std::string config;                                      ///< --config FILE, or a case file given to a flag that takes one
  std::string restart;                                     ///< --restart FILE
  std::vector<std::pair<std::string, std::string>> values; ///< path and text, flags and --set in the order given
  std::vector<std::string> petsc;                          ///< after `--`
  std::string completion;                                  ///< --completion SHELL
  bool help = false, help_all = false, version = false, print_config = false, schema = false, list = false, dry_run = false, petscrc = false;
  int ranks = 0; ///< --ranks; 0: not given
};

/// \param options  those of the app and the common ones.  Errors: UsageError `usage` for an unknown flag (nearest valid one), a missing value, or two sources of
/// the configuration.
[[nodiscard]] CommandLine read_command_line(int argc, const char* const* argv, const AppDescription& app, const std::vector<Option>& options);

/// Flags of run_app itself, with a sentence each, for help and completion.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> general_flags(const AppDescription& app);

} // namespace ansatz::apps
