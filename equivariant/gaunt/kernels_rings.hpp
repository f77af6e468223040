// SPDX-License-Identifier: Apache-2.0
// Rings of equal theta: synthesis of one operand, convolution of two in the order m, analysis of the product. Included by kernels_impl.hpp.
// A ring function f is the row f_m = c_m + i s_m, m >= 0, of a real function of phi; f_{-m} = conj f_m. Work arrays, in packs:
//   plain     [pair][m = 0..L][north c, north s, south c, south s]
//   extended  the same with m = -L-4..L+4, the ends zero, so that convolutions may read four orders too far
//   product   [pair][m][even c, even s, odd c, odd s]: sum and difference of the two rings, which meet harmonics with l - m even and odd.
// Degrees are int or Constant (pack.hpp).
#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/pack.hpp>

namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE {
namespace {

/// Packs of a pair in a plain and in an extended array, and from the start of the latter to its order 0.
constexpr int plain_pair(int degree) { return 4 * (degree + 1); }
constexpr int extended_pair(int degree) { return 4 * (2 * degree + 9); }
constexpr int extended_zero(int degree) { return 4 * (degree + 4); }

/// Sum over l, from `first` in steps of 2, for R pairs at order m.
template <int R, bool Sines, class T, class First, class Degree>
inline __attribute__((always_inline)) void sum_degrees(const T*& q, First first, Degree degree, int m, const T* x, Pack<T>* c, Pack<T>* s) {
  using V = Pack<T>;
  for_range<2>(
      first, degree, [&](int l) __attribute__((always_inline)) {
        const V xc = load(x + (l * l + l + m) * row<T>);
        const V xs = Sines ? load(x + (l * l + l - m) * row<T>) : V{};
        for (int r = 0; r < R; ++r) {
          c[r] += q[r] * xc;
          if constexpr (Sines) s[r] += q[r] * xs;
        }
        q += R;
      });
}

/// R pairs at order m; `f` at order 0 of the first pair.
template <int R, bool Extended, bool Sines, class T, class Degree, class Order>
inline __attribute__((always_inline)) void synthesize_order(const T*& q, Degree degree, Order m, const T* x, T* f) {
  using V = Pack<T>;
  constexpr int w = width<T>;
  V even_c[R], even_s[R], odd_c[R], odd_s[R];
  clear(even_c);
  clear(even_s);
  clear(odd_c);
  clear(odd_s);
  sum_degrees<R, Sines>(q, m, degree, m, x, even_c, even_s);
  sum_degrees<R, Sines>(q, m + Constant<1>{}, degree, m, x, odd_c, odd_s);
  for (int r = 0; r < R; ++r) {
    const V north_c = even_c[r] + odd_c[r], north_s = even_s[r] + odd_s[r];
    const V south_c = even_c[r] - odd_c[r], south_s = even_s[r] - odd_s[r];
    T* pair = f + r * (Extended ? extended_pair(degree) : plain_pair(degree)) * w;
    T* to = pair + 4 * m * w;
    store(to, north_c);
    store(to + w, north_s);
    store(to + 2 * w, south_c);
    store(to + 3 * w, south_s);
    if constexpr (Sines && Extended) {
      T* mirror = pair - 4 * m * w;
      store(mirror, north_c);
      store(mirror + w, -north_s);
      store(mirror + 2 * w, south_c);
      store(mirror + 3 * w, -south_s);
    }
  }
}

template <int R, bool Extended, class T, class Degree>
const T* synthesize_tile(const T* q, Degree degree, const T* x, T* f) {
  constexpr int w = width<T>;
  constexpr Constant<1> one{};
  T* zero = f + (Extended ? extended_zero(degree) * w : 0);
  synthesize_order<R, Extended, false>(q, degree, Constant<0>{}, x, zero);
  for_range<1>(
      one, degree, [&](auto m) __attribute__((always_inline)) { synthesize_order<R, Extended, true>(q, degree, m, x, zero); });
  if constexpr (Extended)
    for (int r = 0; r < R; ++r)
      for (int k = 0; k < 16; ++k) {
        store(f + (r * extended_pair(degree) + k) * w, Pack<T>{});
        store(f + ((r + 1) * extended_pair(degree) - 1 - k) * w, Pack<T>{});
      }
  return q;
}

/// Values of a signal on the rings, as rows of orders.
template <bool Extended, class T, class Degree>
void synthesize(Degree degree, const RingView<T>& t, const T* x, T* f) {
  const int stride = (Extended ? extended_pair(degree) : plain_pair(degree)) * width<T>;
  const T* q = t.synthesis;
  int i = 0;
  for (; i + synthesis_tile <= t.pairs; i += synthesis_tile) q = synthesize_tile<synthesis_tile, Extended>(q, degree, x, f + i * stride);
  if (t.pairs - i == 2) synthesize_tile<2, Extended>(q, degree, x, f + i * stride);
  if (t.pairs - i == 1) synthesize_tile<1, Extended>(q, degree, x, f + i * stride);
}

/// Two ring functions to be multiplied: f plain of degree a, g extended of degree b.
template <class T, class A, class B>
struct Factors {
  const T* f;
  A a;
  const T* g;
  B b;
};
template <class T, class A, class B>
Factors(const T*, A, const T*, B) -> Factors<T, A, B>;
template <class T, class A, class B>
Factors(T*, A, T*, B) -> Factors<T, A, B>;

/// Sums h_v = sum_p f_p g_{v-p} of N neighbouring orders on one ring.
template <int N, class T>
struct Convolution {
  using V = Pack<T>;
  static constexpr int w = width<T>;
  V c[N], s[N];

  inline __attribute__((always_inline)) Convolution() {
    clear(c);
    clear(s);
  }
  /// f and g at order 0 of the ring.
  inline __attribute__((always_inline)) void add(const T* f, int a, const T* g, int b, int v) {
    const T* gv = g + 4 * v * w;
    if (v <= b) real_step(f, gv); // p = 0
    // At the ends of g an order of f meets only the first or the last few sums.
    for_range<1>(
        Constant<0>{}, Constant<N - 2>{}, [&](auto j) __attribute__((always_inline)) {
          const int p = v - b + j;
          if (p >= 1 && p <= smaller(a, v + b)) step<false, 0, j + 1>(f + 4 * p * w, gv - 4 * p * w);
        });
    for (int p = larger(v + N - 1 - b, 1); p <= smaller(a, v + b); ++p) step<false, 0, N>(f + 4 * p * w, gv - 4 * p * w);
    for_range<1>(
        Constant<1>{}, Constant<N - 1>{}, [&](auto j) __attribute__((always_inline)) {
          const int p = v + b + j;
          if (p <= a) step<false, j, N>(f + 4 * p * w, gv - 4 * p * w);
        });
    for (int p = 1; p <= smaller(a, b - v - N + 1); ++p) step<true, 0, N>(f + 4 * p * w, gv + 4 * p * w);
    for_range<1>(
        Constant<0>{}, Constant<N - 2>{}, [&](auto j) __attribute__((always_inline)) {
          const int p = b - v - j;
          if (p >= 1 && p <= a) step<true, 0, j + 1>(f + 4 * p * w, gv + 4 * p * w);
        });
  }

private:
  inline __attribute__((always_inline)) void real_step(const T* f, const T* g) {
    const V fc = load(f);
    for (int n = 0; n < N; ++n) {
      c[n] += fc * load(g + 4 * n * w);
      s[n] += fc * load(g + (4 * n + 1) * w);
    }
  }
  /// One f, conjugate for negative p, times orders From .. To-1 of g.
  template <bool Conjugate, int From, int To>
  inline __attribute__((always_inline)) void step(const T* f, const T* g) {
    const V fc = load(f);
    const V fs = load(f + w);
    for (int n = From; n < To; ++n) {
      V gc = load(g + 4 * n * w);
      V gs = load(g + (4 * n + 1) * w);
      keep(gc);
      keep(gs);
      c[n] += fc * gc;
      s[n] += fc * gs;
      if constexpr (Conjugate) {
        c[n] += fs * gs;
        s[n] -= fs * gc;
      } else {
        c[n] -= fs * gs;
        s[n] += fs * gc;
      }
    }
  }
};

/// Orders v .. v+N-1 of the product on a pair; f and g at order 0 of the pair, h at order v.
template <int N, class T, class... F>
inline __attribute__((always_inline)) void convolve_orders(bool equator, int v, T* h, const F&... factors) {
  constexpr int w = width<T>;
  {
    Convolution<N, T> north;
    (north.add(factors.f, factors.a, factors.g, factors.b, v), ...);
    for (int n = 0; n < N; ++n) {
      store(h + 4 * n * w, north.c[n]);
      store(h + (4 * n + 1) * w, north.s[n]);
    }
  }
  if (equator) { // a single ring, where harmonics with odd l - m vanish
    for (int n = 0; n < N; ++n) {
      store(h + (4 * n + 2) * w, Pack<T>{});
      store(h + (4 * n + 3) * w, Pack<T>{});
    }
    return;
  }
  Convolution<N, T> south;
  (south.add(factors.f + 2 * w, factors.a, factors.g + 2 * w, factors.b, v), ...);
  for (int n = 0; n < N; ++n) {
    const Pack<T> c = load(h + 4 * n * w);
    const Pack<T> s = load(h + (4 * n + 1) * w);
    store(h + 4 * n * w, c + south.c[n]);
    store(h + (4 * n + 1) * w, s + south.s[n]);
    store(h + (4 * n + 2) * w, c - south.c[n]);
    store(h + (4 * n + 3) * w, s - south.s[n]);
  }
}

constexpr int convolution_tile = 4;

/// Orders 0..last of the product on a pair.
template <class T, class... F>
__attribute__((noinline)) void convolve_pair(bool equator, int last, T* h, F... factors) {
  constexpr int N = convolution_tile;
  constexpr int w = width<T>;
  int v = 0;
  for (; v + N - 1 <= last; v += N) convolve_orders<N>(equator, v, h + 4 * v * w, factors...);
  switch (last - v + 1) {
    case 1: convolve_orders<1>(equator, v, h + 4 * v * w, factors...); break;
    case 2: convolve_orders<2>(equator, v, h + 4 * v * w, factors...); break;
    case 3: convolve_orders<3>(equator, v, h + 4 * v * w, factors...); break;
    default: break;
  }
}

/// Product array of orders 0..last from the sum of products of ring functions.
template <class T, class... F>
void convolve(const RingView<T>& t, int last, T* h, const F&... factors) {
  constexpr int w = width<T>;
  for (int i = 0; i < t.pairs; ++i)
    convolve_pair(t.equator && i == t.pairs - 1, last, h + i * plain_pair(last) * w,
                  Factors{factors.f + i * plain_pair(factors.a) * w, factors.a,
                          factors.g + (i * extended_pair(factors.b) + extended_zero(factors.b)) * w, factors.b}...);
}

/// N degrees l, l+2, .. at order m; h at that order and parity of the first pair, `stride` to the next.
template <int N, bool Sines, class T>
inline __attribute__((always_inline)) const T* analyse_tile(const T* q, int pairs, int l, int m, const T* h, int stride, T* z) {
  using V = Pack<T>;
  V c[N], s[N];
  clear(c);
  clear(s);
  for (int i = 0; i < pairs; ++i, h += stride, q += N) {
    const V hc = load(h);
    const V hs = load(h + width<T>);
    for (int n = 0; n < N; ++n) {
      c[n] += q[n] * hc;
      if constexpr (Sines) s[n] += q[n] * hs;
    }
  }
  for (int n = 0; n < N; ++n) {
    const int k = l + 2 * n;
    if constexpr (Sines) store(z + (k * k + k - m) * row<T>, s[n]);
    store(z + (k * k + k + m) * row<T>, c[n]);
  }
  return q;
}

template <bool Sines, class T>
inline __attribute__((always_inline)) const T* analyse_order(const T* q, int degree, int pairs, int m, const T* h, int stride, T* z) {
  for (int parity = 0; parity < 2; ++parity, h += 2 * width<T>)
    for (int l = m + parity; l <= degree; l += 2 * analysis_tile) {
      switch ((degree - l) / 2 + 1) {
        case 1: q = analyse_tile<1, Sines>(q, pairs, l, m, h, stride, z); break;
        case 2: q = analyse_tile<2, Sines>(q, pairs, l, m, h, stride, z); break;
        case 3: q = analyse_tile<3, Sines>(q, pairs, l, m, h, stride, z); break;
        default: q = analyse_tile<4, Sines>(q, pairs, l, m, h, stride, z); break;
      }
    }
  return q;
}

/// Degrees 0..degree from a product array of as many orders.
template <class T>
void analyse(int degree, const RingView<T>& t, const T* h, T* z) {
  constexpr int w = width<T>;
  const int stride = plain_pair(degree) * w;
  const T* q = analyse_order<false>(t.analysis, degree, t.pairs, 0, h, stride, z);
  for (int m = 1; m <= degree; ++m) q = analyse_order<true>(q, degree, t.pairs, m, h + 4 * m * w, stride, z);
}

} // namespace
} // namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE
