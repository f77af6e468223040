// SPDX-License-Identifier: Apache-2.0
// Products of ring functions through their values: Fourier transforms along phi in which every number is a pack of lanes. Included by kernels_impl.hpp.
// Stockham's form (no bit reversal): a stage of radix r takes x[q + s (p + m k)], k < r, to y[q + s (r p + j)] = w^{p j} sum_k x_k w_r^{k j}, m = n/r, then n = m, s = r s.
#include <ansatz/equivariant/gaunt/kernels_rings.hpp>

namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE {
namespace {

template <class V>
struct ComplexPack {
  V re, im;
  friend inline ComplexPack operator+(ComplexPack a, ComplexPack b) { return {a.re + b.re, a.im + b.im}; }
  friend inline ComplexPack operator-(ComplexPack a, ComplexPack b) { return {a.re - b.re, a.im - b.im}; }
};

/// sign i z.
template <int Sign, class V>
inline ComplexPack<V> turn(ComplexPack<V> z) {
  return Sign > 0 ? ComplexPack<V>{-z.im, z.re} : ComplexPack<V>{z.im, -z.re};
}
template <class T, class V>
inline ComplexPack<V> scale(T a, ComplexPack<V> z) {
  return {a * z.re, a * z.im};
}

/// In place: sum_k a_k e^{sign 2 pi i j k / R}.
template <int R, int Sign, class T, class V>
inline __attribute__((always_inline)) void small_transform(ComplexPack<V> (&a)[R]) {
  if constexpr (R == 2) {
    const auto b = a[0] - a[1];
    a[0] = a[0] + a[1];
    a[1] = b;
  } else if constexpr (R == 3) {
    constexpr T sine = T(0.866025403784438646763723170752936183L);
    const auto sum = a[1] + a[2];
    const auto side = turn<Sign>(scale(sine, a[1] - a[2]));
    const auto middle = a[0] - scale(T(0.5), sum);
    a[0] = a[0] + sum;
    a[1] = middle + side;
    a[2] = middle - side;
  } else if constexpr (R == 4) {
    const auto even = a[0] + a[2], even_difference = a[0] - a[2];
    const auto odd = a[1] + a[3], odd_difference = turn<Sign>(a[1] - a[3]);
    a[0] = even + odd;
    a[1] = even_difference + odd_difference;
    a[2] = even - odd;
    a[3] = even_difference - odd_difference;
  } else {
    constexpr T c1 = T(0.309016994374947424102293417182819059L), c2 = T(-0.809016994374947424102293417182819059L);
    constexpr T s1 = T(0.951056516295153572116439333379382143L), s2 = T(0.587785252292473129168705954639072769L);
    const auto p1 = a[1] + a[4], p2 = a[2] + a[3], d1 = a[1] - a[4], d2 = a[2] - a[3];
    const auto m1 = a[0] + scale(c1, p1) + scale(c2, p2), m2 = a[0] + scale(c2, p1) + scale(c1, p2);
    const auto t1 = turn<Sign>(scale(s1, d1) + scale(s2, d2)), t2 = turn<Sign>(scale(s2, d1) - scale(s1, d2));
    a[0] = a[0] + p1 + p2;
    a[1] = m1 + t1;
    a[2] = m2 + t2;
    a[3] = m2 - t2;
    a[4] = m1 - t1;
  }
}

template <int R, int Sign, class T>
const T* fft_stage(const T* twiddle, int m, int s, const T* x, T* y) {
  using V = Pack<T>;
  constexpr int w = 2 * width<T>;
  for (int p = 0; p < m; ++p, twiddle += 2 * (R - 1))
    for (int q = 0; q < s; ++q) {
      ComplexPack<V> a[R];
      for (int k = 0; k < R; ++k) {
        const T* from = x + (q + s * (p + m * k)) * w;
        a[k] = {load(from), load(from + width<T>)};
      }
      small_transform<R, Sign, T>(a);
      for (int j = 0; j < R; ++j) {
        T* to = y + (q + s * (R * p + j)) * w;
        if (j == 0) {
          store(to, a[0].re);
          store(to + width<T>, a[0].im);
        } else {
          const T c = twiddle[2 * (j - 1)], d = Sign > 0 ? twiddle[2 * (j - 1) + 1] : -twiddle[2 * (j - 1) + 1];
          store(to, c * a[j].re - d * a[j].im);
          store(to + width<T>, c * a[j].im + d * a[j].re);
        }
      }
    }
  return twiddle;
}

/// Transform of x with y as second buffer; returns the one that holds the result.
template <int Sign, class T>
T* fft(const FftView<T>& t, T* x, T* y) {
  const T* twiddle = t.twiddle;
  int n = t.length, s = 1;
  for (int i = 0; i < t.stages; ++i) {
    const int r = t.radix[i], m = n / r;
    switch (r) {
      case 2: twiddle = fft_stage<2, Sign>(twiddle, m, s, x, y); break;
      case 3: twiddle = fft_stage<3, Sign>(twiddle, m, s, x, y); break;
      case 4: twiddle = fft_stage<4, Sign>(twiddle, m, s, x, y); break;
      default: twiddle = fft_stage<5, Sign>(twiddle, m, s, x, y); break;
    }
    T* const last = x;
    x = y;
    y = last;
    n = m;
    s *= r;
  }
  return x;
}

/// Values of a signal on a pair of rings, north as real and south as imaginary part of one line; f plain, at the pair. Two operands in one line would do as well,
/// but then the larger one's rounding errors would swamp the smaller one.
template <class T>
const T* ring_values(const FftView<T>& t, bool equator, const T* f, int degree, T* line, T* other) {
  using V = Pack<T>;
  constexpr int w = width<T>;
  const V zero{};
  for (int p = 0; p <= degree; ++p, f += 4 * w) {
    const V nc = load(f), ns = p > 0 ? load(f + w) : zero;
    const V sc = equator ? zero : load(f + 2 * w), ss = equator || p == 0 ? zero : load(f + 3 * w);
    store(line + 2 * p * w, nc - ss);
    store(line + (2 * p + 1) * w, ns + sc);
    if (p == 0) continue;
    store(line + 2 * (t.length - p) * w, nc + ss);
    store(line + (2 * (t.length - p) + 1) * w, sc - ns);
  }
  for (int k = 2 * (degree + 1); k < 2 * (t.length - degree); ++k) store(line + k * w, zero);
  return fft<-1>(t, line, other);
}

/// Product array of orders 0..last on a pair from the transform z of the values.
template <class T>
void orders_of(const FftView<T>& t, bool equator, int last, const T* z, T* h) {
  using V = Pack<T>;
  constexpr int w = width<T>;
  const T half = T(0.5) / static_cast<T>(t.length);
  for (int p = 0; p <= last; ++p, h += 4 * w) {
    const int q = p == 0 ? 0 : t.length - p;
    const V re = load(z + 2 * p * w), im = load(z + (2 * p + 1) * w), re_q = load(z + 2 * q * w), im_q = load(z + (2 * q + 1) * w);
    const V north_c = half * (re + re_q), north_s = half * (im - im_q);
    const V south_c = half * (im + im_q), south_s = half * (re_q - re);
    store(h, north_c + south_c);
    store(h + w, north_s + south_s);
    store(h + 2 * w, equator ? V{} : north_c - south_c);
    store(h + 3 * w, equator ? V{} : north_s - south_s);
  }
}

/// Product array of two operands' values; `product` and `other` are free lines.
template <class T>
void multiply_values(const FftView<T>& t, bool equator, int last, const T* f, const T* g, T* h, T* product, T* other) {
  constexpr int w = width<T>;
  for (int k = 0; k < 2 * t.length; ++k) store(product + k * w, load(f + k * w) * load(g + k * w));
  orders_of(t, equator, last, fft<1>(t, product, other), h);
}

/// z = P[x * y] with values on the longitudes.
template <class T>
void ring_fft(const RingProduct<T>& p, const FftView<T>& t, const T* x, const T* y, T* z, T* work) {
  constexpr int w = width<T>;
  const int l1 = p.x.degree, l2 = p.y.degree, l3 = p.z.degree;
  T* f = work;
  T* g = f + p.z.pairs * plain_pair(l1) * w;
  T* h = g + p.z.pairs * plain_pair(l2) * w;
  T* lines = h + p.z.pairs * plain_pair(l3) * w;
  const int line = 2 * t.length * w;
  for (int lane = 0; lane < row<T>; lane += w) {
    synthesize<false>(l1, p.x, x + lane, f);
    synthesize<false>(l2, p.y, y + lane, g);
    for (int i = 0; i < p.z.pairs; ++i) {
      const bool equator = p.z.equator && i == p.z.pairs - 1;
      const T* vf = ring_values(t, equator, f + i * plain_pair(l1) * w, l1, lines, lines + line);
      const T* vg = ring_values(t, equator, g + i * plain_pair(l2) * w, l2, lines + 2 * line, lines + 3 * line);
      multiply_values(t, equator, l3, vf, vg, h + i * plain_pair(l3) * w, vf == lines ? lines + line : lines,
                      vg == lines + 2 * line ? lines + 3 * line : lines + 2 * line);
    }
    analyse(l3, p.z, h, z + lane);
  }
}

/// xbar = P[g * y], ybar = P[g * x]: three transforms to values and two back.
template <class T>
void ring_fft_vjp(const RingProduct<T>& p, const FftView<T>& t, const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work) {
  constexpr int w = width<T>;
  const int l1 = p.x.degree, l2 = p.y.degree, l3 = p.z.degree;
  T* fx = work;
  T* fy = fx + p.z.pairs * plain_pair(l1) * w;
  T* fg = fy + p.z.pairs * plain_pair(l2) * w;
  T* hx = fg + p.z.pairs * plain_pair(l3) * w;
  T* hy = hx + p.z.pairs * plain_pair(l1) * w;
  T* lines = hy + p.z.pairs * plain_pair(l2) * w;
  const int line = 2 * t.length * w;
  for (int lane = 0; lane < row<T>; lane += w) {
    synthesize<false>(l1, p.x, x + lane, fx);
    synthesize<false>(l2, p.y, y + lane, fy);
    synthesize<false>(l3, p.z, g + lane, fg);
    for (int i = 0; i < p.z.pairs; ++i) {
      const bool equator = p.z.equator && i == p.z.pairs - 1;
      const T* vx = ring_values(t, equator, fx + i * plain_pair(l1) * w, l1, lines, lines + line);
      const T* vy = ring_values(t, equator, fy + i * plain_pair(l2) * w, l2, lines + 2 * line, lines + 3 * line);
      const T* vg = ring_values(t, equator, fg + i * plain_pair(l3) * w, l3, lines + 4 * line, lines + 5 * line);
      T* free_x = vx == lines ? lines + line : lines;
      T* free_g = vg == lines + 4 * line ? lines + 5 * line : lines + 4 * line;
      multiply_values(t, equator, l1, vg, vy, hx + i * plain_pair(l1) * w, free_x, free_g);
      multiply_values(t, equator, l2, vg, vx, hy + i * plain_pair(l2) * w, free_g, lines + 2 * line); // y's values are done with
    }
    analyse(l1, p.x, hx, xbar + lane);
    analyse(l2, p.y, hy, ybar + lane);
  }
}

} // namespace
} // namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE
