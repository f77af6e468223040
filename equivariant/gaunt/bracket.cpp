// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/equivariant/gaunt/block_check.hpp>
#include <ansatz/equivariant/gaunt/bracket.hpp>

#include <algorithm>

namespace ansatz::equivariant {
namespace {

constexpr const char* name = "BracketPlan";
/// Sum of degrees up to which the sparse coefficients beat the grid, measured on AVX2 (tests/benchmarks/gaunt_operations.cpp).
constexpr int direct_limit = 14;
/// Larger tables take minutes to build.
constexpr int direct_largest = 24;

std::string method_for(const BracketOptions& o, int sum) {
  const std::vector<std::string> names = {"direct", "theta_grid", "auto"};
  if (std::find(names.begin(), names.end(), o.method) == names.end())
    throw UsageError("bad_value", "BracketPlan: there is no method \"" + o.method + "\"" + did_you_mean(o.method, names));
  if (o.method == "direct" && std::max(o.degree1, o.degree2) > direct_largest)
    throw UsageError("bad_value", "BracketPlan: method direct is for degrees up to " + std::to_string(direct_largest) + "; take theta_grid");
  return o.method == "auto" ? (sum <= direct_limit ? "direct" : "theta_grid") : o.method;
}

} // namespace

template <class T>
BracketPlan<T>::BracketPlan(const BracketOptions& o)
    : degree_{o.degree1, o.degree2, o.degree3 == -1 ? std::max(o.degree1 + o.degree2 - 1, 0) : o.degree3}, trimmed_{} {
  for (const int l : {degree_[0], degree_[1]}) check_degree(l, name);
  check_degree(degree_[2], "BracketPlan: output", o.degree3 == -1 ? 2 * max_degree : max_degree);
  for (int i = 0; i < 3; ++i) trimmed_[i] = std::min(degree_[i], degree_[(i + 1) % 3] + degree_[(i + 2) % 3] - 1);
  method_ = method_for(o, trimmed_[0] + trimmed_[1] + trimmed_[2]);
  const auto& kernels = find_operation_kernels<T>(o.kernels);
  if (*std::min_element(degree_, degree_ + 3) < 1) { // constants have no slope
    std::fill(trimmed_, trimmed_ + 3, -1);
    return;
  }
  const auto make = method_ == "direct" ? make_direct_bracket<T> : make_grid_bracket<T>;
  bracket_ = make(trimmed_[0], trimmed_[1], trimmed_[2], kernels);
  workspace_ = bracket_->workspace() + block_size(3); // a jvp keeps one block
}

template <class T>
void BracketPlan<T>::clear_above(int operand, T* block) const {
  std::fill(block + signal_size(trimmed_[operand - 1]) * lanes<T>, block + block_size(operand), T{0});
}

template <class T>
void BracketPlan<T>::execute(std::span<const T> x, std::span<const T> y, std::span<T> z, std::span<T> work) const {
  const std::size_t blocks = check_blocks<T>(name, {{x, block_size(1), "x"}, {y, block_size(2), "y"}, {z, block_size(3), "z"}}, work, workspace_);
  for (std::size_t k = 0; k < blocks; ++k) {
    T* out = z.data() + k * block_size(3);
    if (bracket_) bracket_->execute(x.data() + k * block_size(1), y.data() + k * block_size(2), out, work.data());
    clear_above(3, out);
  }
}

template <class T>
void BracketPlan<T>::vjp(std::span<const T> x, std::span<const T> y, std::span<const T> g, std::span<T> xbar, std::span<T> ybar,
                         std::span<T> work) const {
  const std::size_t blocks = check_blocks<T>(
      name, {{x, block_size(1), "x"}, {y, block_size(2), "y"}, {g, block_size(3), "g"}, {xbar, block_size(1), "xbar"}, {ybar, block_size(2), "ybar"}},
      work, workspace_);
  for (std::size_t k = 0; k < blocks; ++k) {
    T* to_x = xbar.data() + k * block_size(1);
    T* to_y = ybar.data() + k * block_size(2);
    if (bracket_)
      bracket_->gradients(x.data() + k * block_size(1), y.data() + k * block_size(2), g.data() + k * block_size(3), to_x, to_y, work.data());
    clear_above(1, to_x);
    clear_above(2, to_y);
  }
}

template <class T>
void BracketPlan<T>::jvp(std::span<const T> x, std::span<const T> y, std::span<const T> dx, std::span<const T> dy, std::span<T> dz,
                         std::span<T> work) const {
  const std::size_t blocks = check_blocks<T>(
      name, {{x, block_size(1), "x"}, {y, block_size(2), "y"}, {dx, block_size(1), "dx"}, {dy, block_size(2), "dy"}, {dz, block_size(3), "dz"}}, work,
      workspace_);
  const std::size_t used = signal_size(trimmed_[2]) * lanes<T>;
  for (std::size_t k = 0; k < blocks; ++k) {
    T* out = dz.data() + k * block_size(3);
    if (bracket_) {
      T* const other = work.data() + bracket_->workspace();
      bracket_->execute(dx.data() + k * block_size(1), y.data() + k * block_size(2), out, work.data());
      bracket_->execute(x.data() + k * block_size(1), dy.data() + k * block_size(2), other, work.data());
      for (std::size_t i = 0; i < used; ++i) out[i] += other[i];
    }
    clear_above(3, out);
  }
}

template <class T>
void BracketPlan<T>::vjp2(std::span<const T> x, std::span<const T> y, std::span<const T> g, std::span<const T> u, std::span<const T> v,
                          std::span<T> to_x, std::span<T> to_y, std::span<T> to_g, std::span<T> work) const {
  // <u, xbar> + <v, ybar> = <g, {u, y} + {x, v}>: its gradients are a tangent of z, and the gradients at (u, v).
  vjp(u, v, g, to_x, to_y, work);
  jvp(x, y, u, v, to_g, work);
}

template class BracketPlan<float>;
template class BracketPlan<double>;

} // namespace ansatz::equivariant
