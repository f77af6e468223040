// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/calibration/clip.hpp>
#include <ansatz/quant/formats/fixed_point.hpp>
#include <ansatz/quant/tensors/makers.hpp>

#include <cmath>

namespace ansatz::quant {

namespace {

constexpr int automatic = 1000; // no I is as large

class FixedPointTensor final : public TensorFormat {
public:
  FixedPointTensor(std::string text, FixedPoint format) : TensorFormat(std::move(text)), format_(format) {}

  void fit(std::span<const float> x, Shape shape, EncodedTensor& e) const override {
    start<std::int32_t>(e, x, shape, format_.width, format_.is_signed ? -(std::int64_t{1} << (format_.width - 1)) : 0);
    const Range range = extremes(x);
    FixedPoint f = format_;
    const float largest = range.magnitude();
    // the least I that holds the largest magnitude, a power of two included
    if (f.integer == automatic) f.integer = largest > 0.0F ? std::clamp(std::ilogb(largest) + (f.is_signed ? 2 : 1), -64, 96) : 1;
    e.exponents.push_back(static_cast<std::int16_t>(f.integer));
    e.bits_per_value = f.bits_per_value();
    const double beyond = std::max(static_cast<double>(range.high) - f.most(), f.least() - static_cast<double>(range.low));
    const bool saturates = f.overflow == FixedOverflow::sat || f.overflow == FixedOverflow::sat_sym;
    // what wraps or becomes zero may be as far off as the range is wide
    e.error_bound = beyond <= 0.0 ? f.error_bound()
                                  : (saturates ? std::max(f.error_bound(), beyond + f.unit()) : static_cast<double>(largest) + f.most() - f.least());
  }

  void encode(std::span<const float> x, EncodedTensor& e) const override { at(e).encode(x, std::get<std::vector<std::int32_t>>(e.codes)); }
  void decode(const EncodedTensor& e, std::span<float> x) const override { at(e).decode(std::get<std::vector<std::int32_t>>(e.codes), x); }

private:
  [[nodiscard]] FixedPoint at(const EncodedTensor& e) const {
    FixedPoint f = format_;
    f.integer = e.exponents.at(0);
    return f;
  }

  FixedPoint format_;
};

/// The mode whose name is given, of `count` modes.
template <class Mode>
Mode mode_of(FormatText& text, const char* key, const char* fallback, int count) {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) names.emplace_back(name(static_cast<Mode>(i)));
  const std::string chosen = text.choice(key, fallback, names);
  return static_cast<Mode>(std::find(names.begin(), names.end(), chosen) - names.begin());
}

} // namespace

std::unique_ptr<TensorFormat> make_fixed_point(FormatText& text) {
  FixedPoint f;
  f.width = text.integer("W", 16, 1, 32);
  f.integer = text.word("I", "auto") == "auto" ? automatic : text.integer("I", 6, -64, 96);
  f.is_signed = !text.flag("unsigned");
  f.quantization = mode_of<FixedQuantization>(text, "Q", "TRN", 7);
  f.overflow = mode_of<FixedOverflow>(text, "O", "WRAP", 5);
  f.saturated_bits = text.integer("N", 0, 0, f.width);
  if (!f.is_signed && f.overflow == FixedOverflow::wrap_sm) text.refuse("WRAP_SM keeps a sign and does not go with unsigned");
  return std::make_unique<FixedPointTensor>(text.text(), f);
}

} // namespace ansatz::quant
