// SPDX-License-Identifier: Apache-2.0
// The 2D Fourier route as published, kept to be compared with: full complex spectra in both frequencies, one signal at a time, a square grid for the whole
// product, and all degrees to L1 + L2 computed before those above L3 are dropped.
#include <ansatz/equivariant/gaunt/fftw.hpp>
#include <ansatz/equivariant/gaunt/lanes.hpp>
#include <ansatz/equivariant/gaunt/product.hpp>
#include <ansatz/equivariant/gaunt/torus_tables.hpp>
#include <ansatz/equivariant/harmonics/degrees.hpp>

#include <algorithm>
#include <complex>
#include <cstdlib>
#include <numbers>

namespace ansatz::equivariant {
namespace {

template <class T>
class PublishedProduct : public Product<T> {
public:
  using Complex = typename Fftw<T>::Complex;
  using Number = std::complex<T>;

  PublishedProduct(int l1, int l2, int l3) : l1_(l1), l2_(l2), l3_(l3), side_(2 * (l1 + l2) + 1), table_(l1 + l2, l1 + l2) {
    AlignedVector<T> sample(2 * bins());
    auto* a = reinterpret_cast<Complex*>(sample.data());
    const int n[2] = {side_, side_};
    to_values_ = make_fftw_plan<T>([&] { return Fftw<T>::complex_2d(n, a, FFTW_BACKWARD); });
    to_series_ = make_fftw_plan<T>([&] { return Fftw<T>::complex_2d(n, a, FFTW_FORWARD); });
  }

  void execute(const T* x, const T* y, T* z, T* work) const override {
    auto* f = reinterpret_cast<Number*>(work);
    Number* g = f + bins();
    for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
      evaluate(x + lane, l1_, f);
      evaluate(y + lane, l2_, g);
      for (std::size_t i = 0; i < index(side_ * side_); ++i) f[i] *= g[i];
      Fftw<T>::execute(to_series_, reinterpret_cast<Complex*>(f));
      project(f, z + lane);
    }
  }
  [[nodiscard]] std::size_t workspace() const override { return 4 * bins(); }

private:
  /// Complex numbers of a grid, rounded up so that the second one is aligned like the first.
  [[nodiscard]] std::size_t bins() const { return (index(side_ * side_) + 7) / 8 * 8; }
  [[nodiscard]] std::size_t bin(int u, int v) const { return index((u < 0 ? u + side_ : u) * side_ + (v < 0 ? v + side_ : v)); }

  void evaluate(const T* x, int degree, Number* f) const {
    std::fill(f, f + bins(), Number{});
    constexpr T inv_root_pi = std::numbers::inv_sqrtpi_v<T>;
    for (int l = 0; l <= degree; ++l)
      for (int v = -l; v <= l; ++v) {
        const int m = std::abs(v);
        const T c = x[signal_index(l, m) * lanes<T>];
        const T s = v == 0 ? T{0} : x[signal_index(l, -m) * lanes<T>];
        const Number order = v < 0 ? Number{c, s} : Number{c, -s};
        const T scale = m == 0 ? inv_root_pi / std::numbers::sqrt2_v<T> : inv_root_pi / 2;
        for (int u = -l; u <= l; u += 2) {
          const T p = scale * (u == 0 ? T{1} : T{0.5}) * table_.series(l, m)[std::abs(u)];
          f[bin(u, v)] += m % 2 == 0 ? p * order : Number{0, u < 0 ? p : -p} * order;
        }
      }
    Fftw<T>::execute(to_values_, reinterpret_cast<Complex*>(f));
  }

  void project(const Number* h, T* z) const {
    const T root_pi = 1 / std::numbers::inv_sqrtpi_v<T>;
    const T norm = 1 / static_cast<T>(side_ * side_);
    for (int l = 0; l <= l1_ + l2_; ++l)
      for (int v = 0; v <= l; ++v) {
        Number sum{};
        for (int u = -(l1_ + l2_); u <= l1_ + l2_; ++u) {
          if ((u - l) % 2 != 0) continue;
          const T w = table_.projection(l, v)[std::abs(u)];
          sum += v % 2 == 0 ? w * h[bin(u, v)] : Number{0, u < 0 ? -w : w} * h[bin(u, v)];
        }
        sum *= norm * root_pi * (v == 0 ? std::numbers::sqrt2_v<T> : T{2});
        if (l > l3_) continue;
        if (v > 0) z[signal_index(l, -v) * lanes<T>] = -sum.imag();
        z[signal_index(l, v) * lanes<T>] = sum.real();
      }
  }

  int l1_, l2_, l3_, side_;
  TorusTable<T> table_;
  typename Fftw<T>::Plan to_values_, to_series_;
};

} // namespace

template <class T>
std::unique_ptr<Product<T>> make_published_product(int l1, int l2, int l3) {
  return std::make_unique<PublishedProduct<T>>(l1, l2, l3);
}
template std::unique_ptr<Product<float>> make_published_product(int, int, int);
template std::unique_ptr<Product<double>> make_published_product(int, int, int);

} // namespace ansatz::equivariant
