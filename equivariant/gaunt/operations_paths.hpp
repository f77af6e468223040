// SPDX-License-Identifier: Apache-2.0
// Sparse products path by path (path_table.hpp). Included by operation_kernels_impl.hpp.
#include <ansatz/equivariant/gaunt/operation_kernels.hpp>
#include <ansatz/equivariant/gaunt/pack.hpp>

namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE {
namespace {

/// Packs of a row that are worked on together: most tiles are so short that finding them takes longer than their sums.
template <class T>
constexpr int packs = row<T> / width<T> < 2 ? 1 : 2;

/// Neighbouring packs.
template <class T>
struct Several {
  using V = Pack<T>;
  V v[packs<T>];

  static inline __attribute__((always_inline)) Several from(const T* p) {
    Several r;
    for (int i = 0; i < packs<T>; ++i) r.v[i] = load(p + i * width<T>);
    return r;
  }
  inline __attribute__((always_inline)) void to(T* p) const {
    for (int i = 0; i < packs<T>; ++i) store(p + i * width<T>, v[i]);
  }
  friend inline __attribute__((always_inline)) Several operator*(const Several& a, const Several& b) {
    Several r;
    for (int i = 0; i < packs<T>; ++i) r.v[i] = a.v[i] * b.v[i];
    return r;
  }
  friend inline __attribute__((always_inline)) Several operator+(const Several& a, const Several& b) {
    Several r;
    for (int i = 0; i < packs<T>; ++i) r.v[i] = a.v[i] + b.v[i];
    return r;
  }
  friend inline __attribute__((always_inline)) Several operator-(const Several& a, const Several& b) {
    Several r;
    for (int i = 0; i < packs<T>; ++i) r.v[i] = a.v[i] - b.v[i];
    return r;
  }
  /// this += g b.
  inline __attribute__((always_inline)) void add(T g, const Several& b) {
    for (int i = 0; i < packs<T>; ++i) v[i] += g * b.v[i];
  }
  inline __attribute__((always_inline)) void subtract(T g, const Several& b) {
    for (int i = 0; i < packs<T>; ++i) v[i] -= g * b.v[i];
  }
};

/// Terms of one pair of degrees: (cosine, sine) of the sum of two orders, then of their difference.
template <class T>
const DirectPair* form_path_terms(const PathBlock& block, const DirectPair* p, const T* x, const T* y, T* term) {
  using V = Several<T>;
  constexpr int w = packs<T> * width<T>;
  const auto at = [](const T* f, int i) __attribute__((always_inline)) { return V::from(f + i * row<T>); };
  for (int k = 0; k < block.pairs[0]; ++k, ++p, term += w) (at(x, p->c1) * at(y, p->c2)).to(term);
  for (int k = 0; k < block.pairs[1]; ++k, ++p, term += 2 * w) {
    const V yc = at(y, p->c2);
    (at(x, p->c1) * yc).to(term);
    (at(x, p->s1) * yc).to(term + w);
  }
  for (int k = 0; k < block.pairs[2]; ++k, ++p, term += 2 * w) {
    const V xc = at(x, p->c1);
    (xc * at(y, p->c2)).to(term);
    (xc * at(y, p->s2)).to(term + w);
  }
  for (int k = 0; k < block.pairs[3]; ++k, ++p, term += 4 * w) {
    const V xc = at(x, p->c1), xs = at(x, p->s1), yc = at(y, p->c2), ys = at(y, p->s2);
    const V cc = xc * yc, ss = xs * ys, cs = xc * ys, sc = xs * yc;
    (cc - ss).to(term);
    (cs + sc).to(term + w);
    (cc + ss).to(term + 2 * w);
    (p->sign > 0 ? sc - cs : cs - sc).to(term + 3 * w);
  }
  return p;
}

/// N paths of one tile; lane offsets are in the pointers of `w`.
template <int N, bool Odd, bool Sines, class T>
inline __attribute__((always_inline)) const T* follow(const PathTile& tile, const int* term, const T* g, const T* terms, const PathWeights<T>& w,
                                                      T* z) {
  using V = Several<T>;
  constexpr int step = packs<T> * width<T>;
  V c[N], s[N];
  for (int n = 0; n < N; ++n) {
    clear(c[n].v);
    clear(s[n].v);
  }
  for (int k = 0; k < tile.entries; ++k, g += N) {
    const T* t = terms + term[k] * step;
    V tc, ts;
    if constexpr (!Odd || Sines) tc = V::from(t);
    if constexpr (Odd || Sines) ts = V::from(t + step);
    for (int n = 0; n < N; ++n) {
      c[n].add(g[n], Odd ? ts : tc);
      if constexpr (Sines && Odd) s[n].subtract(g[n], tc);
      if constexpr (Sines && !Odd) s[n].add(g[n], ts);
    }
  }
  for (int n = 0; n < N; ++n) {
    const int l = tile.degree[n];
    const int cosine = (l * l + l + tile.order) * row<T>, sine = (l * l + l - tile.order) * row<T>;
    if (w.gradient) {
      T* to = w.gradient + tile.path[n] * row<T>;
      V sum = V::from(to) + V::from(w.reference + cosine) * c[n];
      if constexpr (Sines) sum = sum + V::from(w.reference + sine) * s[n];
      sum.to(to);
    }
    if (w.weight) {
      const V weight = V::from(w.weight + tile.path[n] * row<T>);
      c[n] = c[n] * weight;
      if constexpr (Sines) s[n] = s[n] * weight;
    }
    (V::from(z + cosine) + c[n]).to(z + cosine);
    if constexpr (Sines) (V::from(z + sine) + s[n]).to(z + sine);
  }
  return g;
}

template <int N, class T>
inline const T* follow_tile(const PathTile& tile, const int* term, const T* g, const T* terms, const PathWeights<T>& w, T* z) {
  if (tile.odd != 0) return tile.order == 0 ? follow<N, true, false>(tile, term, g, terms, w, z) : follow<N, true, true>(tile, term, g, terms, w, z);
  return tile.order == 0 ? follow<N, false, false>(tile, term, g, terms, w, z) : follow<N, false, true>(tile, term, g, terms, w, z);
}

template <class T>
void paths(const PathView<T>& t, const PathWeights<T>& weights, const T* a, const T* b, T* out, T* work) {
  const auto shifted = [](auto* p, int lane) { return p ? p + lane : p; };
  for (int lane = 0; lane < row<T>; lane += packs<T> * width<T>) {
    const PathWeights<T> w{shifted(weights.weight, lane), shifted(weights.reference, lane), shifted(weights.gradient, lane)};
    const DirectPair* pair = t.pair;
    const PathTile* tile = t.tile;
    const int* term = t.term;
    const T* g = t.coefficient;
    for (int i = 0; i < t.blocks; ++i) {
      pair = form_path_terms(t.block[i], pair, a + lane, b + lane, work);
      for (int k = 0; k < t.block[i].tiles; ++k, term += tile->entries, ++tile) switch (tile->count) {
          case 1: g = follow_tile<1>(*tile, term, g, work, w, out + lane); break;
          case 2: g = follow_tile<2>(*tile, term, g, work, w, out + lane); break;
          case 3: g = follow_tile<3>(*tile, term, g, work, w, out + lane); break;
          default: g = follow_tile<4>(*tile, term, g, work, w, out + lane); break;
        }
    }
  }
}

} // namespace
} // namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE
