// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/block_check.hpp>
#include <ansatz/equivariant/gaunt/many_body.hpp>

#include <algorithm>

namespace ansatz::equivariant {
namespace {

constexpr const char* name = "ManyBodyPlan";
constexpr int max_order = 16;

int checked_order(const ManyBodyOptions& o) {
  check_degree(o.degree, name);
  check_degree(o.output_degree, "ManyBodyPlan: output");
  if (o.order < 1 || o.order > max_order)
    throw UsageError("bad_value", "ManyBodyPlan: order " + std::to_string(o.order) + " is outside 1.." + std::to_string(max_order));
  return o.order;
}

} // namespace

/// Parts of the workspace, and how the weights of the current block enter: rows [n-1][l].
template <class T>
struct ManyBodyPlan<T>::Buffers {
  T *x, *power, *g, *sum; ///< grids
  T* z;                   ///< a block of the output
  T *weights, *weights_bar;
  T* scratch;
};

template <class T>
ManyBodyPlan<T>::ManyBodyPlan(const ManyBodyOptions& o)
    : degree_(o.degree), output_degree_(o.output_degree), trimmed_(std::min(o.output_degree, checked_order(o) * o.degree)), order_(o.order),
      kernels_(find_operation_kernels<T>(o.kernels)), grid_(SphereGrid::exact_for(order_ * degree_ + trimmed_)), x_(degree_, grid_),
      z_(trimmed_, grid_), rows_(grid_rows(grid_)), lane_weights_(name, index(order_) * (index(output_degree_) + 1), o.channels, o.classes) {
  const std::size_t grids = index(std::max(4, order_ + 2)) * rows_; // gradients of a product of N signals keep N + 2
  workspace_ = (grids + 2 * lane_weights_.rows()) * lanes<T> + output_block() + std::max(grid_workspace(x_.view()), grid_workspace(z_.view()));
}

template <class T>
auto ManyBodyPlan<T>::buffers(T* work) const -> Buffers {
  const auto take = [&](std::size_t numbers) {
    T* const part = work;
    work += numbers;
    return part;
  };
  const std::size_t grid = rows_ * lanes<T>, weights = lane_weights_.rows() * lanes<T>;
  Buffers b{};
  b.z = take(output_block());
  b.weights = take(weights);
  b.weights_bar = take(weights);
  b.scratch = take(std::max(grid_workspace(x_.view()), grid_workspace(z_.view())));
  b.x = take(grid);
  b.power = take(grid);
  b.g = take(grid);
  b.sum = take(grid);
  return b;
}

template <class T>
std::size_t ManyBodyPlan<T>::check(std::initializer_list<std::span<const T>> like_x, std::initializer_list<std::span<const T>> like_z,
                                   const ManyBodyWeights<T>& w, std::span<T> work) const {
  const BlockOperand<T> first{*like_x.begin(), input_block(), "x"};
  const std::size_t blocks = check_blocks<T>(name, {first}, work, workspace_);
  for (const auto& x : like_x) (void)check_blocks<T>(name, {first, {x, input_block(), "an operand shaped like x"}}, work, workspace_);
  for (const auto& z : like_z) (void)check_blocks<T>(name, {first, {z, output_block(), "an operand shaped like z"}}, work, workspace_);
  check_size(name, "the weight array", w.weights.size(), weights_size());
  lane_weights_.check(w.element_class, blocks);
  return blocks;
}

template <class T>
T* ManyBodyPlan<T>::row_of(T* weights, int n) const {
  return weights + index(n - 1) * (index(output_degree_) + 1) * lanes<T>;
}

template <class T>
void ManyBodyPlan<T>::times_power(T* weights) const {
  for (int n = 2; n <= order_; ++n)
    for (T* w = row_of(weights, n); w != row_of(weights, n + 1); ++w) *w *= static_cast<T>(n);
}

template <class T>
void ManyBodyPlan<T>::weigh(const T* weights, int degree, const T* a, T* out, std::size_t size) const {
  std::fill(out, out + size, T{0});
  kernels_.scale_add(degree, weights, a, out);
}

template <class T>
void ManyBodyPlan<T>::spread_weighted(const Buffers& b, int n, const T* g) const {
  weigh(row_of(b.weights, n), trimmed_, g, b.z, output_block());
  kernels_.spread(z_.view(), b.z, b.g, b.scratch);
}

template <class T>
void ManyBodyPlan<T>::execute(std::span<const T> x, const ManyBodyWeights<T>& w, std::span<T> z, std::span<T> work) const {
  const std::size_t blocks = check({x}, {z}, w, work);
  const Buffers b = buffers(work.data());
  for (std::size_t k = 0; k < blocks; ++k) {
    const T* in = x.data() + k * input_block();
    T* out = z.data() + k * output_block();
    lane_weights_.gather(w.weights, w.element_class, k, b.weights);
    weigh(b.weights, common_degree(), in, out, output_block());
    if (order_ > 1) kernels_.spread(x_.view(), in, b.x, b.scratch);
    for (int n = 2; n <= order_; ++n) {
      kernels_.multiply(rows_, n == 2 ? b.x : b.power, b.x, b.power);
      kernels_.gather(z_.view(), b.power, b.z, b.scratch);
      kernels_.scale_add(trimmed_, row_of(b.weights, n), b.z, out);
    }
  }
}

template <class T>
void ManyBodyPlan<T>::vjp(std::span<const T> x, const ManyBodyWeights<T>& w, std::span<const T> g, std::span<T> xbar, std::span<double> weights_bar,
                          std::span<T> work) const {
  const std::size_t blocks = check({x, xbar}, {g}, w, work);
  const bool with_weights = !weights_bar.empty();
  if (with_weights) check_size(name, "the weights' gradient", weights_bar.size(), weights_size());
  const Buffers b = buffers(work.data());
  for (std::size_t k = 0; k < blocks; ++k) {
    const T* in = x.data() + k * input_block();
    const T* gk = g.data() + k * output_block();
    T* out = xbar.data() + k * input_block();
    lane_weights_.gather(w.weights, w.element_class, k, b.weights);
    times_power(b.weights);
    std::fill(b.weights_bar, b.weights_bar + lane_weights_.rows() * lanes<T>, T{0});
    kernels_.dot_add(common_degree(), gk, in, b.weights_bar);
    std::fill(out, out + input_block(), T{0});
    std::fill(b.sum, b.sum + rows_ * lanes<T>, T{0});
    if (order_ > 1) kernels_.spread(x_.view(), in, b.x, b.scratch);
    for (int n = 2; n <= order_; ++n) {
      const T* power = n == 2 ? b.x : b.power; // x^{n-1}
      spread_weighted(b, n, gk);
      kernels_.multiply_add(rows_, T{1}, power, b.g, b.sum);
      if (n < order_ || with_weights) kernels_.multiply(rows_, power, b.x, b.power);
      if (!with_weights) continue;
      kernels_.gather(z_.view(), b.power, b.z, b.scratch);
      kernels_.dot_add(trimmed_, gk, b.z, row_of(b.weights_bar, n));
    }
    if (order_ > 1) kernels_.gather(x_.view(), b.sum, out, b.scratch);
    kernels_.scale_add(common_degree(), b.weights, gk, out);
    if (with_weights) lane_weights_.scatter(b.weights_bar, w.element_class, k, weights_bar);
  }
}

template <class T>
void ManyBodyPlan<T>::jvp(std::span<const T> x, const ManyBodyWeights<T>& w, std::span<const T> dx, std::span<const T> dw, std::span<T> dz,
                          std::span<T> work) const {
  const std::size_t blocks = check({x, dx}, {dz}, w, work);
  if (!dw.empty()) {
    // z is linear in the weights, so their part of the tangent is the operation itself.
    execute(x, {dw, w.element_class}, dz, work);
  }
  const Buffers b = buffers(work.data());
  for (std::size_t k = 0; k < blocks; ++k) {
    const T* along = dx.data() + k * input_block();
    T* out = dz.data() + k * output_block();
    if (dw.empty()) std::fill(out, out + output_block(), T{0});
    lane_weights_.gather(w.weights, w.element_class, k, b.weights);
    times_power(b.weights);
    kernels_.scale_add(common_degree(), b.weights, along, out);
    if (order_ == 1) continue;
    kernels_.spread(x_.view(), x.data() + k * input_block(), b.x, b.scratch);
    kernels_.spread(x_.view(), along, b.power, b.scratch);
    for (int n = 2; n <= order_; ++n) {
      kernels_.multiply(rows_, b.power, b.x, b.power); // x^{n-1} dx
      kernels_.gather(z_.view(), b.power, b.z, b.scratch);
      kernels_.scale_add(trimmed_, row_of(b.weights, n), b.z, out);
    }
  }
}

template <class T>
void ManyBodyPlan<T>::vjp2(std::span<const T> x, const ManyBodyWeights<T>& w, std::span<const T> g, std::span<const T> u, const ManyBodySecond<T>& to,
                           std::span<T> work) const {
  const std::size_t blocks = check({x, u, to.x}, {g, to.g}, w, work);
  if (!to.weights.empty()) check_size(name, "the weights' gradient", to.weights.size(), weights_size());
  const Buffers b = buffers(work.data());
  for (std::size_t k = 0; k < blocks; ++k) {
    const T* gk = g.data() + k * output_block();
    const T* uk = u.data() + k * input_block();
    T* to_x = to.x.data() + k * input_block();
    T* to_g = to.g.data() + k * output_block();
    lane_weights_.gather(w.weights, w.element_class, k, b.weights);
    times_power(b.weights);
    std::fill(b.weights_bar, b.weights_bar + lane_weights_.rows() * lanes<T>, T{0});
    kernels_.dot_add(common_degree(), gk, uk, b.weights_bar);
    weigh(b.weights, common_degree(), uk, to_g, output_block());
    std::fill(to_x, to_x + input_block(), T{0});
    std::fill(b.sum, b.sum + rows_ * lanes<T>, T{0});
    if (order_ > 1) {
      kernels_.spread(x_.view(), x.data() + k * input_block(), b.x, b.scratch);
      kernels_.spread(x_.view(), uk, b.power, b.scratch);
    }
    for (int n = 2; n <= order_; ++n) {
      spread_weighted(b, n, gk);
      kernels_.multiply_add(rows_, static_cast<T>(n - 1), b.power, b.g, b.sum); // n (n-1) x^{n-2} u G_n
      kernels_.multiply(rows_, b.power, b.x, b.power);
      kernels_.gather(z_.view(), b.power, b.z, b.scratch);
      kernels_.scale_add(trimmed_, row_of(b.weights, n), b.z, to_g);
      kernels_.dot_add(trimmed_, gk, b.z, row_of(b.weights_bar, n));
    }
    if (order_ > 1) kernels_.gather(x_.view(), b.sum, to_x, b.scratch);
    times_power(b.weights_bar);
    if (!to.weights.empty()) lane_weights_.scatter(b.weights_bar, w.element_class, k, to.weights);
  }
}

template <class T>
std::size_t ManyBodyPlan<T>::check_factors(std::span<const std::span<const T>> x, std::span<const T> z, std::span<T> work) const {
  if (x.size() != index(order_))
    throw UsageError("bad_value", "ManyBodyPlan: " + std::to_string(x.size()) + " factors for a plan of order " + std::to_string(order_));
  const BlockOperand<T> out{z, output_block(), "the output"};
  const std::size_t blocks = check_blocks<T>(name, {out}, work, workspace_);
  for (const auto& factor : x) (void)check_blocks<T>(name, {out, {factor, input_block(), "a factor"}}, work, workspace_);
  return blocks;
}

template <class T>
void ManyBodyPlan<T>::product(std::span<const std::span<const T>> x, std::span<T> z, std::span<T> work) const {
  const std::size_t blocks = check_factors(x, z, work);
  const Buffers b = buffers(work.data());
  for (std::size_t k = 0; k < blocks; ++k) {
    kernels_.spread(x_.view(), x[0].data() + k * input_block(), b.power, b.scratch);
    for (std::size_t i = 1; i < x.size(); ++i) {
      kernels_.spread(x_.view(), x[i].data() + k * input_block(), b.x, b.scratch);
      kernels_.multiply(rows_, b.power, b.x, b.power);
    }
    T* out = z.data() + k * output_block();
    std::fill(out, out + output_block(), T{0});
    kernels_.gather(z_.view(), b.power, out, b.scratch);
  }
}

template <class T>
void ManyBodyPlan<T>::product_vjp(std::span<const std::span<const T>> x, std::span<const T> g, std::span<const std::span<T>> xbar,
                                  std::span<T> work) const {
  const std::vector<std::span<const T>> gradients(xbar.begin(), xbar.end());
  const std::size_t blocks = check_factors(x, g, work);
  (void)check_factors(gradients, g, work);
  const Buffers b = buffers(work.data());
  const std::size_t grid = rows_ * lanes<T>;
  T* const values_g = b.x;
  T* const others = b.power;
  T* const values = b.g; // one grid a factor
  for (std::size_t k = 0; k < blocks; ++k) {
    kernels_.spread(z_.view(), g.data() + k * output_block(), values_g, b.scratch);
    for (std::size_t i = 0; i < x.size(); ++i) kernels_.spread(x_.view(), x[i].data() + k * input_block(), values + i * grid, b.scratch);
    for (std::size_t i = 0; i < x.size(); ++i) {
      std::copy_n(values_g, grid, others);
      for (std::size_t j = 0; j < x.size(); ++j)
        if (j != i) kernels_.multiply(rows_, others, values + j * grid, others);
      kernels_.gather(x_.view(), others, xbar[i].data() + k * input_block(), b.scratch);
    }
  }
}

template class ManyBodyPlan<float>;
template class ManyBodyPlan<double>;

} // namespace ansatz::equivariant
