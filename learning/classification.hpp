// SPDX-License-Identifier: Apache-2.0
/// Training of an image classifier (networks/image_network.hpp) by the cross-entropy of its labels.
///   an epoch  every training image once, in an order drawn anew from seed and epoch (Fisher-Yates)
///   a step    `batch` images in `chunks` parts; mean gradient, clipped to a norm; Adam with a cosine schedule over all steps; a rest of an epoch smaller
///             than a batch is left out
///   validate  share of the test images that are not given their class. It is recorded, not used to choose among parameters
/// All draws are functions of seed, epoch and step, so a training that was cut goes on with the same bits; equal chunks give equal bits on 1, 2, 4, ... ranks.
/// Errors: UsageError for options out of range; FileError of images, checkpoints and models.
/// Threads: one.  MPI: collective; the chunks of a batch are shared out, every rank validates its share of the images.
#pragma once

#include <ansatz/learning/image_batches.hpp>
#include <ansatz/learning/networks/image_network.hpp>
#include <ansatz/learning/optimisers/optimiser.hpp>
#include <ansatz/learning/plan.hpp>
#include <ansatz/learning/training_state.hpp>

#include <mpi.h>

namespace ansatz::learning {

struct ClassificationOptions {
  std::string model = "fashion-cnn";
  std::string folder{};     ///< of the image set; empty: where Debian puts it
  std::int64_t epochs = 8;  ///< at least 1
  std::int64_t batch = 128; ///< images a step, a multiple of the chunks
  std::int64_t chunks = 4;  ///< a power of two and a multiple of the ranks
  double rate = 2e-3;       ///< learning rate at the start
  double clip = 5.0;        ///< largest 2-norm of a gradient
  std::int64_t seed = 0;
};

class ClassificationTraining {
public:
  /// \param images  borrowed
  /// \param network  trained instead of that of the options, by which another arithmetic comes in
  ClassificationTraining(MPI_Comm comm, const ImageSet& images, const ClassificationOptions& options);
  ClassificationTraining(MPI_Comm comm, const ImageSet& images, ClassificationOptions options, Network<float> network);

  [[nodiscard]] std::int64_t steps_an_epoch() const noexcept { return images_.train.count() / options_.batch; }
  [[nodiscard]] std::int64_t steps() const noexcept { return options_.epochs * steps_an_epoch(); }
  /// One step; the mean loss of its images. A gradient that is not finite changes nothing.
  double step();
  /// Share of the test images that are misjudged; recorded.
  double validate();

  [[nodiscard]] const TrainingProgress& progress() const noexcept { return progress_; }
  [[nodiscard]] const Arena<float>& arena() const noexcept { return arena_; }
  /// To start from other values than the initial ones.
  [[nodiscard]] Arena<float>& arena() noexcept { return arena_; }
  [[nodiscard]] const Network<float>& network() const noexcept { return network_; }

  void save(const std::string& path, const Meta& meta) { save_training(comm_, path, arena_, optimiser_, progress_, meta); }
  void load(const std::string& path) { load_training(comm_, path, arena_, optimiser_, progress_); }

private:
  [[nodiscard]] double chunk(std::int64_t c);
  void shuffle(std::int64_t epoch);

  MPI_Comm comm_;
  const ImageSet& images_;
  ClassificationOptions options_;
  Network<float> network_;
  Arena<float> arena_;
  Adam<float> optimiser_;
  Plan plan_;
  std::shared_ptr<Memory> memory_ = Memory::real();
  TrainingProgress progress_;
  std::int64_t shuffled_ = -1; ///< epoch that `order_` belongs to
  std::vector<std::int64_t> order_;
};

} // namespace ansatz::learning
