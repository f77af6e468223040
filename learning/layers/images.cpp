// SPDX-License-Identifier: Apache-2.0
#include <ansatz/learning/layers/images.hpp>

#include <algorithm>
#include <array>

namespace ansatz::learning {

namespace {

Shape pooled(const Shape& s) {
  if (s.z % 2 != 0 || s.y % 2 != 0)
    throw UsageError("bad_value", "an image of " + to_string(s) + " has no pairs to pool; rows and columns must be even");
  return {s.batch, s.channels, s.z / 2, s.y / 2, s.x};
}

/// Calls body(place in the pooled image, places of its four in the image) for every pooled place.
template <class Body>
void for_squares(const Shape& s, Body&& body) {
  const std::int64_t line = s.y * s.x;
  std::int64_t out = 0;
  for (std::int64_t row = 0; row < s.batch * s.channels * s.z; row += 2)
    for (std::int64_t column = 0; column < s.y; column += 2, out += s.x) {
      const std::int64_t at = row * line + column * s.x;
      body(out, std::array{at, at + s.x, at + line, at + line + s.x});
    }
}

} // namespace

template <class T>
Tensor<T> MaxPool<T>::get(const Tensor<T>& x, std::span<const T>) const {
  return x.make(pooled(x.shape()), [&](T* y) {
    const T* v = x.data();
    for_squares(x.shape(), [&](std::int64_t out, const std::array<std::int64_t, 4>& at) {
      for (std::int64_t f = 0; f < x.shape().x; ++f)
        y[out + f] = std::max(std::max(v[at[0] + f], v[at[1] + f]), std::max(v[at[2] + f], v[at[3] + f]));
    });
  });
}

template <class T>
Tensor<T> MaxPool<T>::backward(Residual m, const Tensor<T>& dy, std::span<const T>, std::span<T>) const {
  const Tensor<T>& x = m.first;
  return dy.make(x.shape(), [&](T* dx) {
    const T* v = x.data();
    const T* y = m.second.data();
    for_squares(x.shape(), [&](std::int64_t out, const std::array<std::int64_t, 4>& at) {
      for (std::int64_t f = 0; f < x.shape().x; ++f) {
        T left = dy.data()[out + f];
        for (const std::int64_t place : at) {
          const bool largest = v[place + f] == y[out + f];
          dx[place + f] = largest ? left : T{0};
          left = largest ? T{0} : left;
        }
      }
    });
  });
}

template <class T>
template <class Body>
void CutPatches<T>::for_rows(const Shape& s, Body&& body) const {
  if (s.z % side_ != 0 || s.y % side_ != 0)
    throw UsageError("bad_value", "an image of " + to_string(s) + " cannot be cut into squares of side " + std::to_string(side_));
  const std::int64_t run = side_ * s.x;
  std::int64_t token_row = 0;
  for (std::int64_t n = 0; n < s.batch; ++n)
    for (std::int64_t j = 0; j < s.z; j += side_)
      for (std::int64_t i = 0; i < s.y; i += side_)
        for (std::int64_t row = j; row < j + side_; ++row, token_row += run) body(((n * s.z + row) * s.y + i) * s.x, token_row, run);
}

template <class T>
Tensor<T> CutPatches<T>::get(const Tensor<T>& x, std::span<const T>) const {
  const Shape& s = x.shape();
  for_rows(s, [](std::int64_t, std::int64_t, std::int64_t) {});
  return x.make({s.batch, 1, 1, (s.z / side_) * (s.y / side_), side_ * side_ * s.x},
                [&](T* y) { for_rows(s, [&](std::int64_t from, std::int64_t to, std::int64_t run) { std::copy_n(x.data() + from, run, y + to); }); });
}

template <class T>
Tensor<T> CutPatches<T>::backward(Tensor<T> x, const Tensor<T>& dy, std::span<const T>, std::span<T>) const {
  return dy.make(x.shape(), [&](T* dx) {
    for_rows(x.shape(), [&](std::int64_t to, std::int64_t from, std::int64_t run) { std::copy_n(dy.data() + from, run, dx + to); });
  });
}

template <class T>
Tensor<T> MeanOfTokens<T>::get(const Tensor<T>& x, std::span<const T>) const {
  const Shape& s = x.shape();
  return x.make({s.batch, 1, 1, 1, s.x}, [&](T* y) {
    for (std::int64_t n = 0; n < s.batch; ++n) {
      T* mean = y + n * s.x;
      std::fill_n(mean, s.x, T{0});
      for (std::int64_t t = 0; t < s.y; ++t)
        for (std::int64_t f = 0; f < s.x; ++f) mean[f] += x.data()[(n * s.y + t) * s.x + f];
      for (std::int64_t f = 0; f < s.x; ++f) mean[f] /= static_cast<T>(s.y);
    }
  });
}

template <class T>
Tensor<T> MeanOfTokens<T>::backward(Tensor<T> x, const Tensor<T>& dy, std::span<const T>, std::span<T>) const {
  const Shape& s = x.shape();
  return dy.make(s, [&](T* dx) {
    for (std::int64_t n = 0; n < s.batch; ++n)
      for (std::int64_t t = 0; t < s.y; ++t)
        for (std::int64_t f = 0; f < s.x; ++f) dx[(n * s.y + t) * s.x + f] = dy.data()[n * s.x + f] / static_cast<T>(s.y);
  });
}

template struct MaxPool<float>;
template struct MaxPool<double>;
template class CutPatches<float>;
template class CutPatches<double>;
template struct MeanOfTokens<float>;
template struct MeanOfTokens<double>;

} // namespace ansatz::learning
