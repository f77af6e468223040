// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/coefficients.hpp>
#include <ansatz/equivariant/gaunt/zonal_table.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::equivariant {

template <class T>
ZonalTable<T>::ZonalTable(int l1, int l2, int l3, Parts parts) {
  for (int c = 0; c <= l3; ++c)
    for (int m = 0; m <= c; ++m)
      for (int a = m; a <= l1; ++a) {
        if (parts != Parts::odd) add_factor(a, l2, c, m, false);
        if (parts != Parts::even && m > 0) add_factor(a, l2, c, m, true);
      }
  group(forward_, l3, true);
  group(backward_, l1, false);
}

template <class T>
void ZonalTable<T>::add_factor(int l1, int l2, int l3, int m, bool odd) {
  const auto place = [](int l, int order) { return static_cast<int>(signal_index(l, order)); };
  ZonalFactor factor{place(l1, m), place(l3, m), m > 0 ? place(l1, -m) : -1, m > 0 ? place(l3, -m) : -1, odd ? 1 : 0, 0};
  for (int l = 0; l <= l2; ++l) {
    const long double g = odd ? bracket_coefficient({l1, m}, {l, 0}, {l3, -m}) : gaunt_coefficient({l1, m}, {l, 0}, {l3, m});
    if (g == 0) continue;
    degree_.push_back(l);
    coefficient_.push_back(static_cast<T>(g * std::sqrt((2 * l + 1) / (4 * std::numbers::pi_v<long double>))));
    ++factor.terms;
  }
  if (factor.terms == 0) return;
  factors_.push_back(factor);
  meetings_.push_back({l1, l3, m, odd});
}

template <class T>
void ZonalTable<T>::group(Groups& to, int out_degree, bool forward) const {
  for (int l = 0; l <= out_degree; ++l)
    for (int m = 0; m <= l; ++m) {
      ZonalGroup g{l, m, 0};
      for (std::size_t k = 0; k < meetings_.size(); ++k) {
        const Meeting& meeting = meetings_[k];
        if (meeting.m != m || (forward ? meeting.l3 : meeting.l1) != l) continue;
        const int sign = !meeting.odd ? 0 : forward ? -1 : 1;
        to.entries.push_back({forward ? meeting.l1 : meeting.l3, sign, static_cast<int>(k)});
        ++g.count;
      }
      to.groups.push_back(g); // an empty group writes zeros
    }
}

template <class T>
ZonalView<T> ZonalTable<T>::view() const {
  const auto of = [](const Groups& g) { return ZonalGroups{g.groups.data(), static_cast<int>(g.groups.size()), g.entries.data()}; };
  return {factors_.data(), static_cast<int>(factors_.size()), degree_.data(), coefficient_.data(), of(forward_), of(backward_)};
}

template class ZonalTable<float>;
template class ZonalTable<double>;

} // namespace ansatz::equivariant
