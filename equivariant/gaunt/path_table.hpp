// SPDX-License-Identifier: Apache-2.0
/// Tables of sparse products path by path. A path (l1, l2, l3) takes a block of 2l1+1 and one of 2l2+1 numbers to one of 2l3+1, by the coefficients of
/// coefficients.hpp: G for an even sum of degrees, B for an odd one, times a factor of the path.
/// The products of two orders a, b are formed as in direct_schedule.hpp: cosine and sine (tc, ts) of the sum and of the difference of the orders. With one number g
/// a path then has  z_{l3,c} += g tc, z_{l3,-c} += g ts  for an even sum, and  z_{l3,c} += g ts, z_{l3,-c} -= g tc  for an odd one: the bracket is the product times i.
/// Every coefficient serves cosine and sine; terms are shared by all paths of (l1, l2).
/// Cost: O(L^5) multiply-adds for all paths.  Threads: const after construction.
#pragma once

#include <ansatz/equivariant/gaunt/operation_kernels.hpp>

namespace ansatz::equivariant {

/// Three degrees in the roles of a table, with the factor of the coefficients.
struct ScaledPath {
  int l1, l2, l3;
  long double factor;
  [[nodiscard]] bool odd() const { return (l1 + l2 + l3) % 2 != 0; }
};

template <class T>
class PathTable {
public:
  /// Paths are numbered in this order.
  explicit PathTable(const std::vector<ScaledPath>& paths);
  /// Valid while this object lives and is not moved.
  [[nodiscard]] PathView<T> view() const {
    return {blocks_.data(), static_cast<int>(blocks_.size()), pairs_.data(), tiles_.data(), term_.data(), coefficient_.data()};
  }
  /// Rows of `work`.
  [[nodiscard]] std::size_t terms() const { return terms_; }
  /// Multiply-adds of the contraction with the coefficients.
  [[nodiscard]] std::size_t products() const { return products_; }

private:
  struct Use;
  void add_block(const std::vector<ScaledPath>& paths, int l1, int l2);
  void add_tile(const std::vector<ScaledPath>& paths, const std::vector<int>& which, int order, const std::vector<Use>& uses);

  std::size_t terms_ = 0, products_ = 0;
  std::vector<PathBlock> blocks_;
  std::vector<DirectPair> pairs_;
  std::vector<PathTile> tiles_;
  std::vector<int> term_;
  AlignedVector<T> coefficient_;
};

} // namespace ansatz::equivariant
