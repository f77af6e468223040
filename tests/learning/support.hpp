// SPDX-License-Identifier: Apache-2.0
/// Small chains, random values and finite differences for the tests of learning/.
#pragma once

#include <ansatz/learning/arena.hpp>
#include <ansatz/learning/gradient.hpp>
#include <ansatz/learning/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace ansatz::learning::tests {

/// Uniform on [-1, 1].
template <class T>
std::vector<T> random_values(std::int64_t n, std::uint64_t seed) {
  std::vector<T> values(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(2 * uniform(seed, 7, i) - 1);
  return values;
}

template <class T>
Tensor<T> random_tensor(const Shape& shape, std::uint64_t seed, std::shared_ptr<Memory> memory = Memory::real()) {
  const std::vector<T> values = random_values<T>(shape.size(), seed);
  return from_plain<T>(std::move(memory), shape, values);
}

template <class T>
void randomise(Arena<T>& arena, std::uint64_t seed) {
  for (const Block& b : arena.layout().blocks()) {
    std::uint64_t i = 0;
    for (T& v : arena.parameters(b)) v = static_cast<T>(2 * uniform(seed, key_of(b.name), i++) - 1);
  }
}

template <class A, class B>
double dot(const A& a, const B& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

template <class T>
bool same_bits(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}
template <class T>
bool same_bits(const Stack<T>& a, const Stack<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Tensor<T>& u, const Tensor<T>& v) { return u.shape() == v.shape() && same_bits(u.values(), v.values()); });
}

/// The cotangent that is the same for every run: random values in the shape of the output.
template <class T>
Seed<T> random_seed(std::uint64_t seed) {
  return [seed](const Stack<T>& value) {
    Stack<T> cotangent;
    for (const Tensor<T>& tensor : value) {
      const std::vector<T> values = random_values<T>(tensor.shape().size(), seed + cotangent.size());
      cotangent.push_back(tensor.make(tensor.shape(), [&](T* out) { std::copy(values.begin(), values.end(), out); }));
    }
    return cotangent;
  };
}

/// y = sin(w x) with one parameter w; remembers its input. Its runs can be counted.
struct Sine {
  using Scalar = double;
  using In = Tensor<double>;
  using Out = Tensor<double>;
  using Residual = Tensor<double>;
  std::int64_t at = 0; // of w in the arena
  std::int64_t* plain = nullptr;
  std::int64_t* recording = nullptr;

  [[nodiscard]] Out value(const In& x, std::span<const double> p) const {
    return x.make(x.shape(), [&](double* y) {
      for (std::size_t i = 0; i < x.values().size(); ++i) y[i] = std::sin(p[static_cast<std::size_t>(at)] * x.values()[i]);
    });
  }
  [[nodiscard]] Out get(const In& x, std::span<const double> p) const {
    if (plain != nullptr) ++*plain;
    return value(x, p);
  }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const double> p) const {
    if (recording != nullptr) ++*recording;
    return {x, value(x, p)};
  }
  [[nodiscard]] In backward(Residual x, const Out& dy, std::span<const double> p, std::span<double> g) const {
    return dy.make(x.shape(), [&](double* dx) {
      const double w = p[static_cast<std::size_t>(at)];
      for (std::size_t i = 0; i < x.values().size(); ++i) {
        const double slope = std::cos(w * x.values()[i]) * dy.values()[i];
        dx[i] = w * slope;
        g[static_cast<std::size_t>(at)] += x.values()[i] * slope;
      }
    });
  }
};

/// n sines; each with its own parameter, or all with one.
struct SineChain {
  Layout layout{};
  Chain<double> chain{};
  std::int64_t plain = 0;
  std::int64_t recording = 0;

  explicit SineChain(std::int64_t n, bool shared = false) {
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t at = shared && i > 0 ? 0 : layout.add({.name = "w" + std::to_string(i), .shape = {1}});
      chain.emplace_back("sine" + std::to_string(i), Sine{at, &plain, &recording});
    }
  }
  SineChain(const SineChain&) = delete;
  SineChain& operator=(const SineChain&) = delete;
};

/// Runs a plan; the gradients are in the arena.
template <class T>
Gradient<T> run(const Chain<T>& chain, const Plan& plan, const Stack<T>& input, Arena<T>& arena, const GradientOptions& options = {}) {
  arena.clear_gradients();
  return gradient<T>(chain, plan, input, random_seed<T>(99), std::as_const(arena).parameters(), arena.gradients(), options);
}

} // namespace ansatz::learning::tests
