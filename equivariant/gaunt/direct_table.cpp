// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/coefficients.hpp>
#include <ansatz/equivariant/gaunt/direct_table.hpp>

#include <algorithm>
#include <cstdlib>

namespace ansatz::equivariant {

template <class T>
DirectTable<T>::DirectTable(int l1, int l2, int l3) : folded_(l1 == l2), classes_(index(l3) + 1) {
  add_terms(l1, l2);
  add_tiles(l3);
  classes_.clear();
}

template <class T>
void DirectTable<T>::add_terms(int l1, int l2) {
  const auto enter = [&](int p, int a, int q, int b, int order, int at) {
    if (index(order) < classes_.size()) classes_[index(order)].push_back({p, a, q, b, at});
  };
  for (int kind = 0; kind < 4; ++kind)
    for (int p = 0; p <= l1; ++p)
      for (int a = 0; a <= p; ++a)
        for (int q = 0; q <= l2; ++q)
          for (int b = 0; b <= q; ++b) {
            if (kind != (a > 0 ? 1 : 0) + (b > 0 ? 2 : 0)) continue;
            if (folded_ && triangle_index(p, a) > triangle_index(q, b)) continue;
            const bool twin = folded_ && triangle_index(p, a) != triangle_index(q, b);
            pairs_[kind].push_back({p * p + p + a, p * p + p - a, q * q + q + b, q * q + q - b, twin ? 1 : 0, a >= b ? 1 : -1});
            const int at = static_cast<int>(terms_);
            enter(p, a, q, b, a + b, at);
            if (kind == 3) enter(p, a, q, b, std::abs(a - b), at + 2);
            terms_ += kind == 0 ? 1 : kind == 3 ? 4 : 2;
          }
}

template <class T>
void DirectTable<T>::add_tiles(int l3) {
  for (int c = 0; c <= l3; ++c)
    for (int parity = 0; parity < 2; ++parity)
      for (int first = c + parity; first <= l3; first += 2 * analysis_tile) {
        const int count = std::min(analysis_tile, (l3 - first) / 2 + 1);
        int entries = 0;
        for (const Term& t : classes_[index(c)]) {
          std::vector<T> g;
          for (int n = 0; n < count; ++n) g.push_back(static_cast<T>(gaunt_coefficient({t.l1, t.a}, {t.l2, t.b}, {first + 2 * n, c})));
          if (std::all_of(g.begin(), g.end(), [](T v) { return v == T{0}; })) continue;
          term_.push_back(t.at);
          coefficient_.insert(coefficient_.end(), g.begin(), g.end());
          ++entries;
        }
        tiles_.push_back({first, c, count, entries});
      }
}

template <class T>
DirectView<T> DirectTable<T>::view() const {
  DirectView<T> v{};
  for (int k = 0; k < 4; ++k) {
    v.pair[k] = pairs_[k].data();
    v.pairs[k] = static_cast<int>(pairs_[k].size());
  }
  v.tile = tiles_.data();
  v.tiles = static_cast<int>(tiles_.size());
  v.term = term_.data();
  v.coefficient = coefficient_.data();
  return v;
}

template class DirectTable<float>;
template class DirectTable<double>;

} // namespace ansatz::equivariant
