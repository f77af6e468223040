// SPDX-License-Identifier: Apache-2.0
/// The convolution as its definition says, term by term (convolution_kernels.hpp).
/// Threads: no state.
#pragma once

#include <ansatz/learning/layers/convolution_kernels.hpp>

#include <algorithm>

namespace ansatz::learning::reference {

template <class T>
class Convolution final : public ConvolutionKernels<T> {
public:
  void forward(const Shape& in, std::int64_t out, const T* x, const T* w, const T* bias, Activation a, T* y) override {
    const Shape to = in.with_channels(out);
    for (std::int64_t n = 0; n < in.batch; ++n)
      for (std::int64_t o = 0; o < out; ++o)
        each_voxel(in, [&](std::int64_t k, std::int64_t j, std::int64_t i) { y[to.index(n, o, k, j, i)] = bias[o]; });
    each_term(in, out, [&](std::int64_t weight, std::int64_t from, std::int64_t at) { y[at] += w[weight] * x[from]; });
    activate(a, to.size(), y);
  }
  void backward_data(const Shape& in, std::int64_t out, const T* w, const T* dy, T* dx) override {
    std::fill_n(dx, in.size(), T{0});
    each_term(in, out, [&](std::int64_t weight, std::int64_t from, std::int64_t at) { dx[from] += w[weight] * dy[at]; });
  }
  void backward_weights(const Shape& in, std::int64_t out, const T* x, const T* dy, T* dw, T* dbias) override {
    each_term(in, out, [&](std::int64_t weight, std::int64_t from, std::int64_t at) { dw[weight] += x[from] * dy[at]; });
    const Shape to = in.with_channels(out);
    for (std::int64_t n = 0; n < in.batch; ++n)
      for (std::int64_t o = 0; o < out; ++o)
        each_voxel(in, [&](std::int64_t k, std::int64_t j, std::int64_t i) { dbias[o] += dy[to.index(n, o, k, j, i)]; });
  }
  [[nodiscard]] std::int64_t bytes() const override { return 0; }

private:
  template <class Body>
  static void each_voxel(const Shape& s, Body&& body) {
    for (std::int64_t k = 0; k < s.z; ++k)
      for (std::int64_t j = 0; j < s.y; ++j)
        for (std::int64_t i = 0; i < s.x; ++i) body(k, j, i);
  }
  /// body(place of the weight, of the input value, of the output value) for every product of the sum.
  template <class Body>
  static void each_term(const Shape& in, std::int64_t out, Body&& body) {
    const Shape to = in.with_channels(out);
    const auto inside = [](std::int64_t v, std::int64_t extent) { return v >= 0 && v < extent; };
    for (std::int64_t n = 0; n < in.batch; ++n)
      for (std::int64_t o = 0; o < out; ++o)
        for (std::int64_t c = 0; c < in.channels; ++c)
          for (std::int64_t t = 0; t < 27; ++t)
            each_voxel(in, [&](std::int64_t k, std::int64_t j, std::int64_t i) {
              const std::int64_t z = k + t / 9 - 1;
              const std::int64_t y = j + t / 3 % 3 - 1;
              const std::int64_t x = i + t % 3 - 1;
              if (inside(z, in.z) && inside(y, in.y) && inside(x, in.x))
                body((o * in.channels + c) * 27 + t, in.index(n, c, z, y, x), to.index(n, o, k, j, i));
            });
  }
};

} // namespace ansatz::learning::reference
