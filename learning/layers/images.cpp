// SPDX-License-Identifier: Apache-2.0
#include <ansatz/learning/layers/images.hpp>

#include <algorithm>

namespace ansatz::learning {

namespace {

Shape pooled(const Shape& s) {
  if (s.z % 2 != 0 || s.y % 2 != 0)
    throw UsageError("bad_value", "an image of " + to_string(s) + " has no pairs to pool; rows and columns must be even");
  return {s.batch, s.channels, s.z / 2, s.y / 2, s.x};
}

/// Calls body(place in the pooled image, first place of its four in the image, values from a row of the image to the next) for every pooled place.
template <class Body>
void for_squares(const Shape& s, Body&& body) {
  const std::int64_t line = s.y * s.x;
  std::int64_t out = 0;
  for (std::int64_t row = 0; row < s.batch * s.channels * s.z; row += 2)
    for (std::int64_t column = 0; column < s.y; column += 2, out += s.x) body(out, row * line + column * s.x, line);
}

/// The n features of one pooled place. Selections instead of branches and arrays that do not overlap: the compiler makes vectors of it.
template <class T>
void largest_of_four(std::int64_t n, std::int64_t line, const T* __restrict__ v, T* __restrict__ y) {
  for (std::int64_t f = 0; f < n; ++f) {
    const T above = v[f] < v[n + f] ? v[n + f] : v[f];
    const T below = v[line + f] < v[line + n + f] ? v[line + n + f] : v[line + f];
    y[f] = above < below ? below : above;
  }
}

template <class T>
void to_the_largest(std::int64_t n, std::int64_t line, const T* __restrict__ v, const T* __restrict__ y, const T* __restrict__ dy,
                    T* __restrict__ dx) {
  for (std::int64_t f = 0; f < n; ++f) {
    const T d0 = v[f] == y[f] ? dy[f] : T{0};
    const T left1 = v[f] == y[f] ? T{0} : dy[f];
    const T d1 = v[n + f] == y[f] ? left1 : T{0};
    const T left2 = v[n + f] == y[f] ? T{0} : left1;
    const T d2 = v[line + f] == y[f] ? left2 : T{0};
    const T left3 = v[line + f] == y[f] ? T{0} : left2;
    dx[f] = d0;
    dx[n + f] = d1;
    dx[line + f] = d2;
    dx[line + n + f] = v[line + n + f] == y[f] ? left3 : T{0};
  }
}

} // namespace

template <class T>
Tensor<T> MaxPool<T>::get(const Tensor<T>& x, std::span<const T>) const {
  return x.make(pooled(x.shape()), [&](T* y) {
    for_squares(x.shape(), [&](std::int64_t out, std::int64_t at, std::int64_t line) { largest_of_four(x.shape().x, line, x.data() + at, y + out); });
  });
}

template <class T>
Tensor<T> MaxPool<T>::backward(Residual m, const Tensor<T>& dy, std::span<const T>, std::span<T>) const {
  const Tensor<T>& x = m.first;
  return dy.make(x.shape(), [&](T* dx) {
    for_squares(x.shape(), [&](std::int64_t out, std::int64_t at, std::int64_t line) {
      to_the_largest(x.shape().x, line, x.data() + at, m.second.data() + out, dy.data() + out, dx + at);
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
