// SPDX-License-Identifier: Apache-2.0
// Bodies of the kernels. Included once per instruction set by kernels_<isa>.cpp, each of which defines ANSATZ_KERNEL_NAMESPACE, ANSATZ_KERNEL_NAME and the bytes
// of a pack, and is compiled with its own -m flags. Everything here has internal linkage, and nothing of the standard library is instantiated with wider
// instructions (that would let the linker pick a body that the machine cannot run).
#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/kernels_direct.hpp>
#include <ansatz/equivariant/gaunt/kernels_fft.hpp>
#include <ansatz/equivariant/gaunt/kernels_transpose.hpp>

namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE {
namespace {

/// z = P[x * y].
template <class T, class L1, class L2, class L3>
void mconv(L1 l1, L2 l2, L3 l3, const RingProduct<T>& p, const T* x, const T* y, T* z, T* work) {
  T* f = work;
  T* g = f + p.z.pairs * plain_pair(l1) * width<T>;
  T* h = g + p.z.pairs * extended_pair(l2) * width<T>;
  for (int lane = 0; lane < row<T>; lane += width<T>) {
    synthesize<false>(l1, p.x, x + lane, f);
    synthesize<true>(l2, p.y, y + lane, g);
    convolve(p.z, l3, h, Factors{f, l1, g, l2});
    analyse(l3, p.z, h, z + lane);
  }
}

/// xbar = P[g * y], ybar = P[g * x].
template <class T, class L1, class L2, class L3>
void mconv_vjp(L1 l1, L2 l2, L3 l3, const RingProduct<T>& p, const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work) {
  T* fg = work;
  T* fx = fg + p.z.pairs * plain_pair(l3) * width<T>;
  T* fy = fx + p.z.pairs * extended_pair(l1) * width<T>;
  T* h = fy + p.z.pairs * extended_pair(l2) * width<T>;
  for (int lane = 0; lane < row<T>; lane += width<T>) {
    synthesize<false>(l3, p.z, g + lane, fg);
    synthesize<true>(l1, p.x, x + lane, fx);
    synthesize<true>(l2, p.y, y + lane, fy);
    convolve(p.z, l1, h, Factors{fg, l3, fy, l2});
    analyse(l1, p.x, h, xbar + lane);
    convolve(p.z, l2, h, Factors{fg, l3, fx, l1});
    analyse(l2, p.y, h, ybar + lane);
  }
}

/// f(l1, l2, l3) with the degrees as constants where that pays: L x L -> 2L and L x L -> L for L = 3..6.
template <class T, class F>
void with_degrees(const RingProduct<T>& p, F&& f) {
  const int a = p.x.degree, b = p.y.degree, c = p.z.degree;
  const auto fixed = [&]<int L>(Constant<L> l) {
    if (a != L || b != L || (c != 2 * L && c != L)) return false;
    if (c == L)
      f(l, l, l);
    else
      f(l, l, l + l);
    return true;
  };
  if (!(fixed(Constant<3>{}) || fixed(Constant<4>{}) || fixed(Constant<5>{}) || fixed(Constant<6>{}))) f(a, b, c);
}

template <class T>
constexpr Kernels<T> make_table() {
  return {
      ANSATZ_KERNEL_NAME,
      [](const RingProduct<T>& p, const T* x, const T* y, T* z, T* work) {
        with_degrees(p, [&](auto l1, auto l2, auto l3) { mconv(l1, l2, l3, p, x, y, z, work); });
      },
      [](const RingProduct<T>& p, const T* x, const T* y, const T* g, T* xbar, T* ybar, T* work) {
        with_degrees(p, [&](auto l1, auto l2, auto l3) { mconv_vjp(l1, l2, l3, p, x, y, g, xbar, ybar, work); });
      },
      ring_fft<T>,
      ring_fft_vjp<T>,
      direct<T>,
      direct_vjp<T>,
      pack_rows<T>,
      unpack_rows<T>,
  };
}

} // namespace

extern const Kernels<float> table_f32;
extern const Kernels<double> table_f64;
const Kernels<float> table_f32 = make_table<float>();
const Kernels<double> table_f64 = make_table<double>();

} // namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE
