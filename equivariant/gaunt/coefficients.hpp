// SPDX-License-Identifier: Apache-2.0
/// Integrals of three real spherical harmonics (order, sign and axis of spherical_harmonics.hpp), the coefficients of products of signals:
///   even  G_ijk = int Y_i Y_j Y_k dOmega                    totally symmetric;       x * y has the coefficients z_k = sum_ij G_ijk x_i y_j
///   odd   B_ijk = int n.(grad Y_i x grad Y_j) Y_k dOmega    totally antisymmetric;   the same for the spherical Poisson bracket {x, y}
/// With the three (l,m) sorted by |m| into (la,a), (lb,b), (lc,c), 0 <= a <= b <= c, both vanish unless c = a + b and the triangle rule holds, and
///   G = s k (-1)^c sqrt((2l1+1)(2l2+1)(2l3+1)/(4 pi)) (la lb lc; 0 0 0) (la lb lc; a b -c)     l1+l2+l3 even, an even number of sines,
///   B = r s k (-1)^c sqrt(la(la+1) lb(lb+1)) sqrt(prod(2l+1)/(4 pi)) (la lb lc; 1 -1 0) (la lb lc; a b -c)     l1+l2+l3 odd, an odd number of sines,
/// k = 1 for a = 0 and 1/sqrt(2) otherwise; for G s = -1 if (la,a) and (lb,b) are both sines, for B s = -1 if only (lc,c) is one; r the sign of the sorting.
/// Accuracy: a few units of long double; exact zeros are zeros.  Cost: two 3j symbols.  Errors: UsageError for a bad degree.  Threads: no shared state.
#pragma once

#include <ansatz/equivariant/harmonics/degrees.hpp>

#include <vector>

namespace ansatz::equivariant {

/// Degree and order of a harmonic.
struct Harmonic {
  int l, m;
};

[[nodiscard]] long double gaunt_coefficient(Harmonic first, Harmonic second, Harmonic third);
[[nodiscard]] long double bracket_coefficient(Harmonic first, Harmonic second, Harmonic third);

/// Frobenius norm of the coefficients of one path (l1, l2, l3), of G for an even sum of degrees and of B for an odd one; 0 where the triangle rule fails:
///   sqrt(prod(2l+1)/(4 pi)) |(l1 l2 l3; 0 0 0)|,     sqrt(l1(l1+1) l2(l2+1)) sqrt(prod(2l+1)/(4 pi)) |(l1 l2 l3; 1 -1 0)|.
/// G and B over it are e3nn's real 3j symbols, with their sign. Symmetric in the degrees.
[[nodiscard]] long double path_norm(int l1, int l2, int l3);

/// A coefficient that is not zero, with its places in the three signals.
struct SparseCoefficient {
  std::size_t i, j, k;
  long double value;
};

/// All non-zero G_ijk with degrees up to l1, l2, l3, sorted by (i, j, k).
[[nodiscard]] std::vector<SparseCoefficient> gaunt_table(int l1, int l2, int l3);
/// The same for B_ijk.
[[nodiscard]] std::vector<SparseCoefficient> bracket_table(int l1, int l2, int l3);

} // namespace ansatz::equivariant
