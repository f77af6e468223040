// SPDX-License-Identifier: Apache-2.0
#include "zfp_format.hpp"

#include <ansatz/apps/common/zfp.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/quant/calibration/clip.hpp>
#include <ansatz/quant/tensors/makers.hpp>

#include <cstring>

namespace ansatz::apps {

namespace {

class ZfpTensor final : public quant::TensorFormat {
public:
  ZfpTensor(std::string text, double tolerance) : TensorFormat(std::move(text)), tolerance_(tolerance) {}

  void fit(std::span<const float> x, quant::Shape shape, quant::EncodedTensor& e) const override {
    quant::start<std::uint8_t>(e, x, shape);
    // zfp transforms integers of 30 bits: what a tolerance below their last bits comes to is not its promise
    e.error_bound = tolerance_ + 0x1p-20 * static_cast<double>(quant::extremes(x).magnitude());
  }
  void encode(std::span<const float> x, quant::EncodedTensor& e) const override {
    auto& bytes = std::get<std::vector<std::uint8_t>>(e.codes);
    bytes.clear();
    if (x.empty()) return;
    const auto coded = zfp_encode<float>(x, quant::grid_of(e.shape), tolerance_);
    bytes.resize(coded.size());
    std::memcpy(bytes.data(), coded.data(), coded.size());
    e.bits_per_value = 8.0 * static_cast<double>(bytes.size()) / static_cast<double>(x.size());
  }
  void decode(const quant::EncodedTensor& e, std::span<float> x) const override {
    if (!x.empty()) zfp_decode<float>(std::as_bytes(std::span(std::get<std::vector<std::uint8_t>>(e.codes))), quant::grid_of(e.shape), tolerance_, x);
  }

private:
  double tolerance_;
};

} // namespace

bool names_zfp(const std::string& text) { return text.substr(0, text.find(':')) == "zfp"; }

std::unique_ptr<quant::TensorFormat> make_zfp(const std::string& text) {
  quant::FormatText parsed(text);
  const double tolerance = parsed.real("abs", 0.0, 1e-300, 1e300);
  if (!(tolerance > 0.0)) parsed.refuse("a bound is needed: abs=1e-6");
  parsed.finish();
  if (!has_zfp()) throw UsageError("environment", "format \"" + text + "\": this build has no zfp; install libzfp-dev and configure it again");
  return std::make_unique<ZfpTensor>(text, tolerance);
}

} // namespace ansatz::apps
