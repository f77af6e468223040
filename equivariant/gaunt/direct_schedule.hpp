// SPDX-License-Identifier: Apache-2.0
/// Order in which the method `direct` forms and uses its terms; shared by the tables (direct_table.hpp) and by the generator of unrolled code.
/// With x_a = x_{l1,a}, x'_a = x_{l1,-a} and the same for y, the products of two orders a, b > 0 meet the orders a + b and |a - b| only, as
///   sum  (x_a y_b - x'_a y'_b,  x_a y'_b + x'_a y_b)        difference  (x_a y_b + x'_a y'_b,  +-(x'_a y_b - x_a y'_b)), + for a > b,
/// and z_{l3, +-c} = sum over pairs of G(l1 a, l2 b, l3 c) times the pair's (cosine, sine). If L1 = L2, the pairs (l1 a, l2 b) and (l2 b, l1 a) have one
/// coefficient, and their terms are added before it is used.
#pragma once

#include <vector>

namespace ansatz::equivariant {

/// Two harmonics p,a and q,b whose products are formed together.
struct DirectTerms {
  int p, a, q, b;
  bool twin; ///< the products with x and y exchanged are added
  int at;    ///< place of the first term: cosine and sine of the sum, then of the difference; cosine alone if a = b = 0
};
/// A pair of terms that meets an order.
struct DirectUse {
  int p, a, q, b;
  int at; ///< place of the cosine; the sine follows
};

struct DirectSchedule {
  DirectSchedule(int l1, int l2, int l3);
  std::vector<DirectTerms> terms[4];       ///< by orders: both 0, b = 0, a = 0, none 0
  std::vector<std::vector<DirectUse>> use; ///< by the order they meet, 0..l3
  int count = 0;                           ///< of terms
};

/// Degrees (L1, L2, L3) with unrolled code.
inline constexpr int direct_shapes[][3] = {{1, 1, 2}, {2, 2, 4}, {3, 3, 6}, {4, 4, 8}, {1, 1, 1}, {2, 2, 2}, {3, 3, 3}, {4, 4, 4}};

} // namespace ansatz::equivariant
