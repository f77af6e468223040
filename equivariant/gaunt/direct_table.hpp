// SPDX-License-Identifier: Apache-2.0
/// Tables of the method `direct`: the sparse coefficients, arranged so that a coefficient is read once for cosine and sine.
/// With x_a = x_{l1,a}, x'_a = x_{l1,-a} and the same for y, the products of two orders a, b > 0 meet the orders a + b and |a - b| only, as
///   sum  (x_a y_b - x'_a y'_b,  x_a y'_b + x'_a y_b)        difference  (x_a y_b + x'_a y'_b,  +-(x'_a y_b - x_a y'_b)), + for a > b,
/// and z_{l3, +-c} = sum over pairs of G(l1 a, l2 b, l3 c) times the pair's (cosine, sine). Stage one forms the terms; if L1 = L2, the pairs (l1 a, l2 b) and
/// (l2 b, l1 a) have one coefficient and are added there. Stage two is a matrix product a class c and parity of l3, in tiles of `analysis_tile` degrees.
/// Cost: O(L^4) terms, O(L^5) products.  Memory: 8 bytes or less a coefficient.  Threads: const after construction.
#pragma once

#include <ansatz/equivariant/gaunt/aligned.hpp>
#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/harmonics/degrees.hpp>

namespace ansatz::equivariant {

template <class T>
class DirectTable {
public:
  DirectTable(int l1, int l2, int l3);
  /// Valid while this object lives and is not moved.
  [[nodiscard]] DirectView<T> view() const;
  /// Terms, each a pack of the work array.
  [[nodiscard]] std::size_t terms() const { return terms_; }
  /// Coefficients read a product.
  [[nodiscard]] std::size_t coefficients() const { return coefficient_.size(); }

private:
  void add_terms(int l1, int l2);
  void add_tiles(int l3);

  bool folded_;
  std::size_t terms_ = 0;
  std::vector<DirectPair> pairs_[4];
  std::vector<DirectTile> tiles_;
  std::vector<int> term_;
  AlignedVector<T> coefficient_;

  struct Term { ///< of one class
    int l1, a, l2, b, at;
  };
  std::vector<std::vector<Term>> classes_;
};

} // namespace ansatz::equivariant
