// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/learning/optimisers/optimiser.hpp>

#include <cmath>

namespace ansatz::learning {

namespace {

void require_fraction(double value, const char* name) {
  if (!(value >= 0 && value < 1)) throw UsageError("bad_value", std::string(name) + " is " + std::to_string(value) + "; it must lie in [0, 1)");
}

} // namespace

template <class T>
bool Optimiser<T>::step(Arena<T>& arena, double rate) {
  for (const std::span<T> part : state())
    if (part.size() != arena.parameters().size())
      throw UsageError("bad_value", "the optimiser was made for " + std::to_string(part.size()) + " parameters, the arena has " +
                                        std::to_string(arena.parameters().size()) + "; make it from the layout of this arena");
  const std::span<const T> g = arena.gradients();
  if (!std::all_of(g.begin(), g.end(), [](T v) { return std::isfinite(v); })) return false;
  ++steps_;
  for (const Block& b : arena.layout().blocks())
    if (b.trainable) update(b, arena.parameters(b), arena.gradients(b), rate, steps_);
  return true;
}

template <class T>
Sgd<T>::Sgd(const Layout& layout, SgdOptions options) : options_(options), velocity_(static_cast<std::size_t>(layout.size())) {
  require_fraction(options.momentum, "momentum");
  if (!(options.decay >= 0)) throw UsageError("bad_value", "decay is " + std::to_string(options.decay) + "; it must be at least 0");
}

template <class T>
void Sgd<T>::update(const Block& block, std::span<T> theta, std::span<const T> g, double rate, std::int64_t) {
  const auto momentum = static_cast<T>(options_.momentum);
  const auto decay = static_cast<T>(block.decays ? options_.decay : 0);
  const auto step = static_cast<T>(rate);
  T* v = velocity_.data() + block.offset;
  for (std::size_t i = 0; i < theta.size(); ++i) {
    v[i] = momentum * v[i] + (g[i] + decay * theta[i]);
    theta[i] -= step * v[i];
  }
}

template <class T>
Adam<T>::Adam(const Layout& layout, AdamOptions options)
    : options_(options), mean_(static_cast<std::size_t>(layout.size())), square_(static_cast<std::size_t>(layout.size())) {
  require_fraction(options.beta1, "beta1");
  require_fraction(options.beta2, "beta2");
  if (!(options.epsilon > 0)) throw UsageError("bad_value", "epsilon is " + std::to_string(options.epsilon) + "; it must be positive");
}

template <class T>
void Adam<T>::update(const Block& block, std::span<T> theta, std::span<const T> g, double rate, std::int64_t k) {
  const auto b1 = static_cast<T>(options_.beta1);
  const auto b2 = static_cast<T>(options_.beta2);
  const auto step = static_cast<T>(rate / (1 - std::pow(options_.beta1, static_cast<double>(k))));
  const auto unbias = static_cast<T>(1 / (1 - std::pow(options_.beta2, static_cast<double>(k))));
  const auto epsilon = static_cast<T>(options_.epsilon);
  T* m = mean_.data() + block.offset;
  T* q = square_.data() + block.offset;
  for (std::size_t i = 0; i < theta.size(); ++i) {
    m[i] = b1 * m[i] + (1 - b1) * g[i];
    q[i] = b2 * q[i] + (1 - b2) * g[i] * g[i];
    theta[i] -= step * m[i] / (std::sqrt(unbias * q[i]) + epsilon);
  }
}

template class Optimiser<float>;
template class Optimiser<double>;
template class Sgd<float>;
template class Sgd<double>;
template class Adam<float>;
template class Adam<double>;

} // namespace ansatz::learning
