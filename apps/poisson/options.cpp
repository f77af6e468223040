// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/series_reader.hpp>
#include <ansatz/solvers/poisson/solve.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace ansatz::apps {

namespace {

using K = OptionKind;

const std::vector<std::string> walls{"x_low", "x_high", "y_low", "y_high", "z_low", "z_high"};

Option point(const std::string& name, const std::string& sentence) {
  return {.path = name, .kind = K::real_list, .sentence = sentence, .min_length = 3, .max_length = 3, .unit = "m"};
}

Option length(const std::string& name, const std::string& sentence) {
  return {.path = name, .kind = K::real, .sentence = sentence, .minimum = 0, .open_minimum = true, .unit = "m"};
}

std::vector<Variant> shape_variants() {
  const Option paint{.path = "paint", .kind = K::choice, .fallback = "\"solid\"", .sentence = "what fills it", .choices = {"solid", "fluid", "air"}};
  const Option axis{.path = "axis", .kind = K::choice, .fallback = "\"z\"", .sentence = "direction of the axis", .choices = {"x", "y", "z"}};
  const Option offset{.path = "offset", .kind = K::integer, .fallback = "0", .sentence = "cells above the middle", .minimum = -4096, .maximum = 4096};
  const Option file{.path = "file", .kind = K::path, .sentence = "triangle mesh: OFF, STL, OBJ or PLY"};
  return {{"box", "axis-parallel box", {paint, point("low", "lower corner"), point("high", "upper corner")}},
          {"sphere", "ball", {paint, point("centre", "centre"), length("radius", "radius")}},
          {"cylinder",
           "circular cylinder",
           {paint, point("centre", "middle of the axis"), length("radius", "radius"), length("height", "length along the axis"), axis}},
          {"mesh",
           "closed triangle mesh",
           {paint, file, point("centre", "where the middle of its bounding box goes"), length("size", "longest edge of its bounding box")}},
          {"thin_plate", "plate of one cell with a hole in a corner", {paint, offset}}};
}

std::vector<Option> scene_options() {
  std::vector<std::string> names;
  for (const auto& info : solvers::scene_names()) names.push_back(info.name);
  return {
      {.path = "grid",
       .kind = K::integer_list,
       .fallback = "[64]",
       .sentence = "cells: N or NX,NY,NZ",
       .minimum = 1,
       .maximum = 4096,
       .min_length = 1,
       .max_length = 3,
       .flag = "--grid"},
      {.path = "scene.name",
       .kind = K::choice,
       .fallback = "\"s8w\"",
       .sentence = "built-in scene",
       .choices = names,
       .flag = "--scene",
       .case_file = true,
       .hdf5_path = "scene.file"},
      {.path = "scene.file",
       .kind = K::path,
       .fallback = "\"\"",
       .sentence = "result file or series with the fields flags and rhs; also --scene FILE.h5"},
      {.path = "scene.frame",
       .kind = K::integer,
       .fallback = "-1",
       .sentence = "frame of a series; -1: the file is a single one",
       .minimum = -1,
       .maximum = 1000000000,
       .flag = "--frame"},
      {.path = "scene.mesh", .kind = K::path, .fallback = "\"\"", .sentence = "scene around a triangle mesh (OFF, STL, OBJ, PLY)", .flag = "--mesh"},
      {.path = "scene.shapes",
       .kind = K::object_list,
       .fallback = "[]",
       .sentence = "shapes painted one over the other into fluid",
       .variants = shape_variants()},
      {.path = "scene.open", .kind = K::text_list, .fallback = "[]", .sentence = "walls with a layer of air", .choices = walls},
      {.path = "scene.length",
       .kind = K::real,
       .fallback = "1.0",
       .sentence = "longest axis of the grid",
       .minimum = 0,
       .open_minimum = true,
       .unit = "m"},
      {.path = "scene.free_surface.height",
       .kind = K::real,
       .fallback = "0.0",
       .sentence = "air above this height; 0: no surface",
       .minimum = 0,
       .unit = "m"},
      {.path = "scene.free_surface.amplitude", .kind = K::real, .fallback = "0.0", .sentence = "height of waves on it", .minimum = 0, .unit = "m"},
      {.path = "scene.free_surface.wave_x", .kind = K::real, .fallback = "0.0", .sentence = "wave number along x", .unit = "1/m"},
      {.path = "scene.free_surface.wave_y", .kind = K::real, .fallback = "0.0", .sentence = "wave number along y", .unit = "1/m"},
  };
}

std::array<double, 3> triple(const Tree& object, const char* name) {
  const auto& items = object.find(name)->items;
  return {items[0].real, items[1].real, items[2].real};
}

solvers::Shape shape_of(const Tree& object) {
  const std::string& type = object.find("type")->text;
  const std::string& paint = object.find("paint")->text;
  solvers::Shape shape;
  shape.paint = paint == "solid" ? solvers::Cell::solid : paint == "air" ? solvers::Cell::air : solvers::Cell::fluid;
  if (type == "box") {
    shape.form = solvers::Box{.low = triple(object, "low"), .high = triple(object, "high")};
  } else if (type == "sphere") {
    shape.form = solvers::Sphere{.centre = triple(object, "centre"), .radius = object.find("radius")->real};
  } else if (type == "cylinder") {
    shape.form = solvers::Cylinder{.centre = triple(object, "centre"),
                                   .radius = object.find("radius")->real,
                                   .height = object.find("height")->real,
                                   .axis = object.find("axis")->text[0] - 'x'};
  } else if (type == "mesh") {
    shape.form = solvers::MeshShape{.file = object.find("file")->text, .size = object.find("size")->real, .centre = triple(object, "centre")};
  } else {
    shape.form = solvers::ThinPlate{.offset = static_cast<int>(object.find("offset")->integer)};
  }
  return shape;
}

std::array<int, 3> cells_of(const Config& config) {
  const auto grid = config.get_int_list("grid");
  if (grid.size() == 2) throw UsageError("bad_value", "grid: found two numbers; must be N or NX,NY,NZ");
  const double product = [&] {
    double n = 1.0;
    for (std::size_t axis = 0; axis < 3; ++axis) n *= static_cast<double>(grid.size() == 1 ? grid[0] : grid[axis]);
    return n;
  }();
  if (product > std::numeric_limits<std::int32_t>::max())
    throw UsageError("bad_value",
                     "grid: " + std::to_string(static_cast<std::int64_t>(product)) + " cells; PETSc as Debian builds it counts up to 2147483647");
  const auto at = [&](std::size_t axis) { return static_cast<int>(grid.size() == 1 ? grid[0] : grid[axis]); };
  return {at(0), at(1), at(2)};
}

} // namespace

AppDescription poisson_description() {
  std::vector<std::string> names;
  NamedList solver_list{"solvers", {}};
  for (const auto& info : solvers::pressure_solvers()) {
    names.push_back(info.name);
    solver_list.entries.emplace_back(info.name, info.summary);
  }
  std::vector<std::string> directions;
  NamedList direction_list{"directions of dcdm", {}};
  for (const auto& info : solvers::dcdm_directions()) {
    directions.push_back(info.name);
    direction_list.entries.emplace_back(info.name, info.summary);
  }
  NamedList scene_list{"scenes", {}};
  for (const auto& info : solvers::scene_names()) scene_list.entries.emplace_back(info.name, info.summary);
  AppDescription app{.name = "ansatz-poisson",
                     .summary = "Solve the pressure Poisson system of a fluid on a voxel grid.",
                     .options = scene_options(),
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
       .sentence = "what proposes directions to dcdm",
       .choices = directions,
       .flag = "--direction"},
      {.path = "solver.weights",
       .kind = K::path,
       .fallback = "\"\"",
       .sentence = "model file for direction published; empty: the one shipped",
       .flag = "--weights"},
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
  app.examples = {"ansatz-poisson",
                  "ansatz-poisson --scene series.h5 --frame 7 --compare mgcg,cg",
                  "ansatz-poisson --scene dam-break --grid 48 --compare mgcg,cg,dcdm",
                  "ansatz-poisson --solver dcdm --direction published",
                  "ansatz-poisson --mesh bunny.off --grid 128 --output bunny.h5",
                  "mpirun -n 2 ansatz-poisson --config case.json -- -ksp_monitor",
                  "ansatz-poisson --restart bunny_checkpoint.h5"};
  app.lists = {solver_list, direction_list, scene_list};
  return app;
}

namespace {

/// Whether the case says what fills the cells.
bool is_drawn(const Config& config) {
  return !config.json_subtree("scene.shapes").items.empty() || !config.get_text_list("scene.open").empty() ||
         config.get_real("scene.free_surface.height") > 0;
}

/// What contradicts itself in what the user says about the scene.
void check_scene(const Config& config, bool drawn) {
  const bool mesh = !config.get_text("scene.mesh").empty();
  const bool surface = config.get_real("scene.free_surface.height") > 0;
  if (mesh && drawn)
    throw UsageError("bad_value", "scene.mesh: given together with shapes, open walls or a free surface; use a shape of type mesh instead");
  if ((mesh || drawn) && config.origin("scene.name") == Origin::command_line)
    throw UsageError("bad_value",
                     "--scene " + config.get_text("scene.name") + ": given together with " + (mesh ? "a mesh" : "shapes") + "; leave one out");
  if (!drawn && config.get_real("scene.length") != 1.0)
    throw UsageError("bad_value", "scene.length: built-in scenes and meshes are 1 m long; it belongs to scene.shapes");
  for (const char* wave : {"amplitude", "wave_x", "wave_y"})
    if (!surface && config.get_real(std::string("scene.free_surface.") + wave) != 0.0)
      throw UsageError("bad_value", std::string("scene.free_surface.") + wave + ": there is no surface; set scene.free_surface.height too");
}

} // namespace

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
  if (direction != "classical" && std::find(names.begin(), names.end(), "dcdm") == names.end())
    throw UsageError("bad_value", "--direction " + direction + ": only dcdm takes directions; give --solver dcdm or name dcdm in --compare");
  if (const std::string& weights = config.get_text("solver.weights"); !weights.empty() && direction != "published")
    throw UsageError("bad_value", "--weights " + weights + ": they belong to --direction published, and the direction is " + direction);
}

solvers::Scene scene_of(const Config& config) {
  const auto cells = cells_of(config);
  const std::string& mesh = config.get_text("scene.mesh");
  const double height = config.get_real("scene.free_surface.height");
  const bool drawn = is_drawn(config);
  check_scene(config, drawn);
  if (!mesh.empty()) return solvers::mesh_scene(mesh, cells);
  if (!drawn) return solvers::named_scene(config.get_text("scene.name"), cells);
  solvers::Scene scene;
  scene.grid = {.cells = cells, .spacing = config.get_real("scene.length") / *std::max_element(cells.begin(), cells.end())};
  for (const Tree& object : config.json_subtree("scene.shapes").items) scene.shapes.push_back(shape_of(object));
  if (height > 0)
    scene.surface = solvers::FreeSurface{.height = height,
                                         .amplitude = config.get_real("scene.free_surface.amplitude"),
                                         .wave_x = config.get_real("scene.free_surface.wave_x"),
                                         .wave_y = config.get_real("scene.free_surface.wave_y")};
  for (const std::string& wall : config.get_text_list("scene.open"))
    scene.open[static_cast<std::size_t>(std::find(walls.begin(), walls.end(), wall) - walls.begin())] = true;
  return scene;
}

} // namespace ansatz::apps
