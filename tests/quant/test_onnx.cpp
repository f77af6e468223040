// SPDX-License-Identifier: Apache-2.0
// The quantization node tests of ONNX, bit for bit. Their tensors are protocol buffers, of which the few fields needed are read here.
#include "support.hpp"

#include <ansatz/quant/calibration/clip.hpp>
#include <ansatz/quant/formats/requantization.hpp>
#include <ansatz/quant/formats/uniform.hpp>

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace ansatz::quant {

namespace {

const std::string nodes = "/usr/share/libonnx-testdata/data/node/";

struct Tensor {
  std::vector<std::int64_t> dims;
  int type = 0; ///< 1 float, 2 uint8, 3 int8, 6 int32
  std::vector<double> values;
};

/// Reader of the wire format: a key (field << 3 | kind), then a varint (kind 0), 8 bytes (1), a length and bytes (2) or 4 bytes (5).
class Wire {
public:
  explicit Wire(std::string bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] bool more() const { return at_ < bytes_.size(); }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; more(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if (byte < 0x80U) break;
    }
    return value;
  }
  std::string take(std::size_t length) {
    std::string part = bytes_.substr(at_, length);
    at_ += length;
    return part;
  }

private:
  std::string bytes_;
  std::size_t at_ = 0;
};

template <class T>
void append(const std::string& raw, std::vector<double>& values) {
  for (std::size_t i = 0; i + sizeof(T) <= raw.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, raw.data() + i, sizeof value);
    values.push_back(static_cast<double>(value));
  }
}

Tensor read_tensor(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  Wire wire(bytes.str());
  Tensor t;
  std::string raw;
  while (wire.more()) {
    const std::uint64_t key = wire.varint(), field = key >> 3;
    const std::uint64_t scalar = (key & 7U) == 0 ? wire.varint() : 0;
    const std::string block = (key & 7U) == 2 ? wire.take(wire.varint()) : ((key & 7U) == 5 ? wire.take(4) : std::string());
    if (field == 1 && block.empty()) t.dims.push_back(static_cast<std::int64_t>(scalar));
    if (field == 1 && !block.empty())
      for (Wire packed(block); packed.more();) t.dims.push_back(static_cast<std::int64_t>(packed.varint()));
    if (field == 2) t.type = static_cast<int>(scalar);
    if (field == 9) raw = block;
    if (field == 4) append<float>(block, t.values);
    if (field == 5)
      for (Wire packed(block); packed.more();) t.values.push_back(static_cast<double>(static_cast<std::int32_t>(packed.varint())));
  }
  if (t.type == 1) append<float>(raw, t.values);
  if (t.type == 2) append<std::uint8_t>(raw, t.values);
  if (t.type == 3) append<std::int8_t>(raw, t.values);
  if (t.type == 6) append<std::int32_t>(raw, t.values);
  return t;
}

/// input_0, input_1, ... and output_0, ... of a node test.
std::vector<Tensor> tensors(const std::string& test, const std::string& kind) {
  std::vector<Tensor> all;
  for (int i = 0;; ++i) {
    const std::string path = nodes + test + "/test_data_set_0/" + kind + "_" + std::to_string(i) + ".pb";
    if (!std::filesystem::exists(path)) return all;
    all.push_back(read_tensor(path));
  }
}

std::vector<float> floats(const std::vector<double>& values) { return {values.begin(), values.end()}; }

/// 11 of the directories; the others hold the same operators composed of others, or int32 convolutions without quantization.
boost::test_tools::assertion_result installed(boost::unit_test::test_unit_id) { return std::filesystem::exists(nodes); }

/// Codes of x by run of `inner` values, scale and zero point of run r being those of channel r mod channels.
std::vector<double> quantize(const Tensor& x, const Tensor& scale, const Tensor& zero, std::size_t inner) {
  const auto values = floats(x.values);
  std::vector<double> out;
  for (std::size_t first = 0; first < values.size(); first += inner) {
    const std::size_t channel = first / inner % scale.values.size();
    const Uniform u{
        .scale = static_cast<float>(scale.values[channel]), .zero_point = static_cast<std::int32_t>(zero.values[channel]), .low = 0, .high = 255};
    std::vector<std::uint8_t> code(inner);
    u.encode<std::uint8_t>(std::span(values).subspan(first, inner), code);
    out.insert(out.end(), code.begin(), code.end());
  }
  return out;
}

std::vector<double> dequantize(const Tensor& q, const Tensor& scale, const Tensor& zero, std::size_t inner) {
  std::vector<double> out;
  for (std::size_t first = 0; first < q.values.size(); first += inner) {
    const std::size_t channel = first / inner % scale.values.size();
    const Uniform u{
        .scale = static_cast<float>(scale.values[channel]), .zero_point = static_cast<std::int32_t>(zero.values[channel]), .low = 0, .high = 255};
    const std::vector<std::uint8_t> code(q.values.begin() + static_cast<std::ptrdiff_t>(first),
                                         q.values.begin() + static_cast<std::ptrdiff_t>(first + inner));
    std::vector<float> x(inner);
    u.decode<std::uint8_t>(code, x);
    out.insert(out.end(), x.begin(), x.end());
  }
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(onnx_, *boost::unit_test::precondition(installed))

BOOST_AUTO_TEST_CASE(quantize_and_dequantize_linear) {
  for (const std::string test : {"test_quantizelinear", "test_quantizelinear_axis"}) {
    const auto in = tensors(test, "input"), out = tensors(test, "output");
    const std::size_t inner = in[1].values.size() == 1 ? in[0].values.size() : in[0].values.size() / in[1].values.size();
    BOOST_TEST(quantize(in[0], in[1], in[2], inner) == out[0].values, boost::test_tools::per_element());
  }
  for (const std::string test : {"test_dequantizelinear", "test_dequantizelinear_axis"}) {
    const auto in = tensors(test, "input"), out = tensors(test, "output");
    const std::size_t inner = in[1].values.size() == 1 ? in[0].values.size() : in[0].values.size() / in[1].values.size();
    BOOST_TEST(dequantize(in[0], in[1], in[2], inner) == out[0].values, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(dynamic_quantize_linear) {
  for (const std::string variant : {"", "_max_adjusted", "_min_adjusted"}) {
    const auto in = tensors("test_dynamicquantizelinear" + variant, "input"), out = tensors("test_dynamicquantizelinear" + variant, "output");
    const auto x = floats(in[0].values);
    const Range range = extremes(x);
    const Uniform u = Uniform::asymmetric(8, range.low, range.high);
    std::vector<std::uint8_t> code(x.size());
    u.encode<std::uint8_t>(x, code);

    BOOST_TEST((std::vector<double>(code.begin(), code.end()) == out[0].values));
    BOOST_TEST(static_cast<double>(u.scale) == out[1].values[0]);
    BOOST_TEST(u.zero_point == out[2].values[0]);
  }
}

BOOST_AUTO_TEST_CASE(products_with_requantization) {
  for (const std::string test : {"test_qlinearmatmul_2D", "test_qlinearmatmul_3D"}) {
    const auto in = tensors(test, "input"), out = tensors(test, "output"); // a, scale, zero, b, scale, zero, y scale, y zero
    const auto rank = in[0].dims.size();
    const auto m = static_cast<std::size_t>(in[0].dims[rank - 2]), k = static_cast<std::size_t>(in[0].dims[rank - 1]),
               n = static_cast<std::size_t>(in[3].dims[rank - 1]);
    const double ratio = in[1].values[0] * in[4].values[0] / in[6].values[0];
    const auto zero = static_cast<std::int32_t>(in[7].values[0]);
    std::size_t at = 0;
    for (std::size_t batch = 0; batch < in[0].values.size() / (m * k); ++batch)
      for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j < n; ++j) {
          std::int32_t sum = 0;
          for (std::size_t l = 0; l < k; ++l)
            sum += (static_cast<std::int32_t>(in[0].values[batch * m * k + i * k + l]) - static_cast<std::int32_t>(in[2].values[0])) *
                   (static_cast<std::int32_t>(in[3].values[batch * k * n + l * n + j]) - static_cast<std::int32_t>(in[5].values[0]));
          for (const auto mode : {RequantizationMode::half_up, RequantizationMode::gemmlowp})
            BOOST_TEST(Requantization::of(ratio, zero, 0, 255, mode)(sum) == out[0].values[at]);
          ++at;
        }
    BOOST_TEST(at == out[0].values.size());
  }
}

BOOST_AUTO_TEST_CASE(a_convolution_of_one_point_with_requantization) {
  const auto in = tensors("test_qlinearconv", "input"),
             out = tensors("test_qlinearconv", "output"); // x, scale, zero, w, scale, zero, y scale, y zero
  BOOST_TEST(in[3].values.size() == 1U);                  // 1x1: a product with one weight
  const auto r = Requantization::of(in[1].values[0] * in[4].values[0] / in[6].values[0], static_cast<std::int32_t>(in[7].values[0]), 0, 255);
  for (std::size_t i = 0; i < in[0].values.size(); ++i)
    BOOST_TEST(r((static_cast<std::int32_t>(in[0].values[i]) - static_cast<std::int32_t>(in[2].values[0])) *
                 (static_cast<std::int32_t>(in[3].values[0]) - static_cast<std::int32_t>(in[5].values[0]))) == out[0].values[i]);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::quant
