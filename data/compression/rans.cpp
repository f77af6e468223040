// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/compression/code_symbols.hpp>
#include <ansatz/data/compression/rans.hpp>
#include <ansatz/data/compression/zero_blocks.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace ansatz::compression {

namespace {

constexpr unsigned precision = 12;
constexpr std::uint32_t whole = 1U << precision;
constexpr std::uint32_t least_state = 1U << 16;
constexpr std::size_t lanes = 4;
constexpr std::size_t longest_code = 57; // bits: 52 raw ones and up to 7 of a byte begun, within a load of 64

constexpr std::size_t fewest_zero_blocks = 8; // one of so many: below, flags cost what they save

using Counts = std::array<std::uint64_t, symbol_count>;
using Frequencies = std::array<std::uint32_t, symbol_count>;

/// Frequencies of 4096, at least 1 for a symbol that occurs. What rounding leaves goes where it costs or gains most: a step of f changes the size by
/// count / f.
Frequencies normalise(const Counts& counts, std::uint64_t total) {
  Frequencies f{};
  std::int64_t left = whole;
  for (std::size_t s = 0; s < symbol_count; ++s) {
    if (counts[s] == 0) continue;
    f[s] = static_cast<std::uint32_t>(std::max<std::uint64_t>(1, (counts[s] * whole + total / 2) / total));
    left -= f[s];
  }
  for (; left != 0; left -= left > 0 ? 1 : -1) {
    std::size_t best = symbol_count;
    double best_value = 0.0;
    for (std::size_t s = 0; s < symbol_count; ++s) {
      if (counts[s] == 0 || (left < 0 && f[s] == 1)) continue;
      const double value = static_cast<double>(counts[s]) / (static_cast<double>(f[s]) + (left > 0 ? 0.5 : -0.5));
      if (best == symbol_count || (left > 0 ? value > best_value : value < best_value)) {
        best = s;
        best_value = value;
      }
    }
    f[best] += left > 0 ? 1U : ~0U;
  }
  return f;
}

void write_table(const Frequencies& f, ByteWriter& to) {
  to.put_variable(static_cast<std::uint64_t>(std::count_if(f.begin(), f.end(), [](std::uint32_t x) { return x > 0; })));
  std::size_t last = 0;
  for (std::size_t s = 0; s < symbol_count; ++s) {
    if (f[s] == 0) continue;
    to.put_variable(s - last);
    to.put_variable(f[s]);
    last = s;
  }
}

/// Symbols of all codes, how often each occurs, and the raw bits of all codes in order.
struct Symbols {
  explicit Symbols(std::span<const std::int64_t> codes)
      : ids(std::make_unique_for_overwrite<std::uint16_t[]>(codes.size())),
        bits(std::make_unique_for_overwrite<std::byte[]>(codes.size() * sizeof(std::int64_t) + sizeof(std::int64_t))) {
    std::byte* to = bits.get();
    std::uint64_t held = 0;
    unsigned fill = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const std::uint32_t id = symbol_of(codes[i]);
      ids[i] = static_cast<std::uint16_t>(id);
      ++counts[id];
      const CodeRange& range = code_ranges[id];
      held |= static_cast<std::uint64_t>(codes[i] - range.base) << fill;
      fill += range.bits;
      std::memcpy(to, &held, sizeof held);
      to += fill / 8;
      held >>= fill & ~7U;
      fill &= 7U;
    }
    bit_bytes = static_cast<std::size_t>(to - bits.get()) + (fill > 0 ? 1 : 0);
  }
  std::unique_ptr<std::uint16_t[]> ids;
  std::unique_ptr<std::byte[]> bits;
  std::size_t bit_bytes = 0;
  Counts counts{};
};

/// One symbol as the reader needs it.
struct Entry {
  std::int64_t base;
  std::uint16_t frequency;
  std::uint16_t start;
  std::uint16_t bits;
};

struct Table {
  std::array<std::uint16_t, whole> symbol; ///< index in `entries` of each of the 4096 places
  std::vector<Entry> entries;
};

void read_table(ByteReader& from, Table& table) {
  const std::uint64_t used = from.get_variable();
  if (used == 0 || used > symbol_count) throw Damaged("a table has no symbols, or too many");
  std::uint64_t id = 0;
  std::uint32_t start = 0;
  for (std::uint64_t i = 0; i < used; ++i) {
    const std::uint64_t step = from.get_variable();
    if (step >= symbol_count || (i > 0 && step == 0)) throw Damaged("a table's symbols do not ascend");
    id += step;
    const std::uint64_t f = from.get_variable();
    if (id >= symbol_count || f == 0 || f > whole - start) throw Damaged("a table does not sum to 4096");
    const CodeRange& range = code_ranges[id];
    table.entries.push_back({range.base, static_cast<std::uint16_t>(f), static_cast<std::uint16_t>(start), static_cast<std::uint16_t>(range.bits)});
    std::fill_n(table.symbol.begin() + start, f, static_cast<std::uint16_t>(i));
    start += static_cast<std::uint32_t>(f);
  }
  if (start != whole) throw Damaged("a table does not sum to 4096");
}

/// The state of reading: where words and raw bits are.
struct Cursor {
  const std::byte* words;
  const std::byte* bits;
  std::size_t bit = 0;
};

/// One code. The caller has made sure that a word and eight bytes at the raw bits can be read.
inline std::int64_t next(const Table& table, std::uint32_t& state, Cursor& at) {
  const std::uint32_t place = state & (whole - 1);
  const Entry& e = table.entries[table.symbol[place]];
  state = e.frequency * (state >> precision) + place - e.start;
  const std::uint32_t refilled = (state << 16) | load<std::uint16_t>(at.words);
  const bool low = state < least_state;
  state = low ? refilled : state;
  at.words += low ? sizeof(std::uint16_t) : 0;
  const std::uint64_t raw = load<std::uint64_t>(at.bits + at.bit / 8) >> (at.bit & 7U);
  at.bit += e.bits;
  return e.base + static_cast<std::int64_t>(raw & ((std::uint64_t{1} << e.bits) - 1));
}

/// The same near the ends, from copies that are long enough.
std::int64_t next_checked(const Table& table, std::uint32_t& state, Cursor& at, const std::byte* words_end, std::span<const std::byte> bits) {
  std::array<std::byte, sizeof(std::uint16_t)> word{};
  std::array<std::byte, sizeof(std::uint64_t)> raw{};
  const auto words_left = static_cast<std::size_t>(words_end - at.words);
  std::copy_n(at.words, std::min(words_left, word.size()), word.begin());
  const std::size_t byte = std::min(at.bit / 8, bits.size());
  std::copy_n(bits.data() + byte, std::min(bits.size() - byte, raw.size()), raw.begin());
  Cursor local{word.data(), raw.data(), at.bit & 7U};
  const std::size_t bit = local.bit;
  const std::int64_t code = next(table, state, local);
  const auto used = static_cast<std::size_t>(local.words - word.data());
  at.bit += local.bit - bit;
  if (used > words_left || at.bit > 8 * bits.size()) throw Damaged("coded symbols end too early");
  at.words += used;
  return code;
}

void write_all(std::span<const std::int64_t> codes, ByteWriter& to) {
  if (codes.empty()) return;
  const Symbols symbols(codes);
  const Frequencies f = normalise(symbols.counts, codes.size());
  write_table(f, to);
  std::array<std::uint32_t, symbol_count> start{};
  for (std::size_t s = 1; s < symbol_count; ++s) start[s] = start[s - 1] + f[s - 1];
  const auto words = std::make_unique_for_overwrite<std::uint16_t[]>(codes.size());
  std::size_t first = codes.size();
  std::array<std::uint32_t, lanes> states;
  states.fill(least_state);
  for (std::size_t i = codes.size(); i-- > 0;) {
    std::uint32_t& x = states[i % lanes];
    const std::uint32_t s = symbols.ids[i];
    if (x >= static_cast<std::uint64_t>(f[s]) << (32 - precision)) {
      words[--first] = static_cast<std::uint16_t>(x);
      x >>= 16;
    }
    x = (x / f[s] << precision) + x % f[s] + start[s];
  }
  for (const std::uint32_t state : states) to.put(state);
  to.put_variable(codes.size() - first);
  to.put_variable(symbols.bit_bytes);
  to.put_bytes(std::as_bytes(std::span(words.get() + first, codes.size() - first)));
  to.put_bytes({symbols.bits.get(), symbols.bit_bytes});
}

void read_all(ByteReader& from, std::span<std::int64_t> codes) {
  if (codes.empty()) return;
  Table table;
  read_table(from, table);
  std::array<std::uint32_t, lanes> states{};
  for (std::uint32_t& state : states) state = from.get<std::uint32_t>();
  const std::uint64_t word_count = from.get_variable();
  const std::uint64_t bit_bytes = from.get_variable();
  if (word_count > codes.size()) throw Damaged("more words than codes");
  const auto words = from.take(word_count * sizeof(std::uint16_t));
  const auto bits = from.take(bit_bytes);
  const std::byte* const words_end = words.data() + words.size();
  Cursor at{words.data(), bits.data()};
  std::size_t i = 0;
  // Four codes use at most four words and 4 * 52 raw bits; the last load reaches 8 bytes further.
  const std::size_t safe_bits = 8 * bits.size() > 4 * longest_code + 64 ? 8 * bits.size() - 4 * longest_code - 64 : 0;
  for (; i + lanes <= codes.size() && words_end - at.words >= std::ptrdiff_t{lanes * sizeof(std::uint16_t)} && at.bit < safe_bits; i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane) codes[i + lane] = next(table, states[lane], at);
  for (; i < codes.size(); ++i) codes[i] = next_checked(table, states[i % lanes], at, words_end, bits);
  if (at.words != words_end || (at.bit + 7) / 8 != bits.size()) throw Damaged("coded symbols are left over");
  for (const std::uint32_t state : states)
    if (state != least_state) throw Damaged("the coded symbols are not those that were written");
}

std::size_t blocks_in(std::size_t row) { return block_count(row, row); }

} // namespace

void write_codes(std::span<const std::int64_t> codes, std::size_t row, ByteWriter& to) {
  if (codes.empty()) return;
  const auto flags = nonzero_blocks(codes, row);
  const auto zero = static_cast<std::size_t>(std::count(flags.begin(), flags.end(), 0));
  const bool sparse = zero * fewest_zero_blocks > flags.size();
  to.put(static_cast<std::uint8_t>(sparse ? 1 : 0));
  if (!sparse) {
    write_all(codes, to);
    return;
  }
  write_flags(flags, blocks_in(row), to);
  std::vector<std::int64_t> rest;
  rest.reserve((flags.size() - zero) * zero_block);
  for_blocks(flags, codes.size(), row, [&](std::size_t first, std::size_t count, bool any) {
    if (any) rest.insert(rest.end(), codes.begin() + static_cast<std::ptrdiff_t>(first), codes.begin() + static_cast<std::ptrdiff_t>(first + count));
  });
  write_all(rest, to);
}

void read_codes(ByteReader& from, std::size_t row, std::span<std::int64_t> codes) {
  if (codes.empty()) return;
  const auto sparse = from.get<std::uint8_t>();
  if (sparse > 1) throw Damaged("a sequence is coded in an unknown way");
  if (sparse == 0) {
    read_all(from, codes);
    return;
  }
  std::vector<std::uint8_t> flags(block_count(codes.size(), row));
  read_flags(from, blocks_in(row), flags);
  std::size_t left = 0;
  for_blocks(flags, codes.size(), row, [&](std::size_t, std::size_t count, bool any) { left += any ? count : 0; });
  std::vector<std::int64_t> rest(left);
  read_all(from, rest);
  const std::int64_t* next = rest.data();
  for_blocks(flags, codes.size(), row, [&](std::size_t first, std::size_t count, bool any) {
    if (any)
      std::copy_n(next, count, codes.data() + first);
    else
      std::fill_n(codes.data() + first, count, 0);
    next += any ? count : 0;
  });
}

} // namespace ansatz::compression
