// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/provenance.hpp>
#include <ansatz/learning/arena.hpp>
#include <ansatz/learning/random.hpp>

namespace ansatz::learning {

std::int64_t Block::size() const {
  std::int64_t n = 1;
  for (const std::int64_t extent : shape) n *= extent;
  return n;
}

std::int64_t Layout::add(Block block) {
  constexpr std::int64_t step = 16; // 64 bytes of float32
  require_name(block.name, "the name of a parameter block");
  const bool known = std::any_of(blocks_.begin(), blocks_.end(), [&](const Block& b) { return b.name == block.name; });
  if (known) throw UsageError("bad_value", "two parameter blocks are called " + block.name + "; give the layers different names");
  if (block.shape.empty() || std::any_of(block.shape.begin(), block.shape.end(), [](std::int64_t n) { return n < 1; }))
    throw UsageError("bad_value", "parameter block " + block.name + " has an axis below 1");
  block.offset = size_;
  size_ += (block.size() + step - 1) / step * step;
  blocks_.push_back(std::move(block));
  return blocks_.back().offset;
}

std::int64_t Layout::parameters() const {
  std::int64_t n = 0;
  for (const Block& b : blocks_) n += b.size();
  return n;
}

std::string Layout::text() const {
  std::string text;
  for (const Block& b : blocks_) {
    text += b.name + " at " + std::to_string(b.offset) + ":";
    for (const std::int64_t n : b.shape) text += " " + std::to_string(n);
    text += std::string(b.decays ? " decays" : "") + (b.trainable ? "" : " fixed") + "\n";
  }
  return text;
}

template <class T>
void initialise(Arena<T>& arena, std::uint64_t seed) {
  for (const Block& b : arena.layout().blocks()) {
    const double fans = static_cast<double>(b.fan_in + b.fan_out);
    const std::uint64_t key = key_of(b.name);
    std::uint64_t index = 0;
    for (T& value : arena.parameters(b)) {
      switch (b.initial) {
        case Initial::zero: value = T{0}; break;
        case Initial::one: value = T{1}; break;
        case Initial::glorot_uniform: value = static_cast<T>(std::sqrt(6 / fans) * (2 * uniform(seed, key, index) - 1)); break;
        case Initial::glorot_normal: value = static_cast<T>(std::sqrt(2 / fans) * normal(seed, key, index)); break;
      }
      ++index;
    }
  }
}

template void initialise(Arena<float>&, std::uint64_t);
template void initialise(Arena<double>&, std::uint64_t);

} // namespace ansatz::learning
