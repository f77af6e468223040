// SPDX-License-Identifier: Apache-2.0
/// An array of zeros of fixed size, aligned to cache lines. Large ones come from the system as fresh pages, which are zero already: nothing is written until it is
/// used, and what is never used takes no memory. Filling a vector of many megabytes instead costs as much as a sweep over it.
/// Errors: std::bad_alloc.  Threads: values.  MPI: none.
#pragma once

#include <ansatz/data/aligned.hpp>

#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

namespace ansatz {

template <class T>
class ZeroedArray {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  ZeroedArray() = default;
  explicit ZeroedArray(std::size_t size) : size_(size) {
    if (size > PTRDIFF_MAX / sizeof(T) - 2 * huge) throw std::bad_array_new_length();
    if (size * sizeof(T) >= 2 * huge)
      map();
    else if (size > 0) {
      data_ = AlignedAllocator<T>().allocate(size);
      std::memset(static_cast<void*>(data_), 0, size * sizeof(T));
    }
  }
  ZeroedArray(ZeroedArray&& other) noexcept { swap(other); }
  ZeroedArray& operator=(ZeroedArray&& other) noexcept {
    ZeroedArray(std::move(other)).swap(*this);
    return *this;
  }
  ~ZeroedArray() {
    if (mapped_ != nullptr)
      (void)munmap(mapped_, mapped_bytes_);
    else if (data_ != nullptr)
      AlignedAllocator<T>().deallocate(data_, size_);
  }

  [[nodiscard]] T* data() noexcept { return data_; }
  [[nodiscard]] const T* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] T& operator[](std::size_t i) noexcept { return data_[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  [[nodiscard]] T* begin() noexcept { return data_; }
  [[nodiscard]] T* end() noexcept { return data_ + size_; }
  [[nodiscard]] const T* begin() const noexcept { return data_; }
  [[nodiscard]] const T* end() const noexcept { return data_ + size_; }

private:
  static constexpr std::size_t huge = std::size_t{2} << 20; ///< bytes of a huge page

  void map() {
    mapped_bytes_ = (size_ * sizeof(T) + huge - 1) / huge * huge + huge; // room to begin at a huge page
    void* memory = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    mapped_ = memory;
    const auto begin = (reinterpret_cast<std::uintptr_t>(memory) + huge - 1) / huge * huge;
    data_ = reinterpret_cast<T*>(begin);                       // NOLINT(performance-no-int-to-ptr): the same mapping, moved to a boundary
    (void)madvise(data_, mapped_bytes_ - huge, MADV_HUGEPAGE); // advice: small pages do too
  }
  void swap(ZeroedArray& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(mapped_, other.mapped_);
    std::swap(mapped_bytes_, other.mapped_bytes_);
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  void* mapped_ = nullptr;
  std::size_t mapped_bytes_ = 0;
};

} // namespace ansatz
