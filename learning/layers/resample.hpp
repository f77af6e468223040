// SPDX-License-Identifier: Apache-2.0
/// Between grids of side N and N / 2.
///   AveragePool     mean over 2 x 2 x 2 voxels; backward gives each of them 1/8
///   NearestUpsample each voxel becomes 2 x 2 x 2 equal ones; backward adds them. It is 8 times the transpose of AveragePool
/// Shapes: all three sides even for AveragePool, UsageError otherwise. Channels stay.
/// Threads: values.
#pragma once

#include <ansatz/learning/optic.hpp>
#include <ansatz/learning/tensor.hpp>

namespace ansatz::learning {

/// coarse = factor * (sum over the 8 children). \param coarse_shape  half the sides of the fine one
template <class T>
void gather_children(const Shape& coarse_shape, T factor, const T* fine, T* coarse);

/// fine = factor * (value of the parent)
template <class T>
void spread_to_children(const Shape& coarse_shape, T factor, const T* coarse, T* fine);

[[nodiscard]] Shape coarsened(const Shape& fine);
[[nodiscard]] Shape refined(const Shape& coarse);

template <class T>
struct AveragePool {
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = Nothing;
  [[nodiscard]] Out get(const In& x, std::span<const T>) const {
    const Shape coarse = coarsened(x.shape());
    return x.make(coarse, [&](T* y) { gather_children(coarse, T{0.125}, x.data(), y); });
  }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T> p) const { return {{}, get(x, p)}; }
  [[nodiscard]] In backward(Residual, const Out& dy, std::span<const T>, std::span<T>) const {
    return dy.make(refined(dy.shape()), [&](T* dx) { spread_to_children(dy.shape(), T{0.125}, dy.data(), dx); });
  }
};

template <class T>
struct NearestUpsample {
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = Nothing;
  [[nodiscard]] Out get(const In& x, std::span<const T>) const {
    return x.make(refined(x.shape()), [&](T* y) { spread_to_children(x.shape(), T{1}, x.data(), y); });
  }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T> p) const { return {{}, get(x, p)}; }
  [[nodiscard]] In backward(Residual, const Out& dy, std::span<const T>, std::span<T>) const {
    const Shape coarse = coarsened(dy.shape());
    return dy.make(coarse, [&](T* dx) { gather_children(coarse, T{1}, dy.data(), dx); });
  }
};

} // namespace ansatz::learning
