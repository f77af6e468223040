// SPDX-License-Identifier: Apache-2.0
/// Short vectors for the kernels: the compilers' vector extension, with loads and stores at any address, and a loop that runs a body on whole packs and then on
/// single cells. The width is fixed by the including file, because the auto-vectoriser takes it from the narrowest type (bytes) and then never enters its loop
/// on rows of 32 cells.
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace ansatz::solvers::multigrid::ANSATZ_KERNEL_NAMESPACE {
namespace {

template <int L>
struct Lanes {};

template <class T, int L>
struct PackType {
  typedef T type __attribute__((vector_size(sizeof(T) * static_cast<std::size_t>(L))));
};
template <class T, int L>
using Pack = typename PackType<T, L>::type;

template <int L, class T>
inline Pack<T, L> load(const T* p) {
  Pack<T, L> v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
template <class T, class V>
inline void store(T* p, V v) {
  __builtin_memcpy(p, &v, sizeof v);
}
/// Element type conversion, lane by lane.
template <class T, int L, class V>
inline Pack<T, L> convert(V v) {
  return __builtin_convertvector(v, Pack<T, L>);
}
/// L bytes as 32-bit integers. GCC 12 takes some twenty instructions for the conversion that one does.
template <int L>
inline Pack<std::int32_t, L> load_codes(const std::uint8_t* p) {
#ifdef __AVX512F__
  if constexpr (L == 16) return reinterpret_cast<Pack<std::int32_t, L>>(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
#endif
#ifdef __AVX2__
  if constexpr (L == 4) {
    std::int32_t bytes = 0;
    __builtin_memcpy(&bytes, p, sizeof bytes);
    return reinterpret_cast<Pack<std::int32_t, L>>(_mm_cvtepu8_epi32(_mm_cvtsi32_si128(bytes)));
  }
  if constexpr (L == 8) return reinterpret_cast<Pack<std::int32_t, L>>(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
#endif
  return convert<std::int32_t, L>(load<L>(p));
}
/// 1 / code for codes 1..6, 0 for code 0: one permutation of a register where there is one, since a division takes as long as all the rest of a sweep.
template <int L>
inline Pack<float, L> reciprocal(Pack<std::int32_t, L> code) {
  alignas(64) static constexpr float table[16] = {0.0F, 1.0F, 1.0F / 2, 1.0F / 3, 1.0F / 4, 1.0F / 5, 1.0F / 6};
#ifdef __AVX512F__
  if constexpr (L == 16) return reinterpret_cast<Pack<float, L>>(_mm512_permutexvar_ps(reinterpret_cast<__m512i>(code), _mm512_load_ps(table)));
#endif
#ifdef __AVX2__
  if constexpr (L == 8) return reinterpret_cast<Pack<float, L>>(_mm256_permutevar8x32_ps(_mm256_load_ps(table), reinterpret_cast<__m256i>(code)));
#endif
  Pack<float, L> out;
  for (int i = 0; i < L; ++i) out[i] = table[code[i]];
  return out;
}
/// x where keep is set (all bits of a lane), else 0.
template <class V, class M>
inline V select(M keep, V x) {
  M bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  bits &= keep;
  __builtin_memcpy(&x, &bits, sizeof bits);
  return x;
}

/// The even and the odd ones of two packs in a row, and back.
template <int L>
struct Halves {
  Pack<double, L> even, odd;
};
template <int L>
inline Halves<L> part(Pack<double, L> a, Pack<double, L> b) {
  if constexpr (L == 8) return {__builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14), __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)};
  if constexpr (L == 4) return {__builtin_shufflevector(a, b, 0, 2, 4, 6), __builtin_shufflevector(a, b, 1, 3, 5, 7)};
  if constexpr (L == 2) return {__builtin_shufflevector(a, b, 0, 2), __builtin_shufflevector(a, b, 1, 3)};
  return {a, b};
}
template <int L>
inline Halves<L> join(Pack<double, L> even, Pack<double, L> odd) {
  if constexpr (L == 8)
    return {__builtin_shufflevector(even, odd, 0, 8, 1, 9, 2, 10, 3, 11), __builtin_shufflevector(even, odd, 4, 12, 5, 13, 6, 14, 7, 15)};
  if constexpr (L == 4) return {__builtin_shufflevector(even, odd, 0, 4, 1, 5), __builtin_shufflevector(even, odd, 2, 6, 3, 7)};
  if constexpr (L == 2) return {__builtin_shufflevector(even, odd, 0, 2), __builtin_shufflevector(even, odd, 1, 3)};
  return {even, odd};
}

template <int L, class Body>
inline void for_packs(int count, Body&& body) {
  int m = 0;
  for (; m + L <= count; m += L) body(Lanes<L>{}, m);
  for (; m < count; ++m) body(Lanes<1>{}, m);
}

/// Sum in double of packs of width L and of single values.
template <int L>
struct Sum {
  Pack<double, L> wide{};
  Pack<double, 1> single{};
  void add(Pack<double, L> v) { wide += v; }
  void add(Pack<double, 1> v) requires(L != 1) { single += v; }
  [[nodiscard]] double total() const {
    double s = single[0];
    for (int i = 0; i < L; ++i) s += wide[i];
    return s;
  }
};

} // namespace
} // namespace ansatz::solvers::multigrid::ANSATZ_KERNEL_NAMESPACE
