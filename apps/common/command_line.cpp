// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>

#include <CLI/CLI.hpp>

namespace ansatz::apps {

namespace {

std::string unknown_flag(const std::vector<Option>& options, const std::string& given) {
  std::vector<std::string> flags;
  for (const auto& [flag, sentence] : general_flags()) flags.push_back(flag);
  for (const Option& o : options)
    if (o.flag.starts_with("-")) flags.push_back(o.flag);
  return "command line: " + given + ": unknown argument" + did_you_mean(given.substr(0, given.find('=')), flags);
}

std::pair<std::string, std::string> split_setting(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UsageError("usage", "command line: --set " + text + ": must be key=value, as in --set solver.rtol=1e-8");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

} // namespace

std::vector<std::pair<std::string, std::string>> general_flags() {
  return {{"--config", "case file (JSON, comments allowed)"},
          {"--set", "any option by its key, as in solver.rtol=1e-8; may be repeated"},
          {"--print-config", "print the effective configuration as a case file, each value with its origin"},
          {"--dry-run", "check everything, print memory, file size and layout, and stop"},
          {"--ranks", "with --dry-run: the number of ranks to judge for"},
          {"--schema", "print the JSON Schema of case files"},
          {"--list", "print what can be chosen by name"},
          {"--petscrc", "let PETSc read .petscrc files"},
          {"--help", "print this help"},
          {"--help-all", "print all options"},
          {"--version", "print version, commit, compiler and libraries"}};
}

CommandLine read_command_line(int argc, char** argv, const std::vector<Option>& options) {
  CommandLine out;
  std::vector<std::string> own;
  int i = 1;
  for (; i < argc && std::string(argv[i]) != "--"; ++i) own.emplace_back(argv[i]);
  for (++i; i < argc; ++i) out.petsc.emplace_back(argv[i]);
  CLI::App parser;
  parser.set_help_flag();
  parser.allow_extras(false);
  parser.add_option("--config", out.config);
  parser.add_option("--completion", out.completion);
  parser.add_option("--ranks", out.ranks)->check(CLI::Range(1, 1 << 24));
  parser.add_flag("--help,-h", out.help);
  parser.add_flag("--help-all", out.help_all);
  parser.add_flag("--version", out.version);
  parser.add_flag("--print-config", out.print_config);
  parser.add_flag("--schema", out.schema);
  parser.add_flag("--list", out.list);
  parser.add_flag("--dry-run", out.dry_run);
  parser.add_flag("--petscrc", out.petscrc);
  parser.add_option_function<std::string>("--set", [&](const std::string& text) { out.values.push_back(split_setting(text)); })
      ->trigger_on_parse()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  for (const Option& o : options) {
    if (o.flag.empty()) continue;
    const std::string path = o.path;
    if (o.kind == OptionKind::boolean) {
      parser.add_flag_callback(o.flag, [&out, path] { out.values.emplace_back(path, "true"); })->trigger_on_parse();
    } else {
      parser.add_option_function<std::string>(o.flag, [&out, path](const std::string& text) { out.values.emplace_back(path, text); })
          ->trigger_on_parse()
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
  }
  try {
    std::vector<std::string> reversed(own.rbegin(), own.rend()); // CLI11 takes them from the back
    parser.parse(reversed);
  } catch (const CLI::ExtrasError&) {
    throw UsageError("usage", unknown_flag(options, parser.remaining().empty() ? own.front() : parser.remaining().front()));
  } catch (const CLI::ParseError& error) {
    throw UsageError("usage", std::string("command line: ") + error.what() + " (--help shows the flags)");
  }
  return out;
}

} // namespace ansatz::apps
