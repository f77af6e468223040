// SPDX-License-Identifier: Apache-2.0
/// Training of the learned weights of the multigrid cycle (multigrid/cycle_weights.hpp), without solutions and without a data set.
///   loss     mean over random scenes and right-hand sides of ln(E_k) / (2 k),   E_k = |x* - x_k|_A^2 / |x*|_A^2 after k iterations of KSP "mgcg", its full
///            multigrid start included: the logarithm of what one iteration leaves of the energy error, on the residuals which the solver itself makes.
///            x* comes from the classical cycle
///   gradient central differences of the loop itself, (L(theta + h e_p) - L(theta - h e_p)) / (2 h) for each of the 30 parameters on the same sample: what is
///            differentiated is the product, set-up and all, and no adjoint of it has to be kept. Single precision in the cycle moves L by 1e-5
///   a step   `geometries` scenes (random_scene.hpp) with `samples` right-hand sides each; gradient clipped to a norm; Adam with a cosine schedule
///   validate exp of the loss on held-out scenes: what an iteration leaves. The parameters of the best validation are kept; validate before the first step,
///            which is the classical cycle, and training never ends worse than that
/// Cite: A. Rudikov et al., Neural operators meet conjugate gradients: the FCG-NO method, ICML 2024, arXiv:2402.05598 (residuals of the loop as samples).
/// All draws are functions of seed and step, so a training that was cut goes on with the same bits, on 1, 2, 4, ... ranks.
/// Errors: UsageError for options out of range (all ranks); FileError of checkpoints and models.
/// Cost: 61 short solves a sample and step, some 60 ms at 16^3 and 0.3 s at 32^3.
/// Threads: one.  MPI: collective; geometries are shared out.
#pragma once

#include <ansatz/data/records.hpp>
#include <ansatz/learning/optimisers/optimiser.hpp>
#include <ansatz/learning/training_state.hpp>
#include <ansatz/solvers/dcdm/training/problem.hpp>
#include <ansatz/solvers/dcdm/training/stream.hpp>
#include <ansatz/solvers/multigrid/cycle_weights.hpp>

#include <petscksp.h>

#include <memory>
#include <string>
#include <vector>

namespace ansatz::solvers::training {

struct CycleTrainingOptions {
  std::vector<int> sizes = {16, 24, 32}; ///< cells an axis of scenes, even, at least 8
  int geometries = 8;                    ///< scenes a step: a power of two and a multiple of the ranks
  int samples = 1;                       ///< right-hand sides a scene, >= 1
  std::int64_t steps = 200;              ///< length of the schedule
  double rate = 0.05;                    ///< learning rate at the start
  double clip = 1.0;                     ///< largest 2-norm of a gradient
  int held_out = 24;                     ///< problems of the validation, >= 1
  int iterations = 3;                    ///< k, of loss and validation, >= 1
  std::int64_t seed = 0;
};

/// One right-hand side with its solution, and the loop on it.
class CycleSample {
public:
  /// \param problem  borrowed
  CycleSample(const Problem& problem, std::vector<double> b);
  /// ln(E_k) / (2 k); 0 if b is 0. E_k below 1e-20 counts as that: the rest is rounding.
  [[nodiscard]] double loss(std::shared_ptr<const multigrid::CycleWeights> weights, int iterations);

private:
  struct Destroy {
    void operator()(KSP k) const noexcept { KSPDestroy(&k); }
    void operator()(Vec v) const noexcept { VecDestroy(&v); }
  };
  /// x after that many iterations.
  void solve(std::shared_ptr<const multigrid::CycleWeights> weights, int iterations, double rtol);

  const Problem& problem_;
  std::vector<double> solution_;
  double energy_ = 0.0; ///< |x*|_A^2
  std::unique_ptr<_p_KSP, Destroy> ksp_;
  std::unique_ptr<_p_Vec, Destroy> b_, x_;
};

class CycleTraining {
public:
  static constexpr const char* measured = "energy error"; ///< what an iteration leaves, for the validation

  CycleTraining(MPI_Comm comm, CycleTrainingOptions options);

  /// One step; the mean loss of its samples. A gradient that is not finite changes nothing.
  double step();
  /// What an iteration leaves of the energy error on the held-out problems with the parameters as they are; recorded.
  double validate();

  [[nodiscard]] const learning::TrainingProgress& progress() const { return progress_; }
  [[nodiscard]] const learning::Arena<double>& arena() const { return weights_.arena(); }
  /// Lowest validation so far.
  [[nodiscard]] double best() const;
  /// The parameters of the best validation, for writing.
  [[nodiscard]] learning::Arena<double> best_arena() const;

  void save(const std::string& path, const Meta& meta);
  void load(const std::string& path);

private:
  struct HeldOut {
    std::unique_ptr<Problem> problem;
    std::unique_ptr<CycleSample> sample;
  };
  [[nodiscard]] double chunk(std::int64_t c);
  void add_gradient(CycleSample& sample);

  MPI_Comm comm_;
  CycleTrainingOptions options_;
  multigrid::CycleWeights weights_;
  learning::Adam<double> optimiser_;
  learning::TrainingProgress progress_;
  std::vector<HeldOut> held_out_; ///< of this rank: number rank, rank + ranks, ...
};

} // namespace ansatz::solvers::training
