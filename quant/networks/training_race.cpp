// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/learning/image_batches.hpp>
#include <ansatz/learning/losses/cross_entropy.hpp>
#include <ansatz/learning/optimisers/optimiser.hpp>
#include <ansatz/learning/optimisers/schedule.hpp>
#include <ansatz/quant/networks/integer_training.hpp>
#include <ansatz/quant/networks/training_race.hpp>

#include <algorithm>
#include <chrono>
#include <memory>

namespace ansatz::quant {

namespace {

using Clock = std::chrono::steady_clock;

class Racer {
public:
  Racer(const ImageSet& images, const RaceOptions& o, bool integers)
      : images_(images), net_(learning::image_network<float>(o.model, integers ? make_integer_kernels({.headroom = o.headroom})
                                                                               : learning::make_linear_kernels<float>())),
        arena_(net_.layout), adam_(net_.layout), seconds_(2 * net_.chain.size() + 1) {
    learning::initialise(arena_, o.seed);
  }

  /// Forward, backward and update; the mean loss. The plan that stores every record, spelt out, so that layers can be timed one by one.
  double step(std::span<const std::int64_t> numbers, double rate) {
    std::vector<std::uint8_t> labels;
    labels.reserve(numbers.size());
    for (const std::int64_t number : numbers) labels.push_back(images_.train.labels[static_cast<std::size_t>(number)]);
    const std::span<const float> parameters = std::as_const(arena_).parameters();
    arena_.clear_gradients();
    learning::Stack<float> state{learning::as_tensor(memory_, images_.train, numbers)};
    std::vector<learning::Record<float>> records;
    for (std::size_t i = 0; i < net_.chain.size(); ++i)
      timed(i, [&] {
        auto recorded = net_.chain[i].forward(state, parameters);
        records.push_back(std::move(recorded.residual));
        state = std::move(recorded.out);
      });
    double loss = 0;
    state = {slope(state.back(), labels, loss)};
    for (std::size_t i = net_.chain.size(); i-- > 0;)
      timed(2 * net_.chain.size() - 1 - i, [&] { state = net_.chain[i].backward(std::move(records[i]), state, parameters, arena_.gradients()); });
    timed(2 * net_.chain.size(), [&] { (void)adam_.step(arena_, rate); });
    return loss / static_cast<double>(labels.size());
  }

  /// Names beside the seconds of all steps.
  [[nodiscard]] std::vector<std::pair<std::string, double>> phases() const {
    std::vector<std::pair<std::string, double>> all;
    for (std::size_t i = 0; i < seconds_.size(); ++i) {
      const std::size_t n = net_.chain.size();
      const std::string name = i < n ? net_.chain[i].name() + " forward" : i < 2 * n ? net_.chain[2 * n - 1 - i].name() + " backward" : "update";
      all.emplace_back(name, seconds_[i]);
    }
    return all;
  }

  [[nodiscard]] double accuracy() const {
    return learning::accuracy(learning::logits_of(net_.chain, arena_.parameters(), images_.test, images_.test.count()), images_.test.labels);
  }

private:
  /// Of the mean cross-entropy by the logits; adds up the loss.
  static learning::Tensor<float> slope(const learning::Tensor<float>& logits, std::span<const std::uint8_t> labels, double& loss) {
    return logits.make(logits.shape(), [&](float* slope) {
      loss = learning::cross_entropy<float>(logits.values(), labels, {slope, logits.values().size()}).loss;
      const auto count = static_cast<float>(labels.size());
      std::transform(slope, slope + logits.values().size(), slope, [&](float v) { return v / count; });
    });
  }

  template <class Body>
  void timed(std::size_t phase, Body&& body) {
    const auto start = Clock::now();
    body();
    seconds_[phase] += std::chrono::duration<double>(Clock::now() - start).count();
  }

  const ImageSet& images_;
  learning::Network<float> net_;
  learning::Arena<float> arena_;
  learning::Adam<float> adam_;
  std::vector<double> seconds_;
  std::shared_ptr<learning::Memory> memory_ = learning::Memory::real();
};

} // namespace

namespace {

/// One of those that run side by side.
struct Lane {
  Lane(const ImageSet& images, const RaceOptions& o, bool integers) : racer(images, o, integers) {}
  Racer racer;
  RaceResult result{};
  std::vector<double> losses{};
};

} // namespace

std::vector<RaceResult> race(const ImageSet& images, const RaceOptions& o) {
  if (o.epochs < 1 || o.batch < 1 || o.batch > images.train.count())
    throw UsageError("bad_value", std::to_string(o.epochs) + " epochs of batches of " + std::to_string(o.batch) +
                                      "; at least 1 epoch and at most the " + std::to_string(images.train.count()) + " training images a batch");
  std::vector<std::unique_ptr<Lane>> lanes;
  for (const bool integers : {false, true}) lanes.push_back(std::make_unique<Lane>(images, o, integers));
  const std::int64_t an_epoch = images.train.count() / o.batch;
  const std::int64_t all = o.epochs * an_epoch;
  const std::int64_t steps = o.most_steps > 0 ? std::min(o.most_steps, all) : all;
  std::vector<std::int64_t> order;
  for (std::int64_t step = 0; step < steps; ++step) {
    if (step % an_epoch == 0) order = learning::shuffled(images.train.count(), o.seed, step / an_epoch);
    const auto first = static_cast<std::size_t>((step % an_epoch) * o.batch);
    const auto batch = std::span<const std::int64_t>(order).subspan(first, static_cast<std::size_t>(o.batch));
    for (const auto& lane : lanes) {
      const auto start = Clock::now();
      lane->losses.push_back(lane->racer.step(batch, learning::cosine_rate(o.rate, step, all)));
      lane->result.seconds_of_steps.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    }
  }
  std::vector<RaceResult> results;
  for (const auto& lane : lanes) {
    RaceResult& r = lane->result;
    r.steps = steps;
    const std::size_t last = std::min<std::size_t>(50, lane->losses.size());
    for (std::size_t i = lane->losses.size() - last; i < lane->losses.size(); ++i) r.loss += lane->losses[i] / static_cast<double>(last);
    r.accuracy = lane->racer.accuracy();
    r.seconds_of_phases = lane->racer.phases();
    results.push_back(std::move(r));
  }
  return results;
}

} // namespace ansatz::quant
