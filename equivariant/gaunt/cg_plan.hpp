// SPDX-License-Identifier: Apache-2.0
/// Clebsch-Gordan products, exact and path by path, each with a weight:
///   z_{l3} = sum over paths (l1, l2, l3) of w_p C^p x_{l1} y_{l2},
/// C e3nn's real 3j symbols (Frobenius norm 1 a path) or, in `component` scaling, sqrt(2l3+1) times it. C = G / path_norm for an even sum of degrees and
/// B / path_norm for an odd one (coefficients.hpp), so that with all weights equal to path_norm the even half is the Gaunt product and the odd half the bracket.
/// Channels meet one to one (`uuu`). Weights [path][channel], in the order of `paths()`; an empty span is all ones.
/// Gradients of <g, z> and tangents: the map is linear in w, x and y, and its gradients to x and y are the same sums with degrees permuted (path_product.hpp).
/// Shapes: lane blocks (lanes.hpp); lane q of the batch has channel q mod C.
/// Accuracy: relative to sum_p |w_p C x y|, 2 eps sqrt(L1+L2+L3+4) for random signals (tests/equivariant/test_cg.cpp).
/// Errors: UsageError (`bad_value`) for bad degrees, sizes and addresses. NaN and infinity stay in their lane.
/// Cost: O(L^5) a signal.  Threads: const functions, one workspace each.  MPI: none; sum weight gradients of parts of a batch. Inputs are never modified.
#pragma once

#include <ansatz/equivariant/gaunt/degree_paths.hpp>
#include <ansatz/equivariant/gaunt/lane_weights.hpp>
#include <ansatz/equivariant/gaunt/path_product.hpp>

namespace ansatz::equivariant {

enum class PathScaling {
  unit,      ///< Frobenius norm 1
  component, ///< Frobenius norm sqrt(2l3+1): inputs with components of variance 1 give outputs of variance 1
};

struct CGOptions {
  int degree1 = 0;                         ///< L1
  int degree2 = 0;                         ///< L2
  int degree3 = -1;                        ///< L3; -1 is L1 + L2
  Parts parts = Parts::both;               ///< paths with an even, an odd, or any sum of degrees
  PathScaling scaling = PathScaling::unit; ///< of C
  std::size_t channels = 1;                ///< C
  std::string kernels = "best";            ///< as in GauntOptions
};

/// Gradients of <u, xbar> + <v, ybar>, one for each input of `vjp`.
template <class T>
struct CGSecond {
  std::span<T> x, y, g;
  std::span<double> weights; ///< added to; may be empty
};

template <class T>
class CGPlan {
public:
  explicit CGPlan(const CGOptions& options);

  void execute(std::span<const T> x, std::span<const T> y, std::span<const T> weights, std::span<T> z, std::span<T> work) const;
  /// `weights_bar` is added to; it may be empty.
  void vjp(std::span<const T> x, std::span<const T> y, std::span<const T> weights, std::span<const T> g, std::span<T> xbar, std::span<T> ybar,
           std::span<double> weights_bar, std::span<T> work) const;
  /// Along (dx, dy, dw); `dw` may be empty.
  void jvp(std::span<const T> x, std::span<const T> y, std::span<const T> weights, std::span<const T> dx, std::span<const T> dy,
           std::span<const T> dw, std::span<T> dz, std::span<T> work) const;
  /// Gradients of <u, xbar> + <v, ybar>. (Those of a product of `weights_bar` with some weights are those of `vjp` with the latter.)
  void vjp2(std::span<const T> x, std::span<const T> y, std::span<const T> weights, std::span<const T> g, std::span<const T> u, std::span<const T> v,
            const CGSecond<T>& to, std::span<T> work) const;

  [[nodiscard]] const std::vector<DegreePath>& paths() const { return paths_; }
  /// Numbers of a weight array: paths times channels.
  [[nodiscard]] std::size_t weights_size() const { return lane_weights_.size(); }
  /// Numbers of `work`, 64-byte aligned, for any of them.
  [[nodiscard]] std::size_t workspace() const;
  /// Numbers of a block of operand 1, 2 or 3.
  [[nodiscard]] std::size_t block_size(int operand) const { return signal_size(degree_[operand - 1]) * lanes<T>; }

private:
  [[nodiscard]] PathWeights<T> rows_of(std::span<const T> weights, std::size_t block, T* rows) const;
  void check_weights(const char* which, std::size_t size) const;

  int degree_[3];
  std::vector<DegreePath> paths_;
  LaneWeights<T> lane_weights_;
  PathProduct<T> product_;
};

} // namespace ansatz::equivariant
