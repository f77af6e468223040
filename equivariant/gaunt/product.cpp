// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/equivariant/gaunt/direct_table.hpp>
#include <ansatz/equivariant/gaunt/fft_table.hpp>
#include <ansatz/equivariant/gaunt/product.hpp>
#include <ansatz/equivariant/gaunt/ring_tables.hpp>

#include <algorithm>

namespace ansatz::equivariant {
namespace {

template <class T>
class DirectProduct : public Product<T> {
public:
  DirectProduct(int l1, int l2, int l3, const Kernels<T>& kernels) : kernels_(kernels), table_(l1, l2, l3) {}
  void execute(const T* x, const T* y, T* z, T* work) const override { execute_blocks(1, {}, x, y, z, work); }
  void execute_blocks(std::size_t blocks, const std::array<std::size_t, 3>& stride, const T* x, const T* y, T* z, T* work) const override {
    kernels_.direct(table_.view(), {blocks, stride[0], stride[1], stride[2]}, x, y, z, work);
  }
  [[nodiscard]] bool has_vjp() const override { return table_.view().shape >= 0; }
  void vjp(const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work) const override {
    kernels_.direct_vjp(table_.view(), x, y, g, xbar, ybar, work);
  }
  [[nodiscard]] std::size_t workspace() const override { return table_.terms() * lanes<T>; }

private:
  const Kernels<T>& kernels_;
  DirectTable<T> table_;
};

template <class T>
class RingMethod : public Product<T> {
public:
  RingMethod(int l1, int l2, int l3, const Kernels<T>& kernels)
      : kernels_(kernels), grid_(SphereGrid::exact_for(l1 + l2 + l3)), x_(l1, grid_), y_(l2, grid_), z_(l3, grid_) {}
  void execute(const T* x, const T* y, T* z, T* work) const override { kernels_.mconv(tables(), x, y, z, work); }
  [[nodiscard]] bool has_vjp() const override { return true; }
  void vjp(const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work) const override { kernels_.mconv_vjp(tables(), x, y, g, xbar, ybar, work); }
  [[nodiscard]] std::size_t workspace() const override { return mconv_workspace(tables()); }

private:
  [[nodiscard]] RingProduct<T> tables() const { return {x_.view(), y_.view(), z_.view()}; }

  const Kernels<T>& kernels_;
  SphereGrid grid_;
  RingTable<T> x_, y_, z_;
};

template <class T>
class RingFftMethod : public Product<T> {
public:
  RingFftMethod(int l1, int l2, int l3, const Kernels<T>& kernels)
      : kernels_(kernels), grid_(SphereGrid::exact_for(l1 + l2 + l3)), x_(l1, grid_), y_(l2, grid_), z_(l3, grid_), fft_(grid_.n_phi) {}
  void execute(const T* x, const T* y, T* z, T* work) const override { kernels_.ring_fft(tables(), fft_.view(), x, y, z, work); }
  [[nodiscard]] bool has_vjp() const override { return true; }
  void vjp(const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work) const override {
    kernels_.ring_fft_vjp(tables(), fft_.view(), x, y, g, xbar, ybar, work);
  }
  [[nodiscard]] std::size_t workspace() const override { return ring_fft_workspace(tables(), fft_.view()); }

private:
  [[nodiscard]] RingProduct<T> tables() const { return {x_.view(), y_.view(), z_.view()}; }

  const Kernels<T>& kernels_;
  SphereGrid grid_;
  RingTable<T> x_, y_, z_;
  FftTable<T> fft_;
};

} // namespace

std::vector<std::string> method_names(Parts part) {
  if (part == Parts::odd) return {"direct", "theta_grid"};
  return {
      "direct",    "theta_mconv",     "theta_fft",
#ifdef ANSATZ_WITH_FFTW
      "torus_fft", "torus_published",
#endif
  };
}

namespace {

[[noreturn]] void refuse_method(const std::string& method, Parts part) {
  auto names = method_names(part);
  names.emplace_back("auto");
  names.emplace_back("estimate");
  throw UsageError("bad_value", "GauntPlan: there is no method \"" + method + "\"" + did_you_mean(method, names));
}

} // namespace

template <class T>
std::unique_ptr<Product<T>> make_product(const std::string& method, int l1, int l2, int l3, const Kernels<T>& kernels, Parts part) {
  if (part == Parts::odd) {
    if (auto bracket = make_bracket<T>(method, l1, l2, l3, kernels)) return bracket;
    refuse_method(method, part);
  }
  if (method == "direct") return std::make_unique<DirectProduct<T>>(l1, l2, l3, kernels);
  if (method == "theta_mconv") return std::make_unique<RingMethod<T>>(l1, l2, l3, kernels);
  if (method == "theta_fft") return std::make_unique<RingFftMethod<T>>(l1, l2, l3, kernels);
#ifdef ANSATZ_WITH_FFTW
  if (method == "torus_fft") return make_torus_product<T>(l1, l2, l3);
  if (method == "torus_published") return make_published_product<T>(l1, l2, l3);
#endif
  refuse_method(method, part);
}

template <class T>
GradientProduct<T>::GradientProduct(const std::string& method, int l1, int l2, int l3, const Kernels<T>& kernels, Parts part)
    : both_(make_product<T>(method, l1, l2, l3, kernels, part)) {
  if (both_->has_vjp()) return;
  both_.reset();
  to_x_ = make_product<T>(method, l3, l2, l1, kernels);
  if (l1 != l2) to_y_ = make_product<T>(method, l3, l1, l2, kernels);
}

template <class T>
void GradientProduct<T>::execute(const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work) const {
  if (both_) {
    both_->vjp(x, y, g, xbar, ybar, work);
    return;
  }
  to_x_->execute(g, y, xbar, work);
  (to_y_ ? to_y_ : to_x_)->execute(g, x, ybar, work);
}

template <class T>
std::size_t GradientProduct<T>::workspace() const {
  if (both_) return both_->workspace();
  return std::max(to_x_->workspace(), to_y_ ? to_y_->workspace() : 0);
}

template class GradientProduct<float>;
template class GradientProduct<double>;
template std::unique_ptr<Product<float>> make_product(const std::string&, int, int, int, const Kernels<float>&, Parts);
template std::unique_ptr<Product<double>> make_product(const std::string&, int, int, int, const Kernels<double>&, Parts);

} // namespace ansatz::equivariant
