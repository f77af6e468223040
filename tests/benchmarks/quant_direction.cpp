// SPDX-License-Identifier: Apache-2.0
// The network direction of the conjugate direction loop in low precision, beside float32 in the same run.
//   bench_quant_direction --scenes s8w,tw1 --grids 32,64 --json out.json
// noise       d = |z' - z|_A / |z|_A of the directions for residuals recorded after 0, 3 and 8 steps, z that of float32
// iterations  of the loop, to rtol or as many as allowed, and the residual left
// seconds     an application of the network in the loop, and the whole solve, in an order drawn anew for every repetition
#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/timing.hpp>
#include <ansatz/data/version.hpp>
#include <ansatz/solvers/dcdm/dcdmnet.hpp>
#include <ansatz/solvers/dcdm/network_direction.hpp>
#include <ansatz/solvers/petsc.hpp>
#include <ansatz/solvers/poisson/components.hpp>
#include <ansatz/solvers/poisson/right_hand_side.hpp>
#include <ansatz/solvers/poisson/scene.hpp>
#include <ansatz/solvers/poisson/solve.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <random>

namespace {

using namespace ansatz;
using apps::Tree;
using solvers::petsc_check;

struct Samples {
  std::vector<double> noise, direction, solve;
  solvers::SolveResult last;
};

/// One pressure system with its vectors.
class System {
public:
  System(const apps::RunContext& run, const std::string& name, int n) : run_(run) {
    const solvers::Scene scene = solvers::named_scene(name, {n, n, n});
    dm_ = solvers::create_dm(run.comm, scene.grid);
    flags_ = solvers::cell_flags(scene, dm_).flags;
    A_ = std::make_unique<solvers::PressureOperator>(*flags_);
    petsc_check(DMCreateGlobalVector(dm_, &b_));
    for (Vec* v : {&x_, &r_, &z_, &exact_}) petsc_check(VecDuplicate(b_, v));
    const solvers::ClosedComponents closed(*A_);
    solvers::random_rhs(*A_, closed, static_cast<std::uint64_t>(run.config.get_int("run.seed")), b_);
  }
  System(const System&) = delete;
  System& operator=(const System&) = delete;
  ~System() {
    A_.reset();
    flags_.reset();
    for (Vec* v : {&b_, &x_, &r_, &z_, &exact_}) VecDestroy(v);
    DMDestroy(&dm_);
  }

  void solve(const std::string& format, Samples& samples) {
    samples.last = run(format, static_cast<int>(run_.config.get_int("max_iterations")));
    samples.direction.push_back(samples.last.seconds_per_direction);
    samples.solve.push_back(samples.last.setup_seconds + samples.last.solve_seconds);
  }

  /// d of every format for the residual after so many steps.
  void noise(int steps, const std::vector<std::string>& formats, std::map<std::string, Samples>& samples) {
    (void)run("f32", steps);
    A_->apply(x_, r_);
    petsc_check(VecAYPX(r_, -1.0, b_));
    propose("f32", exact_);
    const double whole = energy(exact_);
    for (const std::string& format : formats) {
      if (format == "f32" || format == "ladder") continue;
      propose(format, z_);
      petsc_check(VecAXPY(z_, -1.0, exact_));
      samples[format].noise.push_back(std::sqrt(energy(z_) / whole));
    }
  }

private:
  solvers::SolveResult run(const std::string& format, int steps) {
    return solvers::solve(
        *A_, b_, x_,
        {.solver = "dcdm", .direction = "published", .direction_format = format, .rtol = run_.config.get_real("rtol"), .max_iterations = steps});
  }

  void propose(const std::string& format, Vec z) {
    solvers::register_dcdmnet();
    PC pc = nullptr;
    petsc_check(PCCreate(run_.comm, &pc));
    petsc_check(PCSetType(pc, solvers::dcdmnet_pc_type));
    petsc_check(PCSetOperators(pc, A_->shell(), A_->shell()));
    petsc_check(PetscOptionsSetValue(nullptr, "-pc_dcdmnet_precision", format.c_str()));
    petsc_check(PCSetFromOptions(pc));
    petsc_check(PetscOptionsClearValue(nullptr, "-pc_dcdmnet_precision"));
    petsc_check(PCApply(pc, r_, z));
    petsc_check(PCDestroy(&pc));
  }

  double energy(Vec v) {
    Vec product = nullptr;
    petsc_check(VecDuplicate(v, &product));
    A_->apply(v, product);
    double square = 0.0;
    petsc_check(VecDot(v, product, &square));
    petsc_check(VecDestroy(&product));
    return square;
  }

  const apps::RunContext& run_;
  DM dm_ = nullptr;
  std::unique_ptr<solvers::CellFlags> flags_;
  std::unique_ptr<solvers::PressureOperator> A_;
  Vec b_ = nullptr, x_ = nullptr, r_ = nullptr, z_ = nullptr, exact_ = nullptr;
};

void report(apps::RunContext& run, const std::string& scene, std::int64_t n, const std::string& format, const Samples& s, double f32) {
  Tree e = Tree::object();
  e["scene"] = Tree::of(scene);
  e["cells"] = Tree::of(n);
  e["format"] = Tree::of(format);
  const double noise = s.noise.empty() ? 0.0 : *std::max_element(s.noise.begin(), s.noise.end());
  if (!s.noise.empty()) {
    e["noise"] = apps::statistics(s.noise);
    e["largest_noise"] = Tree::of(noise);
  }
  e["unknowns"] = Tree::of(s.last.unknowns);
  e["iterations"] = Tree::of(std::int64_t{s.last.iterations});
  e["converged"] = Tree::of(s.last.converged);
  e["relative_residual"] = Tree::of(s.last.relative_residual);
  e["direction_seconds"] = apps::statistics(s.direction);
  e["solve_seconds"] = apps::statistics(s.solve);
  e["time_over_f32"] = Tree::of(apps::quantile(s.solve, 0.0) / f32);
  run.summary.add_result(e);
  std::array<char, 160> line{};
  (void)std::snprintf(line.data(), line.size(), "%-10s %4lld  %-7s %9.2e %6d %10.2e %11.4f %9.4f %8.3f", scene.c_str(), static_cast<long long>(n),
                      format.c_str(), noise, s.last.iterations, s.last.relative_residual, apps::quantile(s.direction, 0.0),
                      apps::quantile(s.solve, 0.0), apps::quantile(s.solve, 0.0) / f32);
  run.progress.say(line.data());
}

void measure(apps::RunContext& run, const std::string& scene, std::int64_t n, std::mt19937_64& random) {
  System system(run, scene, static_cast<int>(n));
  const std::vector<std::string> formats = run.config.get_text_list("formats");
  std::map<std::string, Samples> samples;
  for (const std::int64_t steps : run.config.get_int_list("residuals")) system.noise(static_cast<int>(steps), formats, samples);
  std::vector<std::string> order = formats;
  for (int i = 0; i < run.config.get_int("repeats"); ++i) {
    std::shuffle(order.begin(), order.end(), random);
    for (const std::string& format : order) system.solve(format, samples[format]);
  }
  const double f32 = apps::quantile(samples[formats.front()].solve, 0.0);
  for (const std::string& format : formats) report(run, scene, n, format, samples[format], f32);
}

apps::Outcome body(apps::RunContext& run) {
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  std::mt19937_64 random(static_cast<std::uint64_t>(run.config.get_int("run.seed")));
  run.progress.say("scene         n  format    noise d  steps   residual  direction s   solve s   over f32 (least times)");
  for (const std::int64_t n : run.config.get_int_list("grids"))
    for (const std::string& scene : run.config.get_text_list("scenes")) measure(run, scene, n, random);
  return {ExitCode::answer, "measured"};
}

apps::AppDescription description() {
  using K = apps::OptionKind;
  std::vector<std::string> scenes;
  for (const auto& info : solvers::scene_names()) scenes.push_back(info.name);
  return {.name = "bench_quant_direction",
          .summary = "Measure the network direction in low precision.",
          .options = {{.path = "scenes",
                       .kind = K::text_list,
                       .fallback = "[\"s8w\"]",
                       .sentence = "built-in scenes",
                       .min_length = 1,
                       .choices = scenes,
                       .flag = "--scenes"},
                      {.path = "grids",
                       .kind = K::integer_list,
                       .fallback = "[32]",
                       .sentence = "cells an edge",
                       .minimum = 4,
                       .maximum = 512,
                       .min_length = 1,
                       .flag = "--grids"},
                      {.path = "formats",
                       .kind = K::text_list,
                       .fallback = "[\"f32\", \"dfp16\", \"w8a16\", \"int8\", \"bf16\", \"ladder\"]",
                       .sentence = "of the network; times are given over the first",
                       .min_length = 1,
                       .choices = solvers::precision_names(),
                       .flag = "--formats"},
                      {.path = "residuals",
                       .kind = K::integer_list,
                       .fallback = "[0, 3, 8]",
                       .sentence = "steps after which residuals are recorded",
                       .minimum = 0,
                       .maximum = 1000,
                       .flag = "--residuals"},
                      {.path = "max_iterations",
                       .kind = K::integer,
                       .fallback = "20",
                       .sentence = "of the loop",
                       .minimum = 1,
                       .maximum = 1000,
                       .flag = "--max-iterations"},
                      {.path = "rtol",
                       .kind = K::real,
                       .fallback = "1e-3",
                       .sentence = "true relative residual",
                       .minimum = 0,
                       .maximum = 1,
                       .open_minimum = true,
                       .open_maximum = true,
                       .flag = "--rtol"},
                      {.path = "repeats", .kind = K::integer, .fallback = "3", .sentence = "repetitions", .minimum = 1, .flag = "--repeats"}},
          .examples = {"bench_quant_direction --scenes s8w --grids 64 --json out.json"}};
}

} // namespace

int main(int argc, char** argv) { return apps::run_app(argc, argv, description(), body); }
