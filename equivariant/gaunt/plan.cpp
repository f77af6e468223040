// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/method_choice.hpp>
#include <ansatz/equivariant/gaunt/parallel_blocks.hpp>
#include <ansatz/equivariant/gaunt/plan.hpp>
#include <ansatz/equivariant/gaunt/wide_product.hpp>
#include <ansatz/equivariant/harmonics/degrees.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace ansatz::equivariant {

template <class T>
GauntPlan<T>::GauntPlan(const GauntOptions& o)
    : degree_{o.degree1, o.degree2, o.degree3 == -1 ? o.degree1 + o.degree2 : o.degree3}, part_(o.part), wide_(o.wide && std::is_same_v<T, float>) {
  if (o.part == Parts::both) throw UsageError("bad_value", "GauntPlan: one half at a time; FeatureInteraction adds both");
  for (const int l : {degree_[0], degree_[1]}) check_degree(l, "GauntPlan");
  check_degree(degree_[2], "GauntPlan: output", o.degree3 == -1 ? 2 * max_degree : max_degree);
  // Degrees that cannot meet the others would alias on a grid made for those that can.
  const int less = part_ == Parts::odd ? 1 : 0;
  for (std::size_t i = 0; i < 3; ++i) trimmed_[i] = std::min(degree_[i], degree_[(i + 1) % 3] + degree_[(i + 2) % 3] - less);
  if (o.threads < 1) throw UsageError("bad_value", "GauntPlan: " + std::to_string(o.threads) + " threads; give at least 1");
  threads_ = o.threads;
  const Kernels<T>& kernels = find_kernels<T>(o.kernels);
  kernels_name_ = kernels.name;
  if (less == 1 && *std::min_element(degree_.begin(), degree_.end()) == 0) { // constants have no slope
    trimmed_.fill(-1);
    return;
  }
  const auto [l1, l2, l3] = trimmed_;
  MethodChoice choice{.product = o.method, .gradient = o.method};
  if (o.method == "auto") choice = measure_methods(l1, l2, l3, kernels, part_);
  if (o.method == "estimate") choice = estimate_methods(l1, l2, l3, part_);
  if (!o.gradient_method.empty()) choice.gradient = o.gradient_method;
  prepare(choice.product, choice.gradient, kernels);
  if (o.verify) require_agreement(kernels);
}

template <class T>
void GauntPlan<T>::require_agreement(const Kernels<T>& kernels) const {
  const auto [l1, l2, l3] = trimmed_;
  const double slopes = part_ == Parts::odd ? std::max(l1, l2) : 1.0;
  const double bound = 4.0 * slopes * static_cast<double>(std::numeric_limits<T>::epsilon()) * std::sqrt(l1 + l2 + l3 + 4.0);
  const double found = largest_disagreement(l1, l2, l3, kernels, part_);
  if (!(found <= bound))
    throw InternalError("internal", "GauntPlan: two methods differ by " + std::to_string(found) + " at degrees " + std::to_string(l1) + ", " +
                                        std::to_string(l2) + ", " + std::to_string(l3) + ", more than " + std::to_string(bound) +
                                        " from rounding; the build is broken: run the tests");
}

template <class T>
void GauntPlan<T>::prepare(const std::string& method, const std::string& gradient_method, const Kernels<T>& kernels) {
  method_ = method;
  gradient_method_ = gradient_method;
  const auto [l1, l2, l3] = trimmed_;
  if constexpr (std::is_same_v<T, float>) {
    if (wide_) {
      forward_ = make_wide_product(method, l1, l2, l3, kernels.name, part_);
      gradient_ = std::make_unique<GradientProduct<T>>(make_wide_gradient(gradient_method, l1, l2, l3, kernels.name, part_));
    }
  }
  if (!forward_) {
    forward_ = make_product<T>(method, l1, l2, l3, kernels, part_);
    gradient_ = std::make_unique<GradientProduct<T>>(gradient_method, l1, l2, l3, kernels, part_);
  }
  product_workspace_ = std::max(forward_->workspace(), gradient_->workspace());
  constexpr std::size_t line = cache_line / sizeof(T);
  product_workspace_ = (product_workspace_ + line - 1) / line * line;
  thread_workspace_ = product_workspace_ + block_size(3); // a jvp keeps one block
}

template <class T>
std::size_t GauntPlan<T>::block_size(int operand) const {
  return signal_size(degree(operand)) * lanes<T>;
}

template <class T>
std::size_t GauntPlan<T>::check(std::initializer_list<Operand> operands, std::span<T> work) const {
  const std::size_t blocks = operands.begin()->size / block_size(operands.begin()->operand);
  for (const auto& [data, size, operand, name] : operands) {
    if (size != blocks * block_size(operand))
      throw UsageError("bad_value", std::string("GauntPlan: ") + name + " holds " + std::to_string(size) + " numbers, " + std::to_string(blocks) +
                                        " blocks of degree " + std::to_string(degree(operand)) + " need " +
                                        std::to_string(blocks * block_size(operand)));
    if (reinterpret_cast<std::uintptr_t>(data) % cache_line != 0)
      throw UsageError("bad_value", std::string("GauntPlan: ") + name + " does not start on a 64-byte boundary; use AlignedVector");
  }
  if (work.size() < workspace())
    throw UsageError("bad_value",
                     "GauntPlan: the workspace holds " + std::to_string(work.size()) + " numbers, " + std::to_string(workspace()) + " are needed");
  if (reinterpret_cast<std::uintptr_t>(work.data()) % cache_line != 0)
    throw UsageError("bad_value", "GauntPlan: the workspace does not start on a 64-byte boundary; use AlignedVector");
  return blocks;
}

template <class T>
void GauntPlan<T>::clear_above(int operand, T* block) const {
  std::fill(block + signal_size(trimmed_[index(operand) - 1]) * lanes<T>, block + block_size(operand), T{0});
}

template <class T>
template <class Body>
void GauntPlan<T>::over_blocks(std::size_t blocks, std::span<T> work, const Body& body) const {
  for_blocks(threads_, blocks, [&](int part, std::size_t first, std::size_t last) {
    T* own = work.data() + index(part) * thread_workspace_;
    for (std::size_t b = first; b < last; ++b) body(b, own);
  });
}

template <class T>
void GauntPlan<T>::execute(std::span<const T> x, std::span<const T> y, std::span<T> z, std::span<T> work) const {
  const std::size_t blocks = check({{x.data(), x.size(), 1, "x"}, {y.data(), y.size(), 2, "y"}, {z.data(), z.size(), 3, "z"}}, work);
  const std::array<std::size_t, 3> stride{block_size(1), block_size(2), block_size(3)};
  for_blocks(threads_, blocks, [&](int part, std::size_t first, std::size_t last) {
    T* out = z.data() + first * stride[2];
    if (forward_)
      forward_->execute_blocks(last - first, stride, x.data() + first * stride[0], y.data() + first * stride[1], out,
                               work.data() + index(part) * thread_workspace_);
    if (trimmed_[2] == degree_[2]) return;
    for (std::size_t b = first; b < last; ++b, out += stride[2]) clear_above(3, out);
  });
}

template <class T>
void GauntPlan<T>::vjp(std::span<const T> x, std::span<const T> y, std::span<const T> g, std::span<T> xbar, std::span<T> ybar,
                       std::span<T> work) const {
  const std::size_t blocks = check({{x.data(), x.size(), 1, "x"},
                                    {y.data(), y.size(), 2, "y"},
                                    {g.data(), g.size(), 3, "g"},
                                    {xbar.data(), xbar.size(), 1, "xbar"},
                                    {ybar.data(), ybar.size(), 2, "ybar"}},
                                   work);
  over_blocks(blocks, work, [&](std::size_t b, T* own) {
    const T* xb = x.data() + b * block_size(1);
    const T* yb = y.data() + b * block_size(2);
    const T* gb = g.data() + b * block_size(3);
    T* to_x = xbar.data() + b * block_size(1);
    T* to_y = ybar.data() + b * block_size(2);
    if (gradient_) gradient_->execute(xb, yb, gb, to_x, to_y, own);
    clear_above(1, to_x);
    clear_above(2, to_y);
  });
}

template <class T>
void GauntPlan<T>::jvp(std::span<const T> x, std::span<const T> y, std::span<const T> dx, std::span<const T> dy, std::span<T> dz,
                       std::span<T> work) const {
  const std::size_t blocks = check({{x.data(), x.size(), 1, "x"},
                                    {y.data(), y.size(), 2, "y"},
                                    {dx.data(), dx.size(), 1, "dx"},
                                    {dy.data(), dy.size(), 2, "dy"},
                                    {dz.data(), dz.size(), 3, "dz"}},
                                   work);
  over_blocks(blocks, work, [&](std::size_t b, T* own) {
    T* out = dz.data() + b * block_size(3);
    T* other = own + product_workspace_;
    if (forward_) {
      forward_->execute(dx.data() + b * block_size(1), y.data() + b * block_size(2), out, own);
      forward_->execute(x.data() + b * block_size(1), dy.data() + b * block_size(2), other, own);
      const std::size_t used = signal_size(trimmed_[2]) * lanes<T>;
      for (std::size_t i = 0; i < used; ++i) out[i] += other[i];
    }
    clear_above(3, out);
  });
}

template <class T>
void GauntPlan<T>::vjp2(std::span<const T> x, std::span<const T> y, std::span<const T> g, std::span<const T> u, std::span<const T> v,
                        std::span<T> to_x, std::span<T> to_y, std::span<T> to_g, std::span<T> work) const {
  // <u, xbar> + <v, ybar> is the trilinear form at (u, y, g) plus that at (x, v, g): its gradients are gradients at (u, v) and a tangent.
  vjp(u, v, g, to_x, to_y, work);
  jvp(x, y, u, v, to_g, work);
}

template class GauntPlan<float>;
template class GauntPlan<double>;

} // namespace ansatz::equivariant
