// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include "observations.hpp"
#include "other_rows.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/space_problem.hpp>

namespace ansatz::apps {

namespace {

using K = OptionKind;
using solvers::gp::ProblemText;

const std::vector<std::string> faces{"x_low", "x_high", "y_low", "y_high", "z_low", "z_high"};

std::vector<Option> problem_options() {
  std::vector<std::string> names{"custom"};
  for (const auto* list : {&solvers::gp::catalogue(), &solvers::gp::space_catalogue()})
    for (const ProblemText& text : *list) names.push_back(text.name);
  return {
      {.path = "problem.name",
       .kind = K::choice,
       .fallback = "\"A4\"",
       .sentence = "built-in problem, or custom: the one stated by the options below",
       .choices = names,
       .flag = "--problem",
       .case_file = true},
      {.path = "problem.box",
       .kind = K::real_list,
       .fallback = "[0,1]",
       .sentence = "x_low,x_high[,y_low,y_high[,z_low,z_high]]",
       .min_length = 2,
       .max_length = 6},
      {.path = "problem.terms",
       .kind = K::text_list,
       .fallback = "[\"xx: 1\"]",
       .sentence =
           "linear part: DERIVATIVE: COEFFICIENT, as in \"xx: 1\", \"t: 1\", \"u: sin(x)\"; letters x, y, t (the second axis), z, u for none"},
      {.path = "problem.powers", .kind = K::real_list, .fallback = "[]", .sentence = "c_0, c_1, ... of the reaction sum c_n u^n"},
      {.path = "problem.source", .kind = K::text, .fallback = "\"0\"", .sentence = "right-hand side, a formula in x, y or t, and z"},
      {.path = "problem.boundary", .kind = K::text, .fallback = "\"0\"", .sentence = "u on the faces, a formula"},
      {.path = "problem.faces",
       .kind = K::text_list,
       .fallback = R"(["x_low","x_high","y_low","y_high","z_low","z_high"])",
       .sentence = "faces where u is given",
       .choices = faces},
      {.path = "problem.exact", .kind = K::text, .fallback = "\"\"", .sentence = "solution, to print the error of the answer; no solver sees it"},
  };
}

Option real(const char* path, const char* fallback, const char* sentence, double minimum) {
  return {.path = path, .kind = K::real, .fallback = fallback, .sentence = sentence, .minimum = minimum, .open_minimum = true};
}

Option integer(const char* path, const char* fallback, const char* sentence, double minimum, double maximum) {
  return {.path = path, .kind = K::integer, .fallback = fallback, .sentence = sentence, .minimum = minimum, .maximum = maximum};
}

Option frequencies(const char* path, const char* sentence) {
  return {.path = path, .kind = K::real_list, .fallback = "[]", .sentence = sentence, .minimum = 0, .open_minimum = true, .unit = "rad per length"};
}

std::vector<Option> prior_options() {
  return {real("gp.delta", "1e-12", "noise of the equation relative to the rms of its source: rounding control", 0),
          integer("gp.oversampling", "4", "samples of source and faces per grid point in the search for lines", 1, 64),
          integer("gp.most_lines", "0", "lines an axis, besides that at frequency 0; 0: 8 in one dimension, 3 in two", 0, 64),
          {.path = "gp.threshold",
           .kind = K::real,
           .fallback = "0.0",
           .sentence = "weakest line, relative to the strongest; 0: 1e-6, 3e-3 where the equation makes new frequencies",
           .minimum = 0,
           .maximum = 1},
          frequencies("gp.frequencies_x", "lines along x instead of a search"),
          frequencies("gp.frequencies_y", "lines along y instead of a search"),
          frequencies("gp.frequencies_z", "lines along z instead of a search"),
          {.path = "gp.variance", .kind = K::boolean, .fallback = "true", .sentence = "posterior variance at the grid points"}};
}

std::vector<Option> published_options() {
  return {{.path = "published.kernel",
           .kind = K::choice,
           .fallback = "\"matern52\"",
           .sentence = "spectral lines of the published model: Student-t (matern52) or Gaussian",
           .choices = {"matern52", "gaussian"}},
          integer("published.lines", "30", "lines an axis", 2, 1000),
          real("published.highest_frequency", "20", "highest starting frequency, cycles per length", 0),
          real("published.learning_rate", "0.01", "of Adam", 0),
          real("published.boundary_weight", "200", "factor of the boundary term", 0),
          integer("published.steps", "1000", "steps of Adam", 1, 1e9)};
}

} // namespace

AppDescription gp_description() {
  NamedList problems{"problems", {}};
  for (const auto* list : {&solvers::gp::catalogue(), &solvers::gp::space_catalogue()})
    for (const ProblemText& text : *list) problems.entries.emplace_back(text.name, text.summary);
  AppDescription app{.name = "ansatz-gp",
                     .summary = "Solve a partial differential equation on a box by a Gaussian process, with variance.",
                     .options = problem_options(),
                     .examples = {"ansatz-gp", "ansatz-gp --problem P1 --output p1.h5", "ansatz-gp --task table",
                                  "ansatz-gp --problem A3 --grid 60 --json -", "ansatz-gp --problem I1 --output i1.h5",
                                  "ansatz-gp --problem P1 --method reference --set published.steps=100",
                                  "ansatz-gp --config case.json --output case.h5", "mpirun -n 2 ansatz-gp --problem C1 --output c1.h5"}};
  app.lists = {
      {"methods",
       {{"direct", "the equation solved exactly under lines found in its data"}, {"reference", "the published model with its Adam iteration"}}},
      problems};
  const std::vector<Option> more{
      {.path = "task",
       .kind = K::choice,
       .fallback = "\"solve\"",
       .sentence = "solve one problem, or all built-in ones with a table",
       .choices = {"solve", "table"},
       .flag = "--task"},
      {.path = "grid",
       .kind = K::integer_list,
       .fallback = "[]",
       .sentence = "points: N or NX,NY or NX,NY,NZ, ends included; none: as suits the problem",
       .minimum = 4,
       .maximum = 16384,
       .max_length = 3,
       .flag = "--grid"},
      {.path = "solver.method",
       .kind = K::choice,
       .fallback = "\"direct\"",
       .sentence = "method",
       .choices = {"direct", "reference"},
       .flag = "--method"},
      {.path = "solver.rtol",
       .kind = K::real,
       .fallback = "1e-4",
       .sentence = "tolerance of the equation's residual between the grid points, relative to its source",
       .minimum = 0,
       .maximum = 1,
       .open_minimum = true,
       .flag = "--rtol"},
      integer("solver.max_iterations", "50", "most Newton steps", 0, 1e6),
  };
  for (const auto& group : {more, other_options(), observation_options(), prior_options(), published_options()})
    app.options.insert(app.options.end(), group.begin(), group.end());
  return app;
}

ProblemText problem_of(const Config& config) {
  const std::string& name = config.get_text("problem.name");
  ProblemText text;
  if (name != "custom") {
    for (const char* key : {"box", "terms", "unknowns", "powers", "source", "boundary", "faces", "exact"})
      if (config.origin(std::string("problem.") + key) == Origin::command_line)
        throw UsageError("bad_value",
                         std::string("problem.") + key + ": given together with the built-in problem " + name + "; set problem.name=custom");
    text = solvers::gp::find_problem(name);
  } else {
    text.box = config.get_real_list("problem.box");
    text.terms = config.get_text_list("problem.terms");
    text.unknowns = config.get_text_list("problem.unknowns");
    text.powers = config.get_real_list("problem.powers");
    text.source = config.get_text("problem.source");
    text.boundary = config.get_text("problem.boundary");
    text.faces = config.get_text_list("problem.faces");
    text.exact = config.get_text("problem.exact");
    text.points = text.box.size() == 4 ? std::array<int, 2>{60, 60} : std::array<int, 2>{200, 1};
    if (solvers::gp::is_spatial(text)) text.points = {60, 60};
    text.depth = solvers::gp::is_spatial(text) ? 60 : 1;
  }
  const auto grid = config.get_int_list("grid");
  const std::size_t axes = text.box.size() / 2;
  if (grid.size() > axes)
    throw UsageError("bad_value", "grid: found " + std::to_string(grid.size()) + " numbers; problem " + text.name + " has " +
                                      (axes == 1   ? "one dimension"
                                       : axes == 2 ? "two dimensions"
                                                   : "three dimensions"));
  if (grid.size() > 1 && grid.size() < axes) throw UsageError("bad_value", "grid: found two numbers; give one, or one an axis");
  for (std::size_t axis = 0; axis < axes && !grid.empty(); ++axis)
    (axis < 2 ? text.points[axis] : text.depth) = static_cast<int>(grid.size() == 1 ? grid[0] : grid[axis]);
  return text;
}

} // namespace ansatz::apps
