// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/coefficients.hpp>
#include <ansatz/equivariant/gaunt/direct_table.hpp>

#include <algorithm>

namespace ansatz::equivariant {

template <class T>
DirectTable<T>::DirectTable(int l1, int l2, int l3) {
  const DirectSchedule schedule(l1, l2, l3);
  terms_ = index(schedule.count);
  for (int i = 0; i < static_cast<int>(std::size(direct_shapes)); ++i)
    if (direct_shapes[i][0] == l1 && direct_shapes[i][1] == l2 && direct_shapes[i][2] == l3) shape_ = i;
  for (int kind = 0; kind < 4; ++kind)
    for (const auto& [p, a, q, b, twin, at] : schedule.terms[kind])
      pairs_[kind].push_back({p * p + p + a, p * p + p - a, q * q + q + b, q * q + q - b, twin ? 1 : 0, a >= b ? 1 : -1});
  add_tiles(schedule, l3);
  add_unrolled(schedule, l3);
}

template <class T>
void DirectTable<T>::add_tiles(const DirectSchedule& schedule, int l3) {
  for (int c = 0; c <= l3; ++c)
    for (int parity = 0; parity < 2; ++parity)
      for (int first = c + parity; first <= l3; first += 2 * analysis_tile) {
        const int count = std::min(analysis_tile, (l3 - first) / 2 + 1);
        int entries = 0;
        for (const auto& u : schedule.use[index(c)]) {
          std::vector<T> g;
          g.reserve(index(count));
          for (int n = 0; n < count; ++n) g.push_back(static_cast<T>(gaunt_coefficient({u.p, u.a}, {u.q, u.b}, {first + 2 * n, c})));
          const auto zeros = static_cast<std::size_t>(std::count(g.begin(), g.end(), T{0}));
          if (zeros == g.size()) continue;
          products_ += (g.size() - zeros) * (c == 0 ? 1 : 2);
          term_.push_back(u.at);
          coefficient_.insert(coefficient_.end(), g.begin(), g.end());
          ++entries;
        }
        tiles_.push_back({first, c, count, entries});
      }
}

template <class T>
void DirectTable<T>::add_unrolled(const DirectSchedule& schedule, int l3) {
  if (shape_ < 0) return;
  for (int c = 0; c <= l3; ++c)
    for (int parity = 0; parity < 2; ++parity)
      for (const auto& u : schedule.use[index(c)])
        for (int l = c + parity; l <= l3; l += 2) {
          const long double g = gaunt_coefficient({u.p, u.a}, {u.q, u.b}, {l, c});
          if (g != 0) unrolled_.push_back(static_cast<T>(g));
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
  v.shape = shape_;
  v.unrolled = unrolled_.data();
  return v;
}

template class DirectTable<float>;
template class DirectTable<double>;

} // namespace ansatz::equivariant
