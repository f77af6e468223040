// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/calibration/clip.hpp>
#include <ansatz/quant/formats/uniform.hpp>
#include <ansatz/quant/tensors/makers.hpp>

#include <cmath>

namespace ansatz::quant {

namespace {

template <class Code>
class UniformTensor final : public TensorFormat {
public:
  UniformTensor(std::string text, int bits, bool symmetric, bool full, Sharing sharing, Calibration calibration, Rounding rounding,
                std::uint64_t seed)
      : TensorFormat(std::move(text)), bits_(bits), symmetric_(symmetric), full_(full), sharing_(sharing), calibration_(calibration),
        rounding_(rounding), seed_(seed) {}

  void fit(std::span<const float> x, Shape shape, EncodedTensor& e) const override {
    start<Code>(e, x, shape, bits_, symmetric_ ? -(std::int64_t{1} << (bits_ - 1)) : 0);
    for_runs(shape, sharing_, [&](std::size_t, std::size_t first, std::size_t count) {
      const auto run = x.subspan(first, count);
      const Range range = calibrate(calibration_, run, bits_, symmetric_), whole = calibration_ == Calibration::minmax ? range : extremes(run);
      Uniform u = symmetric_ ? Uniform::symmetric(bits_, range.magnitude(), full_) : Uniform::asymmetric(bits_, range.low, range.high);
      u.rounding = rounding_;
      e.scales.push_back(u.scale);
      if (!symmetric_) e.zero_points.push_back(u.zero_point);
      const double beyond = std::max(static_cast<double>(whole.high) - u.most(), u.least() - static_cast<double>(whole.low));
      e.error_bound = std::max({e.error_bound, u.error_bound(), beyond + u.error_bound() - static_cast<double>(u.scale) / 2.0});
    });
    e.bits_per_value = bits_with(bits_, (symmetric_ ? 32.0 : 32.0 + bits_) * static_cast<double>(e.scales.size()), x.size());
  }

  void encode(std::span<const float> x, EncodedTensor& e) const override {
    encode_runs<Code>(x, sharing_, e, [&](std::size_t run, std::size_t first) { return at(e, run, first); });
  }
  void decode(const EncodedTensor& e, std::span<float> x) const override {
    decode_runs<Code>(e, sharing_, x, [&](std::size_t run, std::size_t first) { return at(e, run, first); });
  }

private:
  [[nodiscard]] Uniform at(const EncodedTensor& e, std::size_t run, std::size_t first) const {
    Uniform u = symmetric_ ? Uniform::symmetric(bits_, 1.0F, full_) : Uniform::asymmetric(bits_, 0.0F, 1.0F);
    u.scale = e.scales[run];
    if (!symmetric_) u.zero_point = e.zero_points[run];
    u.rounding = rounding_;
    u.stream = RandomStream(seed_, 0, 0, first);
    return u;
  }

  int bits_;
  bool symmetric_, full_;
  Sharing sharing_;
  Calibration calibration_;
  Rounding rounding_;
  std::uint64_t seed_;
};

} // namespace

std::unique_ptr<TensorFormat> make_uniform(FormatText& text) {
  const int bits = text.integer("b", 8, 1, 16);
  const bool asymmetric = text.flag("asym"), symmetric = text.flag("sym") || !asymmetric, full = text.flag("full");
  if (asymmetric && (full || text.flag("sym"))) text.refuse("asym does not go with sym or full");
  if (symmetric && !full && bits < 2) text.refuse("restricted symmetric codes need 2 bits or more; use full or binary");
  const Sharing sharing = text.sharing();
  const Calibration calibration = calibration_of(text.choice("calib", "minmax", calibration_names()));
  const Rounding rounding = rounding_of(text.word("round", "nearest_even"));
  const auto seed = static_cast<std::uint64_t>(text.integer("seed", 1, 0, 1 << 30));
  const auto make = [&](auto code) -> std::unique_ptr<TensorFormat> {
    return std::make_unique<UniformTensor<decltype(code)>>(text.text(), bits, symmetric, full, sharing, calibration, rounding, seed);
  };
  if (symmetric) return bits <= 8 ? make(std::int8_t{}) : make(std::int16_t{});
  return bits <= 8 ? make(std::uint8_t{}) : make(std::uint16_t{});
}

} // namespace ansatz::quant
