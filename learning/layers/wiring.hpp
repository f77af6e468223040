// SPDX-License-Identifier: Apache-2.0
/// Optics without parameters that wire a chain.
///   Copy    [.., a] -> [.., a, a]; backward adds. Costs nothing: both share one buffer
///   Add     [.., a, b] -> [.., a + b]; backward copies
///   Scale   a -> factor a
///   Detach  a -> a, backward 0: what lies before it gets no gradient from this wire, on purpose
/// A residual block is Copy; layers; Add. A U-net's skip connection rides in the stack between them.
/// Errors: UsageError for stacks too short and for tensors of different shapes.
/// Threads: values.
#pragma once

#include <ansatz/learning/optic.hpp>
#include <ansatz/learning/tensor.hpp>

#include <algorithm>

namespace ansatz::learning {

/// a + b, entry by entry.
template <class T>
[[nodiscard]] Tensor<T> sum(const Tensor<T>& a, const Tensor<T>& b) {
  if (a.shape() != b.shape()) throw UsageError("bad_value", "cannot add " + to_string(a.shape()) + " and " + to_string(b.shape()));
  return a.make(a.shape(), [&](T* out) {
    for (std::int64_t i = 0; i < a.shape().size(); ++i) out[i] = a.data()[i] + b.data()[i];
  });
}

template <class T>
[[nodiscard]] Stack<T> add_top_two(const Stack<T>& stack) {
  if (stack.size() < 2) throw UsageError("bad_value", "a stack of " + std::to_string(stack.size()) + " tensors has no two to add; put a Copy before");
  Stack<T> out(stack.begin(), stack.end() - 2);
  out.push_back(sum(stack[stack.size() - 2], stack.back()));
  return out;
}

template <class T>
[[nodiscard]] Stack<T> copy_top(const Stack<T>& stack) {
  if (stack.empty()) throw UsageError("bad_value", "an empty stack has nothing to copy; give the chain an input");
  Stack<T> out = stack;
  out.push_back(stack.back());
  return out;
}

template <class T>
struct Copy {
  using Scalar = T;
  using In = Stack<T>;
  using Out = Stack<T>;
  using Residual = Nothing;
  [[nodiscard]] Out get(const In& a, std::span<const T>) const { return copy_top(a); }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& a, std::span<const T>) const { return {{}, copy_top(a)}; }
  [[nodiscard]] In backward(Residual, const Out& db, std::span<const T>, std::span<T>) const { return add_top_two(db); }
};

template <class T>
struct Add {
  using Scalar = T;
  using In = Stack<T>;
  using Out = Stack<T>;
  using Residual = Nothing;
  [[nodiscard]] Out get(const In& a, std::span<const T>) const { return add_top_two(a); }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& a, std::span<const T>) const { return {{}, add_top_two(a)}; }
  [[nodiscard]] In backward(Residual, const Out& db, std::span<const T>, std::span<T>) const { return copy_top(db); }
};

template <class T>
struct Scale {
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = Nothing;
  T factor = 1;
  [[nodiscard]] Out get(const In& x, std::span<const T>) const {
    return x.make(x.shape(), [&](T* y) { std::transform(x.values().begin(), x.values().end(), y, [&](T v) { return factor * v; }); });
  }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T> p) const { return {{}, get(x, p)}; }
  [[nodiscard]] In backward(Residual, const Out& dy, std::span<const T> p, std::span<T>) const { return get(dy, p); }
};

template <class T>
struct Detach {
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = Nothing;
  static constexpr bool exact_adjoint = false;
  [[nodiscard]] Out get(const In& x, std::span<const T>) const { return x; }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T>) const { return {{}, x}; }
  [[nodiscard]] In backward(Residual, const Out& dy, std::span<const T>, std::span<T>) const {
    return dy.make(dy.shape(), [&](T* dx) { std::fill_n(dx, dy.shape().size(), T{0}); });
  }
};

} // namespace ansatz::learning
