// SPDX-License-Identifier: Apache-2.0
/// Weights in the order the kernels read them, with the proof that no sum overflows.
///   panel of 16 (or 32) outputs, [panel][word][output in panel], words along taps and channels, channels filled up to whole words
/// Chains: int32 sums run until the next product might not fit, then go to float32. For activations with |q - zero| <= most the value at the end of
/// a chain
/// is at most most * l1, l1 the largest sum of |weight code| of an output over the chain; it is kept <= 2^31 - 1. What happens inside a chain does
/// not
/// matter, because sums wrap. With full 16 bits on both sides the static limit is 2 products; the 1-norms of real weights give tens to hundreds.
/// Formats:
///   dfp16    int16 x int16, steps powers of two, weights' per output
///   w8a16    int16 x int8: the weights are widened when packed; 511 products are proven for any data
///   u8s8     uint8 (zero point) x int8, exact in one chain up to 65,793 products; s8s8 is the zero point 128
///   power4   squares of 4-bit power codes, u4 x s4, exponent 1/2; the weights are kept in 4 bits and decoded by a table when used
///   power8   squares of 8-bit power codes, both signed, as int16
///   lmul     float32 words, products by one integer addition
///   bf16     pairs of bfloat16
/// Cite: D. Das et al., Mixed precision training of convolutional neural networks using integer operations, ICLR 2018, arXiv:1802.00930 (dfp16);
///   E. Yvinec et al., PowerQuant, ICLR 2023, arXiv:2301.09858; H. Luo, W. Sun, Addition is all you need, 2024, arXiv:2410.00907 (lmul).
/// Errors: UsageError for sizes that do not agree, codes outside their range, and a guarantee that no chain can give.
/// Threads: constant after packing.  Ownership: owns all.
#pragma once

#include <ansatz/quant/kernels/codes.hpp>

#include <span>
#include <string>
#include <vector>

namespace ansatz::quant {

enum class Format : int { dfp16, w8a16, u8s8, power4, power8, lmul, bf16 };

/// Where the weight of (out, in, tap) lies in the array given.
struct WeightShape {
  std::int64_t out, in;
  Window window;
  std::int64_t out_stride, in_stride, tap_stride;
  [[nodiscard]] std::int64_t taps() const noexcept { return static_cast<std::int64_t>(window); }
  [[nodiscard]] std::int64_t size() const noexcept { return out * in * taps(); }
  [[nodiscard]] std::int64_t place(std::int64_t o, std::int64_t i, std::int64_t t) const noexcept {
    return o * out_stride + i * in_stride + t * tap_stride;
  }
};

/// B of C = A B, [in][out].
[[nodiscard]] inline WeightShape product_shape(std::int64_t in, std::int64_t out) { return {out, in, Window::point, 1, out, 0}; }
/// [out][in][taps], as layers keep them.
[[nodiscard]] inline WeightShape convolution_shape(std::int64_t out, std::int64_t in, Window window) {
  const auto taps = static_cast<std::int64_t>(window);
  return {out, in, window, in * taps, taps, 1};
}

struct PackedWeights {
  Format format;
  Product product;
  Code operand; ///< what activations must be
  WeightShape shape;
  int width = 16; ///< outputs of a panel
  std::int64_t words_a_tap = 0;
  AlignedVector<std::uint32_t> words{};           ///< empty for power4
  std::vector<std::uint8_t> nibbles{};            ///< power4: two codes + 8 a byte, in the order of the bytes of words
  std::vector<float> scale{}, bias{};             ///< of each output, filled up to whole panels
  std::vector<std::int32_t> start{};              ///< -zero times the sum of weights where the kernel does not take off the zero point itself
  std::vector<std::int64_t> chain_ends{};         ///< in words, ascending; the last is the number of words
  std::int64_t most = 0;                          ///< the proof holds for |q - zero| up to it
  int zero = 0;                                   ///< zero point of the activations
  std::uint32_t least_word = 0, largest_word = 0; ///< lmul: magnitudes of the weights

  [[nodiscard]] std::int64_t panels() const noexcept { return (shape.out + width - 1) / width; }
  [[nodiscard]] std::int64_t word_count() const noexcept { return words_a_tap * shape.taps(); }
  /// How it is known that no sum overflows: "static", "proven", "split into N chains" or "floating".
  [[nodiscard]] std::string guarantee() const;
  [[nodiscard]] std::size_t bytes() const noexcept;
};

/// \param format  dfp16, w8a16 or power8
/// \param codes   -32767..32767
/// \param scale   of each output: value of a code
/// \param bias    of each output; empty: 0
/// \param most    largest |activation code|
[[nodiscard]] PackedWeights pack_int16(const KernelTable& table, Format format, const WeightShape& shape, std::span<const std::int16_t> codes,
                                       std::span<const float> scale, std::span<const float> bias, std::int64_t most);
/// u8s8. \param zero  zero point of the activations, 0..255; 128: signed ones
[[nodiscard]] PackedWeights pack_int8(const KernelTable& table, const WeightShape& shape, std::span<const std::int8_t> codes,
                                      std::span<const float> scale, std::span<const float> bias, int zero);
/// power4. \param codes  -7..7;   \param scale  of each output: value of code 7 over 49
[[nodiscard]] PackedWeights pack_power4(const KernelTable& table, const WeightShape& shape, std::span<const std::int8_t> codes,
                                        std::span<const float> scale, std::span<const float> bias);
[[nodiscard]] PackedWeights pack_bf16(const KernelTable& table, const WeightShape& shape, std::span<const float> weights,
                                      std::span<const float> bias);
[[nodiscard]] PackedWeights pack_lmul(const KernelTable& table, const WeightShape& shape, std::span<const float> weights,
                                      std::span<const float> bias);

/// The words of weights that are kept in another form.
/// \param folded  lmul: with the offset in them
[[nodiscard]] AlignedVector<std::uint32_t> expand_words(const KernelTable& table, const PackedWeights& weights, bool folded);

} // namespace ansatz::quant
