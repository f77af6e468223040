// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>

namespace ansatz::apps {

namespace {

const std::vector<std::string>& flag_names() {
  static const std::vector<std::string> names{"--help", "--help-all", "--json", "--png", "--verify", "--version"};
  return names;
}

std::string* text_of(CommandLine& line, const std::string& flag) {
  if (flag == "--png") return &line.png_folder;
  return flag == "--json" ? &line.json_file : nullptr;
}

bool* switch_of(CommandLine& line, const std::string& flag) {
  if (flag == "--verify") return &line.verify;
  if (flag == "--version") return &line.version;
  return flag == "--help" || flag == "--help-all" || flag == "-h" ? &line.help : nullptr;
}

void take_file(CommandLine& line, const std::string& word) {
  if (!line.file.empty()) throw UsageError("usage", "one FILE is read at a time; \"" + line.file + "\" and \"" + word + "\" were given");
  line.file = word;
}

} // namespace

CommandLine read_command_line(const std::vector<std::string>& words) {
  CommandLine line;
  bool flags_over = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (flags_over || word.size() < 2 || word[0] != '-') {
      take_file(line, word);
      continue;
    }
    if (word == "--") {
      flags_over = true;
      continue;
    }
    const std::size_t equals = word.find('=');
    const std::string flag = word.substr(0, equals);
    if (bool* chosen = switch_of(line, flag)) {
      if (equals != std::string::npos) throw UsageError("usage", flag + " takes no value; \"" + word.substr(equals + 1) + "\" was given");
      *chosen = true;
    } else if (std::string* text = text_of(line, flag)) {
      if (equals == std::string::npos && ++i == words.size()) throw UsageError("usage", flag + " needs a value; none was given");
      *text = equals == std::string::npos ? words[i] : word.substr(equals + 1);
      if (text->empty()) throw UsageError("usage", flag + " needs a value; an empty one was given");
    } else {
      throw UsageError("usage", "unknown flag \"" + flag + "\"" + did_you_mean(flag, flag_names()));
    }
  }
  if (line.file.empty() && !line.help && !line.version) throw UsageError("usage", "FILE is missing; for example: ansatz-inspect out.h5 (see --help)");
  return line;
}

std::string help_text() {
  return "Usage: ansatz-inspect FILE [--verify] [--png DIR] [--json FILE]\n"
         "Looks into a result, checkpoint or model file: what ran, how it converged, how long each phase took, the fields with their ranges.\n"
         "\n"
         "  --verify      read everything and test every checksum; exit code 4 naming the damaged object\n"
         "  --png DIR     draw convergence.png and field_NAME.png (middle planes) into DIR with gnuplot\n"
         "  --json FILE   write all of it as one JSON object; \"-\": to standard output, instead of the text\n"
         "  --version     release, commit, compiler\n"
         "  --help        this text\n"
         "\n"
         "Exit codes: 0 done, 1 fault of ours, 2 usage or gnuplot missing, 4 file absent, damaged or not ours.\n"
         "\n"
         "Examples:\n"
         "  ansatz-inspect out.h5\n"
         "  ansatz-inspect out.h5 --verify --json -\n"
         "  ansatz-inspect out.h5 --png pictures\n";
}

} // namespace ansatz::apps
