// SPDX-License-Identifier: Apache-2.0
// The 2D Fourier route with its redundancy removed: real transforms of whole lane blocks, orders v >= 0 only, a grid just long enough (theta must hold the whole
// product, phi may alias above L3), and projection to the wanted degrees only.
#include <ansatz/equivariant/gaunt/fftw.hpp>
#include <ansatz/equivariant/gaunt/lanes.hpp>
#include <ansatz/equivariant/gaunt/product.hpp>
#include <ansatz/equivariant/gaunt/torus_tables.hpp>
#include <ansatz/equivariant/harmonics/degrees.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::equivariant {
namespace {

template <class T>
class TorusProduct : public Product<T> {
public:
  using Complex = typename Fftw<T>::Complex;

  TorusProduct(int l1, int l2, int l3)
      : l1_(l1), l2_(l2), l3_(l3), n_{smooth_length(2 * (l1 + l2) + 1), smooth_length(l1 + l2 + l3 + 1)}, table_(std::max({l1, l2, l3}), l1 + l2) {
    AlignedVector<T> series(2 * bins()), values(points());
    auto* complex = reinterpret_cast<Complex*>(series.data());
    to_values_ = make_fftw_plan<T>([&] { return Fftw<T>::to_values(n_, width, complex, values.data()); });
    to_series_ = make_fftw_plan<T>([&] { return Fftw<T>::to_series(n_, width, values.data(), complex); });
  }

  void execute(const T* x, const T* y, T* z, T* work) const override {
    T* f = work;
    T* g = f + points();
    auto* series = reinterpret_cast<Complex*>(g + points());
    evaluate(x, l1_, series, f);
    evaluate(y, l2_, series, g);
    for (std::size_t i = 0; i < points(); ++i) f[i] *= g[i];
    Fftw<T>::execute(to_series_, f, series);
    project(series, z);
  }
  [[nodiscard]] std::size_t workspace() const override { return 2 * points() + 2 * bins(); }

private:
  static constexpr int width = static_cast<int>(lanes<T>);
  [[nodiscard]] std::size_t points() const { return index(n_[0] * n_[1]) * lanes<T>; }
  [[nodiscard]] std::size_t bins() const { return index(n_[0] * (n_[1] / 2 + 1)) * lanes<T>; }
  [[nodiscard]] Complex* bin(Complex* series, int u, int v) const { return series + index((u < 0 ? u + n_[0] : u) * (n_[1] / 2 + 1) + v) * lanes<T>; }

  /// Values on the torus grid of a signal of this degree.
  void evaluate(const T* x, int degree, Complex* series, T* values) const {
    std::fill(reinterpret_cast<T*>(series), reinterpret_cast<T*>(series) + 2 * bins(), T{0});
    constexpr T inv_root_pi = std::numbers::inv_sqrtpi_v<T>;
    for (int v = 0; v <= degree; ++v)
      for (int l = v; l <= degree; ++l) {
        const T* c = x + signal_index(l, v) * lanes<T>;
        const T* s = x + signal_index(l, -v) * lanes<T>;
        for (int k = l % 2; k <= l; k += 2) {
          const T q = table_.series(l, v)[k] * (v == 0 ? inv_root_pi / std::numbers::sqrt2_v<T> : inv_root_pi / 2) * (k == 0 ? T{1} : T{0.5});
          add(q, c, v == 0 ? nullptr : s, v, 1, bin(series, k, v));
          if (k > 0) add(q, c, v == 0 ? nullptr : s, v, -1, bin(series, -k, v));
        }
      }
    Fftw<T>::execute(to_values_, series, values);
  }
  /// out += q (c - i s) for even orders, -i sign q (c - i s) for odd ones.
  static void add(T q, const T* c, const T* s, int v, int sign, Complex* out) {
    const T odd = sign > 0 ? q : -q;
    for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
      const T re = c[lane];
      const T im = s == nullptr ? T{0} : -s[lane];
      out[lane][0] += v % 2 == 0 ? q * re : odd * im;
      out[lane][1] += v % 2 == 0 ? q * im : -odd * re;
    }
  }
  void project(Complex* series, T* z) const {
    const T root_pi = 1 / std::numbers::inv_sqrtpi_v<T>;
    const T norm = 1 / static_cast<T>(n_[0] * n_[1]);
    for (int v = 0; v <= l3_; ++v)
      for (int l = v; l <= l3_; ++l) {
        T* c = z + signal_index(l, v) * lanes<T>;
        T* s = z + signal_index(l, -v) * lanes<T>;
        std::fill(c, c + lanes<T>, T{0});
        std::fill(s, s + lanes<T>, T{0});
        for (int k = l % 2; k <= l1_ + l2_; k += 2) {
          const T w = table_.projection(l, v)[k] * norm * root_pi * (v == 0 ? std::numbers::sqrt2_v<T> : T{2}) * (k == 0 ? T{1} : T{2});
          const Complex* h = bin(series, k, v);
          for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
            // a = h for even orders, i h for odd ones; cosine Re a, sine -Im a
            if (v > 0) s[lane] -= w * (v % 2 == 0 ? h[lane][1] : h[lane][0]);
            c[lane] += w * (v % 2 == 0 ? h[lane][0] : -h[lane][1]);
          }
        }
      }
  }

  int l1_, l2_, l3_;
  int n_[2]; ///< points in theta and phi
  TorusTable<T> table_;
  typename Fftw<T>::Plan to_values_, to_series_;
};

} // namespace

template <class T>
std::unique_ptr<Product<T>> make_torus_product(int l1, int l2, int l3) {
  return std::make_unique<TorusProduct<T>>(l1, l2, l3);
}
template std::unique_ptr<Product<float>> make_torus_product(int, int, int);
template std::unique_ptr<Product<double>> make_torus_product(int, int, int);

} // namespace ansatz::equivariant
