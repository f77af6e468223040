// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/training/cycle_training.hpp>

#include <ansatz/data/collective.hpp>
#include <ansatz/learning/data_parallel.hpp>
#include <ansatz/learning/optimisers/schedule.hpp>
#include <ansatz/solvers/dcdm/training/random_scene.hpp>
#include <ansatz/solvers/dcdm/training/right_hand_sides.hpp>
#include <ansatz/solvers/multigrid/voxmg.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace ansatz::solvers::training {

namespace {

using Weights = std::shared_ptr<const multigrid::CycleWeights>;

constexpr double difference = 0.02; // theta +- this: truncation 1e-4 of a slope, and the 1e-5 of single precision divided by it is 1e-3

CycleTrainingOptions checked(CycleTrainingOptions o) {
  const auto require = [](bool good, const char* name, const std::string& found, const char* rule) {
    if (!good) throw UsageError("bad_value", std::string(name) + " " + found + ": must be " + rule);
  };
  require(o.samples >= 1, "samples", std::to_string(o.samples), "at least 1");
  require(o.steps >= 1, "steps", std::to_string(o.steps), "at least 1");
  require(o.held_out >= 1, "held-out problems", std::to_string(o.held_out), "at least 1");
  require(o.iterations >= 1, "iterations of the loss", std::to_string(o.iterations), "at least 1");
  require(o.rate > 0.0 && std::isfinite(o.rate), "learning rate", std::to_string(o.rate), "positive");
  require(o.clip > 0.0, "clip", std::to_string(o.clip), "positive");
  return o;
}

double dot(std::span<const double> a, std::span<const double> b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

} // namespace

CycleSample::CycleSample(const Problem& problem, std::vector<double> b) : problem_(problem) {
  register_multigrid();
  Vec v = nullptr;
  petsc_check(VecDuplicate(problem.work(), &v));
  b_.reset(v);
  petsc_check(VecDuplicate(problem.work(), &v));
  x_.reset(v);
  double* values = nullptr;
  petsc_check(VecGetArrayWrite(b_.get(), &values));
  std::copy(b.begin(), b.end(), values);
  petsc_check(VecRestoreArrayWrite(b_.get(), &values));
  KSP ksp = nullptr;
  PC pc = nullptr;
  petsc_check(KSPCreate(PETSC_COMM_SELF, &ksp));
  ksp_.reset(ksp);
  petsc_check(KSPSetOperators(ksp, problem.A().shell(), problem.A().shell()));
  petsc_check(KSPSetType(ksp, mgcg_ksp_type));
  petsc_check(KSPGetPC(ksp, &pc));
  petsc_check(PCSetType(pc, voxmg_pc_type));
  solution_.assign(b.size(), 0.0);
  if (dot(b, b) == 0.0) return;
  constexpr int enough = 100;
  solve(nullptr, enough, 1e-12);
  const double* x = nullptr;
  petsc_check(VecGetArrayRead(x_.get(), &x));
  std::copy_n(x, solution_.size(), solution_.begin());
  petsc_check(VecRestoreArrayRead(x_.get(), &x));
  energy_ = dot(solution_, b);
}

void CycleSample::solve(Weights weights, int iterations, double rtol) {
  PC pc = nullptr;
  petsc_check(KSPGetPC(ksp_.get(), &pc));
  set_voxmg_weights(pc, std::move(weights));
  petsc_check(KSPSetTolerances(ksp_.get(), rtol, 0.0, PETSC_DEFAULT, iterations));
  petsc_check(VecSet(x_.get(), 0.0));
  petsc_check(KSPSolve(ksp_.get(), b_.get(), x_.get()));
}

double CycleSample::loss(Weights weights, int iterations) {
  if (energy_ <= 0.0) return 0.0;
  solve(std::move(weights), iterations, 1e-14);
  std::vector<double> e(solution_.size());
  std::vector<double> Ae(e.size());
  const double* x = nullptr;
  petsc_check(VecGetArrayRead(x_.get(), &x));
  std::transform(solution_.begin(), solution_.end(), x, e.begin(), std::minus<>());
  petsc_check(VecRestoreArrayRead(x_.get(), &x));
  problem_.apply(e, Ae);
  return std::log(std::max(dot(e, Ae) / energy_, 1e-20)) / (2.0 * iterations);
}

CycleTraining::CycleTraining(MPI_Comm comm, CycleTrainingOptions options)
    : comm_(comm), options_(checked(std::move(options))), optimiser_(weights_.arena().layout()) {
  progress_.seed = options_.seed;
  agree(comm, [&] {
    for (int number = rank_of(comm); number < options_.held_out; number += size_of(comm)) {
      Stream stream(options_.seed, "held-out", number);
      auto problem = std::make_unique<Problem>(random_scene(stream, options_.sizes));
      auto sample = std::make_unique<CycleSample>(*problem, right_hand_side(*problem, static_cast<Source>(number % sources), stream));
      held_out_.push_back({std::move(problem), std::move(sample)});
    }
  });
}

double CycleTraining::step() {
  const double loss = learning::parallel_gradient<double>(comm_, options_.geometries, options_.geometries * options_.samples, weights_.arena(),
                                                          [this](std::int64_t c) { return chunk(c); });
  (void)learning::clip_gradient(weights_.arena(), options_.clip);
  (void)optimiser_.step(weights_.arena(), learning::cosine_rate(options_.rate, progress_.step, options_.steps));
  ++progress_.step;
  progress_.loss_history.push_back(loss);
  return loss;
}

double CycleTraining::chunk(std::int64_t c) {
  Stream stream(options_.seed, "training", progress_.step * options_.geometries + c);
  const Problem problem(random_scene(stream, options_.sizes));
  double loss = 0.0;
  for (int i = 0; i < options_.samples; ++i) {
    CycleSample sample(problem, right_hand_side(problem, static_cast<Source>(stream.integer(sources)), stream));
    loss += sample.loss(std::make_shared<const multigrid::CycleWeights>(weights_), options_.iterations);
    add_gradient(sample);
  }
  return loss;
}

void CycleTraining::add_gradient(CycleSample& sample) {
  learning::Arena<double>& arena = weights_.arena();
  for (const learning::Block& block : arena.layout().blocks())
    for (auto p = static_cast<std::size_t>(block.offset); p < static_cast<std::size_t>(block.offset + block.size()); ++p) {
      const auto moved = [&](double by) {
        auto weights = std::make_shared<multigrid::CycleWeights>(weights_);
        weights->arena().parameters()[p] += by;
        return sample.loss(std::move(weights), options_.iterations);
      };
      arena.gradients()[p] += (moved(difference) - moved(-difference)) / (2.0 * difference);
    }
}

double CycleTraining::validate() {
  std::vector<double> losses(static_cast<std::size_t>(options_.held_out), 0.0);
  agree(comm_, [&] {
    auto number = static_cast<std::size_t>(rank_of(comm_));
    for (HeldOut& one : held_out_) {
      losses[number] = one.sample->loss(std::make_shared<const multigrid::CycleWeights>(weights_), options_.iterations);
      number += static_cast<std::size_t>(size_of(comm_));
    }
  });
  // Every entry is 0 on all ranks but one, so the sum of ranks is exact and that over problems has one order.
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, losses.data(), options_.held_out, MPI_DOUBLE, MPI_SUM, comm_), "MPI_Allreduce");
  const double worth = std::exp(std::accumulate(losses.begin(), losses.end(), 0.0) / options_.held_out);
  const auto parameters = std::as_const(weights_).arena().parameters();
  if (progress_.best_parameters.empty() || worth < best()) progress_.best_parameters.assign(parameters.begin(), parameters.end());
  progress_.validation_steps.push_back(static_cast<double>(progress_.step));
  progress_.validation_history.push_back(worth);
  return worth;
}

double CycleTraining::best() const { return *std::min_element(progress_.validation_history.begin(), progress_.validation_history.end()); }

learning::Arena<double> CycleTraining::best_arena() const {
  learning::Arena<double> best(arena().layout());
  std::copy(progress_.best_parameters.begin(), progress_.best_parameters.end(), best.parameters().begin());
  return best;
}

void CycleTraining::save(const std::string& path, const Meta& meta) {
  learning::save_training(comm_, path, weights_.arena(), optimiser_, progress_, meta);
}

void CycleTraining::load(const std::string& path) { learning::load_training(comm_, path, weights_.arena(), optimiser_, progress_); }

} // namespace ansatz::solvers::training
