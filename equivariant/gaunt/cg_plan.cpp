// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/block_check.hpp>
#include <ansatz/equivariant/gaunt/cg_plan.hpp>
#include <ansatz/equivariant/gaunt/coefficients.hpp>

#include <cmath>

namespace ansatz::equivariant {
namespace {

constexpr const char* name = "CGPlan";
/// Its tables take minutes to build above.
constexpr int largest_degree = 24;

int output_degree(const CGOptions& o) {
  for (const int l : {o.degree1, o.degree2}) check_degree(l, name, largest_degree);
  if (o.degree3 == -1) return o.degree1 + o.degree2;
  check_degree(o.degree3, "CGPlan: output", 2 * largest_degree);
  return o.degree3;
}

std::vector<ScaledPath> scaled(const std::vector<DegreePath>& paths, PathScaling scaling) {
  std::vector<ScaledPath> all;
  for (const auto& [l1, l2, l3] : paths) {
    const long double size = scaling == PathScaling::component ? std::sqrt(static_cast<long double>(2 * l3 + 1)) : 1;
    all.push_back({l1, l2, l3, size / path_norm(l1, l2, l3)});
  }
  return all;
}

template <class T>
void clear(std::span<T> block) {
  std::fill(block.begin(), block.end(), T{0});
}

} // namespace

template <class T>
CGPlan<T>::CGPlan(const CGOptions& o)
    : degree_{o.degree1, o.degree2, output_degree(o)}, paths_(degree_paths(degree_[0], degree_[1], degree_[2], o.parts)),
      lane_weights_(name, paths_.size(), o.channels, 1), product_(scaled(paths_, o.scaling), find_operation_kernels<T>(o.kernels)) {}

template <class T>
std::size_t CGPlan<T>::workspace() const {
  return product_.workspace() + 2 * lane_weights_.rows() * lanes<T>;
}

template <class T>
PathWeights<T> CGPlan<T>::rows_of(std::span<const T> weights, std::size_t block, T* rows) const {
  if (weights.empty()) return {};
  lane_weights_.gather(weights, {}, block, rows);
  return {.weight = rows};
}

template <class T>
void CGPlan<T>::check_weights(const char* which, std::size_t size) const {
  if (size != 0) check_size(name, which, size, weights_size());
}

template <class T>
void CGPlan<T>::execute(std::span<const T> x, std::span<const T> y, std::span<const T> weights, std::span<T> z, std::span<T> work) const {
  const std::size_t blocks = check_blocks<T>(name, {{x, block_size(1), "x"}, {y, block_size(2), "y"}, {z, block_size(3), "z"}}, work, workspace());
  check_weights("the weight array", weights.size());
  T* const rest = work.data() + 2 * lane_weights_.rows() * lanes<T>;
  clear(z);
  for (std::size_t k = 0; k < blocks; ++k)
    product_.add_product(rows_of(weights, k, work.data()), x.data() + k * block_size(1), y.data() + k * block_size(2), z.data() + k * block_size(3),
                         rest);
}

template <class T>
void CGPlan<T>::vjp(std::span<const T> x, std::span<const T> y, std::span<const T> weights, std::span<const T> g, std::span<T> xbar,
                    std::span<T> ybar, std::span<double> weights_bar, std::span<T> work) const {
  const std::size_t blocks = check_blocks<T>(
      name, {{x, block_size(1), "x"}, {y, block_size(2), "y"}, {g, block_size(3), "g"}, {xbar, block_size(1), "xbar"}, {ybar, block_size(2), "ybar"}},
      work, workspace());
  check_weights("the weight array", weights.size());
  check_weights("the weights' gradient", weights_bar.size());
  T* const bar = work.data() + lane_weights_.rows() * lanes<T>;
  T* const rest = bar + lane_weights_.rows() * lanes<T>;
  clear(xbar);
  clear(ybar);
  for (std::size_t k = 0; k < blocks; ++k) {
    const T* xk = x.data() + k * block_size(1);
    const T* yk = y.data() + k * block_size(2);
    const T* gk = g.data() + k * block_size(3);
    PathWeights<T> w = rows_of(weights, k, work.data());
    product_.add_second(w, gk, xk, ybar.data() + k * block_size(2), rest);
    if (!weights_bar.empty()) {
      std::fill(bar, rest, T{0});
      w.reference = xk;
      w.gradient = bar;
    }
    product_.add_first(w, yk, gk, xbar.data() + k * block_size(1), rest);
    if (!weights_bar.empty()) lane_weights_.scatter(bar, {}, k, weights_bar);
  }
}

template <class T>
void CGPlan<T>::jvp(std::span<const T> x, std::span<const T> y, std::span<const T> weights, std::span<const T> dx, std::span<const T> dy,
                    std::span<const T> dw, std::span<T> dz, std::span<T> work) const {
  const std::size_t blocks = check_blocks<T>(
      name, {{x, block_size(1), "x"}, {y, block_size(2), "y"}, {dx, block_size(1), "dx"}, {dy, block_size(2), "dy"}, {dz, block_size(3), "dz"}}, work,
      workspace());
  check_weights("the weight array", weights.size());
  check_weights("the weights' tangent", dw.size());
  T* const rest = work.data() + 2 * lane_weights_.rows() * lanes<T>;
  clear(dz);
  for (std::size_t k = 0; k < blocks; ++k) {
    const T* xk = x.data() + k * block_size(1);
    const T* yk = y.data() + k * block_size(2);
    T* out = dz.data() + k * block_size(3);
    const PathWeights<T> w = rows_of(weights, k, work.data());
    product_.add_product(w, dx.data() + k * block_size(1), yk, out, rest);
    product_.add_product(w, xk, dy.data() + k * block_size(2), out, rest);
    if (!dw.empty()) product_.add_product(rows_of(dw, k, work.data()), xk, yk, out, rest);
  }
}

template <class T>
void CGPlan<T>::vjp2(std::span<const T> x, std::span<const T> y, std::span<const T> weights, std::span<const T> g, std::span<const T> u,
                     std::span<const T> v, const CGSecond<T>& to, std::span<T> work) const {
  const std::size_t blocks = check_blocks<T>(name,
                                             {{x, block_size(1), "x"},
                                              {y, block_size(2), "y"},
                                              {g, block_size(3), "g"},
                                              {u, block_size(1), "u"},
                                              {v, block_size(2), "v"},
                                              {to.x, block_size(1), "the gradient to x"},
                                              {to.y, block_size(2), "the gradient to y"},
                                              {to.g, block_size(3), "the gradient to g"}},
                                             work, workspace());
  check_weights("the weight array", weights.size());
  check_weights("the weights' gradient", to.weights.size());
  T* const bar = work.data() + lane_weights_.rows() * lanes<T>;
  T* const rest = bar + lane_weights_.rows() * lanes<T>;
  clear(to.x);
  clear(to.y);
  clear(to.g);
  for (std::size_t k = 0; k < blocks; ++k) {
    const T* gk = g.data() + k * block_size(3);
    const T* uk = u.data() + k * block_size(1);
    const T* vk = v.data() + k * block_size(2);
    PathWeights<T> w = rows_of(weights, k, work.data());
    product_.add_first(w, vk, gk, to.x.data() + k * block_size(1), rest);
    product_.add_second(w, gk, uk, to.y.data() + k * block_size(2), rest);
    if (!to.weights.empty()) {
      std::fill(bar, rest, T{0});
      w.reference = gk;
      w.gradient = bar;
    }
    product_.add_product(w, uk, y.data() + k * block_size(2), to.g.data() + k * block_size(3), rest);
    product_.add_product(w, x.data() + k * block_size(1), vk, to.g.data() + k * block_size(3), rest);
    if (!to.weights.empty()) lane_weights_.scatter(bar, {}, k, to.weights);
  }
}

template class CGPlan<float>;
template class CGPlan<double>;

} // namespace ansatz::equivariant
