// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <ansatz/apps/common/compression_option.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/solvers/poisson/solve.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::apps {

namespace {

using K = OptionKind;
namespace flow = solvers::flow;

Option real(const std::string& path, const std::string& fallback, const std::string& sentence, const std::string& unit = "",
            const std::string& flag = "") {
  return {.path = path, .kind = K::real, .fallback = fallback, .sentence = sentence, .unit = unit, .flag = flag};
}
Option at_least_0(Option option) {
  option.minimum = 0;
  return option;
}
Option above_0(Option option) {
  option.minimum = 0;
  option.open_minimum = true;
  return option;
}
Option whole(const std::string& path, const std::string& fallback, double least, const std::string& sentence, const std::string& flag = "") {
  return {.path = path, .kind = K::integer, .fallback = fallback, .sentence = sentence, .minimum = least, .maximum = 1e9, .flag = flag};
}
Option choice(const std::string& path, const std::string& fallback, const std::string& sentence, std::vector<std::string> choices,
              const std::string& flag) {
  return {.path = path, .kind = K::choice, .fallback = quoted(fallback), .sentence = sentence, .choices = std::move(choices), .flag = flag};
}
Option vector(const std::string& path, const std::string& fallback, const std::string& sentence, const std::string& unit) {
  return {.path = path, .kind = K::real_list, .fallback = fallback, .sentence = sentence, .min_length = 3, .max_length = 3, .unit = unit};
}

/// The bodies of a scene with other fields in the place of `paint`.
std::vector<Variant> bodies_with(const std::vector<Option>& fields) {
  std::vector<Variant> bodies;
  for (Variant body : shape_variants()) {
    if (body.type == "thin_plate") continue;
    body.fields.erase(body.fields.begin());
    body.fields.insert(body.fields.end(), fields.begin(), fields.end());
    bodies.push_back(std::move(body));
  }
  return bodies;
}

Option list(const std::string& path, const std::string& sentence, std::vector<Variant> variants) {
  return {.path = path, .kind = K::object_list, .fallback = "[]", .sentence = sentence, .variants = std::move(variants)};
}

std::vector<Option> flow_option_table() {
  const Option wall{.path = "wall", .kind = K::choice, .sentence = "which one", .choices = wall_names()};
  Option pivot = vector("pivot", "[]", "what the spin turns about at time 0; empty: the middle of the body", "m");
  pivot.min_length = 0;
  return {
      choice("flow.kind", "smoke", "smoke, or a liquid that has a surface with the scene's air", {"smoke", "liquid"}, "--kind"),
      choice("flow.scheme", "projection", "order 1 or 2 in time, of smoke", {"projection", "reflection"}, "--scheme"),
      vector("flow.gravity", "[0, 0, -9.81]", "acceleration", "m/s^2"),
      real("flow.weight", "0.1", "of smoke: gravity acts on density times this"),
      real("flow.lift", "0.5", "of smoke: gravity acts on temperature times minus this"),
      at_least_0(real("flow.viscosity", "0.0", "kinematic; above 0 nothing slips along walls and solids", "m^2/s")),
      at_least_0(real("flow.confinement", "0.0", "strength of vorticity confinement, of smoke", "", "--confinement")),
      {.path = "flow.limiter", .kind = K::boolean, .fallback = "true", .sentence = "keep advected values between their neighbours"},
      list("flow.walls", "walls of the box that are not at rest",
           {{"inflow",
             "fluid comes in",
             {wall, vector("velocity", "", "of the fluid", "m/s"), real("density", "0.0", "it carries"), real("temperature", "0.0", "it carries")}},
            {"moving",
             "the wall slides along itself and, with viscosity, takes the fluid along",
             {wall, vector("velocity", "", "of the wall", "m/s")}}}),
      list("flow.obstacles", "solids that move",
           bodies_with(
               {vector("velocity", "[0, 0, 0]", "of its pivot", "m/s"), vector("spin", "[0, 0, 0]", "axis times angular velocity", "1/s"), pivot})),
      list("flow.sources", "where smoke comes from; empty: a ball above the floor",
           bodies_with({real("density", "1.0", "held there"), real("temperature", "1.0", "held there, above the surroundings")})),
  };
}

std::vector<Option> time_option_table() {
  return {
      whole("time.steps", "40", 0, "most steps", "--steps"),
      at_least_0(real("time.end", "0.0", "end of the flow; 0: when the steps are done", "s", "--end")),
      {.path = "time.cfl",
       .kind = K::real,
       .fallback = "1.0",
       .sentence = "cells a value may travel in a step",
       .minimum = 0,
       .maximum = 8,
       .open_minimum = true,
       .flag = "--cfl"},
      at_least_0(real("time.step", "0.0", "size of a step; 0: by the CFL number", "s", "--time-step")),
      above_0(real("time.smallest_step", "1e-9", "the run is given up below it", "s")),
      whole("frames.every", "0", 0, "steps between frames in the output; 0: none but the last", "--frames-every"),
      at_least_0(real("frames.interval", "0.0", "flow time between frames; steps end there; 0: none but the last", "s", "--frame-interval")),
  };
}

std::vector<Option> solver_option_table(const std::vector<std::string>& names) {
  return {
      choice("solver.name", "mgcg", "pressure solver", names, "--solver"),
      {.path = "solver.tolerance",
       .kind = K::real,
       .fallback = "1e-5",
       .sentence = "largest divergence left, times the time step",
       .minimum = 0,
       .maximum = 1,
       .open_minimum = true,
       .flag = "--tolerance"},
      whole("solver.max_iterations", "1000", 1, "most iterations of a step", "--max-iterations"),
      choice("solver.guess", "zero", "where a pressure solve starts", {"zero", "previous", "fischer"}, "--guess"),
      {.path = "solver.guess_size", .kind = K::integer, .fallback = "8", .sentence = "solutions that fischer keeps", .minimum = 1, .maximum = 100},
  };
}

flow::Motion motion_of(const Tree& object) {
  Tree painted = object;
  painted["paint"] = Tree::of(std::string("solid"));
  flow::Motion motion{.shape = shape_of(painted), .velocity = triple(object, "velocity"), .spin = triple(object, "spin"), .pivot = {}};
  if (!object.find("pivot")->items.empty()) {
    motion.pivot = triple(object, "pivot");
  } else if (object.find("centre")) {
    motion.pivot = triple(object, "centre");
  } else {
    for (std::size_t a = 0; a < 3; ++a) motion.pivot[a] = 0.5 * (triple(object, "low")[a] + triple(object, "high")[a]);
  }
  return motion;
}

flow::Source source_of(const Tree& object) {
  Tree painted = object;
  painted["paint"] = Tree::of(std::string("solid"));
  return {.shape = shape_of(painted), .density = object.find("density")->real, .temperature = object.find("temperature")->real};
}

/// A ball of smoke above the middle of the floor.
flow::Source built_in_source(const solvers::Grid& grid) {
  const double h = grid.spacing;
  const double shortest = h * std::min({grid.cells[0], grid.cells[1], grid.cells[2]});
  return {.shape = {.paint = solvers::Cell::solid,
                    .form = solvers::Sphere{{0.5 * h * grid.cells[0], 0.5 * h * grid.cells[1], 0.12 * h * grid.cells[2]},
                                            std::max(0.1 * shortest, 1.2 * h)}},
          .density = 1.0,
          .temperature = 1.0};
}

void set_wall(flow::FlowOptions& options, const solvers::Scene& scene, const Tree& object) {
  const std::string& name = object.find("wall")->text;
  const auto w = static_cast<std::size_t>(std::find(wall_names().begin(), wall_names().end(), name) - wall_names().begin());
  const std::string& type = object.find("type")->text;
  const std::array<double, 3> velocity = triple(object, "velocity");
  if (scene.open[w]) throw UsageError("bad_value", "flow.walls: " + name + " is open in the scene; it cannot be " + type + " too");
  flow::Wall& wall = options.walls[w];
  wall.velocity = velocity;
  if (type == "inflow") {
    wall.kind = flow::WallKind::inflow;
    wall.scalars = {object.find("density")->real, object.find("temperature")->real};
    if (!((w % 2 == 0 ? 1.0 : -1.0) * velocity[w / 2] > 0.0))
      throw UsageError("bad_value", "flow.walls: the inflow at " + name + " has the normal velocity " + number_text(velocity[w / 2]) +
                                        "; it must point into the box");
  } else if (velocity[w / 2] != 0.0) {
    throw UsageError("bad_value", "flow.walls: the wall " + name + " moves along itself only; its normal velocity must be 0");
  } else if (options.viscosity == 0.0) {
    throw UsageError("bad_value", "flow.walls: the moving wall " + name + " takes no fluid along without viscosity; set flow.viscosity");
  }
}

} // namespace

AppDescription smoke_description() {
  std::vector<std::string> names;
  NamedList solver_list{"solvers", {}};
  for (const auto& info : solvers::pressure_solvers()) {
    names.push_back(info.name);
    solver_list.entries.emplace_back(info.name, info.summary);
  }
  NamedList scene_list{"scenes", {}};
  for (const auto& info : solvers::scene_names()) scene_list.entries.emplace_back(info.name, info.summary);
  std::vector<Option> options = scene_options("s8w");
  for (const auto& table : {flow_option_table(), time_option_table(), solver_option_table(names)})
    options.insert(options.end(), table.begin(), table.end());
  options.push_back(compression_option());
  return {.name = "ansatz-smoke",
          .summary = "Simulate incompressible smoke, or a liquid with a free surface, on a voxel grid.",
          .options = std::move(options),
          .examples = {"ansatz-smoke", "ansatz-smoke --mesh bunny.off --grid 128 --steps 200 --frames-every 10 --output plume.h5",
                       "ansatz-smoke --kind liquid --scene dam-break --grid 128,64,64 --steps 300 --frame-interval 0.02 --output dam.h5",
                       "ansatz-smoke --frames-every 10 --output plume.h5 --compress rel=1e-4",
                       "ansatz-smoke --config data/scenes/paddle.json --output paddle.h5", "ansatz-smoke --restart plume_checkpoint.h5 --steps 400"},
          .lists = {solver_list, scene_list}};
}

flow::FlowOptions flow_options(const Config& config, const solvers::Scene& scene) {
  flow::FlowOptions options;
  options.liquid = config.get_text("flow.kind") == "liquid";
  options.scheme = config.get_text("flow.scheme") == "reflection" ? flow::Scheme::reflection : flow::Scheme::projection;
  options.cfl = config.get_real("time.cfl");
  options.time_step = config.get_real("time.step");
  options.smallest_step = config.get_real("time.smallest_step");
  const auto gravity = config.get_real_list("flow.gravity");
  std::copy(gravity.begin(), gravity.end(), options.gravity.begin());
  options.weight = config.get_real("flow.weight");
  options.lift = config.get_real("flow.lift");
  options.viscosity = config.get_real("flow.viscosity");
  options.confinement = config.get_real("flow.confinement");
  options.limiter = config.get_bool("flow.limiter");
  options.projection = {.solver = config.get_text("solver.name"),
                        .tolerance = config.get_real("solver.tolerance"),
                        .max_iterations = static_cast<int>(config.get_int("solver.max_iterations")),
                        .guess = flow::guess_of(config.get_text("solver.guess")),
                        .guess_size = static_cast<int>(config.get_int("solver.guess_size"))};
  for (const Tree& object : config.json_subtree("flow.walls").items) set_wall(options, scene, object);
  for (const Tree& object : config.json_subtree("flow.obstacles").items) options.obstacles.push_back(motion_of(object));
  for (const Tree& object : config.json_subtree("flow.sources").items) options.sources.push_back(source_of(object));
  if (options.liquid) {
    if (!options.sources.empty()) throw UsageError("bad_value", "flow.sources: smoke has sources; a liquid starts from what the scene fills");
    if (options.scheme == flow::Scheme::reflection)
      throw UsageError("bad_value", "flow.scheme: reflection is for smoke; a liquid's surface moves, so use projection");
    if (options.confinement > 0.0) throw UsageError("bad_value", "flow.confinement: is for smoke; leave it out for a liquid");
  } else if (options.sources.empty() && config.json_subtree("flow.walls").items.empty()) {
    options.sources.push_back(built_in_source(scene.grid));
  }
  return options;
}

} // namespace ansatz::apps
