// SPDX-License-Identifier: Apache-2.0
#include <ansatz/learning/gradient.hpp>
#include <ansatz/learning/spill_file.hpp>

#include <algorithm>
#include <chrono>

namespace ansatz::learning {

namespace {

using Kind = Action::Kind;

/// One execution of a plan, on real or on phantom memory.
template <class T>
class Run {
public:
  Run(const Chain<T>& chain, const Plan& plan, const Stack<T>& input, const Seed<T>& seed, std::span<const T> parameters, std::span<T> gradients,
      const GradientOptions& options)
      : chain_(chain), seed_(seed), parameters_(parameters), gradients_(gradients), options_(options), memory_(input.front().memory()),
        state_(input) {
    report_.planner = plan.planner;
    report_.steps = plan.steps;
  }

  Gradient<T> execute(const Plan& plan) {
    const auto start = std::chrono::steady_clock::now();
    memory_->restart_peak();
    const std::int64_t values = memory_->live(Holds::values);
    const std::int64_t cotangents = memory_->live(Holds::cotangents);
    try {
      for (const Action& action : plan.actions) perform(action);
    } catch (...) {
      memory_->counts_as(Holds::values);
      throw;
    }
    report_.peak_bytes = memory_->peak() - values - cotangents;
    report_.peak_value_bytes = memory_->peak(Holds::values) - values;
    report_.peak_cotangent_bytes = memory_->peak(Holds::cotangents) - cotangents;
    if (!memory_->is_phantom()) report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return {std::move(cotangent_), report_};
  }

private:
  /// A restart state or a record; tensors that were spilled keep their shapes only.
  struct Slot {
    Stack<T> tensors;
    std::vector<Shape> spilled;
  };

  void perform(const Action& a) {
    switch (a.kind) {
      case Kind::store_state: push(state_); break;
      case Kind::load_state: state_ = pop(); break;
      case Kind::advance: advance(a.begin, a.end); break;
      case Kind::store_record: push(std::move(record(a.begin).tensors)); break;
      case Kind::reverse: reverse(a.begin, record(a.begin)); break;
      case Kind::reverse_stored: reverse(a.begin, {pop()}); break;
    }
  }

  [[nodiscard]] const Step<T>& step(std::int64_t i) const { return chain_[static_cast<std::size_t>(i)]; }

  void advance(std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) state_ = step(i).get(state_, parameters_);
    report_.done.plain += end - begin;
  }

  /// Runs the step and leaves its value as the working state, unless that is the value of the chain: that one goes to the seed.
  Record<T> record(std::int64_t i) {
    Recorded<Record<T>, Stack<T>> recorded = step(i).forward(state_, parameters_);
    ++report_.done.recording;
    state_ = std::move(recorded.out);
    if (i + 1 == report_.steps) seed();
    return std::move(recorded.residual);
  }

  void seed() {
    memory_->counts_as(Holds::cotangents);
    cotangent_ = seed_(state_);
    memory_->counts_as(Holds::values);
    const auto same = [](const Tensor<T>& a, const Tensor<T>& b) { return a.shape() == b.shape(); };
    if (!std::equal(state_.begin(), state_.end(), cotangent_.begin(), cotangent_.end(), same))
      throw UsageError("bad_value", "the seed returned a cotangent of another shape than the value of the chain");
  }

  void reverse(std::int64_t i, Record<T> record) {
    state_.clear();
    memory_->counts_as(Holds::cotangents);
    cotangent_ = step(i).backward(std::move(record), cotangent_, parameters_, gradients_);
    memory_->counts_as(Holds::values);
    ++report_.done.backward;
  }

  void push(Stack<T> tensors) {
    slots_.push_back({std::move(tensors), {}});
    report_.done.slots = std::max(report_.done.slots, static_cast<std::int64_t>(slots_.size()));
    if (static_cast<std::int64_t>(slots_.size()) > options_.disk_slots) return;
    Slot& slot = slots_.back();
    for (const Tensor<T>& tensor : slot.tensors) {
      if (!memory_->is_phantom()) {
        if (!file_) file_ = std::make_unique<SpillFile>(options_.spill_folder);
        file_->push(tensor.data(), tensor.bytes());
      }
      report_.spilled_bytes += tensor.bytes();
      slot.spilled.push_back(tensor.shape());
    }
    slot.tensors.clear();
  }

  Stack<T> pop() {
    Slot slot = std::move(slots_.back());
    slots_.pop_back();
    for (const Shape& shape : slot.spilled) slot.tensors.emplace_back(memory_, shape);
    if (!slot.spilled.empty() && file_)
      for (auto tensor = slot.tensors.rbegin(); tensor != slot.tensors.rend(); ++tensor) file_->pop(tensor->fill(), tensor->bytes());
    return std::move(slot.tensors);
  }

  const Chain<T>& chain_;
  const Seed<T>& seed_;
  std::span<const T> parameters_;
  std::span<T> gradients_;
  const GradientOptions& options_;
  std::shared_ptr<Memory> memory_;
  Stack<T> state_;
  Stack<T> cotangent_;
  std::vector<Slot> slots_;
  std::unique_ptr<SpillFile> file_;
  GradientReport report_;
};

} // namespace

bool GradientReport::same_cost(const GradientReport& other) const noexcept {
  return steps == other.steps && done == other.done && peak_bytes == other.peak_bytes && peak_value_bytes == other.peak_value_bytes &&
         peak_cotangent_bytes == other.peak_cotangent_bytes && spilled_bytes == other.spilled_bytes;
}

template <class T>
Gradient<T> gradient(const Chain<T>& chain, const Plan& plan, const Stack<T>& input, const Seed<T>& seed, std::span<const T> parameters,
                     std::span<T> gradients, const GradientOptions& options) {
  if (plan.steps != static_cast<std::int64_t>(chain.size()) || chain.empty())
    throw UsageError("bad_value", "a plan for " + std::to_string(plan.steps) + " steps cannot reverse a chain of " + std::to_string(chain.size()));
  if (input.empty()) throw UsageError("bad_value", "a chain was given an empty stack; it needs at least one tensor");
  return Run<T>(chain, plan, input, seed, parameters, gradients, options).execute(plan);
}

template <class T>
GradientReport price(const Chain<T>& chain, const Plan& plan, const std::vector<Shape>& input, const GradientOptions& options) {
  const auto phantom = Memory::phantom();
  Stack<T> state;
  for (const Shape& shape : input) state.emplace_back(phantom, shape);
  const Seed<T> seed = [](const Stack<T>& value) {
    Stack<T> cotangent;
    for (const Tensor<T>& tensor : value) cotangent.emplace_back(tensor.memory(), tensor.shape());
    return cotangent;
  };
  return gradient<T>(chain, plan, state, seed, {}, {}, options).report;
}

template <class T>
Plan plan_within(const Chain<T>& chain, const std::vector<Shape>& input, std::int64_t bytes) {
  const auto n = static_cast<std::int64_t>(chain.size());
  const auto peak = [&](std::int64_t s) { return price(chain, mixed(n, s), input).peak_bytes; };
  std::int64_t low = n > 1 ? 1 : 0; // fits
  std::int64_t high = std::max<std::int64_t>(n - 1, low);
  if (const std::int64_t least = peak(low); least > bytes)
    throw UsageError("bad_value",
                     "the chain cannot be reversed in " + std::to_string(bytes) + " bytes; the least budget is " + std::to_string(least));
  while (low < high) {
    const std::int64_t middle = (low + high + 1) / 2;
    if (peak(middle) <= bytes)
      low = middle;
    else
      high = middle - 1;
  }
  return mixed(n, low);
}

#define ANSATZ_INSTANTIATE(T)                                                                                                                        \
  template Gradient<T> gradient(const Chain<T>&, const Plan&, const Stack<T>&, const Seed<T>&, std::span<const T>, std::span<T>,                     \
                                const GradientOptions&);                                                                                             \
  template GradientReport price(const Chain<T>&, const Plan&, const std::vector<Shape>&, const GradientOptions&);                                    \
  template Plan plan_within(const Chain<T>&, const std::vector<Shape>&, std::int64_t);
ANSATZ_INSTANTIATE(float)
ANSATZ_INSTANTIATE(double)

} // namespace ansatz::learning
