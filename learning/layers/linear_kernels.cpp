// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/aligned.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/learning/layers/linear_kernels.hpp>

#include <dnnl.h>

#include <algorithm>
#include <string>
#include <vector>

namespace ansatz::learning {

namespace {

/// c[m][n] = beta c + a b, rows of c after one another; a is [m][k], or [k][m] if `turned_a`; b is [k][n], or [n][k] if `turned_b`.
void multiply(bool turned_a, bool turned_b, std::int64_t m, std::int64_t n, std::int64_t k, const float* a, const float* b, float beta, float* c) {
  const dnnl_status_t status =
      dnnl_sgemm(turned_a ? 'T' : 'N', turned_b ? 'T' : 'N', m, n, k, 1.0F, a, turned_a ? m : k, b, turned_b ? k : n, beta, c, n);
  if (status != dnnl_success) throw InternalError("internal", "oneDNN: sgemm failed with status " + std::to_string(static_cast<int>(status)));
}

void multiply(bool turned_a, bool turned_b, std::int64_t m, std::int64_t n, std::int64_t k, const double* a, const double* b, double beta,
              double* c) {
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::int64_t l = 0; l < k; ++l) sum += a[turned_a ? l * m + i : i * k + l] * b[turned_b ? j * k + l : l * n + j];
      c[i * n + j] = beta == 0 ? sum : beta * c[i * n + j] + sum; // as in BLAS, 0 overwrites what may be no number
    }
}

template <class T>
class PlainLinear final : public LinearKernels<T> {
public:
  void forward(const Patches& p, std::int64_t out, const T* x, const T* w, T* y) override {
    for_blocks(p, x, [&](std::int64_t from, std::int64_t places, const T* patches) {
      multiply(false, true, places, out, p.length(), patches, w, T{0}, y + from * out);
    });
  }

  void backward_data(const Patches& p, std::int64_t out, const T* w, const T* dy, T* dx) override {
    turned_.resize(static_cast<std::size_t>(out * p.length()));
    turn_filters(p, out, w, turned_.data());
    Patches of_dy = p;
    of_dy.features = out;
    forward(of_dy, p.features, dy, turned_.data(), dx);
  }

  void backward_weights(const Patches& p, std::int64_t out, const T* x, const T* dy, T* dw) override {
    for_blocks(p, x, [&](std::int64_t from, std::int64_t places, const T* patches) {
      multiply(true, false, out, p.length(), places, dy + from * out, patches, T{1}, dw);
    });
  }

  void layer(const Patches& p, std::int64_t out, const T* x, const T* w, const T* bias, Activation a, T* y) override {
    for_blocks(p, x, [&](std::int64_t from, std::int64_t places, const T* patches) {
      multiply(false, true, places, out, p.length(), patches, w, T{0}, y + from * out);
      add_bias(places, out, bias, a, y + from * out);
    });
  }

  void layer_backward(const Patches& p, std::int64_t out, const LinearBackward<T>& b) override {
    turned_.resize(static_cast<std::size_t>(out * p.length()));
    if (b.dx != nullptr) turn_filters(p, out, b.w, turned_.data());
    Patches of_dy = p;
    of_dy.features = out;
    const std::int64_t image = p.rows * p.columns;
    for_blocks(p, b.x, [&](std::int64_t from, std::int64_t places, const T* patches) {
      const T* dy = b.dy + from * out;
      if (b.a != Activation::identity) {
        slope_.resize(static_cast<std::size_t>(places * out));
        activate_backward(b.a, places * out, b.y + from * out, dy, slope_.data());
        dy = slope_.data();
      }
      add_bias_gradient(places, out, dy, b.dbias);
      multiply(true, false, out, p.length(), places, dy, patches, T{1}, b.dw);
      if (b.dx != nullptr) forward(of_dy.of(places / image), p.features, dy, turned_.data(), b.dx + from * p.features);
    });
  }

private:
  /// Calls body(first place, places, their patches) for blocks of images.
  template <class Body>
  void for_blocks(const Patches& p, const T* x, Body&& body) {
    if (p.side == 1) return body(0, p.places(), x);
    constexpr std::int64_t block_bytes = 256 * 1024; // half of a second-level cache
    const std::int64_t image = p.rows * p.columns;
    const std::int64_t most = std::clamp<std::int64_t>(block_bytes / (image * p.length() * static_cast<std::int64_t>(sizeof(T))), 1, p.images);
    for (std::int64_t first = 0; first < p.images; first += most) {
      const std::int64_t images = std::min(most, p.images - first);
      const auto size = static_cast<std::size_t>(images * image * p.length());
      if (patches_.size() < size) patches_.resize(size); // a body may gather others in between
      gather_patches(p, first, images, x, patches_.data());
      body(first * image, images * image, patches_.data());
    }
  }

  AlignedVector<T> patches_;
  AlignedVector<T> turned_;
  AlignedVector<T> slope_; ///< the cotangent before the activation, of a block
};

} // namespace

namespace {

/// One row of a filter at the places of a row of the image. \param to  `length` values from place to place
template <class T>
void gather_row(const Patches& p, const T* line, T* to) {
  const std::int64_t reach = p.side / 2;
  const std::int64_t run = p.side * p.features; // places of a row of the filter lie side by side in x and in the patch
  const auto at_edge = [&](std::int64_t i) {
    const std::int64_t left = std::max<std::int64_t>(reach - i, 0) * p.features; // values that lie beyond the image
    const std::int64_t right = std::max<std::int64_t>(i + reach + 1 - p.columns, 0) * p.features;
    T* patch = to + i * p.length();
    std::fill_n(patch, left, T{0});
    std::copy_n(line + (i - reach) * p.features + left, run - left - right, patch + left);
    std::fill_n(patch + run - right, right, T{0});
  };
  const std::int64_t first = std::min(reach, p.columns);
  const std::int64_t last = std::max(first, p.columns - reach);
  for (std::int64_t i = 0; i < first; ++i) at_edge(i);
  T* patch = to + first * p.length();
  for (const T* from = line + (first - reach) * p.features; from < line + (last - reach) * p.features; from += p.features, patch += p.length())
    if (run == 3) // three values are moved faster than a function is called
      for (std::int64_t k = 0; k < 3; ++k) patch[k] = from[k];
    else
      std::copy_n(from, run, patch);
  for (std::int64_t i = last; i < p.columns; ++i) at_edge(i);
}

} // namespace

template <class T>
void gather_patches(const Patches& p, std::int64_t first, std::int64_t images, const T* x, T* out) {
  const std::int64_t reach = p.side / 2;
  const std::int64_t run = p.side * p.features;
  for (std::int64_t n = first; n < first + images; ++n)
    for (std::int64_t j = 0; j < p.rows; ++j, out += p.columns * p.length())
      for (std::int64_t k = 0; k < p.side; ++k) {
        const std::int64_t row = j + k - reach;
        if (row >= 0 && row < p.rows)
          gather_row(p, x + (n * p.rows + row) * p.columns * p.features, out + k * run);
        else
          for (std::int64_t i = 0; i < p.columns; ++i) std::fill_n(out + i * p.length() + k * run, run, T{0});
      }
}

template <class T>
void turn_filters(const Patches& p, std::int64_t out, const T* w, T* turned) {
  const std::int64_t taps = p.side * p.side;
  for (std::int64_t o = 0; o < out; ++o)
    for (std::int64_t tap = 0; tap < taps; ++tap)
      for (std::int64_t i = 0; i < p.features; ++i) turned[(i * taps + taps - 1 - tap) * out + o] = w[(o * taps + tap) * p.features + i];
}

template <class T>
void add_bias(std::int64_t places, std::int64_t out, const T* bias, Activation a, T* y) {
  for (std::int64_t n = 0; n < places; ++n) {
    T* row = y + n * out;
    if (a == Activation::relu)
      for (std::int64_t o = 0; o < out; ++o) row[o] = std::max(row[o] + bias[o], T{0});
    else
      for (std::int64_t o = 0; o < out; ++o) row[o] += bias[o];
  }
  if (a == Activation::elu) activate(a, places * out, y);
}

template <class T>
void add_bias_gradient(std::int64_t places, std::int64_t out, const T* dy, T* dbias) {
  constexpr std::int64_t block = 256;
  std::vector<T> sum(static_cast<std::size_t>(out));
  for (std::int64_t first = 0; first < places; first += block) {
    std::fill(sum.begin(), sum.end(), T{0});
    for (std::int64_t n = first; n < std::min(first + block, places); ++n)
      for (std::int64_t o = 0; o < out; ++o) sum[static_cast<std::size_t>(o)] += dy[n * out + o];
    for (std::int64_t o = 0; o < out; ++o) dbias[o] += sum[static_cast<std::size_t>(o)];
  }
}

template <class T>
std::shared_ptr<LinearKernels<T>> make_linear_kernels() {
  return std::make_shared<PlainLinear<T>>();
}

template std::shared_ptr<LinearKernels<float>> make_linear_kernels();
template std::shared_ptr<LinearKernels<double>> make_linear_kernels();
template void add_bias(std::int64_t, std::int64_t, const float*, Activation, float*);
template void add_bias(std::int64_t, std::int64_t, const double*, Activation, double*);
template void add_bias_gradient(std::int64_t, std::int64_t, const float*, float*);
template void add_bias_gradient(std::int64_t, std::int64_t, const double*, double*);
template void gather_patches(const Patches&, std::int64_t, std::int64_t, const float*, float*);
template void gather_patches(const Patches&, std::int64_t, std::int64_t, const double*, double*);
template void gather_patches(const Patches&, std::int64_t, std::int64_t, const std::int16_t*, std::int16_t*);
template void turn_filters(const Patches&, std::int64_t, const float*, float*);
template void turn_filters(const Patches&, std::int64_t, const double*, double*);

} // namespace ansatz::learning
