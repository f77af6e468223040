// SPDX-License-Identifier: Apache-2.0
/// Layers without parameters on images with the features last, Shape {images, 1, rows, columns, features}.
///   MaxPool       y = max over 2 x 2 places, feature by feature; backward gives it to the first of the largest
///   Flatten       {n, 1, r, c, f} -> {n, 1, 1, 1, r c f}: the same buffer
///   CutPatches    {n, 1, r, c, f} -> {n, 1, 1, tokens, s s f}: squares of side s, row by row, each as the features of one token
///   MeanOfTokens  {n, 1, 1, tokens, f} -> {n, 1, 1, 1, f}
/// Errors: UsageError if the sides do not divide the image.
/// Threads: values.
#pragma once

#include <ansatz/learning/optic.hpp>
#include <ansatz/learning/tensor.hpp>

namespace ansatz::learning {

template <class T>
struct MaxPool {
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = std::pair<Tensor<T>, Tensor<T>>; ///< input and value, which the neighbours keep anyway
  [[nodiscard]] Out get(const In& x, std::span<const T>) const;
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T> p) const {
    Out y = get(x, p);
    return {{x, y}, y};
  }
  [[nodiscard]] In backward(Residual m, const Out& dy, std::span<const T>, std::span<T>) const;
};

template <class T>
struct Flatten {
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = Tensor<T>; ///< the input, of which only the shape is read
  [[nodiscard]] Out get(const In& x, std::span<const T>) const {
    return x.reshaped({x.shape().batch, 1, 1, 1, x.shape().channels * x.shape().voxels()});
  }
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T> p) const { return {x, get(x, p)}; }
  [[nodiscard]] In backward(Residual x, const Out& dy, std::span<const T>, std::span<T>) const { return dy.reshaped(x.shape()); }
};

template <class T>
class CutPatches {
public:
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = Tensor<T>; ///< the input, of which only the shape is read
  explicit CutPatches(std::int64_t side) : side_(side) {}
  [[nodiscard]] Out get(const In& x, std::span<const T>) const;
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T> p) const { return {x, get(x, p)}; }
  [[nodiscard]] In backward(Residual x, const Out& dy, std::span<const T>, std::span<T>) const;

private:
  /// Calls body(place of the row in the image, place of the row in the tokens, values in a row).
  template <class Body>
  void for_rows(const Shape& image, Body&& body) const;

  std::int64_t side_;
};

template <class T>
struct MeanOfTokens {
  using Scalar = T;
  using In = Tensor<T>;
  using Out = Tensor<T>;
  using Residual = Tensor<T>; ///< the input, of which only the shape is read
  [[nodiscard]] Out get(const In& x, std::span<const T>) const;
  [[nodiscard]] Recorded<Residual, Out> forward(const In& x, std::span<const T> p) const { return {x, get(x, p)}; }
  [[nodiscard]] In backward(Residual x, const Out& dy, std::span<const T>, std::span<T>) const;
};

} // namespace ansatz::learning
