// SPDX-License-Identifier: Apache-2.0
#include "observations.hpp"

#include <ansatz/data/array_file.hpp>

#include <charconv>
#include <fstream>
#include <random>

namespace ansatz::apps {

using namespace solvers::gp;

namespace {

using K = OptionKind;

/// Rows of x[, y], value.
Sensors from_rows(const std::vector<double>& numbers, std::size_t columns, const std::string& source) {
  if (numbers.empty() || numbers.size() % columns != 0)
    throw UsageError("bad_value", source + ": " + std::to_string(numbers.size()) + " numbers; each observation needs " +
                                      (columns == 3 ? "three: x, y, value" : "two: x, value"));
  Sensors sensors;
  for (std::size_t i = 0; i < numbers.size(); i += columns) {
    sensors.points.x.push_back(numbers[i]);
    sensors.points.y.push_back(columns == 3 ? numbers[i + 1] : 0.0);
    sensors.values.push_back(numbers[i + columns - 1]);
  }
  return sensors;
}

[[noreturn]] void refuse_row(const std::string& path, int row, const std::string& why) {
  throw FileError("file_format", path + ", line " + std::to_string(row) + ": " + why);
}

/// Numbers apart by commas or blanks, a line an observation; lines that begin with # are passed over.
Sensors from_text_file(const std::string& path, std::size_t columns) {
  std::ifstream file(path);
  if (!file) throw FileError("file_open", path + ": cannot be opened; data.file names a table of observations");
  std::vector<double> numbers;
  std::string line;
  for (int row = 1; std::getline(file, line); ++row) {
    const std::size_t before = numbers.size();
    const char* at = line.data();
    const char* end = at + line.size();
    const auto skip = [&] {
      while (at != end && (*at == ' ' || *at == ',' || *at == ';' || *at == '\t' || *at == '\r')) ++at;
    };
    skip();
    if (at == end || *at == '#') continue;
    for (; at != end; skip()) {
      double value = 0.0;
      const auto [next, error] = std::from_chars(at, end, value);
      if (error != std::errc()) refuse_row(path, row, "\"" + line + "\" is not a list of numbers; comments begin with #");
      numbers.push_back(value);
      at = next;
    }
    if (numbers.size() - before != columns)
      refuse_row(path, row,
                 std::to_string(numbers.size() - before) + (columns == 3 ? " numbers; x, y, value are needed" : " numbers; x, value are needed"));
  }
  return from_rows(numbers, columns, path);
}

Sensors from_hdf5(const RunContext& run, const std::string& source, std::size_t columns) {
  const ArrayReader reader(run.comm, source);
  if (reader.columns() != static_cast<std::int64_t>(columns))
    throw FileError("file_format", source + ": " + std::to_string(reader.columns()) + " columns; " +
                                       (columns == 3 ? "x, y, value are needed" : "x, value are needed"));
  return from_rows(reader.read_rows<double>(0, reader.rows()), columns, source);
}

Sensors from_exact(const RunContext& run, const ProblemText& text, const Problem& problem, int count, double noise) {
  if (text.exact.empty()) throw UsageError("bad_value", "data.sensors: " + std::to_string(count) + " values of problem.exact, which is not given");
  const auto seed = static_cast<std::uint64_t>(run.config.get_int("run.seed"));
  Sensors sensors{.points = latin_hypercube(problem.box, problem.dimensions, count, seed)};
  std::mt19937_64 random(seed + 1);
  std::normal_distribution<double> normal;
  const Expression exact(text.exact, "problem.exact", problem.dimensions);
  for (std::size_t i = 0; i < sensors.points.x.size(); ++i)
    sensors.values.push_back(exact(sensors.points.x[i], sensors.points.y[i]) + noise * normal(random));
  return sensors;
}

int sensor_count(const Config& config, const ProblemText& text) {
  const auto told = config.get_int("data.sensors");
  return told < 0 ? text.sensors : static_cast<int>(told);
}

Sensors sensors_of(const RunContext& run, const ProblemText& text, const Problem& problem) {
  const Config& config = run.config;
  const std::string& file = config.get_text("data.file");
  const auto points = config.get_real_list("data.points");
  const int count = sensor_count(config, text);
  const double told = config.get_real("data.noise");
  const double noise = told < 0.0 ? text.noise : told;
  const std::size_t columns = problem.dimensions == 2 ? 3 : 2;
  if ((file.empty() ? 0 : 1) + (points.empty() ? 0 : 1) + (count == 0 ? 0 : 1) > 1)
    throw UsageError("bad_value", "observations come from one of data.file, data.points and data.sensors (those of problem " + text.name +
                                      " among them); set the others to nothing");
  Sensors sensors;
  if (!file.empty())
    sensors = file.find(':') == std::string::npos ? from_text_file(file, columns) : from_hdf5(run, file, columns);
  else if (!points.empty())
    sensors = from_rows(points, columns, "data.points");
  else if (count > 0)
    sensors = from_exact(run, text, problem, count, noise);
  sensors.noise = config.get_bool("data.fit_noise") ? 0.0 : noise;
  return sensors;
}

} // namespace

std::vector<Option> observation_options() {
  const auto integer = [](const char* path, const char* fallback, const char* sentence, double minimum, double maximum) {
    return Option{.path = path, .kind = K::integer, .fallback = fallback, .sentence = sentence, .minimum = minimum, .maximum = maximum};
  };
  return {{.path = "problem.unknowns",
           .kind = K::text_list,
           .fallback = "[]",
           .sentence = "coefficients to estimate: NAME: START, LOW, HIGH; a term's coefficient may be NAME or begin with NAME *"},
          {.path = "data.file",
           .kind = K::path,
           .fallback = "\"\"",
           .sentence = "observations of u: a text file, or FILE.h5:DATASET, with x, value or x, y, value in a row"},
          {.path = "data.points", .kind = K::real_list, .fallback = "[]", .sentence = "the same numbers in the case itself"},
          integer("data.sensors", "-1", "for trials: values of problem.exact at random places, with noise; -1: as many as the built-in problem has",
                  -1, 1e6),
          {.path = "data.noise",
           .kind = K::real,
           .fallback = "-1.0",
           .sentence = "standard deviation of the observations; 0: estimated; -1: that of the built-in problem, 0 for others",
           .minimum = -1},
          {.path = "data.fit_noise", .kind = K::boolean, .fallback = "false", .sentence = "estimate the noise although it is stated"},
          {.path = "gp.collocation",
           .kind = K::choice,
           .fallback = "\"grid\"",
           .sentence = "where the equation is asked for: on the grid, at as many points of a Latin hypercube, or nowhere",
           .choices = {"grid", "latin_hypercube", "none"}},
          {.path = "gp.optimise",
           .kind = K::choice,
           .fallback = "\"auto\"",
           .sentence = "fit lines, coefficients and noise by evidence; auto: where there are observations or unknown coefficients",
           .choices = {"auto", "yes", "no"}},
          integer("gp.rounds", "12", "most rounds of that fit", 1, 1000),
          integer("gp.samples", "0", "functions drawn from the posterior, written to the output", 0, 1000)};
}

bool needs_inference(const Config& config, const ProblemText& text) {
  return !text.unknowns.empty() || text.faces.empty() || sensor_count(config, text) > 0 || !config.get_text("data.file").empty() ||
         !config.get_real_list("data.points").empty() || config.get_text("gp.collocation") == "none" || config.get_text("gp.optimise") == "yes";
}

PointSet scattered_points(const Config& config, const Problem& problem, std::array<int, 2> points) {
  if (config.get_text("gp.collocation") != "latin_hypercube") return {};
  const int count = points[0] * (problem.dimensions == 2 ? points[1] : 1);
  return latin_hypercube(problem.box, problem.dimensions, count, static_cast<std::uint64_t>(config.get_int("run.seed")));
}

Statement statement_of(const RunContext& run, const ProblemText& text) {
  const Config& config = run.config;
  Statement statement{.problem = to_problem(text), .face_points = text.points, .delta = config.get_real("gp.delta")};
  const Problem& problem = statement.problem;
  statement.collocation = scattered_points(config, problem, text.points);
  if (config.get_text("gp.collocation") == "grid")
    statement.collocation = pairs_of(uniform_points(problem.box[0], text.points[0]),
                                     problem.dimensions == 2 ? uniform_points(problem.box[1], text.points[1]) : std::vector<double>{0.0});
  statement.sensors = sensors_of(run, text, problem);
  return statement;
}

} // namespace ansatz::apps
