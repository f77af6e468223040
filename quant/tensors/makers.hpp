// SPDX-License-Identifier: Apache-2.0
/// The makers of the formats, one a file; make_format has the table. Each reads its keys and leaves `finish` to make_format.
#pragma once

#include <ansatz/data/compression/quantizer.hpp>
#include <ansatz/quant/tensors/format_text.hpp>
#include <ansatz/quant/tensors/tensor_format.hpp>

#include <limits>
#include <type_traits>

namespace ansatz::quant {

[[nodiscard]] std::unique_ptr<TensorFormat> make_uniform(FormatText& text);
[[nodiscard]] std::unique_ptr<TensorFormat> make_dynamic_fixed_point(FormatText& text); ///< dfp and bfp
[[nodiscard]] std::unique_ptr<TensorFormat> make_small_float(FormatText& text);         ///< f32, bf16 and fp8
[[nodiscard]] std::unique_ptr<TensorFormat> make_power(FormatText& text);
[[nodiscard]] std::unique_ptr<TensorFormat> make_codebook(FormatText& text); ///< codebook, ternary and binary
[[nodiscard]] std::unique_ptr<TensorFormat> make_fixed_point(FormatText& text);
[[nodiscard]] std::unique_ptr<TensorFormat> make_error_bounded(FormatText& text); ///< ebq
[[nodiscard]] std::unique_ptr<TensorFormat> make_lmul(FormatText& text);

/// z, y, x for what predicts from neighbours.
inline compression::Shape grid_of(Shape shape) {
  const std::size_t line = shape.line > 0 ? shape.line : shape.columns;
  return {shape.rows, shape.columns / line, line};
}

/// What fit does first: the shape, the number of values checked against it, no parameters, room for codes of this type; how they lie in a file.
template <class Code>
std::vector<Code>& start(EncodedTensor& e, std::span<const float> x, Shape shape, int code_bits = 8 * static_cast<int>(sizeof(Code)),
                         std::int64_t lowest_code = std::is_same_v<Code, float> ? 0
                                                                                : static_cast<std::int64_t>(std::numeric_limits<Code>::lowest())) {
  require_same_length(x.size(), shape.size());
  e.shape = shape;
  e.scales.clear();
  e.zero_points.clear();
  e.exponents.clear();
  e.levels.clear();
  e.code_bits = code_bits;
  e.lowest_code = lowest_code;
  e.error_bound = 0.0;
  if (!std::holds_alternative<std::vector<Code>>(e.codes)) e.codes = std::vector<Code>();
  auto& codes = std::get<std::vector<Code>>(e.codes);
  codes.resize(x.size());
  return codes;
}

/// Every run of the tensor by the format that `at(run, first)` makes of its parameters.
template <class Code, class At>
void encode_runs(std::span<const float> x, Sharing sharing, EncodedTensor& e, At&& at) {
  const std::span<Code> codes = std::get<std::vector<Code>>(e.codes);
  for_runs(e.shape, sharing, [&](std::size_t run, std::size_t first, std::size_t count) {
    at(run, first).encode(x.subspan(first, count), codes.subspan(first, count));
  });
}

template <class Code, class At>
void decode_runs(const EncodedTensor& e, Sharing sharing, std::span<float> x, At&& at) {
  const std::span<const Code> codes = std::get<std::vector<Code>>(e.codes);
  for_runs(e.shape, sharing, [&](std::size_t run, std::size_t first, std::size_t count) {
    at(run, first).decode(codes.subspan(first, count), x.subspan(first, count));
  });
}

/// n values and the parameters of their format in bits, a value.
inline double bits_with(double code_bits, double parameter_bits, std::size_t n) {
  return code_bits + parameter_bits / static_cast<double>(std::max<std::size_t>(n, 1));
}

} // namespace ansatz::quant
