// SPDX-License-Identifier: Apache-2.0
/// std::vector on memory aligned to cache lines, large ones on huge pages where the system has them.
/// A pack that straddles two lines costs two loads, and every second one would do so from malloc's 16-byte alignment; sweeps over many megabytes touch more
/// 4 KiB pages than the page table cache holds.
/// Errors: std::bad_alloc.  Threads: values.  MPI: none.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

namespace ansatz {

inline constexpr std::size_t cache_line = 64; ///< bytes; every AlignedVector starts on such a boundary

template <class T>
struct AlignedAllocator {
  using value_type = T;

  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) noexcept {} // NOLINT(google-explicit-constructor): allocators convert

  [[nodiscard]] T* allocate(std::size_t count) {
    constexpr std::size_t huge = std::size_t{2} << 20;
    if (count > (PTRDIFF_MAX - huge) / sizeof(T)) throw std::bad_array_new_length();
    const bool large = count >= 2 * huge / sizeof(T);
    const std::size_t alignment = large ? huge : cache_line;
    const std::size_t bytes = (count * sizeof(T) + alignment - 1) / alignment * alignment;
    void* memory = std::aligned_alloc(alignment, bytes);
    if (!memory) throw std::bad_alloc();
    if (large) (void)madvise(memory, bytes, MADV_HUGEPAGE); // advice: small pages do too
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t) noexcept { std::free(memory); }
  [[nodiscard]] bool operator==(const AlignedAllocator&) const noexcept { return true; }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

} // namespace ansatz
