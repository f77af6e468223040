// SPDX-License-Identifier: Apache-2.0
/// The methods behind GauntPlan: z = P_L3[x * y] on one lane block, for trimmed degrees (each at most the sum of the other two).
///   direct           sparse exact coefficients, O(L^5)
///   theta_mconv      Gauss-Legendre nodes in theta, convolution in the order m, O(L^3)
///   theta_fft        Gauss-Legendre nodes in theta, values on the longitudes by Fourier transforms, O(L^3)
///   torus_fft        Fourier series on the torus with FFTW, half of the spectrum, in lanes, O(L^3)
///   torus_published  the same as published (Luo, Chen and Krishnapriyan, arXiv:2401.10216): complex transforms of each signal, all degrees computed
/// and of the spherical Poisson bracket P_L3{x, y}, for degrees of which each is at most the sum of the other two less 1:
///   direct           sparse exact coefficients (path_table.hpp), O(L^5)
///   theta_grid       both derivatives on a grid exact for degree L1+L2+L3-1, O(L^3)
/// Threads: `execute` is const and writes z and work only.
#pragma once

#include <ansatz/equivariant/harmonics/irreps.hpp>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ansatz::equivariant {

template <class T>
struct Kernels;

template <class T>
class Product {
public:
  Product() = default;
  Product(const Product&) = delete;
  Product& operator=(const Product&) = delete;
  virtual ~Product() = default;

  virtual void execute(const T* x, const T* y, T* z, T* work) const = 0;
  /// The same for some blocks, `stride` numbers of x, y and z apart.
  virtual void execute_blocks(std::size_t blocks, const std::array<std::size_t, 3>& stride, const T* x, const T* y, T* z, T* work) const {
    for (std::size_t b = 0; b < blocks; ++b) execute(x + b * stride[0], y + b * stride[1], z + b * stride[2], work);
  }
  /// True if both gradients at once are faster than two products; then `vjp` gives xbar = P_L1[g * y] and ybar = P_L2[g * x]; of a bracket xbar = P_L1{y, g}
  /// and ybar = P_L2{g, x}.
  [[nodiscard]] virtual bool has_vjp() const { return false; }
  virtual void vjp(const T* /*x*/, const T* /*y*/, const T* /*g*/, T* /*xbar*/, T* /*ybar*/, T* /*work*/) const {}
  /// Numbers of `work`.
  [[nodiscard]] virtual std::size_t workspace() const = 0;
};

/// Both gradients of one product by the method of this name, at once or as two products.
template <class T>
class GradientProduct {
public:
  GradientProduct(const std::string& method, int l1, int l2, int l3, const Kernels<T>& kernels, Parts part = Parts::even);
  /// \param both  a product that has a vjp
  explicit GradientProduct(std::unique_ptr<Product<T>> both) : both_(std::move(both)) {}
  void execute(const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work) const;
  [[nodiscard]] std::size_t workspace() const;

private:
  std::unique_ptr<Product<T>> both_, to_x_, to_y_;
};

/// Names of the methods compiled in, in the order preferred at equal speed.
[[nodiscard]] std::vector<std::string> method_names(Parts part = Parts::even);

/// The method of this name for the product (even) or the bracket (odd). Throws UsageError (`bad_value`) for an unknown name.
template <class T>
[[nodiscard]] std::unique_ptr<Product<T>> make_product(const std::string& method, int l1, int l2, int l3, const Kernels<T>& kernels,
                                                       Parts part = Parts::even);

/// The same for the bracket; none for an unknown name.
template <class T>
[[nodiscard]] std::unique_ptr<Product<T>> make_bracket(const std::string& method, int l1, int l2, int l3, const Kernels<T>& kernels);

#ifdef ANSATZ_WITH_FFTW
template <class T>
[[nodiscard]] std::unique_ptr<Product<T>> make_torus_product(int l1, int l2, int l3);
template <class T>
[[nodiscard]] std::unique_ptr<Product<T>> make_published_product(int l1, int l2, int l3);
#endif

} // namespace ansatz::equivariant
