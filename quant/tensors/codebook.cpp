// SPDX-License-Identifier: Apache-2.0
#include <ansatz/quant/calibration/clip.hpp>
#include <ansatz/quant/formats/codebook.hpp>
#include <ansatz/quant/tensors/makers.hpp>

namespace ansatz::quant {

namespace {

/// Levels by run: binary has two, a codebook up to 2^bits, padded with its last level.
class CodebookTensor final : public TensorFormat {
public:
  CodebookTensor(std::string text, bool binary, int bits, Sharing sharing)
      : TensorFormat(std::move(text)), binary_(binary), bits_(bits), sharing_(sharing) {}

  void fit(std::span<const float> x, Shape shape, EncodedTensor& e) const override {
    start<std::int8_t>(e, x, shape, bits_);
    for_runs(shape, sharing_, [&](std::size_t, std::size_t first, std::size_t count) {
      const auto run = x.subspan(first, count);
      std::vector<float> levels;
      if (binary_) {
        e.scales.push_back(mean_magnitude(run));
        levels = {-e.scales.back(), e.scales.back()};
      } else {
        levels = lloyd_max(spread_sample(run, std::size_t{1} << 18), bits_);
        levels.resize(std::size_t{1} << bits_, levels.back());
        e.levels.insert(e.levels.end(), levels.begin(), levels.end());
      }
      const Range range = extremes(run);
      const double below = static_cast<double>(levels.front()) - static_cast<double>(range.low),
                   above = static_cast<double>(range.high) - static_cast<double>(levels.back());
      e.error_bound = std::max({e.error_bound, Codebook(levels).error_bound(), below, above});
    });
    e.bits_per_value = bits_with(bits_, 32.0 * static_cast<double>(e.scales.size() + e.levels.size()), x.size());
  }

  void encode(std::span<const float> x, EncodedTensor& e) const override {
    encode_runs<std::int8_t>(x, sharing_, e, [&](std::size_t run, std::size_t) { return at(e, run); });
  }
  void decode(const EncodedTensor& e, std::span<float> x) const override {
    decode_runs<std::int8_t>(e, sharing_, x, [&](std::size_t run, std::size_t) { return at(e, run); });
  }

private:
  [[nodiscard]] Codebook at(const EncodedTensor& e, std::size_t run) const {
    if (binary_) return Codebook::binary(e.scales[run]);
    const auto first = e.levels.begin() + static_cast<std::ptrdiff_t>(run << bits_);
    return Codebook(std::vector<float>(first, first + (std::ptrdiff_t{1} << bits_)));
  }

  bool binary_;
  int bits_;
  Sharing sharing_;
};

class TernaryTensor final : public TensorFormat {
public:
  TernaryTensor(std::string text, Sharing sharing) : TensorFormat(std::move(text)), sharing_(sharing) {}

  void fit(std::span<const float> x, Shape shape, EncodedTensor& e) const override {
    start<std::int8_t>(e, x, shape, 2, -1);
    for_runs(shape, sharing_, [&](std::size_t, std::size_t first, std::size_t count) {
      const auto run = x.subspan(first, count);
      const Ternary t = Ternary::fit(run);
      e.scales.push_back(t.scale);
      e.levels.push_back(t.threshold);
      e.error_bound = std::max(e.error_bound, t.error_bound(static_cast<double>(extremes(run).magnitude())));
    });
    e.bits_per_value = bits_with(2.0, 32.0 * static_cast<double>(e.scales.size()), x.size());
  }

  void encode(std::span<const float> x, EncodedTensor& e) const override {
    encode_runs<std::int8_t>(x, sharing_, e,
                             [&](std::size_t run, std::size_t) { return Ternary{.scale = e.scales[run], .threshold = e.levels[run]}; });
  }
  void decode(const EncodedTensor& e, std::span<float> x) const override {
    decode_runs<std::int8_t>(e, sharing_, x,
                             [&](std::size_t run, std::size_t) { return Ternary{.scale = e.scales[run], .threshold = e.levels[run]}; });
  }

private:
  Sharing sharing_;
};

} // namespace

std::unique_ptr<TensorFormat> make_codebook(FormatText& text) {
  const Sharing sharing = text.sharing();
  if (text.name() == "ternary") return std::make_unique<TernaryTensor>(text.text(), sharing);
  const bool binary = text.name() == "binary";
  const int bits = binary ? 1 : text.integer("b", 4, 1, 8);
  return std::make_unique<CodebookTensor>(text.text(), binary, bits, sharing);
}

} // namespace ansatz::quant
