// SPDX-License-Identifier: Apache-2.0
/// Little-endian bytes, one after another. Reading past the end throws Damaged: the decoders of this folder never touch a byte outside what they were
/// given.
/// Threads: one object a thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace ansatz::compression {

static_assert(std::endian::native == std::endian::little, "coded chunks are little endian");

/// A coded chunk that cannot be right. Never leaves a filter callback.
class Damaged : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

template <class T>
[[nodiscard]] T load(const std::byte* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

class ByteWriter {
public:
  template <class T>
  void put(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  /// Seven bits a byte, low ones first.
  void put_variable(std::uint64_t value) {
    for (; value >= 128; value >>= 7) put(static_cast<std::uint8_t>(value | 128U));
    put(static_cast<std::uint8_t>(value));
  }
  void put_bytes(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

private:
  std::vector<std::byte> bytes_;
};

class ByteReader {
public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>
  [[nodiscard]] T get() {
    return load<T>(take(sizeof(T)).data());
  }
  [[nodiscard]] std::uint64_t get_variable() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = get<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 127U) << shift;
      if (byte < 128) return value;
    }
    throw Damaged("a number has more than 64 bits");
  }
  [[nodiscard]] std::span<const std::byte> take(std::uint64_t count) {
    if (count > rest_.size()) throw Damaged("the chunk ends too early");
    const auto taken = rest_.first(static_cast<std::size_t>(count));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }

private:
  std::span<const std::byte> rest_;
};

} // namespace ansatz::compression
