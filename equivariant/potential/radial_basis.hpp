// SPDX-License-Identifier: Apache-2.0
/// Functions of the distance between two atoms, smooth and zero from the cutoff on:
///   R_n(r) = (1 - (r/c)^2)^3 T_n(x(r)),  n = 0 .. count-1,  x(r) = 1 - 2 (exp(-a (r/c - 1)) - 1) / (exp(a) - 1),  a = 5,
/// T_n Chebyshev polynomials on [-1, 1]. The map x spends most of its range on short distances, where energies change fastest.
/// Cite: the map is that of Drautz, Phys. Rev. B 99 (2019) 014104, eq. 24.
/// Two derivatives are continuous at the cutoff.  Units: r and c the same; R has none.
/// Errors: UsageError (`bad_value`) for a cutoff that is not positive or a count outside 1..32.  Threads: const.  Cost: O(count).
#pragma once

#include <cstddef>
#include <span>

namespace ansatz::equivariant {

class RadialBasis {
public:
  RadialBasis(double cutoff, int count);

  /// values[n] = R_n(r), slopes[n] = dR_n/dr, for r in (0, cutoff).
  void evaluate(double r, std::span<double> values, std::span<double> slopes) const;

  [[nodiscard]] double cutoff() const { return cutoff_; }
  [[nodiscard]] std::size_t count() const { return count_; }

private:
  double cutoff_;
  std::size_t count_;
};

} // namespace ansatz::equivariant
