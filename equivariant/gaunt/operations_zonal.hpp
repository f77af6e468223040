// SPDX-License-Identifier: Apache-2.0
// Signals turned so that a direction is the pole, and products with zonal functions there. Included by operation_kernels_impl.hpp.
#include <ansatz/equivariant/gaunt/operation_kernels.hpp>
#include <ansatz/equivariant/gaunt/pack.hpp>

namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE {
namespace {

/// out = J f for one degree; strides in numbers from order to order. Add: out += J f.
template <bool Add, class T>
inline void flip(const int*& count, const int*& column, const T*& value, int l, const T* f, int from, T* out, int to) {
  for (int m = 0; m <= 2 * l; ++m) {
    Pack<T> sum = Add ? load(out + m * to) : Pack<T>{};
    for (int k = 0; k < *count; ++k, ++column, ++value) sum += *value * load(f + *column * from);
    store(out + m * to, sum);
    ++count;
  }
}

/// out = D_y(Sign angle) f for one degree; `angles` at cosine and sine of order 0, four numbers from order to order. Add: out +=.
template <int Sign, bool Add, class T>
inline void spin(const T* angles, int l, const T* f, int from, T* out, int to) {
  f += l * from;
  out += l * to;
  const auto put = [](T* p, Pack<T> v) { store(p, Add ? load(p) + v : v); };
  put(out, load(f));
  for (int m = 1; m <= l; ++m) {
    const T c = angles[4 * m], s = Sign > 0 ? angles[4 * m + 1] : -angles[4 * m + 1];
    const Pack<T> plus = load(f + m * from), minus = load(f - m * from);
    put(out + m * to, c * plus - s * minus);
    put(out - m * to, s * plus + c * minus);
  }
}

/// D = J D_y(-beta) J D_y(-alpha).
template <class T>
void align(const AlignView<T>& t, int degree, const T* angles, const T* x, T* out, T* work) {
  constexpr int w = width<T>;
  T* a = work;
  T* b = work + (2 * degree + 1) * w;
  for (int lane = 0; lane < row<T>; lane += w) {
    const int* count = t.count;
    const int* column = t.column;
    const T* value = t.value;
    for (int l = 0; l <= degree; ++l) {
      const int *again = count, *columns = column;
      const T* values = value;
      spin<-1, false>(angles, l, x + l * l * row<T> + lane, row<T>, a, w);
      flip<false>(again, columns, values, l, a, w, b, w);
      spin<-1, false>(angles + 2, l, b, w, a, w);
      flip<false>(count, column, value, l, a, w, out + l * l * row<T> + lane, row<T>);
    }
  }
}

/// D^T = D_y(alpha) J D_y(beta) J.
template <class T>
void align_back(const AlignView<T>& t, int degree, const T* angles, const T* x, T* out, T* work) {
  constexpr int w = width<T>;
  T* a = work;
  T* b = work + (2 * degree + 1) * w;
  for (int lane = 0; lane < row<T>; lane += w) {
    const int* count = t.count;
    const int* column = t.column;
    const T* value = t.value;
    for (int l = 0; l <= degree; ++l) {
      const int *again = count, *columns = column;
      const T* values = value;
      flip<false>(again, columns, values, l, x + l * l * row<T> + lane, row<T>, a, w);
      spin<1, false>(angles + 2, l, a, w, b, w);
      flip<false>(count, column, value, l, b, w, a, w);
      spin<1, true>(angles, l, a, w, out + l * l * row<T> + lane, row<T>);
    }
  }
}

template <class T>
void turn(const GeneratorView<T>& g, T s, const T* f, T* out) {
  for (int lane = 0; lane < row<T>; lane += width<T>)
    for (int k = 0; k < g.entries; ++k) {
      const int i = g.row[k] * row<T> + lane, j = g.column[k] * row<T> + lane;
      const T v = s * g.value[k];
      store(out + i, load(out + i) + v * load(f + j));
      store(out + j, load(out + j) - v * load(f + i));
    }
}

template <class T>
void torque(const GeneratorView<T>& g, T s, const T* a, const T* b, T* out) {
  for (int lane = 0; lane < row<T>; lane += width<T>) {
    Pack<T> sum{};
    for (int k = 0; k < g.entries; ++k) {
      const int i = g.row[k] * row<T> + lane, j = g.column[k] * row<T> + lane;
      sum += g.value[k] * (load(a + i) * load(b + j) - load(a + j) * load(b + i));
    }
    store(out + lane, load(out + lane) + s * sum);
  }
}

template <class T>
void zonal_factors(const ZonalView<T>& t, const T* h, T* K) {
  for (int lane = 0; lane < row<T>; lane += width<T>) {
    const int* degree = t.degree;
    const T* g = t.coefficient;
    for (int k = 0; k < t.factors; ++k) {
      Pack<T> sum{};
      for (int i = 0; i < t.factor[k].terms; ++i, ++degree, ++g) sum += *g * load(h + *degree * row<T> + lane);
      store(K + k * row<T> + lane, sum);
    }
  }
}

template <class T>
void zonal(const ZonalGroups& t, const T* K, const T* f, T* out) {
  using V = Pack<T>;
  for (int lane = 0; lane < row<T>; lane += width<T>) {
    const ZonalEntry* e = t.entry;
    for (int i = 0; i < t.groups; ++i) {
      const ZonalGroup& group = t.group[i];
      V c{}, s{};
      for (int k = 0; k < group.count; ++k, ++e) {
        const T* at = f + (e->degree * e->degree + e->degree) * row<T> + lane;
        const V factor = load(K + e->factor * row<T> + lane);
        const V fc = factor * load(at + group.order * row<T>), fs = factor * load(at - group.order * row<T>);
        if (e->sign == 0) {
          c += fc;
          s += fs;
        } else if (e->sign > 0) {
          c += fs;
          s -= fc;
        } else {
          c -= fs;
          s += fc;
        }
      }
      T* to = out + (group.degree * group.degree + group.degree) * row<T> + lane;
      if (group.order > 0) store(to - group.order * row<T>, s);
      store(to + group.order * row<T>, c);
    }
  }
}

template <class T>
void zonal_gradient(const ZonalView<T>& t, const T* x, const T* g, T* Kbar) {
  using V = Pack<T>;
  for (int lane = 0; lane < row<T>; lane += width<T>)
    for (int k = 0; k < t.factors; ++k) {
      const ZonalFactor& factor = t.factor[k];
      const auto at = [lane](const T* f, int i) { return load(f + i * row<T> + lane); };
      V sum = load(Kbar + k * row<T> + lane);
      if (factor.odd != 0)
        sum += at(g, factor.z_sine) * at(x, factor.x) - at(g, factor.z) * at(x, factor.x_sine);
      else {
        sum += at(g, factor.z) * at(x, factor.x);
        if (factor.x_sine >= 0) sum += at(g, factor.z_sine) * at(x, factor.x_sine);
      }
      store(Kbar + k * row<T> + lane, sum);
    }
}

template <class T>
void zonal_weights(const ZonalView<T>& t, const T* Kbar, T* hbar) {
  for (int lane = 0; lane < row<T>; lane += width<T>) {
    const int* degree = t.degree;
    const T* g = t.coefficient;
    for (int k = 0; k < t.factors; ++k) {
      const Pack<T> v = load(Kbar + k * row<T> + lane);
      for (int i = 0; i < t.factor[k].terms; ++i, ++degree, ++g) {
        T* to = hbar + *degree * row<T> + lane;
        store(to, load(to) + *g * v);
      }
    }
  }
}

} // namespace
} // namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE
