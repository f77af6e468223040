// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/learning/gradient.hpp>
#include <ansatz/learning/image_batches.hpp>
#include <ansatz/learning/losses/cross_entropy.hpp>
#include <ansatz/learning/optimisers/optimiser.hpp>
#include <ansatz/learning/optimisers/schedule.hpp>
#include <ansatz/quant/networks/integer_training.hpp>
#include <ansatz/quant/networks/training_race.hpp>

#include <algorithm>
#include <chrono>

namespace ansatz::quant {

namespace {

using Clock = std::chrono::steady_clock;

class Racer {
public:
  Racer(const ImageSet& images, const RaceOptions& o)
      : images_(images), net_(learning::image_network<float>(o.model, o.integers ? make_integer_kernels({.headroom = o.headroom})
                                                                                 : learning::make_linear_kernels<float>())),
        arena_(net_.layout), adam_(net_.layout), plan_(learning::store_all(static_cast<std::int64_t>(net_.chain.size()))) {
    learning::initialise(arena_, o.seed);
  }

  /// Forward, backward and update; the mean loss.
  double step(std::span<const std::int64_t> numbers, double rate) {
    std::vector<std::uint8_t> labels;
    labels.reserve(numbers.size());
    for (const std::int64_t number : numbers) labels.push_back(images_.train.labels[static_cast<std::size_t>(number)]);
    const auto count = static_cast<float>(numbers.size());
    double loss = 0;
    const learning::Seed<float> seed = [&](const learning::Stack<float>& value) -> learning::Stack<float> {
      const auto& logits = value.back();
      return {logits.make(logits.shape(), [&](float* slope) {
        loss = learning::cross_entropy<float>(logits.values(), labels, {slope, logits.values().size()}).loss;
        std::transform(slope, slope + logits.values().size(), slope, [&](float v) { return v / count; });
      })};
    };
    arena_.clear_gradients();
    (void)learning::gradient<float>(net_.chain, plan_, {learning::as_tensor(memory_, images_.train, numbers)}, seed,
                                    std::as_const(arena_).parameters(), arena_.gradients());
    (void)adam_.step(arena_, rate);
    return loss / static_cast<double>(count);
  }

  [[nodiscard]] double accuracy() const {
    return learning::accuracy(learning::logits_of(net_.chain, arena_.parameters(), images_.test, images_.test.count()), images_.test.labels);
  }

private:
  const ImageSet& images_;
  learning::Network<float> net_;
  learning::Arena<float> arena_;
  learning::Adam<float> adam_;
  learning::Plan plan_;
  std::shared_ptr<learning::Memory> memory_ = learning::Memory::real();
};

} // namespace

RaceResult train(const ImageSet& images, const RaceOptions& o) {
  if (o.epochs < 1 || o.batch < 1 || o.batch > images.train.count())
    throw UsageError("bad_value", std::to_string(o.epochs) + " epochs of batches of " + std::to_string(o.batch) +
                                      "; at least 1 epoch and at most the " + std::to_string(images.train.count()) + " training images a batch");
  Racer racer(images, o);
  const std::int64_t an_epoch = images.train.count() / o.batch;
  const std::int64_t all = o.epochs * an_epoch;
  const std::int64_t steps = o.most_steps > 0 ? std::min(o.most_steps, all) : all;
  RaceResult result;
  std::vector<double> losses;
  std::vector<std::int64_t> order;
  for (; result.steps < steps; ++result.steps) {
    if (result.steps % an_epoch == 0) order = learning::shuffled(images.train.count(), o.seed, result.steps / an_epoch);
    const auto first = static_cast<std::size_t>((result.steps % an_epoch) * o.batch);
    const auto start = Clock::now();
    losses.push_back(racer.step(std::span<const std::int64_t>(order).subspan(first, static_cast<std::size_t>(o.batch)),
                                learning::cosine_rate(o.rate, result.steps, all)));
    result.seconds_of_steps.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    result.seconds += result.seconds_of_steps.back();
  }
  const std::size_t last = std::min<std::size_t>(50, losses.size());
  for (std::size_t i = losses.size() - last; i < losses.size(); ++i) result.loss += losses[i] / static_cast<double>(last);
  result.accuracy = racer.accuracy();
  return result;
}

} // namespace ansatz::quant
