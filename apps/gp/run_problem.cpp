// SPDX-License-Identifier: Apache-2.0
#include "run_problem.hpp"

#include "infer_problem.hpp"
#include "observations.hpp"
#include "other_rows.hpp"

#include <ansatz/apps/common/memory.hpp>
#include <ansatz/solvers/gp/chebyshev.hpp>
#include <ansatz/solvers/gp/kernel_basis.hpp>

#include <cmath>
#include <limits>

namespace ansatz::apps {

using namespace solvers::gp;

namespace {

constexpr double resolved_tail = 1e-13;
constexpr double grid_arrays = 10.0; // values, residuals, their working copies, fields of the output
constexpr int most_by_kernel = 1500; // a Matern kernel has as many functions as points; more cost seconds and gain little

/// More nodes an axis than any smooth solution of the catalogue needs; the reference is dense and its cost grows with their cube.
int most_nodes(const Problem& problem) { return problem.dimensions == 1 ? 1536 : 384; }

std::array<int, 2> at_most(int count, std::array<int, 2> points) { return {std::min(points[0], count), std::min(points[1], count)}; }

/// Fewest nodes 3 2^k or 2^k whose coefficients have died away, or have stopped falling near rounding.
std::optional<ChebyshevResult> resolved(const Problem& problem, double& seconds) {
  const int most = most_nodes(problem);
  double before = 1.0;
  for (int base = 32; base <= most; base *= 2)
    for (const int count : {base, base / 2 * 3}) {
      if (count > most) continue;
      const double start = MPI_Wtime();
      ChebyshevResult result = solve_chebyshev(problem, {count, count});
      seconds = MPI_Wtime() - start;
      if (result.tail < resolved_tail || (result.tail < 1e-9 && result.tail > 0.3 * before)) return result;
      before = result.tail;
    }
  return std::nullopt;
}

GpRow chebyshev_row(const GpRow& own, const std::string& method, const ChebyshevResult& result, const Verification& truth, double seconds) {
  GpRow row{.problem = own.problem,
            .method = method,
            .points = {static_cast<int>(result.nodes[0].size()), static_cast<int>(result.nodes[1].size())},
            .unknowns = static_cast<std::int64_t>(result.values.size()),
            .iterations = result.iterations,
            .converged = result.converged,
            .reason = result.converged ? "solved" : "max_iterations"};
  row.error = truth.error(result.at(truth.points()[0], truth.points()[1]));
  row.solve_seconds = seconds;
  return row;
}

/// An equation of order n along an axis needs n faces there.
bool determined(const Problem& problem) {
  for (int axis = 0; axis < problem.dimensions; ++axis) {
    int order = 0;
    for (const Term& term : problem.terms) order = std::max(order, term.order[static_cast<std::size_t>(axis)]);
    const int faces = (problem.faces.given({axis, Side::low}) ? 1 : 0) + (problem.faces.given({axis, Side::high}) ? 1 : 0);
    if (faces < order) return false;
  }
  return true;
}

void add_reference(GpRun& done, const Problem& problem, const Verification& truth) {
  if (!determined(problem)) {
    done.reference.push_back({.problem = done.row.problem,
                              .method = "chebyshev",
                              .points = done.row.points,
                              .reason = "refused: too few boundary values for collocation",
                              .error = std::numeric_limits<double>::quiet_NaN()});
    return;
  }
  if (problem.dimensions == 2 && !separates(problem)) {
    done.reference.push_back(
        {.problem = done.row.problem, .method = "chebyshev", .points = done.row.points, .reason = "refused: coefficients do not separate"});
    done.reference.back().error = std::numeric_limits<double>::quiet_NaN();
    return;
  }
  double seconds = MPI_Wtime();
  const ChebyshevResult same = solve_chebyshev(problem, at_most(most_nodes(problem), done.row.points));
  done.reference.push_back(chebyshev_row(done.row, "chebyshev", same, truth, MPI_Wtime() - seconds));
  if (const auto best = resolved(problem, seconds)) done.reference.push_back(chebyshev_row(done.row, "chebyshev*", *best, truth, seconds));
}

void solve_directly(RunContext& run, const Problem& problem, const Verification& truth, GpRun& done) {
  double start = MPI_Wtime();
  done.lines = lines_of(run.config, problem, done.row.points);
  done.row.proposal_seconds = MPI_Wtime() - start;
  start = MPI_Wtime();
  const bool by_kernel = kernel_wanted(run.config);
  std::array<AxisModel, 2> models = done.lines.models;
  for (std::size_t axis = 0; axis < static_cast<std::size_t>(problem.dimensions) && by_kernel; ++axis)
    models[axis] = with_kernel(models[axis], to_envelope(run.config.get_text("gp.kernel")), done.row.points[axis]);
  done.lines.models = models;
  if (by_kernel) done.row.method = "kernel";
  DirectResult result = solve_direct(problem, {.points = done.row.points,
                                               .scattered = scattered_points(run.config, problem, done.row.points),
                                               .models = std::move(models),
                                               .delta = run.config.get_real("gp.delta"),
                                               .rtol = run.config.get_real("solver.rtol"),
                                               .max_iterations = static_cast<int>(run.config.get_int("solver.max_iterations")),
                                               .most_unknowns = by_kernel ? most_by_kernel : DirectOptions{}.most_unknowns,
                                               .monitor = watched(run)});
  done.row.solve_seconds = MPI_Wtime() - start;
  done.row.unknowns = result.unknowns;
  done.row.iterations = result.iterations;
  done.row.converged = result.converged;
  done.row.reason = result.reason;
  done.row.relative_residual = result.relative_residual;
  done.row.history = std::move(result.history);
  done.row.error = truth.error(result.solution.mean(truth.points()[0], truth.points()[1]));
  done.features = result.features;
  done.log_evidence = result.log_evidence;
  done.values = result.solution.mean(done.grid[0], done.grid[1]);
  if (run.config.get_bool("gp.variance")) done.variance = result.solution.variance(done.grid[0], done.grid[1]);
}

} // namespace

Verification::Verification(const ProblemText& text) {
  const int dimensions = text.box.size() == 4 ? 2 : 1;
  const int count = text.name.starts_with("A4") ? 100 : 300;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const bool real = axis < static_cast<std::size_t>(dimensions);
    points_[axis] = real ? uniform_points({text.box[2 * axis], text.box[2 * axis + 1] - text.box[2 * axis]}, count) : std::vector<double>{0.0};
  }
  if (!text.exact.empty()) exact_.emplace(text.exact, "problem.exact", dimensions);
}

double Verification::error(const Matrix& u) const {
  if (!exact_) return std::numeric_limits<double>::quiet_NaN();
  const Matrix truth = exact_->at(points_[0], points_[1]);
  Matrix difference = u;
  axpy(-1.0, truth.values, difference.values);
  return std::sqrt(dot(difference.values, difference.values) / dot(truth.values, truth.values));
}

Matrix Verification::exact(std::span<const double> x, std::span<const double> y) const { return exact_->at(x, y); }

Proposal lines_of(const Config& config, const Problem& problem, std::array<int, 2> points, double mean_ratio) {
  const ProposalOptions options{.points = points,
                                .oversampling = static_cast<int>(config.get_int("gp.oversampling")),
                                .most_lines = static_cast<int>(config.get_int("gp.most_lines")),
                                .threshold = config.get_real("gp.threshold"),
                                .mean_ratio = mean_ratio};
  Proposal proposal = propose_lines(problem, options);
  for (std::size_t axis = 0; axis < static_cast<std::size_t>(problem.dimensions); ++axis) {
    const auto given = config.get_real_list(axis == 0 ? "gp.frequencies_x" : "gp.frequencies_y");
    if (given.empty()) continue;
    auto& lines = proposal.models[axis].lines;
    const double unit = 2.0 / (problem.box[axis].length * problem.box[axis].length);
    const double ratio = problem.dimensions == 1 ? 1.0 : 0.003;
    const double weight = lines.front().weight;
    lines.resize(1);
    for (const double frequency : given) lines.push_back({.weight = weight, .rate = ratio * unit, .frequency = frequency});
    proposal.samples[axis] = 0;
    proposal.misfit[axis] = 0.0;
  }
  return proposal;
}

GpRun run_problem(RunContext& run, const ProblemText& text) {
  const Problem problem = to_problem(text);
  const Verification truth(text);
  GpRun done{.text = text};
  const std::string& method = run.config.get_text("solver.method");
  done.row = {.problem = text.name, .method = method, .points = text.points};
  for (std::size_t axis = 0; axis < 2; ++axis) done.grid[axis] = uniform_points(problem.box[axis], text.points[axis]);
  require_memory(run.comm, grid_arrays * 8.0 * text.points[0] * (problem.dimensions == 2 ? text.points[1] : 1));
  run.progress.start(text.name + " " + method, run.config.get_real("solver.rtol"));
  if (kernel_wanted(run.config) && (method != "direct" || needs_inference(run.config, text)))
    throw UsageError(
        "usage", "--representation kernel solves from faces and source, with --method direct; observations, unknown coefficients and gp.optimise=yes "
                 "need --representation features");
  if (method == "direct" && needs_inference(run.config, text))
    infer_problem(run, truth, done);
  else if (method == "direct")
    solve_directly(run, problem, truth, done);
  else
    solve_as_published(run, problem, truth, done);
  const Problem known = done.inference ? at_coefficients(problem, done.inference->outer.theta.coefficients) : problem;
  add_reference(done, known, truth);
  add_finite_differences(run, known, truth, done);
  return done;
}

} // namespace ansatz::apps
