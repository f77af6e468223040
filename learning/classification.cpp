// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/collective.hpp>
#include <ansatz/learning/classification.hpp>
#include <ansatz/learning/data_parallel.hpp>
#include <ansatz/learning/gradient.hpp>
#include <ansatz/learning/losses/cross_entropy.hpp>
#include <ansatz/learning/optimisers/schedule.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ansatz::learning {

namespace {

constexpr std::int64_t block = 64; ///< images that are judged at once

ClassificationOptions checked(ClassificationOptions o, const LabelledImages& train) {
  const auto require = [](bool good, const char* name, const std::string& found, const std::string& rule) {
    if (!good) throw UsageError("bad_value", std::string(name) + " " + found + ": must be " + rule);
  };
  require(o.epochs >= 1, "epochs", std::to_string(o.epochs), "at least 1");
  require(o.chunks >= 1 && o.batch >= o.chunks && o.batch % o.chunks == 0 && o.batch <= train.count(), "batch", std::to_string(o.batch),
          "a multiple of the " + std::to_string(o.chunks) + " chunks and at most the " + std::to_string(train.count()) + " training images");
  require(o.rate > 0.0 && std::isfinite(o.rate), "learning rate", std::to_string(o.rate), "positive");
  require(o.clip > 0.0, "clip", std::to_string(o.clip), "positive");
  return o;
}

} // namespace

ClassificationTraining::ClassificationTraining(MPI_Comm comm, const ImageSet& images, const ClassificationOptions& options)
    : ClassificationTraining(comm, images, options, image_network<float>(options.model)) {}

ClassificationTraining::ClassificationTraining(MPI_Comm comm, const ImageSet& images, ClassificationOptions options, Network<float> network)
    : comm_(comm), images_(images), options_(checked(std::move(options), images.train)), network_(std::move(network)), arena_(network_.layout),
      optimiser_(network_.layout), plan_(store_all(static_cast<std::int64_t>(network_.chain.size()))) {
  progress_.seed = options_.seed;
  initialise(arena_, static_cast<std::uint64_t>(options_.seed));
}

void ClassificationTraining::shuffle(std::int64_t epoch) {
  if (shuffled_ == epoch) return;
  order_ = shuffled(images_.train.count(), static_cast<std::uint64_t>(options_.seed), epoch);
  shuffled_ = epoch;
}

double ClassificationTraining::step() {
  shuffle(progress_.step / steps_an_epoch());
  const double loss =
      parallel_gradient<float>(comm_, options_.chunks, static_cast<double>(options_.batch), arena_, [this](std::int64_t c) { return chunk(c); });
  (void)clip_gradient(arena_, options_.clip);
  (void)optimiser_.step(arena_, cosine_rate(options_.rate, progress_.step, steps()));
  ++progress_.step;
  progress_.loss_history.push_back(loss);
  return loss;
}

double ClassificationTraining::chunk(std::int64_t c) {
  const std::int64_t size = options_.batch / options_.chunks;
  const std::int64_t first = (progress_.step % steps_an_epoch()) * options_.batch + c * size;
  const auto numbers = std::span<const std::int64_t>(order_).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(size));
  std::vector<std::uint8_t> labels;
  for (const std::int64_t number : numbers) labels.push_back(images_.train.labels[static_cast<std::size_t>(number)]);
  double loss = 0;
  const Seed<float> seed = [&](const Stack<float>& value) -> Stack<float> {
    const Tensor<float>& logits = value.back();
    return {logits.make(logits.shape(), [&](float* slope) {
      loss = cross_entropy<float>(logits.values(), labels, {slope, logits.values().size()}).loss;
    })};
  };
  (void)gradient<float>(network_.chain, plan_, {as_tensor(memory_, images_.train, numbers)}, seed, std::as_const(arena_).parameters(),
                        arena_.gradients());
  return loss;
}

double ClassificationTraining::validate() {
  std::int64_t wrong = 0;
  agree(comm_, [&] {
    const LabelledImages& test = images_.test;
    for (std::int64_t from = rank_of(comm_) * block; from < test.count(); from += size_of(comm_) * block) {
      const std::int64_t to = std::min(from + block, test.count());
      const auto value = evaluate<float>(network_.chain, {as_tensor(memory_, test, counted(from, to))}, std::as_const(arena_).parameters());
      const auto labels = std::span(test.labels).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from));
      wrong += to - from - cross_entropy<float>(value.back().values(), labels, {}).correct;
    }
  });
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &wrong, 1, MPI_INT64_T, MPI_SUM, comm_), "MPI_Allreduce");
  const double share = static_cast<double>(wrong) / static_cast<double>(images_.test.count());
  progress_.validation_steps.push_back(static_cast<double>(progress_.step));
  progress_.validation_history.push_back(share);
  return share;
}

} // namespace ansatz::learning
