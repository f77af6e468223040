// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>

#include <CLI/CLI.hpp>

namespace ansatz::apps {

namespace {

UsageError unknown(const AppDescription& app, const std::vector<Option>& options, const std::string& word) {
  if (!word.starts_with("-")) return {"usage", "command line: " + word + ": one argument too many (--help shows what there is)"};
  std::vector<std::string> flags;
  for (const auto& [flag, sentence] : general_flags(app)) flags.push_back(flag);
  for (const Option& o : options)
    if (o.flag.starts_with("-")) flags.push_back(o.flag);
  return {"usage", "command line: " + word + ": unknown flag" + did_you_mean(word.substr(0, word.find('=')), flags)};
}

std::pair<std::string, std::string> split_setting(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UsageError("usage", "command line: --set " + text + ": must be key=value, as in --set solver.rtol=1e-8");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

/// What may be given once.
void set_once(std::string& place, const std::string& flag, const std::string& text) {
  if (!place.empty()) throw UsageError("usage", "command line: " + flag + " " + text + ": " + place + " was given before; one case file is read");
  place = text;
}

void add_general(CLI::App& parser, CommandLine& out, bool solves) {
  parser.add_option_function<std::string>("--config", [&](const std::string& text) { set_once(out.config, "--config", text); })
      ->trigger_on_parse()
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  parser.add_option_function<std::string>("--set", [&](const std::string& text) { out.values.push_back(split_setting(text)); })
      ->trigger_on_parse()
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  parser.add_option("--completion", out.completion);
  parser.add_flag("--help,-h", out.help);
  parser.add_flag("--help-all", out.help_all);
  parser.add_flag("--version", out.version);
  parser.add_flag("--print-config", out.print_config);
  parser.add_flag("--schema", out.schema);
  parser.add_flag("--list", out.list);
  if (!solves) return;
  parser.add_option("--restart", out.restart);
  parser.add_option("--ranks", out.ranks)->check(CLI::Range(1, 1 << 24));
  parser.add_flag("--dry-run", out.dry_run);
  parser.add_flag("--petscrc", out.petscrc);
}

void add_option(CLI::App& parser, CommandLine& out, const Option& o) {
  if (o.flag.empty()) return;
  if (o.kind == OptionKind::boolean) {
    parser.add_flag_callback(o.flag, [&out, path = o.path] { out.values.emplace_back(path, "true"); })->trigger_on_parse();
    return;
  }
  const auto take = [&out, &o](const std::string& text) {
    if (o.case_file && text.ends_with(".json")) {
      set_once(out.config, o.flag, text);
    } else if (!o.hdf5_path.empty() && text.ends_with(".h5")) {
      out.values.emplace_back(o.hdf5_path, text);
    } else {
      out.values.emplace_back(o.path, text);
    }
  };
  CLI::Option* option = parser.add_option_function<std::string>(o.flag, take)->trigger_on_parse();
  if (o.flag.starts_with("-")) option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

} // namespace

std::vector<std::pair<std::string, std::string>> general_flags(const AppDescription& app) {
  std::vector<std::pair<std::string, std::string>> all{
      {"--config", "case file (JSON, comments allowed)"},
      {"--set", "any option by its key, KEY=VALUE; may be repeated"},
      {"--print-config", "print the effective configuration as a case file, each value with its origin"},
      {"--schema", "print the JSON Schema of case files"}};
  if (app.solves) {
    all.emplace_back("--restart", "go on from a checkpoint, which holds the configuration too");
    all.emplace_back("--dry-run", "check everything, print memory, file size and layout, and stop");
    all.emplace_back("--ranks", "with --dry-run: the number of ranks to judge for");
    all.emplace_back("--petscrc", "let PETSc read .petscrc files");
  }
  if (!app.lists.empty()) all.emplace_back("--list", "print what can be chosen by name");
  all.emplace_back("--help", "print this help");
  all.emplace_back("--help-all", "print all options with their rules");
  all.emplace_back("--version", "print version, commit, compiler and libraries");
  return all;
}

CommandLine read_command_line(int argc, const char* const* argv, const AppDescription& app, const std::vector<Option>& options) {
  CommandLine out;
  std::vector<std::string> own;
  int i = 1;
  for (; i < argc && std::string(argv[i]) != "--"; ++i) own.emplace_back(argv[i]);
  for (++i; i < argc; ++i) out.petsc.emplace_back(argv[i]);
  if (!app.solves && !out.petsc.empty()) throw unknown(app, options, out.petsc.front());
  CLI::App parser;
  parser.set_help_flag();
  parser.allow_extras(false);
  add_general(parser, out, app.solves);
  for (const Option& o : options) add_option(parser, out, o);
  try {
    std::vector<std::string> reversed(own.rbegin(), own.rend()); // CLI11 takes them from the back
    parser.parse(reversed);
  } catch (const CLI::ExtrasError&) {
    throw unknown(app, options, parser.remaining().empty() ? own.front() : parser.remaining().front());
  } catch (const CLI::ParseError& error) {
    throw UsageError("usage", std::string("command line: ") + error.what() + " (--help shows the flags)");
  }
  if (!out.restart.empty() && !out.config.empty())
    throw UsageError("usage", "command line: --restart " + out.restart + " with the case file " + out.config +
                                  ": the checkpoint holds the whole configuration; leave the case file out and change values with flags or --set");
  return out;
}

} // namespace ansatz::apps
