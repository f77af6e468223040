// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/calibration/clip.hpp>
#include <ansatz/quant/calibration/power_fit.hpp>
#include <ansatz/quant/formats/power.hpp>
#include <ansatz/quant/tensors/makers.hpp>

namespace ansatz::quant {

namespace {

class PowerTensor final : public TensorFormat {
public:
  PowerTensor(std::string text, int bits, PowerFitOptions options, Sharing sharing)
      : TensorFormat(std::move(text)), bits_(bits), options_(options), sharing_(sharing) {}

  void fit(std::span<const float> x, Shape shape, EncodedTensor& e) const override {
    start<std::int8_t>(e, x, shape, bits_, -(std::int64_t{1} << (bits_ - 1)));
    for_runs(shape, sharing_, [&](std::size_t, std::size_t first, std::size_t count) {
      const PowerFit best = fit_power(x.subspan(first, count), bits_, options_);
      e.scales.push_back(best.clip);
      e.levels.push_back(static_cast<float>(best.exponent));
      const double beyond = static_cast<double>(extremes(x.subspan(first, count)).magnitude()) - static_cast<double>(best.clip);
      const Power power = at(e, e.scales.size() - 1);
      e.error_bound = std::max({e.error_bound, power.error_bound(), beyond + 0x1p-21 * static_cast<double>(power.clip())});
    });
    const double parameters = options_.exponent == 0.0 ? 64.0 : 32.0;
    e.bits_per_value = bits_with(bits_, parameters * static_cast<double>(e.scales.size()), x.size());
  }

  void encode(std::span<const float> x, EncodedTensor& e) const override {
    encode_runs<std::int8_t>(x, sharing_, e, [&](std::size_t run, std::size_t) { return at(e, run); });
  }
  void decode(const EncodedTensor& e, std::span<float> x) const override {
    decode_runs<std::int8_t>(e, sharing_, x, [&](std::size_t run, std::size_t) { return at(e, run); });
  }

private:
  [[nodiscard]] Power at(const EncodedTensor& e, std::size_t run) const { return {bits_, static_cast<double>(e.levels[run]), e.scales[run]}; }

  int bits_;
  PowerFitOptions options_;
  Sharing sharing_;
};

} // namespace

std::unique_ptr<TensorFormat> make_power(FormatText& text) {
  const int bits = text.integer("b", 4, 2, 8);
  PowerFitOptions options;
  if (text.word("a", "auto") != "auto") options.exponent = text.real("a", 0.5, 0.1, 2.0);
  options.fit_clip = text.choice("clip", "auto", {"auto", "max"}) == "auto";
  return std::make_unique<PowerTensor>(text.text(), bits, options, text.sharing());
}

} // namespace ansatz::quant
