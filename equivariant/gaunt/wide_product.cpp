// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/lanes.hpp>
#include <ansatz/equivariant/gaunt/wide_product.hpp>
#include <ansatz/equivariant/harmonics/degrees.hpp>

namespace ansatz::equivariant {
namespace {

constexpr std::size_t wide = lanes<double>;
constexpr std::size_t parts = lanes<float> / wide;
/// Numbers of float that hold a block of double.
constexpr std::size_t as_floats(std::size_t numbers) { return numbers * sizeof(double) / sizeof(float); }

/// One operand: (L+1)^2 rows, of which a block of double holds some lanes.
struct Operand {
  std::size_t rows;
  [[nodiscard]] std::size_t size() const { return rows * wide; }
  void widen(const float* from, std::size_t part, double* to) const {
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t lane = 0; lane < wide; ++lane) to[i * wide + lane] = static_cast<double>(from[i * lanes<float> + part * wide + lane]);
  }
  void narrow(const double* from, std::size_t part, float* to) const {
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t lane = 0; lane < wide; ++lane) to[i * lanes<float> + part * wide + lane] = static_cast<float>(from[i * wide + lane]);
  }
};

/// The workspace starts on a cache line, as AlignedVector does, and so may hold doubles.
double* doubles(float* work) { return reinterpret_cast<double*>(work); }

class WideProduct : public Product<float> {
public:
  WideProduct(const std::string& method, int l1, int l2, int l3, const Kernels<double>& kernels, Parts part)
      : x_{signal_size(l1)}, y_{signal_size(l2)}, z_{signal_size(l3)}, product_(make_product<double>(method, l1, l2, l3, kernels, part)) {}

  void execute(const float* x, const float* y, float* z, float* work) const override {
    double* a = doubles(work);
    double* b = a + x_.size();
    double* c = b + y_.size();
    for (std::size_t part = 0; part < parts; ++part) {
      x_.widen(x, part, a);
      y_.widen(y, part, b);
      product_->execute(a, b, c, c + z_.size());
      z_.narrow(c, part, z);
    }
  }
  [[nodiscard]] std::size_t workspace() const override { return as_floats(x_.size() + y_.size() + z_.size() + product_->workspace()); }

private:
  Operand x_, y_, z_;
  std::unique_ptr<Product<double>> product_;
};

class WideGradient : public Product<float> {
public:
  WideGradient(const std::string& method, int l1, int l2, int l3, const Kernels<double>& kernels, Parts part)
      : x_{signal_size(l1)}, y_{signal_size(l2)}, z_{signal_size(l3)}, gradient_(method, l1, l2, l3, kernels, part) {}

  void execute(const float* /*x*/, const float* /*y*/, float* /*z*/, float* /*work*/) const override {}
  [[nodiscard]] bool has_vjp() const override { return true; }
  void vjp(const float* x, const float* y, const float* g, float* xbar, float* ybar, float* work) const override {
    double* a = doubles(work);
    double* b = a + x_.size();
    double* c = b + y_.size();
    double* a_bar = c + z_.size();
    double* b_bar = a_bar + x_.size();
    for (std::size_t part = 0; part < parts; ++part) {
      x_.widen(x, part, a);
      y_.widen(y, part, b);
      z_.widen(g, part, c);
      gradient_.execute(a, b, c, a_bar, b_bar, b_bar + y_.size());
      x_.narrow(a_bar, part, xbar);
      y_.narrow(b_bar, part, ybar);
    }
  }
  [[nodiscard]] std::size_t workspace() const override { return as_floats(2 * x_.size() + 2 * y_.size() + z_.size() + gradient_.workspace()); }

private:
  Operand x_, y_, z_;
  GradientProduct<double> gradient_;
};

} // namespace

std::unique_ptr<Product<float>> make_wide_product(const std::string& method, int l1, int l2, int l3, std::string_view kernels, Parts part) {
  return std::make_unique<WideProduct>(method, l1, l2, l3, find_kernels<double>(std::string(kernels)), part);
}
std::unique_ptr<Product<float>> make_wide_gradient(const std::string& method, int l1, int l2, int l3, std::string_view kernels, Parts part) {
  return std::make_unique<WideGradient>(method, l1, l2, l3, find_kernels<double>(std::string(kernels)), part);
}

} // namespace ansatz::equivariant
