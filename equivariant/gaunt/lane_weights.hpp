// SPDX-License-Identifier: Apache-2.0
/// Weights by class and channel, as the rows of lanes that a block needs, and the sums of their gradients.
/// Lane number q of a batch (block q / lanes, lane q mod lanes) is channel q mod C of element q / C. Weights are [class][row][channel].
/// Sums are in double, in the order of the lanes: independent of how blocks are split among threads up to the order of the parts.
/// Errors: UsageError (`bad_value`) for wrong sizes and class numbers.  Threads: const functions.
#pragma once

#include <ansatz/equivariant/gaunt/lanes.hpp>

#include <span>

namespace ansatz::equivariant {

template <class T>
class LaneWeights {
public:
  LaneWeights(const char* plan, std::size_t rows, std::size_t channels, std::size_t classes);

  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// Numbers of a weight array.
  [[nodiscard]] std::size_t size() const { return classes_ * rows_ * channels_; }
  /// `element_class`: the class of every element of the batch; empty: all of class 0, allowed with one class.
  void check(std::span<const int> element_class, std::size_t blocks) const;

  /// The rows of block number `block`; lanes behind the last element get zeros.
  void gather(std::span<const T> weights, std::span<const int> element_class, std::size_t block, T* rows) const;
  /// to += those rows, lane by lane.
  void scatter(const T* rows, std::span<const int> element_class, std::size_t block, std::span<double> to) const;

private:
  struct Places;
  [[nodiscard]] Places places(std::span<const int> element_class, std::size_t block) const;

  const char* plan_;
  std::size_t rows_, channels_, classes_;
};

} // namespace ansatz::equivariant
