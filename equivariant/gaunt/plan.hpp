// SPDX-License-Identifier: Apache-2.0
/// Products of signals on the sphere (Gaunt tensor products; Luo, Chen and Krishnapriyan, ICLR 2024, arXiv:2401.10216), exact and batched:
///   z = P_L3[x * y],   z_k = sum_ij G_ijk x_i y_j,   G_ijk = int Y_i Y_j Y_k dOmega,
/// the coefficients up to degree L3 of the pointwise product of two signals of degrees L1 and L2. This is not the Clebsch-Gordan product: paths with an odd sum of
/// degrees do not occur, and the weights of the others are tied together.
/// With `part` odd it is their spherical Poisson bracket instead, the antisymmetric counterpart, which reaches the paths with an odd sum of degrees:
///   z = P_L3{x, y},   {f, g} = n.(grad f x grad g) = (df/dtheta dg/dphi - df/dphi dg/dtheta) / sin(theta),   z_k = sum_ij B_ijk x_i y_j   (coefficients.hpp),
/// of degree L1 + L2 - 1 at most; 1 x 1 -> 1 is sqrt(3/(4 pi)) times the cross product. Rotations keep it, reflections change its sign.
/// Gradients are products too, G being symmetric:  xbar = P_L1[g * y],  ybar = P_L2[g * x];  tangents: dz = P_L3[dx * y + x * dy]; for brackets
///   xbar = P_L1{y, g},  ybar = P_L2{g, x}.   Second gradients, of <u, xbar> + <v, ybar>:  to x P[g * v], to y P[g * u], to g P[u * y + x * v].
/// Shapes: lane blocks (lanes.hpp), [block][coefficient][lane], 64-byte aligned, coefficients in the order l^2 + l + m, integral normalisation; other layouts
/// and weights: feature_interaction.hpp.
/// Methods by name (product.hpp): all give the same result to rounding. `auto` measures those that apply on random blocks and takes the fastest for the
/// product and the fastest for its gradients; `estimate` counts operations instead and so chooses alike everywhere. Measured choices are kept by wisdom.hpp.
/// Accuracy: relative to |z|, 2 eps sqrt(L1+L2+L3+4) for random signals, eps = 2^-52 or 2^-23 (tests/equivariant/test_plan.cpp);
/// brackets relative to max(L1,L2) |x| |y| (test_bracket.cpp).
/// Errors: UsageError (`bad_value`) for bad degrees, names, sizes and addresses. NaN and infinity stay in their lane.
/// Threads: create once; every const function may be called by many threads at once, each with its own workspace, or split the blocks among `threads` OpenMP
/// threads of its own; results are the same bits. Inputs are never modified.
/// MPI: none; split the blocks. A block's result does not depend on its place.
#pragma once

#include <ansatz/equivariant/gaunt/lanes.hpp>
#include <ansatz/equivariant/gaunt/product.hpp>

#include <array>
#include <span>

namespace ansatz::equivariant {

struct GauntOptions {
  int degree1 = 0;               ///< L1, 0..127
  int degree2 = 0;               ///< L2, 0..127
  int degree3 = -1;              ///< L3, 0..127; -1 is L1 + L2. Degrees above L1 + L2 are 0
  std::string method = "auto";   ///< a method's name, `auto` or `estimate`
  std::string kernels = "best";  ///< instruction set: `avx512`, `avx2`, `generic`, or the best one of this machine
  std::string gradient_method{}; ///< of the gradients, by name; empty: as `method` says
  int threads = 1;               ///< that share the blocks of a call
  Parts part = Parts::even;      ///< product (even) or bracket (odd)
  bool wide = false;             ///< single precision is for storage only: arithmetic in double, rounded once (wide_product.hpp)
  bool verify = false;           ///< let all methods multiply one random block first; InternalError if two differ by more than rounding
};

template <class T>
class GauntPlan {
public:
  explicit GauntPlan(const GauntOptions& options);

  /// z = P[x * y] for a number of blocks; x, y, z hold blocks * (L+1)^2 * lanes<T> numbers.
  void execute(std::span<const T> x, std::span<const T> y, std::span<T> z, std::span<T> work) const;
  /// Gradients of <g, z> to x and y.
  void vjp(std::span<const T> x, std::span<const T> y, std::span<const T> g, std::span<T> xbar, std::span<T> ybar, std::span<T> work) const;
  /// Derivative of z along (dx, dy).
  void jvp(std::span<const T> x, std::span<const T> y, std::span<const T> dx, std::span<const T> dy, std::span<T> dz, std::span<T> work) const;
  /// Gradients of <u, xbar> + <v, ybar> to x, y and g, where xbar and ybar are those of `vjp`.
  void vjp2(std::span<const T> x, std::span<const T> y, std::span<const T> g, std::span<const T> u, std::span<const T> v, std::span<T> to_x,
            std::span<T> to_y, std::span<T> to_g, std::span<T> work) const;

  /// Numbers of `work`, 64-byte aligned, for any of them and all threads.
  [[nodiscard]] std::size_t workspace() const { return static_cast<std::size_t>(threads_) * thread_workspace_; }
  [[nodiscard]] const std::string& method() const { return method_; }
  /// Method of the gradients: the same if it was named.
  [[nodiscard]] const std::string& gradient_method() const { return gradient_method_; }
  [[nodiscard]] std::string_view kernels() const { return kernels_name_; }
  /// L1, L2 and L3.
  [[nodiscard]] int degree(int operand) const { return degree_[static_cast<std::size_t>(operand) - 1]; }
  [[nodiscard]] Parts part() const { return part_; }
  /// The degrees that meet others: each at most the sum of the other two, less 1 for brackets; -1 if nothing meets.
  [[nodiscard]] const std::array<int, 3>& trimmed_degrees() const { return trimmed_; }
  [[nodiscard]] int threads() const { return threads_; }
  /// Numbers of a block of operand 1, 2 or 3.
  [[nodiscard]] std::size_t block_size(int operand) const;

private:
  struct Operand {
    const void* data;
    std::size_t size;
    int operand; ///< 1, 2 or 3
    const char* name;
  };
  std::size_t check(std::initializer_list<Operand> operands, std::span<T> work) const;
  void require_agreement(const Kernels<T>& kernels) const;
  /// body(block, workspace of its thread).
  template <class Body>
  void over_blocks(std::size_t blocks, std::span<T> work, const Body& body) const;
  void prepare(const std::string& method, const std::string& gradient_method, const Kernels<T>& kernels);
  void clear_above(int operand, T* block) const;

  std::array<int, 3> degree_;
  std::array<int, 3> trimmed_{};
  Parts part_;
  bool wide_;
  std::string method_, gradient_method_;
  std::string_view kernels_name_;
  std::unique_ptr<Product<T>> forward_; ///< none if nothing meets
  std::unique_ptr<GradientProduct<T>> gradient_;
  int threads_ = 1;
  std::size_t product_workspace_ = 0;
  std::size_t thread_workspace_ = 0;
};

} // namespace ansatz::equivariant
