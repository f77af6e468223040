// SPDX-License-Identifier: Apache-2.0
// Sparse products path by path (path_table.hpp). Included by operation_kernels_impl.hpp.
#include <ansatz/equivariant/gaunt/operation_kernels.hpp>
#include <ansatz/equivariant/gaunt/pack.hpp>

namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE {
namespace {

/// Terms of one pair of degrees: (cosine, sine) of the sum of two orders, then of their difference.
template <class T>
const DirectPair* form_path_terms(const PathBlock& block, const DirectPair* p, const T* x, const T* y, T* term) {
  using V = Pack<T>;
  constexpr int w = width<T>;
  const auto at = [](const T* f, int i) { return load(f + i * row<T>); };
  for (int k = 0; k < block.pairs[0]; ++k, ++p, term += w) store(term, at(x, p->c1) * at(y, p->c2));
  for (int k = 0; k < block.pairs[1]; ++k, ++p, term += 2 * w) {
    const V yc = at(y, p->c2);
    store(term, at(x, p->c1) * yc);
    store(term + w, at(x, p->s1) * yc);
  }
  for (int k = 0; k < block.pairs[2]; ++k, ++p, term += 2 * w) {
    const V xc = at(x, p->c1);
    store(term, xc * at(y, p->c2));
    store(term + w, xc * at(y, p->s2));
  }
  for (int k = 0; k < block.pairs[3]; ++k, ++p, term += 4 * w) {
    const V xc = at(x, p->c1), xs = at(x, p->s1), yc = at(y, p->c2), ys = at(y, p->s2);
    const V cc = xc * yc, ss = xs * ys, cs = xc * ys, sc = xs * yc;
    store(term, cc - ss);
    store(term + w, cs + sc);
    store(term + 2 * w, cc + ss);
    store(term + 3 * w, p->sign > 0 ? sc - cs : cs - sc);
  }
  return p;
}

/// N paths of one tile; lane offsets are in the pointers of `w`.
template <int N, bool Odd, bool Sines, class T>
inline __attribute__((always_inline)) const T* follow(const PathTile& tile, const int* term, const T* g, const T* terms, const PathWeights<T>& w,
                                                      T* z) {
  using V = Pack<T>;
  V c[N], s[N];
  clear(c);
  clear(s);
  for (int k = 0; k < tile.entries; ++k, g += N) {
    const T* t = terms + term[k] * width<T>;
    const V tc = Odd && !Sines ? V{} : load(t);
    const V ts = Odd || Sines ? load(t + width<T>) : V{};
    for (int n = 0; n < N; ++n) {
      c[n] += g[n] * (Odd ? ts : tc);
      if constexpr (Sines && Odd) s[n] -= g[n] * tc;
      if constexpr (Sines && !Odd) s[n] += g[n] * ts;
    }
  }
  for (int n = 0; n < N; ++n) {
    const int l = tile.degree[n];
    const int cosine = (l * l + l + tile.order) * row<T>, sine = (l * l + l - tile.order) * row<T>;
    if (w.gradient) {
      T* to = w.gradient + tile.path[n] * row<T>;
      V sum = load(to) + load(w.reference + cosine) * c[n];
      if constexpr (Sines) sum += load(w.reference + sine) * s[n];
      store(to, sum);
    }
    if (w.weight) {
      const V weight = load(w.weight + tile.path[n] * row<T>);
      c[n] *= weight;
      if constexpr (Sines) s[n] *= weight;
    }
    store(z + cosine, load(z + cosine) + c[n]);
    if constexpr (Sines) store(z + sine, load(z + sine) + s[n]);
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
  for (int lane = 0; lane < row<T>; lane += width<T>) {
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
