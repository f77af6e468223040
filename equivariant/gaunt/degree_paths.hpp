// SPDX-License-Identifier: Apache-2.0
/// The paths (l1, l2, l3) of all degrees up to some, by the half of the bilinear maps that they belong to (irreps.hpp).
#pragma once

#include <ansatz/equivariant/harmonics/irreps.hpp>

#include <algorithm>
#include <cstdlib>

namespace ansatz::equivariant {

struct DegreePath {
  int l1, l2, l3;
  [[nodiscard]] bool odd() const { return (l1 + l2 + l3) % 2 != 0; }
  friend bool operator==(const DegreePath&, const DegreePath&) = default;
};

/// All paths up to these degrees that the triangle rule allows, l1 slowest.
[[nodiscard]] inline std::vector<DegreePath> degree_paths(int l1, int l2, int l3, Parts parts) {
  std::vector<DegreePath> paths;
  for (int a = 0; a <= l1; ++a)
    for (int b = 0; b <= l2; ++b)
      for (int c = std::abs(a - b); c <= std::min(a + b, l3); ++c) {
        const DegreePath p{a, b, c};
        if (parts == Parts::both || p.odd() == (parts == Parts::odd)) paths.push_back(p);
      }
  return paths;
}

} // namespace ansatz::equivariant
