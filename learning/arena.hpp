// SPDX-License-Identifier: Apache-2.0
/// Where the parameters of a network lie: one contiguous array for the parameters, one for their gradients, in which every block (a weight, a bias)
/// starts on a 64-byte boundary. Optimisers, TAO and files see one vector. Gaps between blocks are zero and stay zero.
/// Initial values depend on the seed and the name of a block only, not on its place, and agree between precisions up to rounding:
///   glorot_uniform  uniform on [-l, l], l = sqrt(6 / (fan_in + fan_out));   glorot_normal  normal, standard deviation sqrt(2 / (fan_in + fan_out))
/// Cite: X. Glorot, Y. Bengio, Understanding the difficulty of training deep feedforward neural networks, AISTATS 2010.
/// Shapes: a convolution's weight is [out][in][kz][ky][kx], row-major.
/// Errors: UsageError for two blocks of one name, a name no file can hold, an empty shape.
/// Threads: values; one thread writes.  MPI: local; equal seeds give equal bits on all ranks.
#pragma once

#include <ansatz/data/aligned.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ansatz::learning {

enum class Initial { zero, one, glorot_uniform, glorot_normal };

struct Block {
  std::string name{};                ///< [A-Za-z0-9_.+-]+, unique; also its name in files
  std::vector<std::int64_t> shape{}; ///< slowest axis first
  Initial initial = Initial::zero;
  std::int64_t fan_in = 1;
  std::int64_t fan_out = 1;
  bool decays = false;     ///< weight decay applies
  bool trainable = true;   ///< optimisers leave the others alone
  std::int64_t offset = 0; ///< set by Layout::add; in values, a multiple of 16

  [[nodiscard]] std::int64_t size() const;
};

class Layout {
public:
  /// Appends a block and returns its offset.
  std::int64_t add(Block block);
  [[nodiscard]] const std::vector<Block>& blocks() const noexcept { return blocks_; }
  /// Values in the arena, gaps included.
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }
  /// Parameters, without the gaps.
  [[nodiscard]] std::int64_t parameters() const;
  /// One line a block: name, offset, shape, flags. Equal texts mean exchangeable arenas.
  [[nodiscard]] std::string text() const;

private:
  std::vector<Block> blocks_;
  std::int64_t size_ = 0;
};

template <class T>
class Arena {
public:
  explicit Arena(Layout layout) : layout_(std::move(layout)), parameters_(static_cast<std::size_t>(layout_.size())), gradients_(parameters_.size()) {}

  [[nodiscard]] const Layout& layout() const noexcept { return layout_; }
  [[nodiscard]] std::span<T> parameters() noexcept { return parameters_; }
  [[nodiscard]] std::span<const T> parameters() const noexcept { return parameters_; }
  [[nodiscard]] std::span<T> gradients() noexcept { return gradients_; }
  [[nodiscard]] std::span<const T> gradients() const noexcept { return gradients_; }
  [[nodiscard]] std::span<T> parameters(const Block& b) noexcept { return parameters().subspan(at(b), count(b)); }
  [[nodiscard]] std::span<const T> parameters(const Block& b) const noexcept { return parameters().subspan(at(b), count(b)); }
  [[nodiscard]] std::span<T> gradients(const Block& b) noexcept { return gradients().subspan(at(b), count(b)); }
  void clear_gradients() noexcept { std::fill(gradients_.begin(), gradients_.end(), T{0}); }

private:
  static std::size_t at(const Block& b) { return static_cast<std::size_t>(b.offset); }
  static std::size_t count(const Block& b) { return static_cast<std::size_t>(b.size()); }

  Layout layout_;
  AlignedVector<T> parameters_;
  AlignedVector<T> gradients_;
};

/// Sets every block to its initial values.
template <class T>
void initialise(Arena<T>& arena, std::uint64_t seed);

} // namespace ansatz::learning
