// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/quant/kernels/packed_weights.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace ansatz::quant {

namespace {

constexpr std::int64_t int32_most = std::numeric_limits<std::int32_t>::max();

/// A wide panel where it is there and full ones result.
int panel_width(const KernelTable& table, std::int64_t out) { return table.wide != nullptr && out % table.wide->width == 0 ? table.wide->width : 16; }

PackedWeights prepare(const KernelTable& table, Format format, Product product, Code operand, const WeightShape& shape, int values_a_word,
                      std::size_t given, std::span<const float> scale, std::span<const float> bias) {
  const auto out = static_cast<std::size_t>(std::max<std::int64_t>(shape.out, 0));
  if (shape.out < 1 || shape.in < 1 || static_cast<std::int64_t>(given) != shape.size())
    throw UsageError("bad_value", std::to_string(given) + " weights for " + std::to_string(shape.out) + " outputs, " + std::to_string(shape.in) +
                                      " inputs and " + std::to_string(shape.taps()) + " taps; give their product, all positive");
  if ((!scale.empty() && scale.size() != out) || (!bias.empty() && bias.size() != out))
    throw UsageError("bad_value", std::to_string(scale.size()) + " scales and " + std::to_string(bias.size()) + " biases for " + std::to_string(out) +
                                      " outputs; give one each, or none");
  if (!std::all_of(scale.begin(), scale.end(), [](float s) { return std::isfinite(s) && s > 0.0F; }))
    throw UsageError("bad_value", "a scale of the weights is not positive and finite");
  PackedWeights w{.format = format, .product = product, .operand = operand, .shape = shape};
  w.width = panel_width(table, shape.out);
  w.words_a_tap = (shape.in + values_a_word - 1) / values_a_word;
  const auto filled = static_cast<std::size_t>(w.panels() * w.width);
  w.scale.assign(filled, 1.0F);
  w.bias.assign(filled, 0.0F);
  std::copy(scale.begin(), scale.end(), w.scale.begin());
  std::copy(bias.begin(), bias.end(), w.bias.begin());
  w.chain_ends = {w.word_count()};
  return w;
}

/// Calls put(place in the order of words, value index in its word, source place) for every weight.
template <class Put>
void each_weight(const PackedWeights& w, int values_a_word, Put&& put) {
  const WeightShape& s = w.shape;
  for (std::int64_t t = 0; t < s.taps(); ++t)
    for (std::int64_t i = 0; i < s.in; ++i)
      for (std::int64_t o = 0; o < s.out; ++o) {
        const std::int64_t word = t * w.words_a_tap + i / values_a_word;
        put(static_cast<std::size_t>((o / w.width * w.word_count() + word) * w.width + o % w.width), static_cast<unsigned>(i % values_a_word),
            static_cast<std::size_t>(s.place(o, i, t)));
      }
}

void make_words(PackedWeights& w) { w.words.assign(static_cast<std::size_t>(w.panels() * w.width * w.word_count()), 0U); }

/// Cuts the words into chains. \param size  of the values of word k for output o, added up
template <class Size>
void prove(PackedWeights& w, Size&& size) {
  const auto outputs = static_cast<std::size_t>(w.shape.out);
  std::vector<std::int64_t> l1(outputs, 0);
  w.chain_ends.clear();
  for (std::int64_t k = 0; k < w.word_count(); ++k) {
    bool fits = true;
    for (std::size_t o = 0; o < outputs; ++o) {
      l1[o] += size(o, k);
      fits = fits && l1[o] * w.most <= int32_most;
    }
    if (fits) continue;
    w.chain_ends.push_back(k);
    for (std::size_t o = 0; o < outputs; ++o) {
      l1[o] = size(o, k);
      if (l1[o] * w.most > int32_most)
        throw UsageError("bad_value", "weights of size " + std::to_string(l1[o]) + " times activations of size " + std::to_string(w.most) +
                                          " exceed 2^31 - 1 in one word; leave more headroom");
    }
  }
  w.chain_ends.push_back(w.word_count());
}

std::int64_t word_place(const PackedWeights& w, std::size_t o, std::int64_t k) {
  const auto output = static_cast<std::int64_t>(o);
  return (output / w.width * w.word_count() + k) * w.width + output % w.width;
}

void prove_pairs(PackedWeights& w) {
  prove(w, [&w](std::size_t o, std::int64_t k) {
    std::array<std::int16_t, 2> pair{};
    std::memcpy(pair.data(), &w.words[static_cast<std::size_t>(word_place(w, o, k))], sizeof pair);
    return static_cast<std::int64_t>(std::abs(pair[0])) + std::abs(pair[1]);
  });
}

std::array<std::int8_t, 4> bytes_of(std::uint32_t word) {
  std::array<std::int8_t, 4> bytes{};
  std::memcpy(bytes.data(), &word, sizeof word);
  return bytes;
}

void prove_quads(PackedWeights& w) {
  prove(w, [&w](std::size_t o, std::int64_t k) {
    std::int64_t sum = 0;
    for (const std::int8_t byte : bytes_of(w.words[static_cast<std::size_t>(word_place(w, o, k))])) sum += std::abs(byte);
    return sum;
  });
}

/// May vpmaddubsw be used: does amax (|w_0| + |w_1|) fit into int16 for both pairs of every word?
bool pairs_fit(const PackedWeights& w, int amax) {
  return std::all_of(w.words.begin(), w.words.end(), [amax](std::uint32_t word) {
    const auto b = bytes_of(word);
    return amax * (std::abs(b[0]) + std::abs(b[1])) <= 32767 && amax * (std::abs(b[2]) + std::abs(b[3])) <= 32767;
  });
}

void put_bits(std::uint32_t& word, unsigned shift, std::uint32_t bits) { word |= bits << shift; }

std::uint32_t magnitude_word(float value) {
  std::uint32_t word = 0;
  std::memcpy(&word, &value, sizeof word);
  return word & 0x7FFFFFFFU;
}

void fill_words8(PackedWeights& w, std::span<const std::int8_t> codes) {
  make_words(w);
  each_weight(
      w, 4, [&](std::size_t word, unsigned value, std::size_t from) { put_bits(w.words[word], 8 * value, static_cast<std::uint8_t>(codes[from])); });
}

} // namespace

std::string PackedWeights::guarantee() const {
  if (format == Format::lmul || format == Format::bf16) return "floating";
  const std::int64_t products = shape.in * shape.taps();
  const std::int64_t weight = format == Format::w8a16 || format == Format::u8s8 ? 128 : format == Format::power4 ? 49 : 32767;
  if (chain_ends.size() > 1) return "split into " + std::to_string(chain_ends.size()) + " chains";
  return products * most <= int32_most / weight ? "static" : "proven";
}

std::size_t PackedWeights::bytes() const noexcept {
  return words.size() * sizeof(std::uint32_t) + nibbles.size() + (scale.size() + bias.size()) * sizeof(float) + start.size() * sizeof(std::int32_t);
}

PackedWeights pack_int16(const KernelTable& table, Format format, const WeightShape& shape, std::span<const std::int16_t> codes,
                         std::span<const float> scale, std::span<const float> bias, std::int64_t most) {
  if (std::find(codes.begin(), codes.end(), std::numeric_limits<std::int16_t>::min()) != codes.end())
    throw UsageError("bad_value", "a weight code of -32768; two of them overflow a pair of products: keep to -32767..32767");
  if (most < 1 || most > 32767) throw UsageError("bad_value", "activation codes up to " + std::to_string(most) + "; the limit must lie in 1..32767");
  PackedWeights w = prepare(table, format, Product::pair16, Code::int16, shape, 2, codes.size(), scale, bias);
  make_words(w);
  each_weight(w, 2, [&](std::size_t word, unsigned value, std::size_t from) {
    put_bits(w.words[word], 16 * value, static_cast<std::uint16_t>(codes[from]));
  });
  w.most = most;
  prove_pairs(w);
  return w;
}

PackedWeights pack_int8(const KernelTable& table, const WeightShape& shape, std::span<const std::int8_t> codes, std::span<const float> scale,
                        std::span<const float> bias, int zero) {
  if (zero < 0 || zero > 255) throw UsageError("bad_value", "a zero point of " + std::to_string(zero) + "; it must lie in 0..255");
  PackedWeights w = prepare(table, Format::u8s8, Product::quad8, Code::u8, shape, 4, codes.size(), scale, bias);
  fill_words8(w, codes);
  if (table.narrow[Product::quad8].run == nullptr) {
    w.product = Product::quad8_proven;
    if (!pairs_fit(w, 255)) {
      const std::vector<std::int16_t> wide(codes.begin(), codes.end());
      PackedWeights widened = pack_int16(table, Format::u8s8, shape, wide, scale, bias, std::max(zero, 255 - zero));
      widened.zero = zero;
      return widened;
    }
  }
  w.zero = zero;
  w.most = std::max(zero, 255 - zero);
  prove_quads(w);
  if (zero == 0) return w;
  if (w.chain_ends.size() > 1)
    throw UsageError("bad_value", std::to_string(w.shape.in * w.shape.taps()) + " products with zero point " + std::to_string(zero) +
                                      " do not fit one int32 sum; cut the inputs into parts");
  w.start.assign(static_cast<std::size_t>(w.panels() * w.width), 0);
  each_weight(w, 4, [&](std::size_t word, unsigned, std::size_t from) {
    const auto at = static_cast<std::int64_t>(word);
    const std::int64_t output = at / (w.width * w.word_count()) * w.width + at % w.width;
    w.start[static_cast<std::size_t>(output)] -= zero * codes[from];
  });
  return w;
}

PackedWeights pack_power4(const KernelTable& table, const WeightShape& shape, std::span<const std::int8_t> codes, std::span<const float> scale,
                          std::span<const float> bias) {
  if (!std::all_of(codes.begin(), codes.end(), [](std::int8_t c) { return c >= -7 && c <= 7; }))
    throw UsageError("bad_value", "a weight code outside -7..7; that is what 4 bits with a sign hold");
  std::vector<std::int8_t> squares(codes.size());
  std::transform(codes.begin(), codes.end(), squares.begin(), [](std::int8_t c) { return static_cast<std::int8_t>(c * std::abs(c)); });
  // 225 (49 + 49) = 22,050: no pair can saturate.
  PackedWeights w = prepare(table, Format::power4, Product::quad8_proven, Code::u8, shape, 4, codes.size(), scale, bias);
  fill_words8(w, squares);
  w.most = 225;
  prove_quads(w);
  w.words.clear();
  w.nibbles.assign(static_cast<std::size_t>(w.panels() * w.width * w.word_count() * 2), 0x88);
  each_weight(w, 4, [&](std::size_t word, unsigned value, std::size_t from) {
    std::uint8_t& pair = w.nibbles[word * 2 + value / 2];
    const auto code = static_cast<std::uint8_t>(codes[from] + 8);
    pair = static_cast<std::uint8_t>(value % 2 == 0 ? (pair & 0xF0U) | code : (pair & 0x0FU) | static_cast<unsigned>(code) << 4);
  });
  return w;
}

PackedWeights pack_bf16(const KernelTable& table, const WeightShape& shape, std::span<const float> weights, std::span<const float> bias) {
  static_cast<void>(largest_magnitude(table, weights));
  PackedWeights w = prepare(table, Format::bf16, Product::bf16, Code::bf16, shape, 2, weights.size(), {}, bias);
  std::vector<std::uint16_t> rounded(weights.size());
  table.encode.to_bf16(weights.data(), static_cast<std::int64_t>(weights.size()), rounded.data());
  make_words(w);
  each_weight(w, 2, [&](std::size_t word, unsigned value, std::size_t from) { put_bits(w.words[word], 16 * value, rounded[from]); });
  return w;
}

PackedWeights pack_lmul(const KernelTable& table, const WeightShape& shape, std::span<const float> weights, std::span<const float> bias) {
  static_cast<void>(largest_magnitude(table, weights));
  PackedWeights w = prepare(table, Format::lmul, Product::lmul, Code::f32, shape, 1, weights.size(), {}, bias);
  w.least_word = 0x7F800000;
  make_words(w);
  each_weight(w, 1, [&](std::size_t word, unsigned, std::size_t from) {
    std::memcpy(&w.words[word], &weights[from], sizeof(float));
    w.least_word = std::min(w.least_word, magnitude_word(weights[from]));
    w.largest_word = std::max(w.largest_word, magnitude_word(weights[from]));
    w.words[word] -= lmul_offset;
  });
  return w;
}

AlignedVector<std::uint32_t> expand_words(const KernelTable& table, const PackedWeights& weights, bool folded) {
  AlignedVector<std::uint32_t> words(weights.words);
  if (weights.format == Format::lmul && !folded)
    for (std::uint32_t& word : words) word += lmul_offset;
  if (weights.format != Format::power4) return words;
  words.resize(weights.nibbles.size() / 2);
  table.encode.decode_power4(weights.nibbles.data(), static_cast<std::int64_t>(weights.nibbles.size()), words.data());
  return words;
}

} // namespace ansatz::quant
