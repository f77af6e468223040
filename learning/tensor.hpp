// SPDX-License-Identifier: Apache-2.0
/// A tensor is a shape and a shared buffer that nobody changes once it is filled: copies are free; states, records and skip connections share them.
/// A stack of tensors is the state of a chain: layers work on the last one, the others ride along (skip connections wait there).
/// Threads: one thread per Memory.  Ownership: shared.
#pragma once

#include <ansatz/learning/memory.hpp>
#include <ansatz/learning/shape.hpp>

#include <span>
#include <utility>
#include <vector>

namespace ansatz::learning {

template <class T>
class Tensor {
public:
  Tensor() = default;
  /// Uninitialised values.
  Tensor(std::shared_ptr<Memory> memory, const Shape& shape) : shape_(shape), memory_(std::move(memory)) {
    require(shape);
    buffer_ = memory_->take(shape.size() * static_cast<std::int64_t>(sizeof(T)));
  }

  /// A new tensor in the same memory, filled by `body(T* values)`, which a phantom memory never calls.
  template <class Body>
  [[nodiscard]] Tensor make(const Shape& shape, Body&& body) const {
    Tensor made(memory_, shape);
    if (!memory_->is_phantom()) body(made.fill());
    return made;
  }

  /// The same values under another shape of as many values, in the order in which they lie in memory; the buffer is shared.
  [[nodiscard]] Tensor reshaped(const Shape& shape) const {
    if (shape.size() != shape_.size()) throw UsageError("bad_value", "values of " + to_string(shape_) + " cannot be read as " + to_string(shape));
    Tensor other = *this;
    other.shape_ = shape;
    return other;
  }

  [[nodiscard]] const Shape& shape() const noexcept { return shape_; }
  [[nodiscard]] std::int64_t bytes() const noexcept { return shape_.size() * static_cast<std::int64_t>(sizeof(T)); }
  [[nodiscard]] const std::shared_ptr<Memory>& memory() const noexcept { return memory_; }
  [[nodiscard]] const T* data() const noexcept { return static_cast<const T*>(buffer_.get()); }
  /// Empty in a phantom memory.
  [[nodiscard]] std::span<const T> values() const noexcept {
    return {data(), buffer_.get() == nullptr ? std::size_t{0} : static_cast<std::size_t>(shape_.size())};
  }
  /// For whoever made the tensor, before it is handed on.
  [[nodiscard]] T* fill() noexcept { return static_cast<T*>(buffer_.get()); }

private:
  Shape shape_{};
  std::shared_ptr<Memory> memory_;
  std::shared_ptr<void> buffer_;
};

template <class T>
using Stack = std::vector<Tensor<T>>;

/// A tensor from values in the plain order [batch][channel][z][y][x].
template <class T>
[[nodiscard]] Tensor<T> from_plain(const std::shared_ptr<Memory>& memory, const Shape& shape, std::span<const T> plain) {
  Tensor<T> tensor(memory, shape);
  if (plain.size() != static_cast<std::size_t>(shape.size()))
    throw UsageError("bad_value", std::to_string(plain.size()) + " values for the shape " + to_string(shape));
  if (memory->is_phantom()) return tensor;
  const T* in = plain.data();
  for (std::int64_t n = 0; n < shape.batch; ++n)
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      T* out = tensor.fill() + shape.index(n, c, 0, 0, 0);
      for (std::int64_t p = 0; p < shape.voxels(); ++p) out[p * shape.block()] = *in++;
    }
  return tensor;
}

/// The values in the plain order.
template <class T>
[[nodiscard]] std::vector<T> to_plain(const Tensor<T>& tensor) {
  const Shape& shape = tensor.shape();
  std::vector<T> plain;
  plain.reserve(static_cast<std::size_t>(shape.size()));
  for (std::int64_t n = 0; n < shape.batch; ++n)
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      const T* in = tensor.data() + shape.index(n, c, 0, 0, 0);
      for (std::int64_t p = 0; p < shape.voxels(); ++p) plain.push_back(in[p * shape.block()]);
    }
  return plain;
}

} // namespace ansatz::learning
