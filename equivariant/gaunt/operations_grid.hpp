// SPDX-License-Identifier: Apache-2.0
// Values of signals on a grid, and back. Between rows of orders (kernels_rings.hpp) and longitudes lie products with small matrices of cosines and sines; the
// longitudes k and N-k share them. Included by operation_kernels_impl.hpp.
#include <ansatz/equivariant/gaunt/kernels_rings.hpp>
#include <ansatz/equivariant/gaunt/operation_kernels.hpp>

namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE {
namespace {

/// sums[k][r] = sum_j q_jk f_j of ring r; f at j = 0, `stride` numbers from j to j+1.
template <int K, int R, class T>
inline __attribute__((always_inline)) const T* matrix_times(const T* q, int count, const T* f, int stride, int ring, Pack<T> (&sums)[K][R]) {
  for (auto& s : sums) clear(s);
  for (int j = 0; j < count; ++j, q += K, f += stride) {
    Pack<T> v[R];
    for (int r = 0; r < R; ++r) v[r] = load(f + r * ring);
    for (int k = 0; k < K; ++k)
      for (int r = 0; r < R; ++r) sums[k][r] += q[k] * v[r];
  }
  return q;
}

/// The longitudes k .. k+K-1 and their mirror images on R rings; f plain, at the pair; `out` at the first ring.
template <int K, int R, Field F, class T>
inline __attribute__((always_inline)) const T* spread_tile(const T* q, const GridView<T>& t, const T* f, int k, T* out) {
  constexpr int w = width<T>;
  // -i f has the sines of f for cosines, and minus its cosines for sines.
  constexpr int cosines = F == Field::phi ? w : 0, sines = w - cosines;
  const int degree = t.rings.degree;
  Pack<T> sums[K][R];
  q = matrix_times(q, degree + 1, f + cosines, 4 * w, 2 * w, sums);
  for (int i = 0; i < K; ++i)
    for (int r = 0; r < R; ++r) store(out + (r * t.points + k + i) * row<T>, sums[i][r]);
  q = matrix_times(q, degree, f + 4 * w + sines, 4 * w, 2 * w, sums);
  for (int i = 0; i < K; ++i)
    for (int r = 0; r < R; ++r) {
      T* to = out + (r * t.points + k + i) * row<T>;
      T* mirror = out + (r * t.points + t.points - k - i) * row<T>;
      const Pack<T> even = load(to), plus = even + sums[i][r], minus = even - sums[i][r];
      const bool south = F == Field::theta && r == 1;
      const Pack<T> first = F == Field::phi ? minus : plus, second = F == Field::phi ? plus : minus;
      store(to, south ? -first : first);
      store(mirror, south ? -second : second);
    }
  return q;
}

/// The longitudes 0 and, if K = 2, N/2.
template <int K, int R, Field F, class T>
inline __attribute__((always_inline)) void spread_ends(const T* q, const GridView<T>& t, const T* f, T* out) {
  constexpr int w = width<T>;
  Pack<T> sums[K][R];
  matrix_times(q, t.rings.degree + 1, f + (F == Field::phi ? w : 0), 4 * w, 2 * w, sums);
  for (int i = 0; i < K; ++i)
    for (int r = 0; r < R; ++r) {
      const bool south = F == Field::theta && r == 1;
      store(out + (r * t.points + i * (t.points / 2)) * row<T>, south ? -sums[i][r] : sums[i][r]);
    }
}

template <int R, Field F, class T>
void spread_rings(const GridView<T>& t, const T* f, T* out) {
  const T* q = t.spread;
  const int last = (t.points - 1) / 2;
  int k = 1;
  for (; k + longitude_tile - 1 <= last; k += longitude_tile) q = spread_tile<longitude_tile, R, F>(q, t, f, k, out);
  switch (last - k + 1) {
    case 1: q = spread_tile<1, R, F>(q, t, f, k, out); break;
    case 2: q = spread_tile<2, R, F>(q, t, f, k, out); break;
    case 3: q = spread_tile<3, R, F>(q, t, f, k, out); break;
    default: break;
  }
  if (t.points % 2 == 0)
    spread_ends<2, R, F>(q, t, f, out);
  else
    spread_ends<1, R, F>(q, t, f, out);
}

template <Field F, class T>
void spread_field(const GridView<T>& t, const T* x, T* out, T* work) {
  const int pair = plain_pair(t.rings.degree) * width<T>;
  for (int lane = 0; lane < row<T>; lane += width<T>) {
    synthesize<false>(t.rings.degree, t.rings, x + lane, work);
    for (int i = 0; i < t.rings.pairs; ++i) {
      T* to = out + 2 * i * t.points * row<T> + lane;
      if (t.rings.equator && i == t.rings.pairs - 1)
        spread_rings<1, F>(t, work + i * pair, to);
      else
        spread_rings<2, F>(t, work + i * pair, to);
    }
  }
}

template <class T>
void spread(const GridView<T>& t, const T* x, T* out, T* work) {
  switch (t.field) {
    case Field::values: spread_field<Field::values>(t, x, out, work); break;
    case Field::theta: spread_field<Field::theta>(t, x, out, work); break;
    case Field::phi: spread_field<Field::phi>(t, x, out, work); break;
  }
}

/// Packs of folded values: for longitudes 0 (and N/2), then k and N-k: sum and difference of the latter, each as sum and difference of the R rings.
template <int R, class T>
void fold(int points, const T* v, T* b) {
  using V = Pack<T>;
  constexpr int w = width<T>;
  const T* south = v + (R - 1) * points * row<T>;
  const auto put = [&](V north_value, V south_value) {
    store(b, R == 2 ? north_value + south_value : north_value);
    if constexpr (R == 2) store(b + w, north_value - south_value);
    b += R * w;
  };
  put(load(v), load(south));
  if (points % 2 == 0) put(load(v + points / 2 * row<T>), load(south + points / 2 * row<T>));
  for (int k = 1; k <= (points - 1) / 2; ++k) {
    const V n1 = load(v + k * row<T>), n2 = load(v + (points - k) * row<T>);
    const V s1 = load(south + k * row<T>), s2 = load(south + (points - k) * row<T>);
    put(n1 + n2, s1 + s2);
    put(n1 - n2, s1 - s2);
  }
}

/// M orders from m on a product array (kernels_rings.hpp); b folded, h at order m.
template <int M, int R, class T>
inline __attribute__((always_inline)) const T* gather_tile(const T* q, int points, const T* b, T* h) {
  constexpr int w = width<T>;
  const int ends = points % 2 == 0 ? 2 : 1, sided = (points - 1) / 2;
  Pack<T> sums[M][R], more[M][R];
  q = matrix_times(q, ends, b, R * w, w, sums);
  q = matrix_times(q, sided, b + ends * R * w, 2 * R * w, w, more);
  for (int i = 0; i < M; ++i) {
    store(h + 4 * i * w, sums[i][0] + more[i][0]);
    store(h + (4 * i + 2) * w, R == 2 ? sums[i][R - 1] + more[i][R - 1] : Pack<T>{});
  }
  q = matrix_times(q, sided, b + (ends + 1) * R * w, 2 * R * w, w, sums);
  for (int i = 0; i < M; ++i) {
    store(h + (4 * i + 1) * w, sums[i][0]);
    store(h + (4 * i + 3) * w, R == 2 ? sums[i][R - 1] : Pack<T>{});
  }
  return q;
}

template <int R, class T>
void gather_rings(const GridView<T>& t, const T* values, T* h, T* b) {
  constexpr int w = width<T>;
  fold<R>(t.points, values, b);
  const T* q = t.gather;
  const int last = t.rings.degree;
  int m = 0;
  for (; m + order_tile - 1 <= last; m += order_tile) q = gather_tile<order_tile, R>(q, t.points, b, h + 4 * m * w);
  switch (last - m + 1) {
    case 1: gather_tile<1, R>(q, t.points, b, h + 4 * m * w); break;
    case 2: gather_tile<2, R>(q, t.points, b, h + 4 * m * w); break;
    case 3: gather_tile<3, R>(q, t.points, b, h + 4 * m * w); break;
    default: break;
  }
}

template <class T>
void gather(const GridView<T>& t, const T* values, T* z, T* work) {
  const int pair = plain_pair(t.rings.degree) * width<T>;
  T* b = work + t.rings.pairs * pair;
  for (int lane = 0; lane < row<T>; lane += width<T>) {
    for (int i = 0; i < t.rings.pairs; ++i) {
      const T* from = values + 2 * i * t.points * row<T> + lane;
      if (t.rings.equator && i == t.rings.pairs - 1)
        gather_rings<1>(t, from, work + i * pair, b);
      else
        gather_rings<2>(t, from, work + i * pair, b);
    }
    analyse(t.rings.degree, t.rings, work, z + lane);
  }
}

template <class T>
void multiply(std::size_t rows, const T* a, const T* b, T* out) {
  for (std::size_t i = 0; i < rows * lanes<T>; i += width<T>) store(out + i, load(a + i) * load(b + i));
}
template <class T>
void cross(std::size_t rows, const T* a, const T* b, const T* c, const T* d, T* out) {
  for (std::size_t i = 0; i < rows * lanes<T>; i += width<T>) store(out + i, load(a + i) * load(b + i) - load(c + i) * load(d + i));
}
template <class T>
void multiply_add(std::size_t rows, T s, const T* a, const T* b, T* out) {
  for (std::size_t i = 0; i < rows * lanes<T>; i += width<T>) store(out + i, load(out + i) + s * load(a + i) * load(b + i));
}
template <class T>
void scale_add(int degree, const T* w, const T* a, T* out) {
  for (int l = 0; l <= degree; ++l, w += row<T>)
    for (int i = l * l * row<T>; i < (l + 1) * (l + 1) * row<T>; i += width<T>) store(out + i, load(out + i) + load(w + i % row<T>) * load(a + i));
}
template <class T>
void dot_add(int degree, const T* a, const T* b, T* out) {
  for (int l = 0; l <= degree; ++l)
    for (int lane = 0; lane < row<T>; lane += width<T>) {
      Pack<T> sum = load(out + l * row<T> + lane);
      for (int i = l * l; i < (l + 1) * (l + 1); ++i) sum += load(a + i * row<T> + lane) * load(b + i * row<T> + lane);
      store(out + l * row<T> + lane, sum);
    }
}

} // namespace
} // namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE
