// SPDX-License-Identifier: Apache-2.0
/// Numbers that do not change under rotations, from products of a signal with itself, by order and degree for every channel:
///   y_{2,l} = <x_l, x_l>,   y_{3,l} = <q_l, x_l>,   y_{4,l} = <q_l, q_l>,   q = x * x in degrees up to 2L (up to L where order 4 is not asked for).
/// With Gaunt products the sums over l are int f^n dOmega of the function f on the sphere. With Clebsch-Gordan products
///   q_{l3} = sum_{l1 l2} w_{l1 l2 l3, k} C_{l1 l2 l3} x_{l1} x_{l2}
/// has a weight for every path with an even sum (odd ones vanish for equal factors) and channel: random and fixed, of the size it has in the Gaunt
/// product.
/// Gradients: of sum c y: degree by degree 2 c_2 x + c_3 q + (dq/dx)^T (c_3 x + 2 c_4 q).
/// Cite: many-body expansion: Drautz, Phys. Rev. B 99 (2019) 014104; Gaunt products: Luo, Chen and Krishnapriyan, arXiv:2401.10216.
/// Shapes: lane blocks of x; y and c are [term][channel], the terms (order, l) in the order 2, 3, 4, l ascending.
/// Errors: UsageError (`bad_value`) for an order outside 2..4 or an unknown product.  Threads: const, a workspace each.
#pragma once

#include <ansatz/equivariant/gaunt/lanes.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ansatz::equivariant {

/// q = x * x and its transposed derivative, for blocks of channels.
class SquareProduct {
public:
  SquareProduct() = default;
  SquareProduct(const SquareProduct&) = delete;
  SquareProduct& operator=(const SquareProduct&) = delete;
  virtual ~SquareProduct() = default;

  virtual void execute(std::span<const double> x, std::span<double> q, std::span<double> work) const = 0;
  /// xbar = (dq/dx)^T g.
  virtual void pull(std::span<const double> x, std::span<const double> g, std::span<double> xbar, std::span<double> work) const = 0;
  [[nodiscard]] virtual std::size_t workspace() const = 0;
};

struct InvariantOptions {
  int degree = 3;                ///< L
  int order = 4;                 ///< highest, 2..4
  std::string product = "gaunt"; ///< a name of product_names()
  std::size_t blocks = 1;        ///< of channels
  std::int64_t seed = 1;         ///< of the weights of Clebsch-Gordan paths
};

/// "gaunt" and "clebsch_gordan".
[[nodiscard]] std::vector<std::string> product_names();

class Invariants {
public:
  struct Workspace {
    AlignedVector<double> q, g, product;
    std::vector<double> c;
  };

  explicit Invariants(const InvariantOptions& options);

  /// y for x; leaves q in `at`.
  void evaluate(std::span<const double> x, std::span<double> y, Workspace& at) const;
  /// Gradient of sum c y to x, after `evaluate` of the same x.
  void gradient(std::span<const double> x, std::span<const double> c, std::span<double> xbar, Workspace& at) const;
  /// Gradients of the y of one term, each to its channel: c = 1 there, else 0.
  void gradient(std::span<const double> x, std::size_t term, std::span<double> xbar, Workspace& at) const;

  /// Pairs (order, l).
  [[nodiscard]] std::size_t terms() const { return first_[3]; }
  /// Numbers y.
  [[nodiscard]] std::size_t count() const { return terms() * blocks_ * lanes<double>; }

private:
  int degree_;
  int square_degree_;
  int order_;
  std::size_t first_[4]; ///< place of the terms of order 2, 3, 4, and their number
  std::size_t blocks_;
  std::unique_ptr<SquareProduct> square_;
};

} // namespace ansatz::equivariant
