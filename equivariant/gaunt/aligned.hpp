// SPDX-License-Identifier: Apache-2.0
/// Lane blocks: what the kernels work on. A block holds `lanes<T>` signals side by side, [coefficient][lane], 64 bytes a row, so that every operation of a product
/// is one on whole vectors and no arithmetic crosses lanes. The width does not depend on the machine; narrower vectors take a block in several passes.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace ansatz::equivariant {

inline constexpr std::size_t block_alignment = 64;
/// Signals in a block: 16 of float, 8 of double.
template <class T>
inline constexpr std::size_t lanes = block_alignment / sizeof(T);

template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  explicit AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{block_alignment})); }
  void deallocate(T* p, std::size_t) noexcept { ::operator delete (p, std::align_val_t{block_alignment}); }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }
};
/// Storage that starts on a 64-byte boundary.
template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

} // namespace ansatz::equivariant
