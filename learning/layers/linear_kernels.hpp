// SPDX-License-Identifier: Apache-2.0
/// Kernels of affine maps on rows of features and of 3 x 3 convolutions of images, behind one interface, so that layers do not know in which arithmetic
/// their products run. Values lie with the features last: Shape {images, 1, rows, columns, features}. A patch is what a filter sees: the features of a place
/// (side 1: a dense layer), or those of its 3 x 3 neighbourhood with zeros around the image (side 3), in the order [ky][kx][feature].
///   forward            y[place][o] = sum over i of w[o][i] P(x)[place][i]
///   backward_data      dx = forward of dy with the turned filters w'[i][2 - ky][2 - kx][o] = w[o][ky][kx][i]
///   backward_weights   dw[o][i] += sum over places of dy[place][o] P(x)[place][i]
/// Patches are gathered a cache's worth at a time; the products are oneDNN's sgemm for float32 and plain loops for float64.
/// Cost: 2 places side^2 in out flops each.
/// Errors: InternalError with oneDNN's status.
/// Threads: an object keeps its scratch: one thread. oneDNN itself uses OMP_NUM_THREADS threads.
#pragma once

#include <ansatz/learning/layers/activation.hpp>

#include <cstdint>
#include <memory>

namespace ansatz::learning {

/// The patches of a batch.
struct Patches {
  std::int64_t images = 1;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t features = 1;
  std::int64_t side = 1; ///< 1 or 3

  [[nodiscard]] std::int64_t places() const noexcept { return images * rows * columns; }
  [[nodiscard]] std::int64_t length() const noexcept { return side * side * features; }
  /// Of so many of the images.
  [[nodiscard]] Patches of(std::int64_t count) const noexcept { return {count, rows, columns, features, side}; }
};

/// out[place][ky][kx][feature] for `images` images from `first` on; T is any number.
template <class T>
void gather_patches(const Patches& p, std::int64_t first, std::int64_t images, const T* x, T* out);

/// turned[i][2 - ky][2 - kx][o] = w[o][ky][kx][i]
template <class T>
void turn_filters(const Patches& p, std::int64_t out, const T* w, T* turned);

/// y[place][o] = a(y[place][o] + bias[o])
template <class T>
void add_bias(std::int64_t places, std::int64_t out, const T* bias, Activation a, T* y);

/// dbias[o] += sum over places of dy[place][o], in blocks so that rounding grows slowly.
template <class T>
void add_bias_gradient(std::int64_t places, std::int64_t out, const T* dy, T* dbias);

/// A layer's arrays for its way back.
template <class T>
struct LinearBackward {
  const T* x;   ///< input
  const T* w;   ///< [out][p.length()]
  Activation a; ///< of the layer
  const T* y;   ///< value; not read if there is no activation
  const T* dy;  ///< cotangent of the value
  T* dx;        ///< cotangent of the input; null: nobody needs it
  T* dw;        ///< is added to
  T* dbias;     ///< is added to
};

template <class T>
class LinearKernels {
public:
  LinearKernels() = default;
  virtual ~LinearKernels() = default;
  LinearKernels(const LinearKernels&) = delete;
  LinearKernels& operator=(const LinearKernels&) = delete;

  /// \param w  [out][p.length()]
  virtual void forward(const Patches& p, std::int64_t out, const T* x, const T* w, T* y) = 0;
  /// \param p  the patches of the input x
  virtual void backward_data(const Patches& p, std::int64_t out, const T* w, const T* dy, T* dx) = 0;
  /// Adds to dw.
  virtual void backward_weights(const Patches& p, std::int64_t out, const T* x, const T* dy, T* dw) = 0;

  /// y = a(forward + bias), block by block as long as it is in the cache.
  virtual void layer(const Patches& p, std::int64_t out, const T* x, const T* w, const T* bias, Activation a, T* y) = 0;
  /// The way back of that layer, also block by block.
  virtual void layer_backward(const Patches& p, std::int64_t out, const LinearBackward<T>& b) = 0;
};

template <class T>
[[nodiscard]] std::shared_ptr<LinearKernels<T>> make_linear_kernels();

} // namespace ansatz::learning
