// SPDX-License-Identifier: Apache-2.0
#include <ansatz/learning/layers/attention.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace ansatz::learning {

namespace {

/// Mean and 1 / sqrt(variance + 1e-5) of a token.
template <class T>
std::pair<T, T> moments(const T* x, std::int64_t n) {
  T mean = 0;
  for (std::int64_t i = 0; i < n; ++i) mean += x[i];
  mean /= static_cast<T>(n);
  T square = 0;
  for (std::int64_t i = 0; i < n; ++i) square += (x[i] - mean) * (x[i] - mean);
  return {mean, T{1} / std::sqrt(square / static_cast<T>(n) + static_cast<T>(1e-5))};
}

template <class T>
T plain_sum(std::int64_t n, const T* a, std::int64_t a_stride, const T* b, std::int64_t b_stride) {
  T sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += a[i * a_stride] * b[i * b_stride];
  return sum;
}

template <class T>
void softmax(T* row, std::int64_t n) {
  const T largest = *std::max_element(row, row + n);
  T sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += row[i] = std::exp(row[i] - largest);
  for (std::int64_t i = 0; i < n; ++i) row[i] /= sum;
}

} // namespace

template <class T>
Tensor<T> LayerNorm<T>::get(const Tensor<T>& x, std::span<const T> p) const {
  if (x.shape().x != features_)
    throw UsageError("bad_value", "the input is " + to_string(x.shape()) + ", the layer takes " + std::to_string(features_) + " features");
  return x.make(x.shape(), [&](T* y) {
    const T* gain = p.data() + gain_;
    const T* bias = p.data() + bias_;
    for (std::int64_t at = 0; at < x.shape().size(); at += features_) {
      const auto [mean, scale] = moments(x.data() + at, features_);
      for (std::int64_t i = 0; i < features_; ++i) y[at + i] = gain[i] * (x.data()[at + i] - mean) * scale + bias[i];
    }
  });
}

template <class T>
Tensor<T> LayerNorm<T>::backward(Tensor<T> x, const Tensor<T>& dy, std::span<const T> p, std::span<T> g) const {
  return dy.make(x.shape(), [&](T* dx) {
    const T* gain = p.data() + gain_;
    T* dgain = g.data() + gain_;
    T* dbias = g.data() + bias_;
    const auto n = static_cast<T>(features_);
    for (std::int64_t at = 0; at < x.shape().size(); at += features_) {
      const auto [mean, scale] = moments(x.data() + at, features_);
      T sum = 0;
      T along = 0;
      for (std::int64_t i = 0; i < features_; ++i) {
        const T unit = (x.data()[at + i] - mean) * scale;
        const T d = dy.data()[at + i];
        dgain[i] += d * unit;
        dbias[i] += d;
        sum += gain[i] * d;
        along += gain[i] * d * unit;
      }
      for (std::int64_t i = 0; i < features_; ++i) {
        const T unit = (x.data()[at + i] - mean) * scale;
        dx[at + i] = scale * (gain[i] * dy.data()[at + i] - sum / n - unit * along / n);
      }
    }
  });
}

template <class T>
Tensor<T> TokenOffset<T>::get(const Tensor<T>& x, std::span<const T> p) const {
  if (x.shape().y * x.shape().x != size_)
    throw UsageError("bad_value", "the input is " + to_string(x.shape()) + ", the layer has " + std::to_string(size_) + " offsets an image");
  return x.make(x.shape(), [&](T* y) {
    for (std::int64_t i = 0; i < x.shape().size(); ++i) y[i] = x.data()[i] + p[static_cast<std::size_t>(offset_ + i % size_)];
  });
}

template <class T>
Tensor<T> TokenOffset<T>::backward(Residual, const Tensor<T>& dy, std::span<const T>, std::span<T> g) const {
  for (std::size_t i = 0; i < dy.values().size(); ++i) g[static_cast<std::size_t>(offset_) + i % static_cast<std::size_t>(size_)] += dy.values()[i];
  return dy;
}

template <class T>
Recorded<typename Attention<T>::Residual, Tensor<T>> Attention<T>::forward(const Tensor<T>& x, std::span<const T>) const {
  const Shape& s = x.shape();
  if (s.x != 3 * features_)
    throw UsageError("bad_value",
                     "the input is " + to_string(s) + ", attention takes queries, keys and values: " + std::to_string(3 * features_) + " features");
  const std::int64_t d = features_ / heads_;
  const T root = std::sqrt(static_cast<T>(d));
  const auto sum = [&](std::int64_t n, const T* a, std::int64_t sa, const T* b, std::int64_t sb) {
    return products_ ? products_(n, a, sa, b, sb) : plain_sum(n, a, sa, b, sb);
  };
  Tensor<T> weights = x.make({s.batch, 1, heads_, s.y, s.y}, [&](T* w) {
    for (std::int64_t n = 0; n < s.batch; ++n)
      for (std::int64_t h = 0; h < heads_; ++h)
        for (std::int64_t t = 0; t < s.y; ++t, w += s.y) {
          const T* image = x.data() + n * s.y * s.x + h * d;
          for (std::int64_t u = 0; u < s.y; ++u) w[u] = sum(d, image + t * s.x, 1, image + u * s.x + features_, 1) / root;
          softmax(w, s.y);
        }
  });
  Tensor<T> out = x.make({s.batch, 1, 1, s.y, features_}, [&](T* y) {
    const T* w = weights.data();
    for (std::int64_t n = 0; n < s.batch; ++n)
      for (std::int64_t h = 0; h < heads_; ++h)
        for (std::int64_t t = 0; t < s.y; ++t, w += s.y) {
          const T* value = x.data() + n * s.y * s.x + 2 * features_ + h * d;
          for (std::int64_t i = 0; i < d; ++i) y[(n * s.y + t) * features_ + h * d + i] = sum(s.y, w, 1, value + i, s.x);
        }
  });
  return {{x, std::move(weights)}, std::move(out)};
}

template <class T>
Tensor<T> Attention<T>::backward(Residual m, const Tensor<T>& dy, std::span<const T>, std::span<T>) const {
  const Tensor<T>& x = m.first;
  const Shape& s = x.shape();
  const std::int64_t d = features_ / heads_;
  const T root = std::sqrt(static_cast<T>(d));
  return dy.make(s, [&](T* dx) {
    std::fill_n(dx, s.size(), T{0});
    std::vector<T> slope(static_cast<std::size_t>(s.y));
    const T* w = m.second.data();
    for (std::int64_t n = 0; n < s.batch; ++n)
      for (std::int64_t h = 0; h < heads_; ++h)
        for (std::int64_t t = 0; t < s.y; ++t, w += s.y) {
          const std::int64_t image = n * s.y * s.x + h * d;
          const T* q = x.data() + image + t * s.x;
          T* dq = dx + image + t * s.x;
          const T* up = dy.data() + (n * s.y + t) * features_ + h * d;
          T mean = 0;
          for (std::int64_t u = 0; u < s.y; ++u) {
            const std::int64_t value = image + u * s.x + 2 * features_;
            slope[static_cast<std::size_t>(u)] = plain_sum(d, up, 1, x.data() + value, 1);
            mean += w[u] * slope[static_cast<std::size_t>(u)];
            for (std::int64_t i = 0; i < d; ++i) dx[value + i] += w[u] * up[i];
          }
          for (std::int64_t u = 0; u < s.y; ++u) {
            const T ds = w[u] * (slope[static_cast<std::size_t>(u)] - mean) / root;
            const std::int64_t key = image + u * s.x + features_;
            for (std::int64_t i = 0; i < d; ++i) {
              dq[i] += ds * x.data()[key + i];
              dx[key + i] += ds * q[i];
            }
          }
        }
  });
}

template class LayerNorm<float>;
template class LayerNorm<double>;
template class TokenOffset<float>;
template class TokenOffset<double>;
template class Attention<float>;
template class Attention<double>;

} // namespace ansatz::learning
