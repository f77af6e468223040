// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/compression/zero_blocks.hpp>

#include <array>

namespace ansatz::compression {

namespace {

/// Probabilities of 65536 that a flag is set, by the flags of three neighbours; each step moves one by 1/16 of the way.
class Model {
public:
  explicit Model(std::span<const std::uint8_t> flags, std::size_t blocks_a_row) : flags_(flags), row_(blocks_a_row) { chance_.fill(1U << 15); }

  std::uint32_t& chance(std::size_t block) {
    const auto at = [&](std::size_t back) { return block >= back ? static_cast<std::size_t>(flags_[block - back]) : 0; };
    const std::size_t before = block % row_ > 0 ? at(1) : 0, after = row_ > 1 ? at(row_ - 1) : 0;
    return chance_[4 * before + 2 * at(row_) + after];
  }
  static void learn(std::uint32_t& chance, bool flag) { chance += flag ? (65535 - chance) >> 4 : -(chance >> 4); }

private:
  std::span<const std::uint8_t> flags_;
  std::size_t row_;
  std::array<std::uint32_t, 8> chance_{};
};

/// The interval of the coder; its leading bytes are written as soon as both ends share them.
struct Interval {
  std::uint32_t low = 0;
  std::uint32_t high = 0xffffffffU;

  /// The last place of a set flag.
  [[nodiscard]] std::uint32_t middle(std::uint32_t chance) const {
    return low + static_cast<std::uint32_t>((std::uint64_t{high - low} * (chance | 1U)) >> 16);
  }
  void cut(std::uint32_t at, bool flag) { (flag ? high : low) = flag ? at : at + 1; }
  [[nodiscard]] bool settled() const { return ((low ^ high) >> 24) == 0; }
  void shift() {
    low <<= 8;
    high = high << 8 | 0xffU;
  }
};

} // namespace

std::size_t block_count(std::size_t codes, std::size_t row) {
  const auto blocks = [](std::size_t n) { return (n + zero_block - 1) / zero_block; };
  return codes / row * blocks(row) + blocks(codes % row);
}

std::vector<std::uint8_t> nonzero_blocks(std::span<const std::int64_t> codes, std::size_t row) {
  std::vector<std::uint8_t> flags(block_count(codes.size(), row));
  std::size_t block = 0;
  for_blocks(flags, codes.size(), row, [&](std::size_t first, std::size_t count, bool) {
    std::int64_t any = 0;
    for (std::size_t i = first; i < first + count; ++i) any |= codes[i];
    flags[block++] = any != 0 ? 1 : 0;
  });
  return flags;
}

void write_flags(std::span<const std::uint8_t> flags, std::size_t blocks_a_row, ByteWriter& to) {
  Model model(flags, blocks_a_row);
  Interval interval;
  ByteWriter bytes;
  for (std::size_t block = 0; block < flags.size(); ++block) {
    std::uint32_t& chance = model.chance(block);
    interval.cut(interval.middle(chance), flags[block] != 0);
    Model::learn(chance, flags[block] != 0);
    for (; interval.settled(); interval.shift()) bytes.put(static_cast<std::uint8_t>(interval.high >> 24));
  }
  bytes.put(static_cast<std::uint8_t>(interval.high >> 24)); // the reader fills up with zeros: with this byte alone that is inside
  const auto all = bytes.take();
  to.put_variable(all.size());
  to.put_bytes(all);
}

void read_flags(ByteReader& from, std::size_t blocks_a_row, std::span<std::uint8_t> flags) {
  const auto bytes = from.take(from.get_variable());
  std::size_t next = 0;
  std::uint32_t place = 0;
  const auto take = [&] { place = place << 8 | (next < bytes.size() ? static_cast<std::uint32_t>(bytes[next]) : 0U), ++next; };
  for (int i = 0; i < 4; ++i) take();
  Model model(flags, blocks_a_row);
  Interval interval;
  for (std::size_t block = 0; block < flags.size(); ++block) {
    std::uint32_t& chance = model.chance(block);
    const std::uint32_t middle = interval.middle(chance);
    const bool flag = place <= middle;
    flags[block] = flag ? 1 : 0;
    interval.cut(middle, flag);
    Model::learn(chance, flag);
    for (; interval.settled(); interval.shift()) take();
  }
  if (next > bytes.size() + 3) throw Damaged("flags of blocks end too early");
}

} // namespace ansatz::compression
