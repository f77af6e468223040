// SPDX-License-Identifier: Apache-2.0
/// The same network trained in float32 and with integer products (integer_training.hpp) from the same initial values on the same images in the same order:
/// what the arithmetic costs in accuracy and saves in time. They take
/// their steps in turns, so that both meet the same moods of the machine. Adam with a cosine schedule, mean cross-entropy of a batch.
/// Errors: UsageError for counts out of range.
/// Threads: one.  MPI: none.
#pragma once

#include <ansatz/data/labelled_images.hpp>
#include <ansatz/learning/networks/image_network.hpp>

#include <string>
#include <utility>
#include <vector>

namespace ansatz::quant {

struct RaceOptions {
  std::string model = "fashion-cnn";
  int headroom = 2;            ///< of integers
  std::int64_t epochs = 3;     ///< at least 1
  std::int64_t batch = 64;     ///< images a step
  std::int64_t most_steps = 0; ///< stop after so many, for timings; 0: all
  double rate = 2e-3;          ///< learning rate at the start
  std::uint64_t seed = 1;
};

struct RaceResult {
  double accuracy = 0; ///< on the test images
  double loss = 0;     ///< mean of the last 50 steps
  std::int64_t steps = 0;
  std::vector<double> seconds_of_steps{}; ///< forward, backward and update of each
  /// Of all steps: "NAME forward" and "NAME backward" of every layer, and "update".
  std::vector<std::pair<std::string, double>> seconds_of_phases{};
};

/// float32, then integers.
[[nodiscard]] std::vector<RaceResult> race(const ImageSet& images, const RaceOptions& options);

} // namespace ansatz::quant
