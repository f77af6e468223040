// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/aligned.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/learning/layers/linear_kernels.hpp>

#include <dnnl.h>

#include <algorithm>
#include <string>

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
      c[i * n + j] = beta * c[i * n + j] + sum;
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

private:
  /// Calls body(first place, places, their patches) for blocks of images.
  template <class Body>
  void for_blocks(const Patches& p, const T* x, Body&& body) {
    if (p.side == 1) return body(0, p.places(), x);
    constexpr std::int64_t block_bytes = 256 * 1024; // half of a second-level cache
    const std::int64_t image = p.rows * p.columns;
    const std::int64_t most = std::clamp<std::int64_t>(block_bytes / (image * p.length() * static_cast<std::int64_t>(sizeof(T))), 1, p.images);
    patches_.resize(static_cast<std::size_t>(most * image * p.length()));
    for (std::int64_t first = 0; first < p.images; first += most) {
      const std::int64_t images = std::min(most, p.images - first);
      gather_patches(p, first, images, x, patches_.data());
      body(first * image, images * image, patches_.data());
    }
  }

  AlignedVector<T> patches_;
  AlignedVector<T> turned_;
};

} // namespace

template <class T>
void gather_patches(const Patches& p, std::int64_t first, std::int64_t images, const T* x, T* out) {
  const std::int64_t f = p.features;
  const std::int64_t reach = p.side / 2;
  for (std::int64_t n = first; n < first + images; ++n)
    for (std::int64_t j = 0; j < p.rows; ++j)
      for (std::int64_t i = 0; i < p.columns; ++i)
        for (std::int64_t row = j - reach; row <= j + reach; ++row) {
          // The side places of a row of the filter lie side by side in x and in the patch.
          const std::int64_t from = row < 0 || row >= p.rows ? i + reach + 1 : std::max<std::int64_t>(i - reach, 0);
          const std::int64_t to = std::max(from, std::min(i + reach + 1, p.columns));
          const std::int64_t line = (n * p.rows + row) * p.columns;
          out = std::fill_n(out, (from - (i - reach)) * f, T{0});
          if (to > from) out = std::copy(x + (line + from) * f, x + (line + to) * f, out);
          out = std::fill_n(out, std::max<std::int64_t>(i + reach + 1 - to, 0) * f, T{0});
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
std::shared_ptr<LinearKernels<T>> make_linear_kernels() {
  return std::make_shared<PlainLinear<T>>();
}

template std::shared_ptr<LinearKernels<float>> make_linear_kernels();
template std::shared_ptr<LinearKernels<double>> make_linear_kernels();
template void gather_patches(const Patches&, std::int64_t, std::int64_t, const float*, float*);
template void gather_patches(const Patches&, std::int64_t, std::int64_t, const double*, double*);
template void gather_patches(const Patches&, std::int64_t, std::int64_t, const std::int16_t*, std::int16_t*);
template void turn_filters(const Patches&, std::int64_t, const float*, float*);
template void turn_filters(const Patches&, std::int64_t, const double*, double*);

} // namespace ansatz::learning
