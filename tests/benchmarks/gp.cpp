// SPDX-License-Identifier: Apache-2.0
// The Gaussian-process solver on the published problems: error of the last iterate off the grid, time to find the lines and to solve, Chebyshev
// collocation beside it.
//   bench_gp --problems P1,A3,A4 --repeats 5 --json out.json
// Solvers alternate within a repetition; the first repetition warms up and is not counted. `error` is relative, in the 2-norm, on 300 points an axis
// (A4: 100).
#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/timing.hpp>
#include <ansatz/data/version.hpp>
#include <ansatz/solvers/gp/chebyshev.hpp>
#include <ansatz/solvers/gp/direct.hpp>
#include <ansatz/solvers/gp/proposal.hpp>

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

double error_of(const ProblemText& text, const Problem& problem, const Matrix& u, const std::vector<double>& x, const std::vector<double>& y) {
  const Matrix exact = Expression(text.exact, "problem.exact", problem.dimensions).at(x, y);
  Matrix difference = u;
  axpy(-1.0, exact.values, difference.values);
  return std::sqrt(dot(difference.values, difference.values) / dot(exact.values, exact.values));
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
  const int count = one.name.starts_with("A4") ? 100 : 300;
  const auto x = uniform_points(problem.box[0], count);
  const auto y = problem.dimensions == 2 ? uniform_points(problem.box[1], count) : std::vector<double>{0.0};
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

apps::Outcome body(apps::RunContext& run) {
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  for (const std::string& name : run.config.get_text_list("problems"))
    for (const Case& one : cases_of(name)) measure(run, one, run.config.get_int("repeats"));
  return {ExitCode::answer, "measured"};
}

apps::AppDescription description() {
  using K = apps::OptionKind;
  std::vector<std::string> names;
  std::string all;
  for (const ProblemText& text : catalogue()) {
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
