// SPDX-License-Identifier: Apache-2.0
#include <ansatz/learning/layers/affine.hpp>

#include <algorithm>

namespace ansatz::learning {

namespace {

/// Sum of the values of one channel over the voxels of a sample, in rows of x so that rounding grows slowly.
template <class T>
T sum_of(const Shape& s, const T* values) {
  T total = 0;
  for (std::int64_t row = 0; row < s.z * s.y; ++row) {
    T part = 0;
    for (std::int64_t i = 0; i < s.x; ++i) part += values[(row * s.x + i) * s.block()];
    total += part;
  }
  return total;
}

template <class T>
T dot(const Shape& s, const T* a, const Shape& t, const T* b) {
  T total = 0;
  for (std::int64_t row = 0; row < s.z * s.y; ++row) {
    T part = 0;
    for (std::int64_t i = 0; i < s.x; ++i) part += a[(row * s.x + i) * s.block()] * b[(row * s.x + i) * t.block()];
    total += part;
  }
  return total;
}

/// a += factor * b, one channel of a sample.
template <class T>
void add_channel(const Shape& s, T* a, T factor, const Shape& t, const T* b) {
  for (std::int64_t v = 0; v < s.voxels(); ++v) a[v * s.block()] += factor * b[v * t.block()];
}

template <class T>
void fill_channel(const Shape& s, T* a, T value) {
  for (std::int64_t v = 0; v < s.voxels(); ++v) a[v * s.block()] = value;
}

} // namespace

void require_channels(const Shape& shape, std::int64_t channels) {
  if (shape.channels != channels)
    throw UsageError("bad_value", "the input has " + std::to_string(shape.channels) + " channels, the layer takes " + std::to_string(channels));
}

template <class T>
Tensor<T> Bias<T>::get(const Tensor<T>& x, std::span<const T> p) const {
  const Shape& s = x.shape();
  require_channels(s, channels_);
  return x.make(s, [&](T* y) {
    std::copy(x.values().begin(), x.values().end(), y);
    for (std::int64_t n = 0; n < s.batch; ++n)
      for (std::int64_t c = 0; c < s.channels; ++c)
        for (std::int64_t v = 0; v < s.voxels(); ++v) y[s.index(n, c, 0, 0, 0) + v * s.block()] += p[static_cast<std::size_t>(offset_ + c)];
  });
}

template <class T>
Tensor<T> Bias<T>::backward(Residual, const Tensor<T>& dy, std::span<const T>, std::span<T> g) const {
  const Shape& s = dy.shape();
  for (std::int64_t n = 0; n < s.batch && !dy.values().empty(); ++n)
    for (std::int64_t c = 0; c < s.channels; ++c) g[static_cast<std::size_t>(offset_ + c)] += sum_of(s, dy.data() + s.index(n, c, 0, 0, 0));
  return dy;
}

template <class T>
Tensor<T> PointwiseAffine<T>::get(const Tensor<T>& x, std::span<const T> p) const {
  const Shape& s = x.shape();
  require_channels(s, in_);
  const Shape t = s.with_channels(out_);
  return x.make(t, [&](T* y) {
    const T* weight = p.data() + weight_;
    for (std::int64_t n = 0; n < s.batch; ++n)
      for (std::int64_t o = 0; o < out_; ++o) {
        T* out = y + t.index(n, o, 0, 0, 0);
        fill_channel(t, out, p[static_cast<std::size_t>(bias_ + o)]);
        for (std::int64_t i = 0; i < in_; ++i) add_channel(t, out, weight[o * in_ + i], s, x.data() + s.index(n, i, 0, 0, 0));
      }
  });
}

template <class T>
Tensor<T> PointwiseAffine<T>::backward(Tensor<T> x, const Tensor<T>& dy, std::span<const T> p, std::span<T> g) const {
  const Shape& s = x.shape();
  const Shape& t = dy.shape();
  return dy.make(s, [&](T* dx) {
    const T* weight = p.data() + weight_;
    T* dweight = g.data() + weight_;
    std::fill_n(dx, s.size(), T{0});
    for (std::int64_t n = 0; n < s.batch; ++n)
      for (std::int64_t o = 0; o < out_; ++o) {
        const T* d = dy.data() + t.index(n, o, 0, 0, 0);
        g[static_cast<std::size_t>(bias_ + o)] += sum_of(t, d);
        for (std::int64_t i = 0; i < in_; ++i) {
          const std::int64_t at = s.index(n, i, 0, 0, 0);
          dweight[o * in_ + i] += dot(s, x.data() + at, t, d);
          add_channel(s, dx + at, weight[o * in_ + i], t, d);
        }
      }
  });
}

template class Bias<float>;
template class Bias<double>;
template class PointwiseAffine<float>;
template class PointwiseAffine<double>;

} // namespace ansatz::learning
