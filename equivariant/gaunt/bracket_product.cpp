// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/degree_paths.hpp>
#include <ansatz/equivariant/gaunt/grid_table.hpp>
#include <ansatz/equivariant/gaunt/path_product.hpp>
#include <ansatz/equivariant/gaunt/product.hpp>

#include <algorithm>

namespace ansatz::equivariant {
namespace {

std::vector<ScaledPath> odd_paths(int l1, int l2, int l3) {
  std::vector<ScaledPath> paths;
  for (const auto& p : degree_paths(l1, l2, l3, Parts::odd)) paths.push_back({p.l1, p.l2, p.l3, 1});
  return paths;
}

template <class T>
class DirectBracket : public Product<T> {
public:
  DirectBracket(int l1, int l2, int l3, const OperationKernels<T>& kernels)
      : size_{signal_size(l1) * lanes<T>, signal_size(l2) * lanes<T>, signal_size(l3) * lanes<T>}, product_(odd_paths(l1, l2, l3), kernels) {}

  void execute(const T* x, const T* y, T* z, T* work) const override {
    std::fill(z, z + size_[2], T{0});
    product_.add_product({}, x, y, z, work);
  }
  [[nodiscard]] bool has_vjp() const override { return true; }
  void vjp(const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work) const override {
    std::fill(xbar, xbar + size_[0], T{0});
    std::fill(ybar, ybar + size_[1], T{0});
    product_.add_first({}, y, g, xbar, work);
    product_.add_second({}, g, x, ybar, work);
  }
  [[nodiscard]] std::size_t workspace() const override { return product_.workspace(); }

private:
  std::size_t size_[3];
  PathProduct<T> product_;
};

/// A signal's two derivatives on the grid, and the way back.
template <class T>
struct DerivativeTables {
  GridTable<T> theta, phi, back;
  DerivativeTables(int degree, const SphereGrid& grid) : theta(degree, grid, Field::theta), phi(degree, grid, Field::phi), back(degree, grid) {}
};

template <class T>
class GridBracket : public Product<T> {
public:
  // The bracket with a third signal is a polynomial of degree S-1 on the sphere.
  GridBracket(int l1, int l2, int l3, const OperationKernels<T>& kernels)
      : kernels_(kernels), grid_(SphereGrid::exact_for(l1 + l2 + l3 - 1)), x_(l1, grid_), y_(l2, grid_), z_(l3, grid_), rows_(grid_rows(grid_)) {}

  void execute(const T* x, const T* y, T* z, T* work) const override {
    const Slopes fx = slopes(x_, x, 0, work), fy = slopes(y_, y, 1, work);
    bracket(fx, fy, z_, z, work);
  }
  [[nodiscard]] bool has_vjp() const override { return true; }
  void vjp(const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work) const override {
    const Slopes fx = slopes(x_, x, 0, work), fy = slopes(y_, y, 1, work), fg = slopes(z_, g, 2, work);
    bracket(fy, fg, x_, xbar, work);
    bracket(fg, fx, y_, ybar, work);
  }
  [[nodiscard]] std::size_t workspace() const override {
    std::size_t scratch = 0;
    for (const auto* t : {&x_, &y_, &z_}) scratch = std::max(scratch, grid_workspace(t->back.view()));
    return 7 * rows_ * lanes<T> + scratch;
  }

private:
  struct Slopes {
    const T *theta, *phi;
  };
  /// Grid number n of the workspace: two a signal, one for the bracket, then scratch.
  [[nodiscard]] T* part(std::size_t n, T* work) const { return work + n * rows_ * lanes<T>; }

  Slopes slopes(const DerivativeTables<T>& t, const T* f, std::size_t number, T* work) const {
    T* theta = part(2 * number, work);
    T* phi = part(2 * number + 1, work);
    kernels_.spread(t.theta.view(), f, theta, part(7, work));
    kernels_.spread(t.phi.view(), f, phi, part(7, work));
    return {theta, phi};
  }
  void bracket(const Slopes& f, const Slopes& g, const DerivativeTables<T>& t, T* out, T* work) const {
    kernels_.cross(rows_, f.theta, g.phi, f.phi, g.theta, part(6, work));
    kernels_.gather(t.back.view(), part(6, work), out, part(7, work));
  }

  const OperationKernels<T>& kernels_;
  SphereGrid grid_;
  DerivativeTables<T> x_, y_, z_;
  std::size_t rows_;
};

} // namespace

template <class T>
std::unique_ptr<Product<T>> make_bracket(const std::string& method, int l1, int l2, int l3, const Kernels<T>& kernels) {
  const auto& operations = find_operation_kernels<T>(std::string(kernels.name));
  if (method == "direct") return std::make_unique<DirectBracket<T>>(l1, l2, l3, operations);
  if (method == "theta_grid") return std::make_unique<GridBracket<T>>(l1, l2, l3, operations);
  return nullptr;
}

template std::unique_ptr<Product<float>> make_bracket(const std::string&, int, int, int, const Kernels<float>&);
template std::unique_ptr<Product<double>> make_bracket(const std::string&, int, int, int, const Kernels<double>&);

} // namespace ansatz::equivariant
