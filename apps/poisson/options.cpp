// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <ansatz/apps/common/compression_option.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/series_reader.hpp>
#include <ansatz/solvers/dcdm/network_direction.hpp>
#include <ansatz/solvers/poisson/solve.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace ansatz::apps {

using K = OptionKind;

AppDescription poisson_description() {
  std::vector<std::string> names;
  NamedList solver_list{"solvers", {}};
  for (const auto& info : solvers::pressure_solvers()) {
    names.push_back(info.name);
    solver_list.entries.emplace_back(info.name, info.summary);
  }
  std::vector<std::string> directions;
  NamedList direction_list{"directions of dcdm and mgcg", {}};
  for (const auto& info : solvers::dcdm_directions()) {
    directions.push_back(info.name);
    direction_list.entries.emplace_back(info.name, info.summary);
  }
  NamedList scene_list{"scenes", {}};
  for (const auto& info : solvers::scene_names()) scene_list.entries.emplace_back(info.name, info.summary);
  std::vector<Option> scene = scene_options("s8w");
  const auto by_name = std::find_if(scene.begin(), scene.end(), [](const Option& o) { return o.path == "scene.name"; });
  by_name->hdf5_path = "scene.file";
  const std::vector<Option> from_file{{.path = "scene.file",
                                       .kind = K::path,
                                       .fallback = "\"\"",
                                       .sentence = "result file or series with the fields flags and rhs; also --scene FILE.h5"},
                                      {.path = "scene.frame",
                                       .kind = K::integer,
                                       .fallback = "-1",
                                       .sentence = "frame of a series; -1: the file is a single one",
                                       .minimum = -1,
                                       .maximum = 1000000000,
                                       .flag = "--frame"}};
  scene.insert(by_name + 1, from_file.begin(), from_file.end());
  AppDescription app{.name = "ansatz-poisson",
                     .summary = "Solve the pressure Poisson system of a fluid on a voxel grid.",
                     .options = std::move(scene),
                     .examples = {}};
  const std::vector<Option> more{
      {.path = "rhs",
       .kind = K::path,
       .fallback = "\"auto\"",
       .sentence = "right-hand side; of a result file the field rhs; auto: that of --scene FILE.h5, otherwise divergence",
       .choices = {"auto", "random", "divergence"},
       .flag = "--rhs"},
      {.path = "solver.name", .kind = K::choice, .fallback = "\"mgcg\"", .sentence = "solver", .choices = names, .flag = "--solver"},
      {.path = "solver.direction",
       .kind = K::choice,
       .fallback = "\"classical\"",
       .sentence = "what proposes directions to dcdm; mgcg takes classical and learned",
       .choices = directions,
       .flag = "--direction"},
      {.path = "solver.weights",
       .kind = K::path,
       .fallback = "\"\"",
       .sentence = "model file for direction learned or published; empty: the one shipped",
       .flag = "--weights"},
      {.path = "solver.direction_format",
       .kind = K::text_list,
       .fallback = "[\"f32\"]",
       .sentence = "precision of the network of direction published; several: one row each",
       .min_length = 1,
       .choices = solvers::precision_names(),
       .flag = "--direction-format"},
      {.path = "solver.rtol",
       .kind = K::real,
       .fallback = "1e-6",
       .sentence = "tolerance of the true residual, relative to b",
       .minimum = 0,
       .maximum = 1,
       .open_minimum = true,
       .open_maximum = true,
       .flag = "--rtol"},
      {.path = "solver.atol", .kind = K::real, .fallback = "0.0", .sentence = "absolute tolerance", .minimum = 0, .flag = "--atol"},
      {.path = "solver.max_iterations",
       .kind = K::integer,
       .fallback = "1000",
       .sentence = "most iterations",
       .minimum = 0,
       .maximum = 1000000000,
       .flag = "--max-iterations"},
      {.path = "solver.compare",
       .kind = K::text_list,
       .fallback = "[]",
       .sentence = "solvers to run on the same system, one table; the first one's answer is written",
       .choices = names,
       .flag = "--compare"},
  };
  app.options.insert(app.options.end(), more.begin(), more.end());
  Option compression = compression_option();
  compression.sentence += "; residual=0.1: the pressure as exact as a tenth of the solver's tolerance asks for";
  app.options.push_back(compression);
  app.examples = {"ansatz-poisson",
                  "ansatz-poisson --scene series.h5 --frame 7 --compare mgcg,cg",
                  "ansatz-poisson --scene dam-break --grid 48 --compare mgcg,cg,dcdm",
                  "ansatz-poisson --solver dcdm --direction published",
                  "ansatz-poisson --grid 16 --solver dcdm --direction published --direction-format f32,dfp16",
                  "ansatz-poisson --direction learned",
                  "ansatz-poisson --mesh bunny.off --grid 128 --output bunny.h5",
                  "ansatz-poisson --grid 64 --output small.h5 --compress residual=0.1",
                  "mpirun -n 2 ansatz-poisson --config case.json -- -ksp_monitor",
                  "ansatz-poisson --restart bunny_checkpoint.h5"};
  app.lists = {solver_list, direction_list, scene_list};
  return app;
}

std::string scene_file(const Config& config, MPI_Comm comm) {
  const std::string& file = config.get_text("scene.file");
  const std::int64_t frame = config.get_int("scene.frame");
  if (file.empty()) {
    if (frame >= 0) throw UsageError("bad_value", "--frame " + std::to_string(frame) + ": there is no file; give --scene FILE.h5 too");
    return "";
  }
  const auto refuse = [&](const std::string& what) {
    throw UsageError("bad_value", what + ": given together with the scene in " + file + ", which holds grid and cells; leave one out");
  };
  for (const char* other : {"grid", "scene.name"})
    if (config.origin(other) == Origin::command_line) refuse(other);
  if (!config.get_text("scene.mesh").empty()) refuse("scene.mesh");
  if (is_drawn(config)) refuse("scene.shapes, open walls or a free surface");
  return choose_frame(comm, file, frame < 0 ? std::nullopt : std::optional(frame));
}

void check_direction(const Config& config) {
  const std::string& direction = config.get_text("solver.direction");
  std::vector<std::string> names = config.get_text_list("solver.compare");
  if (names.empty()) names = {config.get_text("solver.name")};
  const auto asked = [&](const char* solver) { return std::find(names.begin(), names.end(), solver) != names.end(); };
  if (direction != "classical" && !asked("dcdm") && !(direction == "learned" && asked("mgcg")))
    throw UsageError("bad_value", "--direction " + direction + ": only dcdm takes it" + (direction == "learned" ? ", and mgcg" : "") +
                                      "; give --solver dcdm or name dcdm in --compare");
  if (const std::string& weights = config.get_text("solver.weights"); !weights.empty() && direction != "published" && direction != "learned")
    throw UsageError("bad_value", "--weights " + weights + ": they belong to --direction learned or published, and the direction is " + direction);
  if (const auto formats = config.get_text_list("solver.direction_format"); direction != "published" && formats != std::vector<std::string>{"f32"})
    throw UsageError("bad_value",
                     "--direction-format " + formats.front() + ": it belongs to --direction published, and the direction is " + direction);
}

} // namespace ansatz::apps
