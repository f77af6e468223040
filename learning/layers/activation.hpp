// SPDX-License-Identifier: Apache-2.0
/// Pointwise activations. relu(x) = max(0, x);  elu(x) = x for x > 0, exp(x) - 1 otherwise (D. Clevert et al., arXiv:1511.07289).
/// Both derivatives follow from the value y, so the residual is the value, which the next layer keeps anyway:
///   relu' = [y > 0],  elu' = 1 for y > 0, else y + 1; at x = 0 the derivative from below is taken
/// Shapes: any.  Threads: values.
#pragma once

#include <ansatz/learning/optic.hpp>
#include <ansatz/learning/tensor.hpp>

#include <cmath>

namespace ansatz::learning {

enum class Activation { identity, relu, elu };

/// values[i] = activation(values[i])
template <class T>
void activate(Activation a, std::int64_t n, T* values) {
  if (a == Activation::relu)
    for (std::int64_t i = 0; i < n; ++i) values[i] = values[i] > 0 ? values[i] : T{0};
  if (a == Activation::elu)
    for (std::int64_t i = 0; i < n; ++i) values[i] = values[i] > 0 ? values[i] : std::expm1(values[i]);
}

/// dx[i] = activation'(at the value y[i]) dy[i]
template <class T>
void activate_backward(Activation a, std::int64_t n, const T* y, const T* dy, T* dx);

template <class T>
struct Activate {
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = Tensor<T>;
  Activation activation = Activation::relu;

  [[nodiscard]] Out get(const In& x, std::span<const T>) const {
    return x.make(x.shape(), [&](T* y) {
      std::copy(x.values().begin(), x.values().end(), y);
      activate(activation, x.shape().size(), y);
    });
  }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T> p) const {
    Out y = get(x, p);
    return {y, y};
  }
  [[nodiscard]] In backward(Residual y, const Out& dy, std::span<const T>, std::span<T>) const {
    return dy.make(dy.shape(), [&](T* dx) { activate_backward(activation, y.shape().size(), y.data(), dy.data(), dx); });
  }
};

} // namespace ansatz::learning
