// SPDX-License-Identifier: Apache-2.0
/// The register-tiled convolution (convolution_kernels.hpp): copies its input into a rim of zeros, so that no tap needs a test, and runs the loops of
/// direct_table.hpp.
/// Memory: one padded input, and padded outputs when 8 does not divide the channels.
/// Threads: one.
#pragma once

#include <ansatz/learning/arena.hpp>
#include <ansatz/learning/layers/convolution_kernels.hpp>
#include <ansatz/learning/layers/direct_table.hpp>

namespace ansatz::learning {

template <class T>
class DirectConvolution final : public ConvolutionKernels<T> {
public:
  explicit DirectConvolution(const DirectTable<T>& table = direct_table<T>()) : table_(table) {}
  void forward(const Shape& in, std::int64_t out, const T* x, const T* w, const T* bias, Activation a, T* y) override;
  void backward_data(const Shape& in, std::int64_t out, const T* w, const T* dy, T* dx) override;
  void backward_weights(const Shape& in, std::int64_t out, const T* x, const T* dy, T* dw, T* dbias) override;
  [[nodiscard]] std::int64_t bytes() const override;

private:
  using Buffer = AlignedVector<T>;
  enum class Order { given, transposed };

  void pack_weights(std::int64_t in, std::int64_t out, const T* w, Order order);
  void pad(const Shape& sample, const T* x);
  void correlate(const Shape& in, std::int64_t out, const T* x, bool relu, T* y);
  [[nodiscard]] int group(std::int64_t out, std::int64_t first_block) const;

  const DirectTable<T>& table_;
  Shape padded_shape_{0, 0, 0, 0, 0};
  Buffer padded_;
  Buffer packed_;
  Buffer bias_;
  Buffer filled_; // outputs with channels filled up to a block
};

} // namespace ansatz::learning
