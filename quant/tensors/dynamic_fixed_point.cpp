// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/formats/dynamic_fixed_point.hpp>
#include <ansatz/quant/tensors/makers.hpp>

namespace ansatz::quant {

namespace {

template <class Code>
class DynamicFixedPointTensor final : public TensorFormat {
public:
  DynamicFixedPointTensor(std::string text, int headroom, Sharing sharing, Rounding rounding, std::uint64_t seed)
      : TensorFormat(std::move(text)), headroom_(headroom), sharing_(sharing), rounding_(rounding), seed_(seed) {}

  void fit(std::span<const float> x, Shape shape, EncodedTensor& e) const override {
    start<Code>(e, x, shape);
    for_runs(shape, sharing_, [&](std::size_t, std::size_t first, std::size_t count) {
      const auto format = DynamicFixedPoint<Code>::fit(x.subspan(first, count), headroom_);
      e.exponents.push_back(format.exponent);
      e.error_bound = std::max(e.error_bound, format.error_bound());
    });
    e.bits_per_value = bits_with(DynamicFixedPoint<Code>::precision, 16.0 * static_cast<double>(e.exponents.size()), x.size());
  }

  void encode(std::span<const float> x, EncodedTensor& e) const override {
    if (in_one_row(e.shape) && rounding_ == Rounding::nearest_even)
      encode_blocks<Code>(x, sharing_.length, e.exponents, headroom_, std::get<std::vector<Code>>(e.codes));
    else
      encode_runs<Code>(x, sharing_, e, [&](std::size_t run, std::size_t first) { return at(e, run, first); });
  }
  void decode(const EncodedTensor& e, std::span<float> x) const override {
    if (in_one_row(e.shape))
      decode_blocks<Code>(std::get<std::vector<Code>>(e.codes), sharing_.length, e.exponents, x);
    else
      decode_runs<Code>(e, sharing_, x, [&](std::size_t run, std::size_t first) { return at(e, run, first); });
  }

private:
  /// Whether blocks follow one another without a shorter one between them, so that one call takes all.
  [[nodiscard]] bool in_one_row(Shape shape) const {
    return sharing_.length > 0 && sharing_.granularity != Granularity::tensor && sharing_.granularity != Granularity::channel &&
           (shape.rows <= 1 || shape.columns % sharing_.length == 0);
  }
  [[nodiscard]] DynamicFixedPoint<Code> at(const EncodedTensor& e, std::size_t run, std::size_t first) const {
    return {.exponent = e.exponents[run], .headroom = headroom_, .rounding = rounding_, .stream = RandomStream(seed_, 0, 0, first)};
  }

  int headroom_;
  Sharing sharing_;
  Rounding rounding_;
  std::uint64_t seed_;
};

} // namespace

std::unique_ptr<TensorFormat> make_dynamic_fixed_point(FormatText& text) {
  const bool block = text.name() == "bfp";
  const int bits = text.integer(block ? "w" : "b", 16, 8, 16);
  if (bits != 8 && bits != 16) text.refuse("codes of " + std::to_string(bits) + " bits; 8 and 16 are possible");
  Sharing sharing;
  int headroom = 0;
  if (block) {
    sharing = {.granularity = Granularity::block, .length = static_cast<std::size_t>(text.integer("B", 32, 1, 1 << 30))};
  } else {
    headroom = text.integer("s", 0, 0, bits - 2);
    sharing = text.sharing();
  }
  const Rounding rounding = rounding_of(text.word("round", "nearest_even"));
  const auto seed = static_cast<std::uint64_t>(text.integer("seed", 1, 0, 1 << 30));
  if (bits == 8) return std::make_unique<DynamicFixedPointTensor<std::int8_t>>(text.text(), headroom, sharing, rounding, seed);
  return std::make_unique<DynamicFixedPointTensor<std::int16_t>>(text.text(), headroom, sharing, rounding, seed);
}

} // namespace ansatz::quant
