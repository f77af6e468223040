// SPDX-License-Identifier: Apache-2.0
/// Arrays of cell values: std::vector on memory aligned to cache lines, large ones on huge pages where the system has them.
/// A pack that straddles two lines costs two loads, and every row would do so from malloc's 16-byte alignment; a sweep over many planes touches more 4 KiB
/// pages than the first two levels of the page table cache hold.
/// Errors: std::bad_alloc.  Threads: values.  MPI: none.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

namespace ansatz::solvers::multigrid {

template <class T>
struct AlignedAllocator {
  using value_type = T;

  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) noexcept {} // NOLINT(google-explicit-constructor): allocators convert

  [[nodiscard]] T* allocate(std::size_t count) {
    constexpr std::size_t line = 64;
    constexpr std::size_t huge = std::size_t{2} << 20;
    const bool large = count >= 2 * huge / sizeof(T);
    const std::size_t alignment = large ? huge : line;
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
using Array = std::vector<T, AlignedAllocator<T>>;

} // namespace ansatz::solvers::multigrid
