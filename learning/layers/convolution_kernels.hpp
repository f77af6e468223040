// SPDX-License-Identifier: Apache-2.0
/// Kernels of the 3 x 3 x 3 cross-correlation with stride 1 and zeros around the box, behind one interface:
///   y[n,o,v] = a( b[o] + sum over i and t in {-1,0,1}^3 of w[o,i,t] x[n,i,v+t] )
///   onednn     float32: oneDNN forward and backward with respect to data; where oneDNN has only its plain loops for the machine (backward with
///     respect to weights under AVX2), the direct kernel
///   direct     float32 and float64: register-tiled over 6 voxels, compiled for AVX2 and without, chosen at run time
///   reference  plain loops, what the others are tested against
/// Shapes: x and y in the order of shape.hpp, w [out][in][3][3][3]. Backward with respect to weights adds, the others overwrite.
/// Rounding: sums over 27 in terms; direct and reference agree to a few 1e-16 (1e-7) times the sum of absolute terms. Repeats are bitwise equal.
/// Cost: 54 in out flops a voxel, three times that for a training step.
/// Errors: UsageError for names that are not there.
/// Threads: an object caches its primitives, packed weights and scratch: one thread. oneDNN itself uses OMP_NUM_THREADS threads; 1 is right when
/// every core has a rank.
#pragma once

#include <ansatz/learning/layers/activation.hpp>

#include <memory>
#include <string>
#include <vector>

namespace ansatz::learning {

template <class T>
class ConvolutionKernels {
public:
  ConvolutionKernels() = default;
  virtual ~ConvolutionKernels() = default;
  ConvolutionKernels(const ConvolutionKernels&) = delete;
  ConvolutionKernels& operator=(const ConvolutionKernels&) = delete;

  /// \param in  shape of x; y has its voxels and `out` channels
  virtual void forward(const Shape& in, std::int64_t out, const T* x, const T* w, const T* bias, Activation a, T* y) = 0;
  virtual void backward_data(const Shape& in, std::int64_t out, const T* w, const T* dy, T* dx) = 0;
  virtual void backward_weights(const Shape& in, std::int64_t out, const T* x, const T* dy, T* dw, T* dbias) = 0;
  /// Scratch held, in bytes.
  [[nodiscard]] virtual std::int64_t bytes() const = 0;
};

/// Names for this precision, fastest first.
template <class T>
[[nodiscard]] std::vector<std::string> convolution_kernel_names();

/// \param name  empty: the fastest
template <class T>
[[nodiscard]] std::shared_ptr<ConvolutionKernels<T>> make_convolution_kernels(const std::string& name = "");

} // namespace ansatz::learning
