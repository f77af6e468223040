// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/quant/formats/reference/small_float.hpp>
#include <ansatz/quant/formats/small_float.hpp>

#include <boost/test/unit_test.hpp>

namespace ansatz::quant {

namespace {

/// All leading halves of floats with three endings: every exponent, every tie and its neighbours of formats with up to 7 mantissa bits.
std::vector<float> all_leading_halves() {
  std::vector<float> x;
  for (std::uint32_t half = 0; half < 65536; ++half)
    for (const std::uint32_t ending : {0U, 1U, 0x7fffU, 0x8000U, 0x8001U, 0xffffU}) x.push_back(std::bit_cast<float>(half << 16 | ending));
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(small_float_)

BOOST_AUTO_TEST_CASE(every_8_bit_code_decodes_to_its_number_and_back) {
  for (const Fp8 kind : {Fp8::e4m3, Fp8::e5m2}) {
    const SmallFloat format{.kind = kind, .saturate = false};
    std::vector<std::uint8_t> code(256), again(256);
    std::vector<float> x(256);
    for (std::size_t i = 0; i < 256; ++i) code[i] = static_cast<std::uint8_t>(i);
    format.decode(code, x);
    format.encode(x, again);
    for (std::size_t i = 0; i < 256; ++i) {
      const double truth = reference::decode_8bit(code[i], format.mantissa_bits());
      BOOST_TEST((std::isnan(truth) ? std::isnan(x[i]) : static_cast<double>(x[i]) == truth && std::signbit(x[i]) == std::signbit(truth)));
      if (!std::isnan(truth)) BOOST_TEST(static_cast<int>(again[i]) == static_cast<int>(code[i]));
    }
  }
}

BOOST_AUTO_TEST_CASE(kernels_encode_as_the_reference) {
  const auto x = all_leading_halves();
  std::vector<std::uint8_t> code(x.size());
  std::vector<std::uint16_t> words(x.size());
  for (const InstructionSet set : sets_here()) {
    std::size_t wrong = 0;
    const auto check = [&](auto encode, int M, std::uint8_t overflow) {
      (void)encode(x.data(), x.size(), overflow, code.data());
      for (std::size_t i = 0; i < x.size(); ++i) wrong += code[i] != reference::encode_8bit(x[i], M, overflow, overflow) ? 1U : 0U;
      BOOST_TEST(wrong == 0U);
    };
    for (const std::uint8_t overflow : std::initializer_list<std::uint8_t>{0x7e, 0x7f}) check(kernels(set).encode_e4m3, 3, overflow);
    for (const std::uint8_t overflow : std::initializer_list<std::uint8_t>{0x7b, 0x7c}) check(kernels(set).encode_e5m2, 2, overflow);
    (void)kernels(set).encode_bf16(x.data(), x.size(), words.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const bool same = std::isnan(x[i]) ? (words[i] & 0x7fff) > 0x7f80 : words[i] == reference::encode_bf16(x[i]);
      wrong += same ? 0U : 1U;
    }
    BOOST_TEST(wrong == 0U);
  }
}

BOOST_AUTO_TEST_CASE(published_numbers_of_the_formats) {
  const std::vector<float> x{448.0F, 464.0F, 465.0F, 0x1p-6F, 0x1p-9F, 0x1p-10F, std::nextafter(0x1p-10F, 1.0F), 1e30F};
  std::vector<std::uint8_t> code(x.size());

  SmallFloat{.kind = Fp8::e4m3, .saturate = false}.encode(x, code);

  const std::vector<std::uint8_t> e4m3{0x7e, 0x7e, 0x7f, 0x08, 0x01, 0x00, 0x01, 0x7f};
  BOOST_TEST((code == e4m3));
  SmallFloat{.kind = Fp8::e5m2}.encode(x, code);
  BOOST_TEST(code[7] == 0x7b); // 57344
  std::vector<float> back(x.size());
  SmallFloat{.kind = Fp8::e5m2}.decode(code, back);
  BOOST_TEST(back[7] == 57344.0F);
}

BOOST_AUTO_TEST_CASE(errors_keep_their_bounds) {
  for (const float largest : {1.0F, 448.0F, 1000.0F, 1e-4F}) {
    std::vector<float> x(4001), y(4001);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = largest * (static_cast<float>(i) - 2000.0F) / 2000.0F;
    const auto worst = [&] {
      double error = 0.0;
      for (std::size_t i = 0; i < x.size(); ++i) error = std::max(error, std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i])));
      return error;
    };
    std::vector<std::uint8_t> code(x.size());
    for (const Fp8 kind : {Fp8::e4m3, Fp8::e5m2}) {
      const SmallFloat format{.kind = kind};
      format.encode(x, code);
      format.decode(code, y);
      BOOST_TEST(worst() <= format.error_bound(static_cast<double>(largest)));
    }
    std::vector<std::uint16_t> words(x.size());
    Bfloat16::encode(x, words);
    Bfloat16::decode(words, y);
    BOOST_TEST(worst() <= Bfloat16::error_bound(static_cast<double>(largest)));
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::quant
