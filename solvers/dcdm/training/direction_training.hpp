// SPDX-License-Identifier: Apache-2.0
/// Training of a direction network, without solutions and without a data set: every sample is drawn, used and forgotten.
///   a step   `geometries` random scenes (random_scene.hpp) with `samples` right-hand sides each: a quarter each of white noise, low-mode mixtures, divergences
///            (right_hand_sides.hpp) and residuals of the loop itself after 1 to 10 iterations with the network as it is now;
///            mean of the published loss (direction_loss.hpp); gradient clipped to a norm; Adam with a cosine schedule
///   validate geometric mean, over held-out scenes and right-hand sides, of (|r_m| / |r_0|)^(1/m) after m iterations of the loop: what an iteration is worth.
///            The parameters of the best validation are kept; validate before the first step and training never ends worse than it began
/// Cite: A. Kaneda et al., A deep conjugate direction method for iteratively solving linear systems, ICML 2023, arXiv:2205.10763 (loss, mixture of Ritz vectors);
/// A. Rudikov et al., Neural operators meet conjugate gradients: the FCG-NO method, ICML 2024, arXiv:2402.05598 (residuals of the loop as samples).
/// All draws are functions of seed and step, so a training that was cut goes on with the same bits, and equal numbers of threads give equal bits on 1, 2, 4, ...
/// ranks.
/// Errors: UsageError for options out of range (all ranks); FileError of checkpoints and models.
/// Cost: 122 kflop a cell of a sample for a forward pass of from64, twice that again backwards.  Memory: records of one sample, 35 MB at 32^3, 280 MB at 64^3.
/// Threads: one.  MPI: collective; geometries are shared out.
#pragma once

#include <ansatz/data/records.hpp>
#include <ansatz/learning/networks/direction_network.hpp>
#include <ansatz/learning/optimisers/optimiser.hpp>
#include <ansatz/learning/plan.hpp>
#include <ansatz/learning/training_state.hpp>
#include <ansatz/solvers/dcdm/training/loop.hpp>
#include <ansatz/solvers/dcdm/training/stream.hpp>

#include <mpi.h>

#include <memory>
#include <string>
#include <vector>

namespace ansatz::solvers::training {

struct TrainingOptions {
  std::string model = "from64";
  std::vector<int> sizes = {16, 24, 32}; ///< cells an axis of scenes, even, at least 8
  int geometries = 8;                    ///< scenes a step: a power of two and a multiple of the ranks
  int samples = 2;                       ///< right-hand sides a scene, >= 1
  std::int64_t steps = 1000;             ///< length of the schedule
  double rate = 1e-3;                    ///< learning rate at the start
  double clip = 1.0;                     ///< largest 2-norm of a gradient
  int held_out = 12;                     ///< problems of the validation, >= 1
  int iterations = 10;                   ///< of the loop in the validation, >= 1
  std::int64_t seed = 0;
};

class DirectionTraining {
public:
  static constexpr const char* measured = "residual"; ///< what an iteration leaves, for the validation

  DirectionTraining(MPI_Comm comm, TrainingOptions options);

  /// One step; the mean loss of its samples. A gradient that is not finite changes nothing.
  double step();
  /// Worth of an iteration with the parameters as they are; recorded.
  double validate();
  /// The same for the residual itself as the direction, which is the method of conjugate gradients.
  [[nodiscard]] double worth_of_residual() const;

  [[nodiscard]] const learning::TrainingProgress& progress() const { return progress_; }
  [[nodiscard]] const learning::Arena<float>& arena() const { return arena_; }
  /// Lowest validation so far.
  [[nodiscard]] double best() const;
  /// Takes the parameters of the best validation, for writing; the training cannot go on afterwards.
  [[nodiscard]] learning::Arena<float> best_arena() const;

  void save(const std::string& path, const Meta& meta);
  void load(const std::string& path);

private:
  struct HeldOut {
    std::unique_ptr<Problem> problem;
    std::vector<double> b;
  };

  [[nodiscard]] double worth_of(const std::function<Proposal(const Problem&)>& proposal) const;
  [[nodiscard]] double chunk(std::int64_t c);
  [[nodiscard]] std::vector<double> draw_sample(const Problem& problem, Stream& stream) const;
  [[nodiscard]] double add_gradient(const Problem& problem, const std::vector<double>& b);

  MPI_Comm comm_;
  TrainingOptions options_;
  learning::Network<float> network_;
  learning::Arena<float> arena_;
  learning::Adam<float> optimiser_;
  learning::Plan plan_;
  std::shared_ptr<learning::Memory> memory_ = learning::Memory::real();
  learning::TrainingProgress progress_;
  std::vector<HeldOut> held_out_; ///< of this rank: number rank, rank + ranks, ...
};

} // namespace ansatz::solvers::training
