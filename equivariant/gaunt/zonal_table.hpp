// SPDX-License-Identifier: Apache-2.0
/// Products with a zonal function, one that depends on theta alone: y_lm = h_l sqrt((2l+1)/(4 pi)) delta_m0, the signal h_l Y_lm(pole). Orders stay what they are:
///   even part     z_{l3,+-m} = sum_{l1} K x_{l1,+-m},                        K = sum_{l2} h_{l2} sqrt((2 l2+1)/(4 pi)) G((l1,m),(l2,0),(l3,m)),
///   bracket part  z_{l3,-m} = sum_{l1} K x_{l1,m}, z_{l3,m} = -sum K x_{l1,-m},    the same with B((l1,m),(l2,0),(l3,-m)), m > 0.
/// Cost: a multiply-add a coefficient for K, two a factor K for the product.  Threads: const after construction.
#pragma once

#include <ansatz/equivariant/gaunt/degree_paths.hpp>
#include <ansatz/equivariant/gaunt/operation_kernels.hpp>

namespace ansatz::equivariant {

template <class T>
class ZonalTable {
public:
  ZonalTable(int l1, int l2, int l3, Parts parts);
  /// Valid while this object lives and is not moved.
  [[nodiscard]] ZonalView<T> view() const;
  /// Rows of K.
  [[nodiscard]] std::size_t factors() const { return factors_.size(); }

private:
  struct Groups {
    std::vector<ZonalGroup> groups;
    std::vector<ZonalEntry> entries;
  };
  void add_factor(int l1, int l2, int l3, int m, bool odd);
  void group(Groups& to, int out_degree, bool forward) const;

  struct Meeting {
    int l1, l3, m;
    bool odd;
  };
  std::vector<Meeting> meetings_; ///< of every factor
  std::vector<ZonalFactor> factors_;
  std::vector<int> degree_;
  AlignedVector<T> coefficient_;
  Groups forward_, backward_;
};

} // namespace ansatz::equivariant
