// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/calibration/clip.hpp>
#include <ansatz/quant/formats/small_float.hpp>
#include <ansatz/quant/tensors/makers.hpp>

namespace ansatz::quant {

namespace {

class Float32Tensor final : public TensorFormat {
public:
  using TensorFormat::TensorFormat;

  void fit(std::span<const float> x, Shape shape, EncodedTensor& e) const override {
    start<float>(e, x, shape);
    e.bits_per_value = 32.0;
  }
  void encode(std::span<const float> x, EncodedTensor& e) const override {
    std::copy(x.begin(), x.end(), std::get<std::vector<float>>(e.codes).begin());
  }
  void decode(const EncodedTensor& e, std::span<float> x) const override {
    const auto& codes = std::get<std::vector<float>>(e.codes);
    std::copy(codes.begin(), codes.end(), x.begin());
  }
};

class Bfloat16Tensor final : public TensorFormat {
public:
  using TensorFormat::TensorFormat;

  void fit(std::span<const float> x, Shape shape, EncodedTensor& e) const override {
    start<std::uint16_t>(e, x, shape);
    e.bits_per_value = Bfloat16::bits_per_value();
    e.error_bound = Bfloat16::error_bound(static_cast<double>(extremes(x).magnitude()));
  }
  void encode(std::span<const float> x, EncodedTensor& e) const override { Bfloat16::encode(x, std::get<std::vector<std::uint16_t>>(e.codes)); }
  void decode(const EncodedTensor& e, std::span<float> x) const override { Bfloat16::decode(std::get<std::vector<std::uint16_t>>(e.codes), x); }
};

class SmallFloatTensor final : public TensorFormat {
public:
  SmallFloatTensor(std::string text, SmallFloat format) : TensorFormat(std::move(text)), format_(format) {}

  void fit(std::span<const float> x, Shape shape, EncodedTensor& e) const override {
    start<std::uint8_t>(e, x, shape);
    e.bits_per_value = SmallFloat::bits_per_value();
    e.error_bound = format_.error_bound(static_cast<double>(extremes(x).magnitude()));
  }
  void encode(std::span<const float> x, EncodedTensor& e) const override { format_.encode(x, std::get<std::vector<std::uint8_t>>(e.codes)); }
  void decode(const EncodedTensor& e, std::span<float> x) const override { format_.decode(std::get<std::vector<std::uint8_t>>(e.codes), x); }

private:
  SmallFloat format_;
};

} // namespace

std::unique_ptr<TensorFormat> make_small_float(FormatText& text) {
  if (text.name() == "f32") return std::make_unique<Float32Tensor>(text.text());
  if (text.name() == "bf16") return std::make_unique<Bfloat16Tensor>(text.text());
  const Fp8 kind = text.name() == "fp8-e4m3" ? Fp8::e4m3 : Fp8::e5m2;
  return std::make_unique<SmallFloatTensor>(text.text(), SmallFloat{.kind = kind, .saturate = !text.flag("nosat")});
}

} // namespace ansatz::quant
