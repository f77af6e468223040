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
#include <ansatz/learning/layers/linear_kernels.hpp>

namespace ansatz::learning {

/// The patches of a tensor with the features last. UsageError unless it has so many features.
[[nodiscard]] Patches patches_of(const Shape& shape, std::int64_t features, std::int64_t side);

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
    return x.make(with_features(x.shape(), out_),
                  [&](T* y) { kernels_->layer(patches, out_, x.data(), p.data() + weight_, p.data() + bias_, A, y); });
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
      return way_back(m, m, dy, p, g);
    else
      return way_back(m.first, m.second, dy, p, g);
  }

private:
  static Shape with_features(Shape s, std::int64_t features) {
    s.x = features;
    return s;
  }

  [[nodiscard]] In way_back(const In& x, const Out& y, const Out& dy, std::span<const T> p, std::span<T> g) const {
    return dy.make(x.shape(), [&](T* dx) {
      kernels_->layer_backward(patches_of(x.shape(), in_, side_), out_,
                               {.x = x.data(),
                                .w = p.data() + weight_,
                                .a = A,
                                .y = y.data(),
                                .dy = dy.data(),
                                .dx = First ? nullptr : dx,
                                .dw = g.data() + weight_,
                                .dbias = g.data() + bias_});
      if constexpr (First) std::fill_n(dx, x.shape().size(), T{0});
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
