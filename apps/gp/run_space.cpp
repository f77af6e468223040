// SPDX-License-Identifier: Apache-2.0
#include "run_space.hpp"

#include "observations.hpp"
#include "other_rows.hpp"
#include "report.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/result_file.hpp>
#include <ansatz/data/xdmf.hpp>
#include <ansatz/solvers/gp/grid_block.hpp>
#include <ansatz/solvers/gp/kernel_basis.hpp>

#include <cmath>
#include <limits>

namespace ansatz::apps {

using namespace solvers::gp;

namespace {

constexpr int most_reference_nodes = 96;
constexpr int check_points = 60; // an axis, where errors are measured

using SpaceGrid = std::array<std::vector<double>, 3>;

std::array<int, 3> points_of(const ProblemText& text) { return {text.points[0], text.points[1], text.depth}; }

Cube at_points(const Expression& formula, const SpaceGrid& x) {
  Cube values({static_cast<int>(x[0].size()), static_cast<int>(x[1].size()), static_cast<int>(x[2].size())});
  std::size_t n = 0;
  for (const double c : x[2])
    for (const double b : x[1])
      for (const double a : x[0]) values.values[n++] = formula(a, b, c);
  return values;
}

/// |u - exact| / |exact| in the 2-norm over uniform points; NaN where the exact solution is not known.
double error_of(const ProblemText& text, const SpaceProblem& problem, const SpaceSolution& solution) {
  if (text.exact.empty()) return std::numeric_limits<double>::quiet_NaN();
  SpaceGrid grid;
  for (std::size_t axis = 0; axis < 3; ++axis) grid[axis] = uniform_points(problem.box[axis], check_points);
  const Cube truth = at_points(Expression(text.exact, "problem.exact", 3), grid);
  Cube difference = solution.mean(grid);
  axpy(-1.0, truth.values, difference.values);
  return std::sqrt(dot(difference.values, difference.values) / dot(truth.values, truth.values));
}

GpRow row_of(const std::string& problem, const std::string& method, const std::array<int, 3>& points, const SpaceResult& result) {
  return {.problem = problem,
          .method = method,
          .points = {points[0], points[1]},
          .depth = points[2],
          .unknowns = result.unknowns,
          .iterations = result.iterations,
          .converged = result.converged,
          .reason = result.reason,
          .relative_residual = result.relative_residual,
          .history = result.history};
}

SpaceLines lines_of_space(const Config& config, const SpaceProblem& problem, const std::array<int, 3>& points) {
  SpaceLines lines = propose_space_lines(problem, points, static_cast<int>(config.get_int("gp.oversampling")),
                                         static_cast<int>(config.get_int("gp.most_lines")), config.get_real("gp.threshold"));
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto given = config.get_real_list(std::string("gp.frequencies_") + "xyz"[axis]);
    if (given.empty()) continue;
    auto& found = lines.models[axis].lines;
    const double rate = 0.003 * 2.0 / std::pow(problem.box[axis].length, 2);
    found.resize(1);
    for (const double frequency : given) found.push_back({.weight = found.front().weight, .rate = rate, .frequency = frequency});
    lines.samples[axis] = 0;
  }
  return lines;
}

void print_lines(RunContext& run, const SpaceLines& lines, const std::array<TensorAxis, 3>& axes) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::string text = std::string(1, "xyz"[axis]) + ": " + std::to_string(axes[axis].size) + " functions, lines at";
    for (const Line& line : lines.models[axis].lines) {
      std::array<char, 40> number{};
      (void)std::snprintf(number.data(), number.size(), " %.6g", line.frequency);
      text += number.data();
    }
    text += lines.samples[axis] == 0 ? " (given)" : " (from " + std::to_string(lines.samples[axis]) + " samples of source and faces)";
    run.progress.say(text);
  }
}

/// Chebyshev collocation on the same number of points, at most 96 an axis: it needs no more here, and its cost grows with the fourth power.
GpRow reference_row(RunContext& run, const ProblemText& text, const SpaceProblem& problem) {
  std::array<int, 3> points = points_of(text);
  for (int& count : points) count = std::min(count, most_reference_nodes);
  const double start = MPI_Wtime();
  const SpaceResult result = solve_space(
      run.comm, problem,
      {chebyshev_axis(problem.box[0], points[0]), chebyshev_axis(problem.box[1], points[1]), chebyshev_axis(problem.box[2], points[2])}, {});
  GpRow row = row_of(text.name, "chebyshev", points, result);
  row.solve_seconds = MPI_Wtime() - start;
  row.error = error_of(text, problem, result.solution);
  if (row.reason == "converged_rtol") row.reason = "solved";
  return row;
}

void write_space(RunContext& run, const ProblemText& text, const SpaceProblem& problem, const SpaceSolution& solution, const GpRow& row,
                 const GpRow& reference) {
  const std::string& path = run.config.get_text("run.output");
  if (path.empty()) return;
  SpaceGrid grid;
  for (std::size_t axis = 0; axis < 3; ++axis) grid[axis] = uniform_points(problem.box[axis], points_of(text)[axis]);
  ResultFile file(run.comm, path, {.overwrite = run.config.get_bool("run.overwrite")});
  file.write_meta(provenance_of(run));
  file.write_grid(grid[0], grid[1], grid[2], "1");
  const GridBlock block = grid_block(points_of(text), run.rank, run.ranks);
  SpaceGrid own;
  FieldBlock field{.units = "1", .location = "node"};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto first = grid[axis].begin() + block.start[axis];
    own[axis].assign(first, first + block.count[axis]);
    field.dims[2 - axis] = points_of(text)[axis];
    field.start[2 - axis] = block.start[axis];
    field.count[2 - axis] = block.count[axis];
  }
  const auto write = [&](const char* name, const char* long_name, const Cube& values) {
    field.name = name;
    field.long_name = long_name;
    file.write_field(field, std::span<const double>(values.values));
  };
  Cube u = solution.mean(own);
  write("solution", "posterior mean of u", u);
  if (solution.has_variance() && run.config.get_bool("gp.variance")) write("variance", "posterior variance of u", solution.variance(own));
  if (!text.exact.empty()) {
    axpy(-1.0, at_points(Expression(text.exact, "problem.exact", 3), own).values, u.values);
    write("error", "mean less the exact solution", u);
  }
  file.write_solver(record_of(run, row), true);
  file.write_solver(record_of(run, reference), false);
  file.publish();
  on_rank_0(run.comm, [&] { (void)write_xdmf(path); });
  run.progress.say("written: " + path);
}

} // namespace

GpRow run_space_problem(RunContext& run, const ProblemText& text) {
  if (run.config.get_text("solver.method") != "direct")
    throw UsageError("usage", "--method reference: the published model has one or two dimensions; use --method direct");
  if (needs_inference(run.config, text) || run.config.get_text("gp.collocation") != "grid")
    throw UsageError("usage",
                     "observations, unknown coefficients, scattered points and gp.optimise=yes: one or two dimensions; three are solved from faces "
                     "and source on a grid");
  const SpaceProblem problem = to_space_problem(text);
  const std::array<int, 3> points = points_of(text);
  run.progress.start(text.name + " direct", run.config.get_real("solver.rtol"));
  double start = MPI_Wtime();
  const SpaceLines lines = lines_of_space(run.config, problem, points);
  const double proposal_seconds = MPI_Wtime() - start;
  start = MPI_Wtime();
  const bool by_kernel = kernel_wanted(run.config);
  std::array<TensorAxis, 3> axes;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    AxisModel model = lines.models[axis];
    if (by_kernel) model = with_kernel(std::move(model), to_envelope(run.config.get_text("gp.kernel")), points[axis]);
    axes[axis] = feature_axis(std::move(model), points[axis]);
  }
  const SpaceResult result = solve_space(run.comm, problem, axes,
                                         {.delta = run.config.get_real("gp.delta"),
                                          .rtol = run.config.get_real("solver.rtol"),
                                          .max_iterations = std::max(1, static_cast<int>(run.config.get_int("solver.max_iterations"))),
                                          .monitor = watched(run)});
  GpRow row = row_of(text.name, by_kernel ? "kernel" : "direct", points, result);
  row.proposal_seconds = proposal_seconds;
  row.solve_seconds = MPI_Wtime() - start;
  row.error = error_of(text, problem, result.solution);
  run.summary.phase("solve", proposal_seconds + row.solve_seconds, run.comm);
  const GpRow reference = reference_row(run, text, problem);
  if (run.config.get_text("task") != "table") print_head(run);
  for (const GpRow* one : std::array<const GpRow*, 2>{&row, &reference}) {
    print_row(run, *one);
    run.summary.add_result(entry_of(*one));
  }
  if (run.config.get_text("task") != "table") print_lines(run, lines, axes);
  write_space(run, text, problem, result.solution, row, reference);
  return row;
}

} // namespace ansatz::apps
