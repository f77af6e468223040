// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/coefficients.hpp>
#include <ansatz/equivariant/gaunt/path_table.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace ansatz::equivariant {

/// Two orders a, b >= 0 whose terms meet an order; `sign` of xs yc in the sine.
template <class T>
struct PathTable<T>::Use {
  int a, b, sign, at;
};

template <class T>
PathTable<T>::PathTable(const std::vector<ScaledPath>& paths) {
  std::vector<std::array<int, 2>> done;
  for (const auto& p : paths) {
    const std::array<int, 2> degrees = {p.l1, p.l2};
    if (std::find(done.begin(), done.end(), degrees) != done.end()) continue;
    done.push_back(degrees);
    add_block(paths, p.l1, p.l2);
  }
}

template <class T>
void PathTable<T>::add_block(const std::vector<ScaledPath>& paths, int l1, int l2) {
  std::vector<std::vector<Use>> uses(index(l1 + l2) + 1);
  PathBlock block{};
  int at = 0;
  const auto place = [](int l, int m) { return static_cast<int>(signal_index(l, m)); };
  for (int kind = 0; kind < 4; ++kind)
    for (int a = 0; a <= l1; ++a)
      for (int b = 0; b <= l2; ++b) {
        if (kind != (a > 0 ? 1 : 0) + (b > 0 ? 2 : 0)) continue;
        const int sign = a >= b ? 1 : -1;
        pairs_.push_back({place(l1, a), place(l1, -a), place(l2, b), place(l2, -b), 0, sign});
        ++block.pairs[kind];
        uses[index(a + b)].push_back({a, b, 1, at});
        if (kind == 3) uses[index(std::abs(a - b))].push_back({a, b, sign, at + 2});
        at += kind == 0 ? 1 : kind == 3 ? 4 : 2;
      }
  terms_ = std::max(terms_, index(at));
  const std::size_t tiles_before = tiles_.size();
  for (int order = 0; order <= l1 + l2; ++order)
    for (const bool odd : {false, true}) {
      std::vector<int> which;
      for (std::size_t p = 0; p < paths.size(); ++p)
        if (paths[p].l1 == l1 && paths[p].l2 == l2 && paths[p].odd() == odd && paths[p].l3 >= order) which.push_back(static_cast<int>(p));
      for (std::size_t first = 0; first < which.size(); first += analysis_tile) {
        const auto end = which.begin() + static_cast<std::ptrdiff_t>(std::min(first + analysis_tile, which.size()));
        add_tile(paths, {which.begin() + static_cast<std::ptrdiff_t>(first), end}, order, uses[index(order)]);
      }
    }
  block.tiles = static_cast<int>(tiles_.size() - tiles_before);
  blocks_.push_back(block);
}

template <class T>
void PathTable<T>::add_tile(const std::vector<ScaledPath>& paths, const std::vector<int>& which, int order, const std::vector<Use>& uses) {
  PathTile tile{};
  tile.order = order;
  tile.odd = paths[index(which[0])].odd() ? 1 : 0;
  for (const int p : which) {
    tile.degree[tile.count] = paths[index(p)].l3;
    tile.path[tile.count++] = p;
  }
  for (const auto& [a, b, sign, at] : uses) {
    std::vector<T> g;
    for (const int i : which) {
      const ScaledPath& p = paths[index(i)];
      // The sine of the terms holds `sign` xs yc, or xc ys if a = 0.
      const long double value = !p.odd() ? gaunt_coefficient({p.l1, a}, {p.l2, b}, {p.l3, order})
                                : a > 0  ? sign * bracket_coefficient({p.l1, -a}, {p.l2, b}, {p.l3, order})
                                         : bracket_coefficient({p.l1, 0}, {p.l2, -b}, {p.l3, order});
      g.push_back(static_cast<T>(p.factor * value));
    }
    const auto zeros = static_cast<std::size_t>(std::count(g.begin(), g.end(), T{0}));
    if (zeros == g.size()) continue;
    products_ += (g.size() - zeros) * (order == 0 ? 1 : 2);
    term_.push_back(at);
    coefficient_.insert(coefficient_.end(), g.begin(), g.end());
    ++tile.entries;
  }
  if (tile.entries > 0) tiles_.push_back(tile);
}

template class PathTable<float>;
template class PathTable<double>;

} // namespace ansatz::equivariant
