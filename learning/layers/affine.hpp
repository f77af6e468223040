// SPDX-License-Identifier: Apache-2.0
/// Layers that act voxel by voxel.
///   Bias              y[o] = x[o] + b[o]
///   PointwiseAffine   y[o] = sum over i of W[o][i] x[i] + b[o]: a 1 x 1 x 1 convolution
/// Shapes: W [out][in], b [out], in the arena under NAME.weight and NAME.bias; Glorot uniform and zero at the start.
/// Errors: UsageError if the input has another number of channels.
/// Threads: values.
#pragma once

#include <ansatz/learning/arena.hpp>
#include <ansatz/learning/optic.hpp>
#include <ansatz/learning/tensor.hpp>

namespace ansatz::learning {

void require_channels(const Shape& shape, std::int64_t channels);

template <class T>
class Bias {
public:
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = Nothing;
  Bias(Layout& layout, const std::string& name, std::int64_t channels)
      : channels_(channels), offset_(layout.add({.name = name + ".bias", .shape = {channels}})) {}

  [[nodiscard]] Out get(const In& x, std::span<const T> p) const;
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T> p) const { return {{}, get(x, p)}; }
  [[nodiscard]] In backward(Residual, const Out& dy, std::span<const T> p, std::span<T> g) const;

private:
  std::int64_t channels_;
  std::int64_t offset_;
};

template <class T>
class PointwiseAffine {
public:
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = Tensor<T>;
  PointwiseAffine(Layout& layout, const std::string& name, std::int64_t in, std::int64_t out)
      : in_(in), out_(out),
        weight_(layout.add(
            {.name = name + ".weight", .shape = {out, in}, .initial = Initial::glorot_uniform, .fan_in = in, .fan_out = out, .decays = true})),
        bias_(layout.add({.name = name + ".bias", .shape = {out}})) {}

  [[nodiscard]] Out get(const In& x, std::span<const T> p) const;
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T> p) const { return {x, get(x, p)}; }
  [[nodiscard]] In backward(Residual x, const Out& dy, std::span<const T> p, std::span<T> g) const;

private:
  std::int64_t in_;
  std::int64_t out_;
  std::int64_t weight_;
  std::int64_t bias_;
};

} // namespace ansatz::learning
