// SPDX-License-Identifier: Apache-2.0
/// A weighted sum of paths as a trilinear form, on one lane block each:
///   t(w, x, y, g) = sum_p w_p g_{l3} . (C^p x_{l1} y_{l2}),   C^p = factor times G or B (path_table.hpp).
/// G is symmetric and B antisymmetric under permutations of its degrees, so that the gradients are sums of paths as well: to x of (y, g), to y of (g, x).
/// Threads: const after construction.
#pragma once

#include <ansatz/equivariant/gaunt/path_table.hpp>

#include <memory>

namespace ansatz::equivariant {

template <class T>
class PathProduct {
public:
  PathProduct(const std::vector<ScaledPath>& paths, const OperationKernels<T>& kernels);

  /// z += dt/dg of (x, y); xbar += dt/dx of (y, g); ybar += dt/dy of (g, x). `w.reference` is a block like the output.
  void add_product(const PathWeights<T>& w, const T* x, const T* y, T* z, T* work) const { kernels_.paths(forward_.view(), w, x, y, z, work); }
  void add_first(const PathWeights<T>& w, const T* y, const T* g, T* xbar, T* work) const { kernels_.paths(first_.view(), w, y, g, xbar, work); }
  void add_second(const PathWeights<T>& w, const T* g, const T* x, T* ybar, T* work) const { kernels_.paths(second_.view(), w, g, x, ybar, work); }

  /// Numbers of `work`.
  [[nodiscard]] std::size_t workspace() const;
  /// Multiply-adds with coefficients of a product.
  [[nodiscard]] std::size_t products() const { return forward_.products(); }

private:
  const OperationKernels<T>& kernels_;
  PathTable<T> forward_, first_, second_;
};

} // namespace ansatz::equivariant
