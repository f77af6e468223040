// SPDX-License-Identifier: Apache-2.0
/// Tables of the method `direct` (direct_schedule.hpp): first the terms are formed, then contracted with the coefficients, for every order and parity of l3 in
/// tiles of `analysis_tile` degrees. For the shapes with unrolled code the coefficients stand once more in the order that code reads them.
/// Cost: O(L^4) terms, O(L^5) products.  Memory: sizeof(T) a coefficient.  Threads: const after construction.
#pragma once

#include <ansatz/equivariant/gaunt/direct_schedule.hpp>
#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/lanes.hpp>

namespace ansatz::equivariant {

template <class T>
class DirectTable {
public:
  DirectTable(int l1, int l2, int l3);
  /// Valid while this object lives and is not moved.
  [[nodiscard]] DirectView<T> view() const;
  /// Terms, each a pack of the work array.
  [[nodiscard]] std::size_t terms() const { return terms_; }
  /// Multiply-adds of the contraction.
  [[nodiscard]] std::size_t products() const { return products_; }

private:
  void add_tiles(const DirectSchedule& schedule, int l3);
  void add_unrolled(const DirectSchedule& schedule, int l3);

  std::size_t terms_ = 0;
  std::size_t products_ = 0;
  int shape_ = -1; ///< in direct_shapes
  std::vector<DirectPair> pairs_[4];
  std::vector<DirectTile> tiles_;
  std::vector<int> term_;
  AlignedVector<T> coefficient_, unrolled_;
};

} // namespace ansatz::equivariant
