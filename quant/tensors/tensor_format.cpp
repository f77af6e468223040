// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/quant/tensors/makers.hpp>

namespace ansatz::quant {

namespace {

struct Maker {
  FormatName name;
  std::unique_ptr<TensorFormat> (*make)(FormatText&);
};

const std::vector<Maker>& makers() {
  static const std::vector<Maker> all{
      {{"f32", "float32, for comparison"}, make_small_float},
      {{"bf16", "float32 cut to 16 bits"}, make_small_float},
      {{"fp8-e4m3", "8-bit floats, 3 bits of mantissa"}, make_small_float},
      {{"fp8-e5m2", "8-bit floats, 2 bits of mantissa"}, make_small_float},
      {{"uniform", "evenly spaced codes with a scale"}, make_uniform},
      {{"dfp", "dynamic fixed point: 16 or 8 bits with a shared exponent"}, make_dynamic_fixed_point},
      {{"bfp", "block floating point: dfp with an exponent a block"}, make_dynamic_fixed_point},
      {{"power", "codes of |x|^a"}, make_power},
      {{"ternary", "-a, 0, a"}, make_codebook},
      {{"binary", "-a, a"}, make_codebook},
      {{"codebook", "the levels of least squared error (Lloyd, Max)"}, make_codebook},
      {{"fixed", "fixed point with the modes of ap_fixed"}, make_fixed_point},
      {{"ebq", "error-bounded: predicted from neighbours, integers of twice the bound, entropy coded"}, make_error_bounded},
      {{"lmul", "products by one integer addition"}, make_lmul},
  };
  return all;
}

} // namespace

std::size_t EncodedTensor::bytes() const {
  const auto size = [](const auto& v) { return v.size() * sizeof(v[0]); };
  return std::visit(size, codes) + size(scales) + size(zero_points) + size(exponents) + size(levels);
}

void TensorFormat::multiply(std::span<const float> x, std::span<const float> y, std::span<float> z) const {
  require_same_length(x.size(), y.size());
  require_same_length(x.size(), z.size());
  std::vector<float> a(x.size()), b(x.size());
  EncodedTensor e;
  for (const auto& [from, to] : {std::pair{x, std::span(a)}, std::pair{y, std::span(b)}}) {
    fit(from, {1, from.size()}, e);
    encode(from, e);
    decode(e, to);
  }
  for (std::size_t i = 0; i < x.size(); ++i) z[i] = a[i] * b[i];
}

const std::vector<FormatName>& format_names() {
  static const std::vector<FormatName> names = [] {
    std::vector<FormatName> all;
    all.reserve(makers().size());
    for (const Maker& maker : makers()) all.push_back(maker.name);
    return all;
  }();
  return names;
}

std::unique_ptr<TensorFormat> make_format(const std::string& text) {
  FormatText parsed(text);
  std::vector<std::string> valid;
  for (const Maker& maker : makers()) {
    if (maker.name.name == parsed.name()) {
      auto format = maker.make(parsed);
      parsed.finish();
      return format;
    }
    valid.push_back(maker.name.name);
  }
  parsed.refuse("no format is called \"" + parsed.name() + "\"" + did_you_mean(parsed.name(), valid));
}

} // namespace ansatz::quant
