// SPDX-License-Identifier: Apache-2.0
/// Spherical Poisson brackets of signals, the antisymmetric counterpart of the product (plan.hpp):
///   z = P_L3{x, y},   {f, g} = n.(grad f x grad g) = (df/dtheta dg/dphi - df/dphi dg/dtheta) / sin(theta),   z_k = sum_ij B_ijk x_i y_j   (coefficients.hpp).
/// It reaches the paths with an odd sum of degrees, which no product of functions does; 1 x 1 -> 1 is sqrt(3/(4 pi)) times the cross product.
/// The result has degree L1 + L2 - 1 at most. Rotations keep the bracket, reflections change its sign: its type is minus the product of the inputs' types.
/// Gradients of <g, z>, B being antisymmetric:  xbar = P_L1{y, g},  ybar = P_L2{g, x}.   Tangents: dz = P({dx, y} + {x, dy}).
/// Second gradients, of <u, xbar> + <v, ybar>:  to x P{v, g}, to y P{g, u}, to g P({u, y} + {x, v}).
/// Methods:  direct      sparse exact coefficients (path_table.hpp), O(L^5)
///           theta_grid  both derivatives on the grid of degree L1+L2+L3-1 in theta and in phi, O(L^3);  auto: the faster one by degree.
/// Shapes: lane blocks (lanes.hpp).   Accuracy: relative to L |x| |y|, 2 eps sqrt(L1+L2+L3+4) for random signals (tests/equivariant/test_bracket.cpp).
/// Errors: UsageError (`bad_value`) for bad degrees, names, sizes and addresses. NaN and infinity stay in their lane.
/// Threads: const functions, one workspace each.  MPI: none; split the blocks. Inputs are never modified.
#pragma once

#include <ansatz/equivariant/gaunt/operation_kernels.hpp>
#include <ansatz/equivariant/harmonics/degrees.hpp>

#include <memory>
#include <span>

namespace ansatz::equivariant {

struct BracketOptions {
  int degree1 = 0;              ///< L1
  int degree2 = 0;              ///< L2
  int degree3 = -1;             ///< L3; -1 is L1 + L2 - 1 (0 for scalars)
  std::string method = "auto";  ///< `direct`, `theta_grid` or `auto`
  std::string kernels = "best"; ///< as in GauntOptions
};

/// One method on one lane block each, for trimmed degrees of at least 1.
template <class T>
class BracketMethod {
public:
  BracketMethod() = default;
  BracketMethod(const BracketMethod&) = delete;
  BracketMethod& operator=(const BracketMethod&) = delete;
  virtual ~BracketMethod() = default;

  virtual void execute(const T* x, const T* y, T* z, T* work) const = 0;
  virtual void gradients(const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work) const = 0;
  [[nodiscard]] virtual std::size_t workspace() const = 0;
};
template <class T>
[[nodiscard]] std::unique_ptr<BracketMethod<T>> make_direct_bracket(int l1, int l2, int l3, const OperationKernels<T>& kernels);
template <class T>
[[nodiscard]] std::unique_ptr<BracketMethod<T>> make_grid_bracket(int l1, int l2, int l3, const OperationKernels<T>& kernels);

template <class T>
class BracketPlan {
public:
  explicit BracketPlan(const BracketOptions& options);

  void execute(std::span<const T> x, std::span<const T> y, std::span<T> z, std::span<T> work) const;
  void vjp(std::span<const T> x, std::span<const T> y, std::span<const T> g, std::span<T> xbar, std::span<T> ybar, std::span<T> work) const;
  void jvp(std::span<const T> x, std::span<const T> y, std::span<const T> dx, std::span<const T> dy, std::span<T> dz, std::span<T> work) const;
  void vjp2(std::span<const T> x, std::span<const T> y, std::span<const T> g, std::span<const T> u, std::span<const T> v, std::span<T> to_x,
            std::span<T> to_y, std::span<T> to_g, std::span<T> work) const;

  /// Numbers of `work`, 64-byte aligned, for any of them.
  [[nodiscard]] std::size_t workspace() const { return workspace_; }
  /// Numbers of a block of operand 1, 2 or 3.
  [[nodiscard]] std::size_t block_size(int operand) const { return signal_size(degree_[operand - 1]) * lanes<T>; }
  [[nodiscard]] const std::string& method() const { return method_; }

private:
  void clear_above(int operand, T* block) const;

  int degree_[3], trimmed_[3];
  std::string method_;
  std::unique_ptr<BracketMethod<T>> bracket_; ///< none if nothing meets
  std::size_t workspace_ = 0;
};

} // namespace ansatz::equivariant
