// SPDX-License-Identifier: Apache-2.0
// The sparse product of direct_schedule.hpp. Included by kernels_impl.hpp.
#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/pack.hpp>

namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE {
namespace {

/// The four products of a pair of harmonics: cosines and sines of the first, c and s, times those of the second. Twin: plus those with x and y exchanged.
template <class T>
struct PairProducts {
  using V = Pack<T>;
  const T *x, *y;

  [[nodiscard]] inline V operator()(int i, int j, bool twin) const {
    const V one = load(x + i * row<T>) * load(y + j * row<T>);
    return twin ? one + load(x + j * row<T>) * load(y + i * row<T>) : one;
  }
};

template <class T>
void form_terms(const DirectView<T>& t, const T* x, const T* y, T* term) {
  constexpr int w = width<T>;
  const PairProducts<T> product{x, y};
  for (int k = 0; k < t.pairs[0]; ++k, term += w) {
    const DirectPair& p = t.pair[0][k];
    store(term, product(p.c1, p.c2, p.twin != 0));
  }
  for (int k = 0; k < t.pairs[1]; ++k, term += 2 * w) { // the second order is 0
    const DirectPair& p = t.pair[1][k];
    store(term, product(p.c1, p.c2, p.twin != 0));
    store(term + w, product(p.s1, p.c2, p.twin != 0));
  }
  for (int k = 0; k < t.pairs[2]; ++k, term += 2 * w) {
    const DirectPair& p = t.pair[2][k];
    store(term, product(p.c1, p.c2, p.twin != 0));
    store(term + w, product(p.c1, p.s2, p.twin != 0));
  }
  for (int k = 0; k < t.pairs[3]; ++k, term += 4 * w) {
    const DirectPair& p = t.pair[3][k];
    const Pack<T> cc = product(p.c1, p.c2, p.twin != 0), ss = product(p.s1, p.s2, p.twin != 0);
    const Pack<T> cs = product(p.c1, p.s2, p.twin != 0), sc = product(p.s1, p.c2, p.twin != 0);
    store(term, cc - ss);
    store(term + w, cs + sc);
    store(term + 2 * w, cc + ss);
    store(term + 3 * w, p.sign > 0 ? sc - cs : cs - sc);
  }
}

/// N degrees of one class; returns the coefficients of the next tile.
template <int N, bool Sines, class T>
inline __attribute__((always_inline)) const T* contract(const DirectTile& tile, const int* term, const T* g, const T* terms, T* z) {
  using V = Pack<T>;
  V c[N], s[N];
  clear(c);
  clear(s);
  for (int k = 0; k < tile.entries; ++k, g += N) {
    const T* t = terms + term[k] * width<T>;
    V tc = load(t);
    keep(tc);
    V ts = Sines ? load(t + width<T>) : V{};
    if constexpr (Sines) keep(ts);
    for (int n = 0; n < N; ++n) {
      c[n] += g[n] * tc;
      if constexpr (Sines) s[n] += g[n] * ts;
    }
  }
  for (int n = 0; n < N; ++n) {
    const int l = tile.first + 2 * n;
    if constexpr (Sines) store(z + (l * l + l - tile.order) * row<T>, s[n]);
    store(z + (l * l + l + tile.order) * row<T>, c[n]);
  }
  return g;
}

template <int N, class T>
inline const T* contract_order(const DirectTile& tile, const int* term, const T* g, const T* terms, T* z) {
  return tile.order == 0 ? contract<N, false>(tile, term, g, terms, z) : contract<N, true>(tile, term, g, terms, z);
}

#include "direct_unrolled.inc"

template <class T>
void direct_by_table(const DirectView<T>& t, const T* x, const T* y, T* z, T* work) {
  for (int lane = 0; lane < row<T>; lane += width<T>) {
    form_terms(t, x + lane, y + lane, work);
    const int* term = t.term;
    const T* g = t.coefficient;
    for (int i = 0; i < t.tiles; ++i) {
      const DirectTile& tile = t.tile[i];
      switch (tile.count) {
        case 1: g = contract_order<1>(tile, term, g, work, z + lane); break;
        case 2: g = contract_order<2>(tile, term, g, work, z + lane); break;
        case 3: g = contract_order<3>(tile, term, g, work, z + lane); break;
        default: g = contract_order<4>(tile, term, g, work, z + lane); break;
      }
      term += tile.entries;
    }
  }
}

template <class T>
void direct(const DirectView<T>& t, const BlockRange& range, const T* x, const T* y, T* z, T* work) {
  if (t.shape >= 0) {
    direct_unrolled(t.shape, t.unrolled, range, x, y, z, work);
    return;
  }
  for (std::size_t b = 0; b < range.blocks; ++b) direct_by_table(t, x + b * range.x, y + b * range.y, z + b * range.z, work);
}

/// Gradients of a shape with unrolled code.
template <class T>
void direct_vjp(const DirectView<T>& t, const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work) {
  for (int lane = 0; lane < row<T>; lane += width<T>)
    direct_unrolled_vjp(t.shape, t.unrolled, x + lane, y + lane, g + lane, xbar + lane, ybar + lane, work);
}

} // namespace
} // namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE
