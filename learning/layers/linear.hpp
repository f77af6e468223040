// SPDX-License-Identifier: Apache-2.0
/// Dense layers and 3 x 3 convolutions on values with the features last (linear_kernels.hpp): y = a(P(x) w^T + b), zeros around the image, stride 1.
/// Residual: the input, and with an activation the value; neighbours in a chain share both.
/// Shapes: x {images, 1, rows, columns, in}, y the same with `out`; weight [out][in] or [out][3][3][in] and bias [out] in the arena as NAME.weight and
/// NAME.bias; Glorot uniform, zero bias.
/// `Linear<T, A, true>` is for the first layer of a network: nobody needs the cotangent of the data, so it is not computed (zeros are handed back).
/// Errors: UsageError if the input has another number of features.
/// Threads: one per kernels object.  Ownership: layers share the kernels.
#pragma once

#include <ansatz/learning/arena.hpp>
#include <ansatz/learning/layers/activation.hpp>
#include <ansatz/learning/layers/linear_kernels.hpp>

namespace ansatz::learning {

/// The patches of a tensor with the features last. UsageError unless it has so many features.
[[nodiscard]] Patches patches_of(const Shape& shape, std::int64_t features, std::int64_t side);

/// y[place][o] = a(y[place][o] + bias[o])
template <class T>
void add_bias(std::int64_t places, std::int64_t out, const T* bias, Activation a, T* y);

/// dbias[o] += sum over places of dy[place][o], in blocks so that rounding grows slowly.
template <class T>
void add_bias_gradient(std::int64_t places, std::int64_t out, const T* dy, T* dbias);

template <class T, Activation A = Activation::identity, bool First = false>
class Linear {
public:
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = std::conditional_t<A == Activation::identity, Tensor<T>, std::pair<Tensor<T>, Tensor<T>>>;
  static constexpr bool exact_adjoint = !First;

  /// \param side  1: dense, 3: convolution
  Linear(Layout& layout, const std::string& name, std::int64_t in, std::int64_t out, std::int64_t side, std::shared_ptr<LinearKernels<T>> kernels)
      : in_(in), out_(out), side_(side), weight_(layout.add({.name = name + ".weight",
                                                             .shape = side == 1 ? std::vector{out, in} : std::vector{out, side, side, in},
                                                             .initial = Initial::glorot_uniform,
                                                             .fan_in = side * side * in,
                                                             .fan_out = side * side * out,
                                                             .decays = true})),
        bias_(layout.add({.name = name + ".bias", .shape = {out}})), kernels_(std::move(kernels)) {}

  [[nodiscard]] Out get(const In& x, std::span<const T> p) const {
    const Patches patches = patches_of(x.shape(), in_, side_);
    return x.make(with_features(x.shape(), out_), [&](T* y) {
      kernels_->forward(patches, out_, x.data(), p.data() + weight_, y);
      add_bias(patches.places(), out_, p.data() + bias_, A, y);
    });
  }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T> p) const {
    Out y = get(x, p);
    if constexpr (A == Activation::identity)
      return {x, std::move(y)};
    else
      return {{x, y}, y};
  }
  [[nodiscard]] In backward(Residual m, const Out& dy, std::span<const T> p, std::span<T> g) const {
    if constexpr (A == Activation::identity)
      return linear_backward(m, dy, p, g);
    else
      return linear_backward(m.first, Activate<T>{A}.backward(std::move(m.second), dy, p, g), p, g);
  }

private:
  static Shape with_features(Shape s, std::int64_t features) {
    s.x = features;
    return s;
  }

  [[nodiscard]] In linear_backward(const In& x, const Out& dy, std::span<const T> p, std::span<T> g) const {
    const Patches patches = patches_of(x.shape(), in_, side_);
    return dy.make(x.shape(), [&](T* dx) {
      add_bias_gradient(patches.places(), out_, dy.data(), g.data() + bias_);
      kernels_->backward_weights(patches, out_, x.data(), dy.data(), g.data() + weight_);
      if constexpr (First)
        std::fill_n(dx, x.shape().size(), T{0});
      else
        kernels_->backward_data(patches, out_, p.data() + weight_, dy.data(), dx);
    });
  }

  std::int64_t in_;
  std::int64_t out_;
  std::int64_t side_;
  std::int64_t weight_;
  std::int64_t bias_;
  std::shared_ptr<LinearKernels<T>> kernels_;
};

} // namespace ansatz::learning
