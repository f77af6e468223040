// SPDX-License-Identifier: Apache-2.0
/// Wigner's 3j symbols by exact integers:
///   (l1 l2 l3; m1 m2 m3) = (-1)^{l1-l2-m3} sqrt( C(2l1,a) C(2l2,a) / ( (J+1) C(J,a) prod_i C(2li, li+mi) ) )
///                          sum_k (-1)^k C(a,k) C(b, l1-m1-k) C(c, l2+m2-k),   J = l1+l2+l3, a = J-2l3, b = J-2l2, c = J-2l1.
/// The alternating sum is an integer below 2^J and is formed without rounding (64 bits while that suffices, 640 above), so a zero is a zero and every value is
/// correct to a few units of long double.
/// Cite: Racah, Phys. Rev. 62 (1942) 438; the form with binomials: Wei, Comput. Phys. Commun. 120 (1999) 222.
/// Cost: O(l) integer products.  Errors: none, 0 outside the selection rules; UsageError for a sum of degrees above 4 max_degree.  Threads: no shared state after the first call.
#pragma once

#include <ansatz/equivariant/harmonics/degrees.hpp>

namespace ansatz::equivariant {

[[nodiscard]] long double wigner_3j(int l1, int l2, int l3, int m1, int m2, int m3);

} // namespace ansatz::equivariant
