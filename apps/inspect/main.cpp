// SPDX-License-Identifier: Apache-2.0
// Looks into a result, checkpoint or model file: what ran, how it converged, how long each phase took, the fields with their ranges. A serial program.
//   ansatz-inspect out.h5
//   ansatz-inspect out.h5 --verify --png pictures
#include "guard.hpp"
#include "plots.hpp"
#include "report.hpp"

#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/read_json.hpp>
#include <ansatz/data/open_file.hpp>

#include <nlohmann/json.hpp>

#include <iostream>

namespace {

using namespace ansatz;
using namespace ansatz::apps;
using nlohmann::json;

AppDescription description() {
  using K = OptionKind;
  return {.name = "ansatz-inspect",
          .summary = "Look into a result, checkpoint or model file.",
          .options = {{.path = "file", .kind = K::path, .fallback = "\"\"", .sentence = "the file to look into", .flag = "file"},
                      {.path = "verify",
                       .kind = K::boolean,
                       .fallback = "false",
                       .sentence = "read everything and test every checksum; exit code 4 naming the damaged object",
                       .flag = "--verify"},
                      {.path = "png",
                       .kind = K::path,
                       .fallback = "\"\"",
                       .sentence = "folder for convergence.png and field_NAME.png (middle planes), drawn with gnuplot",
                       .flag = "--png"}},
          .examples = {"ansatz-inspect out.h5", "ansatz-inspect out.h5 --verify --json -", "ansatz-inspect out.h5 --png pictures"},
          .solves = false};
}

json inspect(const Config& config) {
  const std::string& file = config.get_text("file");
  const std::string& folder = config.get_text("png");
  json report;
  if (config.get_bool("verify")) {
    const Verified done = verify_file(file);
    report["verified"] = {{"datasets", done.datasets}, {"attributes", done.attributes}, {"bytes", done.bytes}};
  }
  report.update(describe_file(file));
  if (!folder.empty()) {
    if (report.at("content") != "result")
      throw UsageError("usage", file + ": --png draws result files; this is a " + report.at("content").get<std::string>());
    report["pictures"] = draw_pictures(report, folder);
  }
  return report;
}

Outcome body(RunContext& run) {
  if (run.ranks > 1) throw UsageError("usage", "ansatz-inspect is a serial program; start it without mpirun");
  if (run.config.get_text("file").empty())
    throw UsageError("usage", "the name of a file is missing; for example: ansatz-inspect out.h5 (--help shows all flags)");
  const json report = inspect(run.config);
  std::vector<std::string> problems;
  for (const auto& [name, value] : report.items())
    run.summary.set(name, read_json(value.dump(-1, ' ', false, json::error_handler_t::replace), problems));
  if (run.config.get_text("run.json") != "-") print_report(report, std::cout);
  if (!std::cout.flush()) throw FileError("file_write", "standard output cannot be written");
  return {ExitCode::answer, "inspected"};
}

} // namespace

int main(int argc, char** argv) {
  const AppDescription app = description();
  return run_guarded(argc, argv, app, [&] { return run_app(argc, argv, app, body); });
}
