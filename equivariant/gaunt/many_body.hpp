// SPDX-License-Identifier: Apache-2.0
/// Many-body products of one signal with itself, and products of several signals, on one grid:
///   z = sum_{n=1}^{N} W_n o P_L3[x^n],     (W_n o f)_{l,m} = W_n[class, l, channel] f_{l,m},          z = P_L3[x_1 * x_2 * .. * x_N].
/// The power n = 1 is the truncation of x to L3. Each power costs a pointwise product and one transform; nested products would need degrees up to N L in between.
/// Gradients of <g, z>:  xbar = P_L[sum_n n x^{n-1} G_n],  G_n the values of W_n o g;   Wbar_n[l] = sum_m g P[x^n].
/// Tangents:  dz = sum_n W_n o P[n x^{n-1} dx] + dW_n o P[x^n].   All on the grid of degree N L + L3, exact (grid_table.hpp).
/// Cite: many-body products as powers of functions on the sphere: Luo, Chen and Krishnapriyan, ICLR 2024, arXiv:2401.10216.
/// Shapes: lane blocks (lanes.hpp) of x and z; weights [class][n-1][l][channel]; lane q of the batch is channel q mod C of element q / C (lane_weights.hpp).
/// Accuracy: relative to the sum of |W_n| |x^n|, x^n to full degree, 2 N eps sqrt(N L + L3 + 4) for random signals (tests/equivariant/test_many_body.cpp).
/// Errors: UsageError (`bad_value`) for bad degrees, orders, sizes, addresses and class numbers. NaN and infinity stay in their lane.
/// Cost: O(N (N L)^3) a signal.  Threads: const functions, one workspace each.  MPI: none; sum weight gradients of parts of a batch. Inputs are never modified.
#pragma once

#include <ansatz/equivariant/gaunt/grid_table.hpp>
#include <ansatz/equivariant/gaunt/lane_weights.hpp>

#include <algorithm>
#include <span>

namespace ansatz::equivariant {

struct ManyBodyOptions {
  int degree = 0;               ///< L of x
  int output_degree = 0;        ///< L3
  int order = 3;                ///< N, at least 1
  std::size_t channels = 1;     ///< C
  std::size_t classes = 1;      ///< classes of elements, each with weights of its own
  std::string kernels = "best"; ///< as in GauntOptions
};

/// Weights and the class of every element; no classes are needed if there is one.
template <class T>
struct ManyBodyWeights {
  std::span<const T> weights;
  std::span<const int> element_class = {};
};
/// Gradients of <u, xbar>, one for each input of `vjp`.
template <class T>
struct ManyBodySecond {
  std::span<T> x, g;
  std::span<double> weights; ///< added to; may be empty
};

template <class T>
class ManyBodyPlan {
public:
  explicit ManyBodyPlan(const ManyBodyOptions& options);

  void execute(std::span<const T> x, const ManyBodyWeights<T>& w, std::span<T> z, std::span<T> work) const;
  /// `weights_bar` is added to; it may be empty.
  void vjp(std::span<const T> x, const ManyBodyWeights<T>& w, std::span<const T> g, std::span<T> xbar, std::span<double> weights_bar,
           std::span<T> work) const;
  /// `dw` may be empty.
  void jvp(std::span<const T> x, const ManyBodyWeights<T>& w, std::span<const T> dx, std::span<const T> dw, std::span<T> dz, std::span<T> work) const;
  /// Gradients of <u, xbar>. (Those of a product of `weights_bar` with some weights are those of `vjp` with the latter.)
  void vjp2(std::span<const T> x, const ManyBodyWeights<T>& w, std::span<const T> g, std::span<const T> u, const ManyBodySecond<T>& to,
            std::span<T> work) const;

  /// z = P[x_1 * .. * x_N] of N signals of degree L, and its gradients.
  void product(std::span<const std::span<const T>> x, std::span<T> z, std::span<T> work) const;
  void product_vjp(std::span<const std::span<const T>> x, std::span<const T> g, std::span<const std::span<T>> xbar, std::span<T> work) const;

  /// Numbers of `work`, 64-byte aligned, for any of them.
  [[nodiscard]] std::size_t workspace() const { return workspace_; }
  /// Numbers of a weight array, N (L3+1) C for every class.
  [[nodiscard]] std::size_t weights_size() const { return lane_weights_.size(); }
  /// Numbers of a block of x, and of z.
  [[nodiscard]] std::size_t input_block() const { return signal_size(degree_) * lanes<T>; }
  [[nodiscard]] std::size_t output_block() const { return signal_size(output_degree_) * lanes<T>; }
  [[nodiscard]] int order() const { return order_; }

private:
  struct Buffers;
  [[nodiscard]] Buffers buffers(T* work) const;
  [[nodiscard]] std::size_t check(std::initializer_list<std::span<const T>> like_x, std::initializer_list<std::span<const T>> like_z,
                                  const ManyBodyWeights<T>& w, std::span<T> work) const;
  [[nodiscard]] std::size_t check_factors(std::span<const std::span<const T>> x, std::span<const T> z, std::span<T> work) const;
  /// Degree that x and z share.
  [[nodiscard]] int common_degree() const { return std::min(degree_, output_degree_); }
  /// Rows of W_n.
  [[nodiscard]] T* row_of(T* weights, int n) const;
  /// n W_n in the place of W_n.
  void times_power(T* weights) const;
  /// out = w o a to this degree, zeros above.
  void weigh(const T* weights, int degree, const T* a, T* out, std::size_t size) const;
  /// b.g = values of W_n o g.
  void spread_weighted(const Buffers& b, int n, const T* g) const;

  int degree_, output_degree_, trimmed_, order_;
  const OperationKernels<T>& kernels_;
  SphereGrid grid_;
  GridTable<T> x_, z_;
  std::size_t rows_; ///< of the grid
  LaneWeights<T> lane_weights_;
  std::size_t workspace_;
};

} // namespace ansatz::equivariant
