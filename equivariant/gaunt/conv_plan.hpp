// SPDX-License-Identifier: Apache-2.0
/// Equivariant convolutions: messages along the edges of a graph, products of a node's signals with a filter that points along the edge, summed at the target:
///   z_target += P_L3[x_source * y],   y_lm = h_l Y_lm(r/|r|),   or the bracket {x, y} in the place of the product, or the sum of both.
/// The signals are turned so that r is the pole, where the filter is zonal and orders do not mix, and back (align_table.hpp, zonal_table.hpp):
///   z = D^T K D x.
/// Gradients of <g, z>, with x' = D x, g' = D g:  xbar = D^T K^T g';  hbar from the orders of g' and x' one by one;  for r the torque
///   tau_a = <g', L_a K x'> - <K^T g', L_a x'>,   rbar = R^T (-tau_z, 0, tau_x) / |r|,   R r/|r| = pole,
/// since turning the filter is turning the result and turning x back. D itself is not differentiated: nothing is singular at the poles.
/// Cite: alignment: Passaro and Zitnick, ICML 2023, arXiv:2302.03655; with Gaunt products: Luo, Chen and Krishnapriyan, ICLR 2024, arXiv:2401.10216.
/// Shapes: x and z: [node][channel block] lane blocks (lanes.hpp), `channel_blocks` of them a node; h: [edge][l] or, with `filter_per_channel`,
/// [edge][l][lanes of all channel blocks]; r: a vector an edge, of any length and unit.   Units: those of h times x.
/// Accuracy: relative to |x| |h| of every edge (times max(L1,L2) for brackets), 16 eps sqrt(L1+L2+L3+4) (tests/equivariant/test_convolution.cpp).
/// Errors: UsageError (`bad_value`) for bad degrees, sizes, addresses, node numbers, and r that is 0 or not finite.
/// Cost: O(L^2) for turning, O(L^3) multiply-adds for K x; K itself O(L^4) an edge, or a channel block with `filter_per_channel`.
/// Threads: const functions, one workspace each; edges are summed in their order.  MPI: none. Inputs are never modified.
#pragma once

#include <ansatz/equivariant/gaunt/align_table.hpp>
#include <ansatz/equivariant/gaunt/zonal_table.hpp>

#include <span>

namespace ansatz::equivariant {

struct ConvOptions {
  int degree1 = 0;                 ///< L1 of x
  int degree2 = 0;                 ///< L2 of the filter
  int degree3 = 0;                 ///< L3 of z
  Parts parts = Parts::even;       ///< product, bracket, or the sum of both
  std::size_t channel_blocks = 1;  ///< lane blocks of a node
  bool filter_per_channel = false; ///< weights for every channel, or shared by all
  std::string kernels = "best";    ///< as in GauntOptions
};

struct ConvEdge {
  std::size_t source, target; ///< node numbers
};
/// The edges, a vector each, and their weights.
template <class T>
struct ConvGraph {
  std::span<const ConvEdge> edges;
  std::span<const Vector3> r;
  std::span<const T> h;
};

template <class T>
class ConvPlan {
public:
  explicit ConvPlan(const ConvOptions& options);

  void execute(std::span<const T> x, const ConvGraph<T>& graph, std::span<T> z, std::span<T> work) const;
  /// Gradients of <g, z> to x, r and h.
  void vjp(std::span<const T> x, const ConvGraph<T>& graph, std::span<const T> g, std::span<T> xbar, std::span<Vector3> rbar, std::span<T> hbar,
           std::span<T> work) const;
  /// Derivative of z along (dx, dr, dh).
  void jvp(std::span<const T> x, const ConvGraph<T>& graph, std::span<const T> dx, std::span<const Vector3> dr, std::span<const T> dh,
           std::span<T> dz, std::span<T> work) const;

  /// Numbers of `work`, 64-byte aligned, for any of them.
  [[nodiscard]] std::size_t workspace() const { return workspace_; }
  /// Numbers of x and of z a node, and of h an edge.
  [[nodiscard]] std::size_t input_size() const { return channel_blocks_ * block1_; }
  [[nodiscard]] std::size_t output_size() const { return channel_blocks_ * block3_; }
  [[nodiscard]] std::size_t filter_size() const { return (index(degree2_) + 1) * (per_channel_ ? channel_blocks_ * lanes<T> : 1); }

private:
  struct Buffers;
  [[nodiscard]] Buffers buffers(T* work) const;
  void check(std::size_t x, std::size_t z, const ConvGraph<T>& graph, std::span<const T> work) const;
  /// Rows of an edge's weights for a channel block, and their factors K.
  void filter(std::span<const T> h, std::size_t edge, std::size_t block, T* rows, T* K) const;
  /// out += sign (angle[0] L_x + angle[1] L_z) f, and the rows of sign a . (L_x f) and a . (L_z f).
  void turn(const std::array<double, 2>& angle, T sign, int degree, const T* f, T* out) const;
  void torque(const T* a, const T* f, int degree, T sign, const Buffers& b) const;
  void add_filter_gradient(const T* rows, std::size_t block, std::span<double> sums) const;

  int degree1_, degree2_, degree3_;
  std::size_t channel_blocks_, block1_, block3_;
  bool per_channel_;
  const OperationKernels<T>& kernels_;
  AlignTable<T> align_;
  ZonalTable<T> zonal_;
  std::size_t workspace_ = 0;
};

} // namespace ansatz::equivariant
