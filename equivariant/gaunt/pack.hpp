// SPDX-License-Identifier: Apache-2.0
/// Short vectors for the kernels by the compilers' vector extension; as many bytes as the including file says.
#pragma once

#include <ansatz/equivariant/gaunt/lanes.hpp>

#include <cstddef>

namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE {
namespace {

template <class T>
struct PackType {
  typedef T type __attribute__((vector_size(ANSATZ_KERNEL_BYTES)));
};
template <class T>
using Pack = typename PackType<T>::type;

/// Numbers in a pack, and from one coefficient of a block to the next.
template <class T>
constexpr int width = static_cast<int>(ANSATZ_KERNEL_BYTES / sizeof(T));
template <class T>
constexpr int row = static_cast<int>(lanes<T>);

/// Blocks and work arrays start on 64-byte boundaries, so every pack is aligned; vector types may alias anything.
template <class T>
inline Pack<T> load(const T* p) {
  return *reinterpret_cast<const Pack<T>*>(p);
}
template <class T>
inline void store(T* p, Pack<T> v) {
  *reinterpret_cast<Pack<T>*>(p) = v;
}
template <class T>
inline Pack<T> broadcast(T s) {
  return s - Pack<T>{};
}

/// Sums start here; an initialiser list would go through memory for more than three packs (g++ 12).
template <class V, std::size_t N>
inline __attribute__((always_inline)) void clear(V (&sums)[N]) {
  for (auto& v : sums) v = V{};
}
/// Asks for v in a register where g++ 12 would load it again for every use, which makes the loads the bottleneck.
template <class V>
inline __attribute__((always_inline)) void keep([[maybe_unused]] V& v) {
#if defined(__AVX512F__)
  asm("" : "+v"(v));
#elif defined(__x86_64__)
  asm("" : "+x"(v));
#endif
}

/// An int known to the compiler. Kernels take degrees as `int` or as `Constant`: one text serves all degrees, and is unrolled for the small ones.
template <int N>
struct Constant {
  constexpr operator int() const { return N; } // NOLINT(google-explicit-constructor): stands for its value
};
template <int A, int B>
constexpr Constant<A + B> operator+(Constant<A>, Constant<B>) {
  return {};
}
template <int A, int B>
constexpr Constant<A - B> operator-(Constant<A>, Constant<B>) {
  return {};
}
template <int A, int B>
constexpr Constant<(A < B ? A : B)> smaller(Constant<A>, Constant<B>) {
  return {};
}
template <int A, int B>
constexpr Constant<(A < B ? B : A)> larger(Constant<A>, Constant<B>) {
  return {};
}
constexpr int smaller(int a, int b) { return a < b ? a : b; }
constexpr int larger(int a, int b) { return a < b ? b : a; }

/// body(i) for i = first, first + Step, .. <= last; unrolled if both ends are constants, and i is one then.
template <int Step, class Body>
inline __attribute__((always_inline)) void for_range(int first, int last, Body&& body) {
  for (int i = first; i <= last; i += Step) body(i);
}
template <int Step, int First, int Last, class Body>
inline __attribute__((always_inline)) void for_range(Constant<First>, Constant<Last>, Body&& body) {
  if constexpr (First <= Last) {
    body(Constant<First>{});
    for_range<Step>(Constant<First + Step>{}, Constant<Last>{}, body);
  }
}

} // namespace
} // namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE
