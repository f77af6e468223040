// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/direct_schedule.hpp>
#include <ansatz/equivariant/harmonics/degrees.hpp>

#include <cstdlib>

namespace ansatz::equivariant {

DirectSchedule::DirectSchedule(int l1, int l2, int l3) : use(index(l3) + 1) {
  const bool folded = l1 == l2;
  const auto enter = [&](int order, const DirectUse& u) {
    if (index(order) < use.size()) use[index(order)].push_back(u);
  };
  for (int kind = 0; kind < 4; ++kind)
    for (int p = 0; p <= l1; ++p)
      for (int a = 0; a <= p; ++a)
        for (int q = 0; q <= l2; ++q)
          for (int b = 0; b <= q; ++b) {
            if (kind != (a > 0 ? 1 : 0) + (b > 0 ? 2 : 0)) continue;
            if (folded && triangle_index(p, a) > triangle_index(q, b)) continue;
            terms[kind].push_back({p, a, q, b, folded && triangle_index(p, a) != triangle_index(q, b), count});
            enter(a + b, {p, a, q, b, count});
            if (kind == 3) enter(std::abs(a - b), {p, a, q, b, count + 2});
            count += kind == 0 ? 1 : kind == 3 ? 4 : 2;
          }
}

} // namespace ansatz::equivariant
