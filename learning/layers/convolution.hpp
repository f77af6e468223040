// SPDX-License-Identifier: Apache-2.0
/// The 3 x 3 x 3 convolution layer: cross-correlation, stride 1, zeros around the box, bias, optionally with its activation in the same pass.
/// Residual: the input, and with an activation the value; neighbours in a chain share both, so neither costs memory of its own.
/// Shapes: weight [out][in][3][3][3], bias [out] in the arena as NAME.weight, NAME.bias; Glorot uniform with fans 27 in and 27 out, zero bias.
/// Errors: UsageError if the input has another number of channels.
/// Threads: one per kernels object.  Ownership: layers share the kernels, which cache by shape.
#pragma once

#include <ansatz/learning/arena.hpp>
#include <ansatz/learning/layers/affine.hpp>
#include <ansatz/learning/layers/convolution_kernels.hpp>

namespace ansatz::learning {

template <class T, Activation A = Activation::identity>
class Convolution {
public:
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = std::conditional_t<A == Activation::identity, Tensor<T>, std::pair<Tensor<T>, Tensor<T>>>;

  Convolution(Layout& layout, const std::string& name, std::int64_t in, std::int64_t out, std::shared_ptr<ConvolutionKernels<T>> kernels)
      : in_(in), out_(out), weight_(layout.add({.name = name + ".weight",
                                                .shape = {out, in, 3, 3, 3},
                                                .initial = Initial::glorot_uniform,
                                                .fan_in = 27 * in,
                                                .fan_out = 27 * out,
                                                .decays = true})),
        bias_(layout.add({.name = name + ".bias", .shape = {out}})), kernels_(std::move(kernels)) {}

  [[nodiscard]] Out get(const In& x, std::span<const T> p) const {
    require_channels(x.shape(), in_);
    return x.make(x.shape().with_channels(out_),
                  [&](T* y) { kernels_->forward(x.shape(), out_, x.data(), p.data() + weight_, p.data() + bias_, A, y); });
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
  [[nodiscard]] In linear_backward(const In& x, const Out& dy, std::span<const T> p, std::span<T> g) const {
    return dy.make(x.shape(), [&](T* dx) {
      kernels_->backward_weights(x.shape(), out_, x.data(), dy.data(), g.data() + weight_, g.data() + bias_);
      kernels_->backward_data(x.shape(), out_, p.data() + weight_, dy.data(), dx);
    });
  }

  std::int64_t in_;
  std::int64_t out_;
  std::int64_t weight_;
  std::int64_t bias_;
  std::shared_ptr<ConvolutionKernels<T>> kernels_;
};

} // namespace ansatz::learning
