// SPDX-License-Identifier: Apache-2.0
// The Gaussian-process solver on the published problems: error of the last iterate off the grid, time to find the lines and to solve; beside it
// Chebyshev collocation, the kernel representation, A4 at scattered points, and the published method, whose time to the error its authors logged is
// a measured step times their number of steps. Problems of three dimensions are solved on all ranks.
//   bench_gp --problems P1,A3,A4 --repeats 5 --json out.json
// Solvers alternate within a repetition; the first repetition warms up and is not counted. `error` is relative, in the 2-norm, on 300 points an axis
// (A4: 100).
#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/timing.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/version.hpp>
#include <ansatz/solvers/gp/chebyshev.hpp>
#include <ansatz/solvers/gp/direct.hpp>
#include <ansatz/solvers/gp/kernel_basis.hpp>
#include <ansatz/solvers/gp/proposal.hpp>
#include <ansatz/solvers/gp/published.hpp>
#include <ansatz/solvers/gp/space.hpp>

#include <algorithm>
#include <cmath>

namespace {

using namespace ansatz;
using namespace ansatz::solvers::gp;
using apps::Tree;

struct Case {
  std::string name;
  std::array<int, 2> points;
};

/// The grids the promised errors are stated for.
std::vector<Case> cases_of(const std::string& name) {
  if (name == "A3") return {{name, {60, 60}}, {name, {200, 200}}};
  if (name == "A4" || name == "A4a15") return {{name, {25, 25}}, {name, {35, 35}}, {name, {80, 80}}};
  return {{name, find_problem(name).points}};
}

/// From the logs of the published method: least of twenty errors against the exact solution, and the steps of that run.
struct Logged {
  const char* name;
  double error;
  double steps;
  std::array<int, 2> points;
};
constexpr std::array<Logged, 12> logs{{{"P1", 3.99e-7, 1e5, {400, 1}},
                                       {"P2", 3.51e-4, 1e6, {200, 1}},
                                       {"P3", 1.52e-6, 1e5, {400, 1}},
                                       {"P4", 8.98e-7, 1e5, {900, 1}},
                                       {"P5", 4.22e-4, 1e6, {200, 1}},
                                       {"A1", 7.71e-7, 1e5, {400, 1}},
                                       {"A2", 4.24e-6, 1e5, {400, 1}},
                                       {"P6", 4.69e-6, 1e5, {300, 300}},
                                       {"P7", 1.02e-3, 1e6, {200, 200}},
                                       {"P8", 2.23e-4, 3e6, {200, 200}},
                                       {"A3", 2.58e-3, 3e6, {200, 200}},
                                       {"V1", 1.43e-4, 2e5, {200, 200}}}};
constexpr int timed_steps = 3;
constexpr int most_by_kernel = 1500;

double error_of(const ProblemText& text, const Problem& problem, const Matrix& u, const std::vector<double>& x, const std::vector<double>& y) {
  const Matrix exact = Expression(text.exact, "problem.exact", problem.dimensions).at(x, y);
  Matrix difference = u;
  axpy(-1.0, exact.values, difference.values);
  return std::sqrt(dot(difference.values, difference.values) / dot(exact.values, exact.values));
}

std::array<std::vector<double>, 2> test_points(const std::string& name, const Problem& problem) {
  const int count = name.starts_with("A4") ? 100 : 300;
  return {uniform_points(problem.box[0], count), problem.dimensions == 2 ? uniform_points(problem.box[1], count) : std::vector<double>{0.0}};
}

Tree entry_of(const Case& one, const char* solver, double error) {
  Tree entry = Tree::object();
  entry["problem"] = Tree::of(one.name);
  entry["points_x"] = Tree::of(static_cast<std::int64_t>(one.points[0]));
  entry["points_y"] = Tree::of(static_cast<std::int64_t>(one.points[1]));
  entry["solver"] = Tree::of(std::string(solver));
  entry["error"] = Tree::of(error);
  return entry;
}

void measure(apps::RunContext& run, const Case& one, std::int64_t repeats) {
  const ProblemText& text = find_problem(one.name);
  const Problem problem = to_problem(text);
  const auto [x, y] = test_points(one.name, problem);
  std::vector<double> search;
  std::vector<double> solve;
  std::vector<double> total;
  std::vector<double> chebyshev;
  DirectResult result;
  ChebyshevResult reference;
  for (std::int64_t i = 0; i <= repeats; ++i) {
    const double start = MPI_Wtime();
    const Proposal proposal = propose_lines(problem, {.points = one.points});
    const double found = MPI_Wtime();
    result = solve_direct(problem, {.points = one.points, .models = proposal.models});
    const double solved = MPI_Wtime();
    reference = solve_chebyshev(problem, one.points);
    const double end = MPI_Wtime();
    if (i == 0) continue;
    search.push_back(found - start);
    solve.push_back(solved - found);
    total.push_back(solved - start);
    chebyshev.push_back(end - solved);
  }
  Tree own = entry_of(one, "direct", error_of(text, problem, result.solution.mean(x, y), x, y));
  own["unknowns"] = Tree::of(static_cast<std::int64_t>(result.unknowns));
  own["iterations"] = Tree::of(static_cast<std::int64_t>(result.iterations));
  own["converged"] = Tree::of(result.converged);
  own["reason"] = Tree::of(result.reason);
  own["relative_residual"] = Tree::of(result.relative_residual);
  own["log_evidence"] = Tree::of(result.log_evidence);
  own["setup_seconds"] = apps::statistics(search);
  own["solve_seconds"] = apps::statistics(solve);
  own["total_seconds"] = apps::statistics(total);
  run.summary.add_result(own);
  Tree other = entry_of(one, "chebyshev", error_of(text, problem, reference.at(x, y), x, y));
  other["converged"] = Tree::of(reference.converged);
  other["tail"] = Tree::of(reference.tail);
  other["total_seconds"] = apps::statistics(chebyshev);
  run.summary.add_result(other);
}

void measure_kernel(apps::RunContext& run, const Case& one, std::int64_t repeats) {
  const ProblemText& text = find_problem(one.name);
  const Problem problem = to_problem(text);
  const auto [x, y] = test_points(one.name, problem);
  std::vector<double> total;
  DirectResult result;
  for (std::int64_t i = 0; i <= repeats; ++i) {
    const double start = MPI_Wtime();
    Proposal proposal = propose_lines(problem, {.points = one.points});
    for (std::size_t axis = 0; axis < static_cast<std::size_t>(problem.dimensions); ++axis)
      proposal.models[axis] = with_kernel(proposal.models[axis], Envelope::gaussian, one.points[axis]);
    result = solve_direct(problem, {.points = one.points, .models = proposal.models, .most_unknowns = most_by_kernel});
    if (i > 0) total.push_back(MPI_Wtime() - start);
  }
  Tree own = entry_of(one, "kernel", error_of(text, problem, result.solution.mean(x, y), x, y));
  own["unknowns"] = Tree::of(static_cast<std::int64_t>(result.unknowns));
  own["converged"] = Tree::of(result.converged);
  own["reason"] = Tree::of(result.reason);
  own["relative_residual"] = Tree::of(result.relative_residual);
  own["total_seconds"] = apps::statistics(total);
  run.summary.add_result(own);
}

/// Best errors that the authors of TGPS print for A4 at N^2 random points (AISTATS 2026).
struct Scattered {
  int side;
  double a15;
  double a20;
};
constexpr std::array<Scattered, 8> tgps{{{25, 0.64, 0.65},
                                         {35, 2.7e-4, 9.5e-2},
                                         {49, 4.4e-5, 1.3e-3},
                                         {70, 4.9e-6, 5.4e-5},
                                         {80, 4.0e-6, 8.5e-6},
                                         {90, 1.2e-6, 7.4e-6},
                                         {150, 1.7e-6, 5.8e-6},
                                         {200, 1.4e-6, 4.8e-6}}};

/// The equation at side^2 points of a Latin hypercube, three different ones: worst and median error.
void measure_scattered(apps::RunContext& run, const std::string& name, const Scattered& published) {
  const ProblemText& text = find_problem(name);
  const Problem problem = to_problem(text);
  const std::array<int, 2> points{published.side, published.side};
  const auto [x, y] = test_points(name, problem);
  std::vector<double> errors;
  std::vector<double> seconds;
  DirectResult result;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const double start = MPI_Wtime();
    const Proposal proposal = propose_lines(problem, {.points = points});
    const PointSet scattered = latin_hypercube(problem.box, 2, points[0] * points[1], seed);
    result = solve_direct(problem, {.points = points, .scattered = scattered, .models = proposal.models});
    seconds.push_back(MPI_Wtime() - start);
    errors.push_back(error_of(text, problem, result.solution.mean(x, y), x, y));
  }
  std::sort(errors.begin(), errors.end());
  Tree own = entry_of({name, points}, "scattered", errors.back());
  own["error_is"] = Tree::of(std::string("worst of three sets of points_x * points_y random points"));
  own["median_error"] = Tree::of(errors[1]);
  own["published_error"] = Tree::of(name == "A4" ? published.a20 : published.a15);
  own["unknowns"] = Tree::of(static_cast<std::int64_t>(result.unknowns));
  own["converged"] = Tree::of(result.converged);
  own["reason"] = Tree::of(result.reason);
  own["relative_residual"] = Tree::of(result.relative_residual);
  own["total_seconds"] = apps::statistics(seconds);
  run.summary.add_result(own);
}

/// A few steps on the grid of the log; they cost the same at every time of a run.
void measure_published(apps::RunContext& run, const Logged& log) {
  const Problem problem = to_problem(find_problem(log.name));
  PublishedModel model(problem, {.points = log.points});
  std::vector<double> seconds;
  for (int step = 0; step <= timed_steps; ++step) {
    const double start = MPI_Wtime();
    (void)model.step();
    if (step > 0) seconds.push_back(MPI_Wtime() - start);
  }
  std::sort(seconds.begin(), seconds.end());
  Tree own = entry_of({log.name, log.points}, "reference", log.error);
  own["error_is"] = Tree::of(std::string("logged by the authors, least of 20 checkpoints chosen by the exact solution"));
  own["known_beforehand"] = Tree::of(std::string("highest frequency and number of lines"));
  own["logged_steps"] = Tree::of(log.steps);
  own["step_seconds"] = apps::statistics(seconds);
  own["extrapolated_seconds"] = Tree::of(seconds[seconds.size() / 2] * log.steps);
  run.summary.add_result(own);
}

/// Relative, in the 2-norm, on 60 points an axis.
double space_error(const ProblemText& text, const SpaceProblem& problem, const SpaceSolution& solution) {
  std::array<std::vector<double>, 3> x;
  for (std::size_t d = 0; d < 3; ++d) x[d] = uniform_points(problem.box[d], 60);
  const Expression exact(text.exact, "problem.exact", 3);
  const Cube u = solution.mean(x);
  double difference = 0.0;
  double size = 0.0;
  std::size_t n = 0;
  for (const double c : x[2])
    for (const double b : x[1])
      for (const double a : x[0]) {
        const double truth = exact(a, b, c);
        difference += std::pow(u.values[n++] - truth, 2);
        size += truth * truth;
      }
  return std::sqrt(difference / size);
}

void measure_space(apps::RunContext& run, const std::string& name, int points, std::int64_t repeats) {
  const ProblemText& text = find_problem(name);
  const SpaceProblem problem = to_space_problem(text);
  constexpr std::array<const char*, 3> solvers{"direct", "kernel", "chebyshev"};
  const std::array<int, 3> counts{points, points, std::min(points, 96)};
  const auto solve = [&](std::size_t k) {
    const int n = counts[k];
    std::array<TensorAxis, 3> axes;
    const SpaceLines lines = k < 2 ? propose_space_lines(problem, {n, n, n}) : SpaceLines{};
    for (std::size_t d = 0; d < 3; ++d)
      axes[d] = k == 0   ? feature_axis(lines.models[d], n)
                : k == 1 ? feature_axis(with_kernel(lines.models[d], Envelope::gaussian, n), n)
                         : chebyshev_axis(problem.box[d], n);
    return solve_space(run.comm, problem, axes, {});
  };
  std::array<std::vector<double>, 3> total;
  std::array<SpaceResult, 3> results;
  for (std::int64_t i = 0; i <= repeats; ++i)
    for (std::size_t k = 0; k < 3; ++k) {
      const double start = MPI_Wtime();
      results[k] = solve(k);
      if (i > 0) total[k].push_back(MPI_Wtime() - start);
    }
  for (std::size_t k = 0; k < 3; ++k) {
    Tree own = entry_of({name, {counts[k], counts[k]}}, solvers[k], space_error(text, problem, results[k].solution));
    own["points_z"] = Tree::of(static_cast<std::int64_t>(counts[k]));
    own["unknowns"] = Tree::of(results[k].unknowns);
    own["iterations"] = Tree::of(static_cast<std::int64_t>(results[k].iterations));
    own["converged"] = Tree::of(results[k].converged);
    own["reason"] = Tree::of(results[k].reason);
    own["relative_residual"] = Tree::of(results[k].relative_residual);
    own["total_seconds"] = apps::statistics(total[k]);
    run.summary.add_result(own);
  }
}

std::vector<int> space_grids(const std::string& name) { return name == "C1" ? std::vector<int>{60, 100, 200} : std::vector<int>{40, 60, 80}; }

apps::Outcome body(apps::RunContext& run) {
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  const std::int64_t repeats = run.config.get_int("repeats");
  for (const std::string& name : run.config.get_text_list("problems")) {
    if (is_spatial(find_problem(name))) {
      for (const int points : space_grids(name)) measure_space(run, name, points, repeats);
      continue;
    }
    if (run.ranks > 1) throw UsageError("usage", "--problems: " + name + " has one or two dimensions and is measured on one rank");
    for (const Case& one : cases_of(name)) measure(run, one, repeats);
    for (const Case& one : cases_of(name)) measure_kernel(run, one, repeats);
    if (name.starts_with("A4"))
      for (const Scattered& published : tgps) measure_scattered(run, name, published);
    for (const Logged& log : logs)
      if (name == log.name) measure_published(run, log);
  }
  return {ExitCode::answer, "measured"};
}

apps::AppDescription description() {
  using K = apps::OptionKind;
  std::vector<std::string> names;
  std::string all;
  for (const auto* list : {&catalogue(), &space_catalogue()})
    for (const ProblemText& text : *list) {
      if (text.sensors > 0) continue; // no forward problem
      names.push_back(text.name);
      all += (all.empty() ? "[\"" : ", \"") + text.name + "\"";
    }
  return {.name = "bench_gp",
          .summary = "Measure the Gaussian-process solver on the published problems.",
          .options = {{.path = "problems",
                       .kind = K::text_list,
                       .fallback = all + "]",
                       .sentence = "problems, each on the grids its errors are stated for",
                       .min_length = 1,
                       .choices = names,
                       .flag = "--problems"},
                      {.path = "repeats",
                       .kind = K::integer,
                       .fallback = "5",
                       .sentence = "repetitions after one to warm up",
                       .minimum = 1,
                       .flag = "--repeats"}},
          .examples = {"bench_gp --problems P1,A3,A4 --repeats 5 --json out.json"}};
}

} // namespace

int main(int argc, char** argv) { return ansatz::apps::run_app(argc, argv, description(), body); }
