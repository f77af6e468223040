// SPDX-License-Identifier: Apache-2.0
// Pressure solvers side by side: the same systems, the same true residual, set-up and solve, in an order drawn anew for every repetition.
//   bench_pressure --scenes s8w,tw1 --grids 64,128 --solvers mgcg,pfmg --repeats 5 --json out.json
// A solver may be followed by its direction: mgcg/learned, dcdm/published; without one the cycle is the classical one.
// A scene name that ends in .off, .stl, .obj or .ply is a triangle mesh. "fftw" measures the bare transforms that a direct solver of a box cannot do without.
#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/timing.hpp>
#include <ansatz/data/version.hpp>
#include <ansatz/solvers/petsc.hpp>
#include <ansatz/solvers/poisson/components.hpp>
#include <ansatz/solvers/poisson/right_hand_side.hpp>
#include <ansatz/solvers/poisson/scene.hpp>
#include <ansatz/solvers/poisson/solve.hpp>

#ifdef ANSATZ_WITH_FFTW
#include <fftw3.h>
#endif

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <random>

namespace {

using namespace ansatz;
using apps::Option;
using apps::OptionKind;
using apps::Tree;
using solvers::petsc_check;

struct Samples {
  solvers::SolveResult last;
  std::string refusal;
  std::vector<double> setup, solve, total;
};

/// One pressure system with its vectors.
class System {
public:
  System(MPI_Comm comm, const std::string& name, int n, bool smooth, std::uint64_t seed) {
    const bool mesh = name.find('.') != std::string::npos;
    const solvers::Scene scene = mesh ? solvers::mesh_scene(name, {n, n, n}) : solvers::named_scene(name, {n, n, n});
    dm_ = solvers::create_dm(comm, scene.grid);
    flags_ = solvers::cell_flags(scene, dm_).flags;
    A_ = std::make_unique<solvers::PressureOperator>(*flags_);
    petsc_check(DMCreateGlobalVector(dm_, &b_));
    petsc_check(VecDuplicate(b_, &x_));
    const solvers::ClosedComponents closed(*A_);
    if (smooth)
      solvers::divergence_rhs(*A_, closed, b_);
    else
      solvers::random_rhs(*A_, closed, seed, b_);
  }
  System(const System&) = delete;
  System& operator=(const System&) = delete;
  ~System() {
    A_.reset();
    flags_.reset();
    VecDestroy(&b_);
    VecDestroy(&x_);
    DMDestroy(&dm_);
  }
  void run(const std::string& solver, double rtol, Samples& samples) {
    try {
      const auto slash = solver.find('/');
      const std::string direction = slash == std::string::npos ? "classical" : solver.substr(slash + 1);
      samples.last = solvers::solve(*A_, b_, x_, {.solver = solver.substr(0, slash), .direction = direction, .rtol = rtol, .max_iterations = 3000});
      samples.setup.push_back(samples.last.setup_seconds);
      samples.solve.push_back(samples.last.solve_seconds);
      samples.total.push_back(samples.last.setup_seconds + samples.last.solve_seconds);
    } catch (const UsageError& error) {
      samples.refusal = error.what();
    }
  }

private:
  DM dm_ = nullptr;
  std::unique_ptr<solvers::CellFlags> flags_;
  std::unique_ptr<solvers::PressureOperator> A_;
  Vec b_ = nullptr;
  Vec x_ = nullptr;
};

#ifdef ANSATZ_WITH_FFTW
/// Cosine transforms of all n - 1 fluid planes of scene "box", there and back, in place.
void bare_transforms(int n, Samples& samples) {
  const auto cells = static_cast<std::size_t>(n) * static_cast<std::size_t>(n) * static_cast<std::size_t>(n - 1);
  double* data = fftw_alloc_real(cells);
  std::fill(data, data + cells, 1.0);
  const fftw_r2r_kind there[] = {FFTW_REDFT10, FFTW_REDFT10};
  const fftw_r2r_kind back[] = {FFTW_REDFT01, FFTW_REDFT01};
  const int size[] = {n, n};
  fftw_plan forward = fftw_plan_many_r2r(2, size, n - 1, data, nullptr, 1, n * n, data, nullptr, 1, n * n, there, FFTW_ESTIMATE);
  fftw_plan backward = fftw_plan_many_r2r(2, size, n - 1, data, nullptr, 1, n * n, data, nullptr, 1, n * n, back, FFTW_ESTIMATE);
  const double start = MPI_Wtime();
  fftw_execute(forward);
  fftw_execute(backward);
  samples.solve.push_back(MPI_Wtime() - start);
  samples.setup.push_back(0.0);
  samples.total.push_back(samples.solve.back());
  fftw_destroy_plan(forward);
  fftw_destroy_plan(backward);
  fftw_free(data);
}
#endif

Tree entry(const std::string& scene, int n, const std::string& solver, const Samples& s) {
  const double cells = static_cast<double>(n) * n * n;
  Tree e = Tree::object();
  e["scene"] = Tree::of(scene.substr(scene.rfind('/') + 1));
  e["cells"] = Tree::of(std::int64_t{n});
  e["solver"] = Tree::of(solver);
  if (!s.refusal.empty()) {
    e["refused"] = Tree::of(s.refusal);
    return e;
  }
  if (solver != "fftw") {
    e["unknowns"] = Tree::of(s.last.unknowns);
    e["iterations"] = Tree::of(std::int64_t{s.last.iterations});
    e["converged"] = Tree::of(s.last.converged);
    e["reason"] = Tree::of(s.last.reason);
    e["relative_residual"] = Tree::of(s.last.relative_residual);
    e["bytes_a_cell"] = Tree::of(static_cast<double>(s.last.bytes_peak) / cells);
  }
  e["setup_seconds"] = apps::statistics(s.setup);
  e["solve_seconds"] = apps::statistics(s.solve);
  e["total_seconds"] = apps::statistics(s.total);
  return e;
}

void say(apps::RunContext& run, const std::string& scene, int n, const std::string& solver, const Samples& s) {
  char line[200];
  if (s.refusal.empty())
    std::snprintf(line, sizeof line, "%-12s %4d  %-10s %9.4f %9.4f %9.4f %9.4f  %4d  %.1e  %s", scene.substr(scene.rfind('/') + 1).c_str(), n,
                  solver.c_str(), apps::quantile(s.setup, 0.5), apps::quantile(s.solve, 0.5), apps::quantile(s.total, 0.5),
                  apps::quantile(s.total, 0.0), s.last.iterations, s.last.relative_residual, s.last.reason.c_str());
  else
    std::snprintf(line, sizeof line, "%-12s %4d  %-10s refused", scene.substr(scene.rfind('/') + 1).c_str(), n, solver.c_str());
  run.progress.say(line);
}

void measure(apps::RunContext& run, const std::string& scene, int n, std::mt19937_64& random) {
  const auto& config = run.config;
  System system(run.comm, scene, n, config.get_text("rhs") == "divergence", static_cast<std::uint64_t>(config.get_int("run.seed")));
  std::vector<std::string> order = config.get_text_list("solvers");
  const std::vector<std::string> names = order;
  std::map<std::string, Samples> all;
  for (int repetition = 0; repetition < config.get_int("repeats"); ++repetition) {
    std::shuffle(order.begin(), order.end(), random);
    for (const std::string& name : order) {
      Samples& samples = all[name];
      if (!samples.refusal.empty() || (!samples.total.empty() && samples.total.back() > config.get_real("once_above"))) continue;
#ifdef ANSATZ_WITH_FFTW
      if (name == "fftw") {
        bare_transforms(n, samples);
        continue;
      }
#endif
      system.run(name, config.get_real("rtol"), samples);
    }
  }
  for (const std::string& name : names) {
    say(run, scene, n, name, all[name]);
    run.summary.add_result(entry(scene, n, name, all[name]));
  }
}

apps::Outcome body(apps::RunContext& run) {
  const auto& config = run.config;
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  const double before = apps::triad_bandwidth();
  run.progress.say("scene           n  solver        set-up     solve     total  least total  steps  residual (medians, seconds)");
  std::mt19937_64 random(static_cast<std::uint64_t>(config.get_int("run.seed")));
  for (const std::int64_t n : config.get_int_list("grids"))
    for (const std::string& scene : config.get_text_list("scenes")) measure(run, scene, static_cast<int>(n), random);
  const double after = apps::triad_bandwidth();
  run.summary.set("triad_bytes_a_second", apps::statistics({before, after}));
  char line[100];
  std::snprintf(line, sizeof line, "triad: %.1f GB/s before, %.1f GB/s after", before / 1e9, after / 1e9);
  run.progress.say(line);
  return {ExitCode::answer, "measured"};
}

apps::AppDescription description() {
  std::vector<std::string> names;
  for (const auto& info : solvers::pressure_solvers()) names.push_back(info.name);
  names.emplace_back("fftw");
  names.emplace_back("mgcg/learned");
  for (const auto& info : solvers::dcdm_directions()) names.push_back("dcdm/" + info.name);
  using K = OptionKind;
  return {.name = "bench_pressure",
          .summary = "Measure pressure solvers side by side.",
          .options = {{.path = "scenes",
                       .kind = K::text_list,
                       .fallback = "[\"s8w\"]",
                       .sentence = "built-in scenes or mesh files",
                       .min_length = 1,
                       .flag = "--scenes"},
                      {.path = "grids",
                       .kind = K::integer_list,
                       .fallback = "[64]",
                       .sentence = "cells an edge",
                       .minimum = 4,
                       .maximum = 2048,
                       .min_length = 1,
                       .flag = "--grids"},
                      {.path = "solvers",
                       .kind = K::text_list,
                       .fallback = "[\"mgcg\", \"pfmg\"]",
                       .sentence = "solvers to compare",
                       .min_length = 1,
                       .choices = names,
                       .flag = "--solvers"},
                      {.path = "repeats", .kind = K::integer, .fallback = "5", .sentence = "repetitions", .minimum = 1, .flag = "--repeats"},
                      {.path = "once_above",
                       .kind = K::real,
                       .fallback = "20.0",
                       .sentence = "a solver slower than this runs once",
                       .minimum = 0,
                       .unit = "s",
                       .flag = "--once-above"},
                      {.path = "rtol",
                       .kind = K::real,
                       .fallback = "1e-6",
                       .sentence = "true relative residual",
                       .minimum = 0,
                       .maximum = 1,
                       .open_minimum = true,
                       .open_maximum = true,
                       .flag = "--rtol"},
                      {.path = "rhs",
                       .kind = K::choice,
                       .fallback = "\"random\"",
                       .sentence = "right-hand side",
                       .choices = {"random", "divergence"},
                       .flag = "--rhs"}},
          .examples = {"bench_pressure --scenes s8w,tw1 --grids 64,128 --solvers mgcg,pfmg --repeats 5 --json out.json"}};
}

} // namespace

int main(int argc, char** argv) { return apps::run_app(argc, argv, description(), body); }
