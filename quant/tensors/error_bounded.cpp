// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/compression/chunk.hpp>
#include <ansatz/quant/calibration/clip.hpp>
#include <ansatz/quant/formats/kernels.hpp>
#include <ansatz/quant/tensors/makers.hpp>

#include <cstring>
#include <limits>

namespace ansatz::quant {

namespace {

/// Codes are the bytes of one coded chunk (data/compression/chunk.hpp): bits a value are known after encoding.
class ErrorBoundedTensor final : public TensorFormat {
public:
  ErrorBoundedTensor(std::string text, compression::Method method, double bound, bool relative)
      : TensorFormat(std::move(text)), method_(method), bound_(bound), relative_(relative) {}

  void fit(std::span<const float> x, Shape shape, EncodedTensor& e) const override {
    start<std::uint8_t>(e, x, shape);
    const Range range = extremes(x);
    // a field without a range is kept exactly
    const double width = static_cast<double>(range.high) - static_cast<double>(range.low);
    e.error_bound = relative_ ? std::max(bound_ * width, std::numeric_limits<double>::min()) : bound_;
  }
  void encode(std::span<const float> x, EncodedTensor& e) const override {
    require_finite(kernels().magnitude(x.data(), x.size()), x);
    auto& bytes = std::get<std::vector<std::uint8_t>>(e.codes);
    bytes.clear();
    if (x.empty()) return;
    const auto coded = compression::encode<float>(x, grid_of(e.shape), {.method = method_, .eps = e.error_bound});
    bytes.resize(coded.size());
    std::memcpy(bytes.data(), coded.data(), coded.size());
    e.bits_per_value = 8.0 * static_cast<double>(bytes.size()) / static_cast<double>(x.size());
  }
  void decode(const EncodedTensor& e, std::span<float> x) const override {
    require_same_length(e.shape.size(), x.size());
    if (!x.empty()) compression::decode<float>(std::as_bytes(std::span(std::get<std::vector<std::uint8_t>>(e.codes))), grid_of(e.shape), x);
  }

private:
  compression::Method method_;
  double bound_;
  bool relative_;
};

} // namespace

std::unique_ptr<TensorFormat> make_error_bounded(FormatText& text) {
  constexpr double least = std::numeric_limits<double>::min(), most = 1e300;
  const double absolute = text.real("abs", 0.0, least, most), relative = text.real("rel", absolute > 0.0 ? 0.0 : 1e-4, least, 1.0);
  if (absolute > 0.0 && relative > 0.0) text.refuse("one bound is enough: abs=1e-6, or rel=1e-6 of the range");
  const bool interp = text.choice("pred", "interp", {"interp", "lorenzo"}) == "interp";
  return std::make_unique<ErrorBoundedTensor>(text.text(), interp ? compression::Method::interp : compression::Method::lorenzo,
                                              std::max(absolute, relative), relative > 0.0);
}

} // namespace ansatz::quant
