// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/calibration/clip.hpp>
#include <ansatz/quant/formats/lmul.hpp>
#include <ansatz/quant/tensors/makers.hpp>

#include <cmath>

namespace ansatz::quant {

namespace {

class LMulTensor final : public TensorFormat {
public:
  LMulTensor(std::string text, const LMulOptions& options) : TensorFormat(std::move(text)), product_(options) {}

  void fit(std::span<const float> x, Shape shape, EncodedTensor& e) const override {
    start<float>(e, x, shape, product_.options().operand_bits + 9);
    e.bits_per_value = product_.bits_per_value();
    const int k = product_.options().operand_bits;
    const auto largest = static_cast<double>(extremes(x).magnitude());
    e.error_bound = k == 23 ? 0.0 : std::ldexp(largest, product_.options().round_operands ? -k - 1 : -k);
  }
  void encode(std::span<const float> x, EncodedTensor& e) const override { product_.cut(x, std::get<std::vector<float>>(e.codes)); }
  void decode(const EncodedTensor& e, std::span<float> x) const override {
    const auto& codes = std::get<std::vector<float>>(e.codes);
    std::copy(codes.begin(), codes.end(), x.begin());
  }
  void multiply(std::span<const float> x, std::span<const float> y, std::span<float> z) const override { product_.multiply(x, y, z); }

private:
  LMul product_;
};

} // namespace

std::unique_ptr<TensorFormat> make_lmul(FormatText& text) {
  LMulOptions options;
  options.operand_bits = text.integer("k", 23, 1, 23);
  options.l = text.integer("l", lmul_offset_exponent(options.operand_bits), 0, 23);
  options.form = text.choice("form", "carry", {"carry", "formula"}) == "carry" ? LMulForm::carry : LMulForm::formula;
  options.round_operands = text.flag("round");
  options.compensation = text.integer("comp", 0, 0, 6);
  options.saturate = text.flag("sat");
  if (options.compensation > 0 && options.form == LMulForm::formula) text.refuse("comp belongs to form=carry");
  return std::make_unique<LMulTensor>(text.text(), options);
}

} // namespace ansatz::quant
