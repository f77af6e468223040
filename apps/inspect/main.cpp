// SPDX-License-Identifier: Apache-2.0
// Looks into a result, series, checkpoint or model file: what ran, how it converged, how long each phase took, the fields with their ranges. A serial program.
//   ansatz-inspect out.h5
//   ansatz-inspect out.h5 --verify --png pictures
//   ansatz-inspect series.h5 --png pictures --frames
#include "animation.hpp"
#include "guard.hpp"
#include "plots.hpp"
#include "report.hpp"

#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/read_json.hpp>
#include <ansatz/data/open_file.hpp>
#include <ansatz/data/series_reader.hpp>

#include <nlohmann/json.hpp>

#include <iostream>

namespace {

using namespace ansatz;
using namespace ansatz::apps;
using nlohmann::json;

AppDescription description() {
  using K = OptionKind;
  return {.name = "ansatz-inspect",
          .summary = "Look into a result, series, checkpoint or model file.",
          .options = {{.path = "file", .kind = K::path, .fallback = "\"\"", .sentence = "the file to look into", .flag = "file"},
                      {.path = "verify",
                       .kind = K::boolean,
                       .fallback = "false",
                       .sentence = "read everything and test every checksum; exit code 4 naming the damaged object",
                       .flag = "--verify"},
                      {.path = "png",
                       .kind = K::path,
                       .fallback = "\"\"",
                       .sentence = "folder for convergence.png and field_NAME.png (middle planes), of a series for history.png, of a model for "
                                   "training.png, drawn with gnuplot",
                       .flag = "--png"},
                      {.path = "frames",
                       .kind = K::boolean,
                       .fallback = "false",
                       .sentence = "with --png: a picture of every frame of a series, and animation.gif",
                       .flag = "--frames"}},
          .examples = {"ansatz-inspect out.h5", "ansatz-inspect out.h5 --verify --json -", "ansatz-inspect out.h5 --png pictures",
                       "ansatz-inspect series.h5 --png pictures --frames"},
          .solves = false};
}

json inspect(const Config& config) {
  const std::string& file = config.get_text("file");
  const std::string& folder = config.get_text("png");
  json report;
  const bool frames = config.get_bool("frames");
  if (frames && folder.empty()) throw UsageError("usage", "--frames draws pictures; give --png FOLDER too");
  const std::string content = content_of(present_file(file));
  if (config.get_bool("verify")) {
    const Verified done = content == "series" ? SeriesReader(file).verify() : verify_file(file);
    report["verified"] = {{"datasets", done.datasets}, {"attributes", done.attributes}, {"bytes", done.bytes}};
  }
  report.update(describe_file(file));
  if (folder.empty()) return report;
  if (content != "result" && content != "series" && content != "model")
    throw UsageError("usage", file + ": --png draws result files, models and series; this is a " + content);
  if (frames && content != "series") throw UsageError("usage", file + ": --frames draws the frames of a series; this is a single " + content);
  report["pictures"] = content == "series" ? draw_series(report, folder, frames) : draw_pictures(report, folder);
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
