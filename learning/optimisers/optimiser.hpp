// SPDX-License-Identifier: Apache-2.0
/// Optimisers that take one step along the gradient in an arena. g is the gradient, theta the parameters, rate the learning rate of this step
/// (schedule.hpp):
///   Sgd   g += decay theta (blocks that decay);  v = momentum v + g;  theta -= rate v
///   Adam  m = b1 m + (1 - b1) g;  q = b2 q + (1 - b2) g^2;  theta -= rate (m / (1 - b1^k)) / (sqrt(q / (1 - b2^k)) + epsilon),  k = 1, 2, ...
/// Cite: D. P. Kingma, J. Ba, Adam: a method for stochastic optimization, ICLR 2015, arXiv:1412.6980.
/// Blocks that are not trainable stay as they are. The gradient in the arena is left alone.
/// Errors: `step` returns false and changes nothing if the gradient holds NaN or infinity; UsageError for settings out of range.
/// Threads: one.  MPI: none; equal gradients on all ranks give equal parameters.  Memory: one arena (Sgd) or two (Adam).
#pragma once

#include <ansatz/learning/arena.hpp>

#include <string_view>

namespace ansatz::learning {

template <class T>
class Optimiser {
public:
  Optimiser() = default;
  virtual ~Optimiser() = default;
  Optimiser(const Optimiser&) = delete;
  Optimiser& operator=(const Optimiser&) = delete;

  /// One step; false if the gradient is not finite.
  [[nodiscard]] bool step(Arena<T>& arena, double rate);
  [[nodiscard]] std::int64_t steps() const noexcept { return steps_; }

  /// What a checkpoint must hold beside the parameters: equal names, sizes and values mean equal further steps.
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  [[nodiscard]] virtual std::vector<std::span<T>> state() = 0;
  void restore_steps(std::int64_t steps) noexcept { steps_ = steps; }

protected:
  /// \param k  number of this step, from 1
  virtual void update(const Block& block, std::span<T> theta, std::span<const T> g, double rate, std::int64_t k) = 0;

private:
  std::int64_t steps_ = 0;
};

struct SgdOptions {
  double momentum = 0.9; ///< in [0, 1)
  double decay = 0;      ///< weight decay, at least 0
};

template <class T>
class Sgd final : public Optimiser<T> {
public:
  explicit Sgd(const Layout& layout, SgdOptions options = {});
  [[nodiscard]] std::string_view name() const noexcept override { return "sgd"; }
  [[nodiscard]] std::vector<std::span<T>> state() override { return {velocity_}; }

private:
  void update(const Block& block, std::span<T> theta, std::span<const T> g, double rate, std::int64_t k) override;

  SgdOptions options_;
  std::vector<T> velocity_;
};

struct AdamOptions {
  double beta1 = 0.9;    ///< in [0, 1)
  double beta2 = 0.999;  ///< in [0, 1)
  double epsilon = 1e-8; ///< positive
};

template <class T>
class Adam final : public Optimiser<T> {
public:
  explicit Adam(const Layout& layout, AdamOptions options = {});
  [[nodiscard]] std::string_view name() const noexcept override { return "adam"; }
  [[nodiscard]] std::vector<std::span<T>> state() override { return {mean_, square_}; }

private:
  void update(const Block& block, std::span<T> theta, std::span<const T> g, double rate, std::int64_t k) override;

  AdamOptions options_;
  std::vector<T> mean_;
  std::vector<T> square_;
};

} // namespace ansatz::learning
