// SPDX-License-Identifier: Apache-2.0
// Products and convolutions of every instruction set of this machine against plain loops: sums in 64 bits, equal bits everywhere.
#include <ansatz/data/error.hpp>
#include <ansatz/learning/random.hpp>
#include <ansatz/quant/kernels/multiply.hpp>
#include <ansatz/quant/kernels/reference/multiply.hpp>
#include <ansatz/quant/kernels/weight_codes.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace ansatz::quant {

namespace {

struct Case {
  Grid grid;
  WeightShape shape;
};

/// Rows around the height of a tile, outputs around a panel, channels that fill words or not.
std::vector<Case> cases() {
  std::vector<Case> list;
  for (const std::int64_t rows : {1, 5, 13})
    for (const std::int64_t in : {1, 7, 64})
      for (const std::int64_t out : {1, 17, 32}) list.push_back({{1, 1, rows}, product_shape(in, out)});
  for (const std::int64_t x : {1, 2, 9}) {
    list.push_back({{1, 3, x}, convolution_shape(5, 3, Window::square)});
    list.push_back({{2, 3, x}, convolution_shape(16, 8, Window::cube)});
  }
  return list;
}

std::vector<float> random_values(std::int64_t n, std::uint64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(2 * learning::uniform(seed, 3, i) - 1);
  return values;
}

template <class Q>
std::vector<Q> random_codes(std::int64_t n, int low, int high, std::uint64_t seed) {
  std::vector<Q> codes(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<Q>(low + std::floor(learning::uniform(seed, 4, i) * (high - low + 1)));
  return codes;
}

std::vector<float> as_floats(const auto& codes) { return {codes.begin(), codes.end()}; }

std::int64_t activations(const Case& c) { return c.grid.voxels() * c.shape.in; }
std::size_t outputs(const Case& c) { return static_cast<std::size_t>(c.grid.voxels() * c.shape.out); }

std::string label(const KernelTable& table, const Case& c) {
  return std::string(table.name) + " " + std::to_string(c.grid.x) + " voxels a row, " + std::to_string(c.shape.in) + " -> " +
         std::to_string(c.shape.out) + ", window " + std::to_string(c.shape.taps());
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// y = F scale + bias as one operation, as tile.hpp says.
std::vector<float> scaled(std::vector<float> f, double step, const std::vector<float>& scale, const std::vector<float>& bias) {
  for (std::size_t i = 0; i < f.size(); ++i) {
    const std::size_t o = i % scale.size();
    f[i] = std::fma(f[i], static_cast<float>(static_cast<double>(scale[o]) * step), bias[o]);
  }
  return f;
}

const std::vector<float> none{};

/// Codes of int16 that stand for themselves.
Codes int16_codes(const KernelTable& table, const Case& c, const std::vector<std::int16_t>& q) {
  Codes codes(Code::int16, c.grid, c.shape.in, c.shape.window);
  std::vector<float> values = as_floats(q);
  encode_dfp16(table, values, 0, codes);
  if (codes.step != 1.0) { // the largest code decides the step: write them as they are
    std::size_t at = 0;
    for (std::int64_t k = 0; k < c.grid.z; ++k)
      for (std::int64_t j = 0; j < c.grid.y; ++j)
        for (std::int64_t i = 0; i < c.grid.x; ++i, at += static_cast<std::size_t>(c.shape.in))
          std::memcpy(codes.row(k, j) + i * codes.voxel_bytes(), q.data() + at, static_cast<std::size_t>(c.shape.in) * 2);
    codes.step = 1.0;
  }
  return codes;
}

void for_each_table(const auto& body) {
  for (const InstructionSet set : instruction_sets_here()) body(kernel_table(set));
}

} // namespace

BOOST_AUTO_TEST_SUITE(kernels_)

BOOST_AUTO_TEST_CASE(int16_products_equal_chains_in_64_bits) {
  for_each_table([](const KernelTable& table) {
    for (const Case& c : cases()) {
      const auto a = random_codes<std::int16_t>(activations(c), -32767, 32767, 1);
      const auto w = random_codes<std::int16_t>(c.shape.size(), -4095, 4095, 2);
      const auto scale = random_values(c.shape.out, 3);
      const auto bias = random_values(c.shape.out, 4);
      std::vector<float> positive(scale.size());
      std::transform(scale.begin(), scale.end(), positive.begin(), [](float s) { return std::abs(s) + 0.1F; });
      const PackedWeights packed = pack_int16(table, Format::dfp16, c.shape, w, positive, bias, 32767);
      std::vector<float> y(outputs(c));

      multiply(table, packed, int16_codes(table, c, a), {.values = y});

      const auto truth = scaled(reference::chained(c.grid, c.shape, a, w, 0, 2, packed.chain_ends), 1.0, positive, bias);
      BOOST_TEST(same_bits(y, truth), label(table, c));
    }
  });
}

BOOST_AUTO_TEST_CASE(int8_products_are_exact_for_every_zero_point) {
  for_each_table([](const KernelTable& table) {
    for (const Case& c : cases())
      for (const int zero : {0, 77, 128}) {
        const auto a = random_codes<std::uint8_t>(activations(c), 0, 255, 5);
        const auto w = random_codes<std::int8_t>(c.shape.size(), -128, 127, 6);
        const PackedWeights packed = pack_int8(table, c.shape, w, none, none, zero);
        Codes codes(packed.operand, c.grid, c.shape.in, c.shape.window, zero);
        std::vector<float> values = as_floats(a);
        for (float& v : values) v -= static_cast<float>(zero);
        encode_u8(table, values, 1.0, codes);
        std::vector<std::int32_t> y(outputs(c));

        multiply(table, packed, codes, {.sums = y});

        const auto truth = reference::sums(c.grid, c.shape, a, w, zero);
        BOOST_TEST(std::equal(truth.begin(), truth.end(), y.begin()), label(table, c) << ", zero point " << zero);
      }
  });
}

BOOST_AUTO_TEST_CASE(power_products_are_those_of_the_squares) {
  for_each_table([](const KernelTable& table) {
    for (const Case& c : cases()) {
      auto x = random_values(activations(c), 7);
      for (float& v : x) v = std::abs(v);
      const auto w = power4_weights(c.shape, random_values(c.shape.size(), 8));
      std::vector<int> squares;
      for (const int code : w.codes) squares.push_back(code * std::abs(code));
      const PackedWeights packed = pack_power4(table, c.shape, w.codes, w.scale, none);
      Codes codes(packed.operand, c.grid, c.shape.in, c.shape.window);
      encode_power4(table, x, 0.75F, codes);
      std::vector<int> activation_squares;
      for (const float v : x) {
        const float q = std::nearbyint(15.0F * std::sqrt(std::min(v, 0.75F) / 0.75F));
        activation_squares.push_back(static_cast<int>(q * q));
      }
      std::vector<std::int32_t> y(outputs(c));

      multiply(table, packed, codes, {.sums = y});

      const auto truth = reference::sums(c.grid, c.shape, activation_squares, squares, 0);
      BOOST_TEST(std::equal(truth.begin(), truth.end(), y.begin()), label(table, c));
    }
  });
}

BOOST_AUTO_TEST_CASE(power8_products_split_where_the_static_limit_of_eight_ends) {
  for_each_table([](const KernelTable& table) {
    const Case c{{1, 1, 7}, product_shape(20, 3)};
    const std::vector<float> ones(static_cast<std::size_t>(activations(c)), -1.0F);
    const std::vector<float> weights(static_cast<std::size_t>(c.shape.size()), 0.5F);
    const auto w = power8_weights(c.shape, weights);
    const PackedWeights packed = pack_int16(table, Format::power8, c.shape, w.codes, w.scale, none, 16129);
    Codes codes(packed.operand, c.grid, c.shape.in, c.shape.window);
    encode_power8(table, ones, 1.0F, codes);
    std::vector<float> y(outputs(c));

    multiply(table, packed, codes, {.values = y});

    BOOST_TEST((packed.chain_ends == std::vector<std::int64_t>{4, 8, 10})); // words of two products
    for (const float v : y) BOOST_TEST(v == -10.0F, boost::test_tools::tolerance(1e-6F));
  });
}

BOOST_AUTO_TEST_CASE(lmul_products_equal_the_reference_with_and_without_zeros) {
  for_each_table([](const KernelTable& table) {
    for (const Case& c : cases())
      for (const bool zeros : {false, true}) {
        auto x = random_values(activations(c), 9);
        if (zeros)
          for (float& v : x) v = std::max(v, 0.0F);
        const auto w = random_values(c.shape.size(), 10);
        const PackedWeights packed = pack_lmul(table, c.shape, w, none);
        Codes codes(packed.operand, c.grid, c.shape.in, c.shape.window);
        encode_f32(table, x, codes);
        std::vector<float> y(outputs(c));

        multiply(table, packed, codes, {.values = y});

        BOOST_TEST(same_bits(y, reference::lmul_sums(c.grid, c.shape, x, w)), label(table, c));
      }
  });
}

BOOST_AUTO_TEST_CASE(lmul_is_right_at_every_edge_of_the_range) {
  std::vector<float> edges;
  for (const int exponent : {-149, -127, -126, -125, -64, -63, -1, 0, 1, 63, 64, 126, 127})
    for (const float mantissa : {1.0F, 1.0625F, 1.5F, 1.9999999F})
      for (const float sign : {1.0F, -1.0F}) edges.push_back(sign * std::ldexp(mantissa, exponent));
  edges.push_back(0.0F);
  edges.push_back(-0.0F);
  const auto n = static_cast<std::int64_t>(edges.size());
  for_each_table([&](const KernelTable& table) {
    const Case c{{1, 1, n}, product_shape(1, n)};
    const PackedWeights packed = pack_lmul(table, c.shape, edges, none);
    Codes codes(packed.operand, c.grid, 1, Window::point);
    encode_f32(table, edges, codes);
    std::vector<float> y(outputs(c));

    multiply(table, packed, codes, {.values = y});

    for (std::size_t i = 0; i < edges.size(); ++i)
      for (std::size_t j = 0; j < edges.size(); ++j)
        BOOST_TEST(y[i * edges.size() + j] == reference::lmul_carry(edges[i], edges[j], lmul_offset, false),
                   table.name << ": " << edges[i] << " x " << edges[j]);
  });
}

BOOST_AUTO_TEST_CASE(bf16_products_equal_the_reference_and_flush_subnormals) {
  for_each_table([](const KernelTable& table) {
    for (const Case& c : cases()) {
      auto x = random_values(activations(c), 11);
      auto w = random_values(c.shape.size(), 12);
      for (std::size_t i = 0; i < x.size(); i += 3) x[i] *= 0x1p-70F; // products around and below 2^-126
      for (std::size_t i = 0; i < w.size(); i += 3) w[i] *= 0x1p-60F;
      const auto rounded = [&table](std::vector<float> v) {
        std::vector<std::uint16_t> words(v.size());
        table.encode.to_bf16(v.data(), static_cast<std::int64_t>(v.size()), words.data());
        for (std::size_t i = 0; i < v.size(); ++i) {
          const std::uint32_t wide = std::uint32_t{words[i]} << 16;
          std::memcpy(&v[i], &wide, sizeof wide);
        }
        return v;
      };
      const PackedWeights packed = pack_bf16(table, c.shape, w, none);
      Codes codes(packed.operand, c.grid, c.shape.in, c.shape.window);
      encode_bf16(table, x, codes);
      std::vector<float> y(outputs(c));

      multiply(table, packed, codes, {.values = y});

      const std::vector<float> one(static_cast<std::size_t>(c.shape.out), 1.0F);
      const std::vector<float> zero(one.size(), 0.0F);
      BOOST_TEST(same_bits(y, scaled(reference::bf16_sums(c.grid, c.shape, rounded(x), rounded(w)), 1.0, one, zero)), label(table, c));
    }
  });
}

BOOST_AUTO_TEST_CASE(chains_end_exactly_where_int32_does) {
  const KernelTable& table = kernel_table(InstructionSet::portable);
  const auto ends = [&](std::int64_t in, int weight, std::int64_t most) {
    const std::vector<std::int16_t> w(static_cast<std::size_t>(in), static_cast<std::int16_t>(weight));
    return pack_int16(table, Format::w8a16, product_shape(in, 1), w, none, none, most).chain_ends;
  };

  // Static limits of the formats: 2, 8, 32, 128, 512 products for headrooms 0 to 4 on both sides; 512 for eight bits against sixteen.
  for (int s = 0; s <= 4; ++s) {
    const int code = (1 << (15 - s)) - 1;
    const std::int64_t limit = std::int64_t{2} << (2 * s);
    BOOST_TEST(ends(limit, code, code).size() == 1U);
    BOOST_TEST(ends(limit + 1, code, code).size() == 2U);
  }
  BOOST_TEST(ends(512, -128, 32767).size() == 1U);
  BOOST_TEST(ends(513, -128, 32767).size() == 2U);
}

BOOST_AUTO_TEST_CASE(sums_at_the_edge_of_a_guarantee_are_exact) {
  for_each_table([](const KernelTable& table) {
    const Case fits{{1, 1, 2}, product_shape(65793, 1)}; // 255 x 128 x 65,793 = 2^31 - 128
    const std::vector<std::int8_t> w(65793, -128);
    const std::vector<float> a(2 * 65793, 255.0F);
    const PackedWeights packed = pack_int8(table, fits.shape, w, none, none, 0);
    Codes codes(packed.operand, fits.grid, fits.shape.in, Window::point);
    encode_u8(table, a, 1.0, codes);
    std::vector<std::int32_t> y(2);

    multiply(table, packed, codes, {.sums = y});

    BOOST_TEST(y[0] == -2147483520);
    BOOST_TEST(y[1] == -2147483520);
    const std::vector<std::int8_t> longer(65794, -128);
    BOOST_TEST(pack_int8(table, product_shape(65794, 1), longer, none, none, 0).chain_ends.size() == 2U);
    const std::vector<std::int8_t> longest(66060, -128); // 254 x 128 x 66,060 > 2^31 - 1
    if (packed.operand == Code::u8)
      BOOST_CHECK_THROW(static_cast<void>(pack_int8(table, product_shape(66060, 1), longest, none, none, 1)), UsageError);
  });
}

BOOST_AUTO_TEST_CASE(pairs_just_within_and_beyond_int16_are_exact) {
  for_each_table([](const KernelTable& table) {
    for (const int second : {64, 65}) { // 255 (64 + 64) = 32,640 fits int16, 255 (64 + 65) does not
      const Case c{{1, 1, 6}, product_shape(4, 16)};
      std::vector<std::int8_t> w(64);
      for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<std::int8_t>(i / 16 % 2 == 0 ? 64 : second);
      const PackedWeights packed = pack_int8(table, c.shape, w, none, none, 0);
      Codes codes(packed.operand, c.grid, 4, Window::point);
      encode_u8(table, std::vector<float>(24, 255.0F), 1.0, codes);
      std::vector<std::int32_t> y(outputs(c));

      multiply(table, packed, codes, {.sums = y});

      for (const std::int32_t v : y) BOOST_TEST(v == 255 * 2 * (64 + second), table.name);
    }
  });
}

BOOST_AUTO_TEST_CASE(results_become_codes_after_bias_relu_and_skip) {
  for_each_table([](const KernelTable& table) {
    const Case c{{2, 3, 7}, convolution_shape(16, 16, Window::cube)};
    const auto a = random_codes<std::int16_t>(activations(c), -2000, 2000, 13);
    const auto w = random_codes<std::int16_t>(c.shape.size(), -127, 127, 14);
    const std::vector<float> scale(16, 0.01F);
    const auto bias = random_values(16, 15);
    const PackedWeights packed = pack_int16(table, Format::w8a16, c.shape, w, scale, bias, 32767);
    const Codes codes = int16_codes(table, c, a);
    Codes skip = codes;
    skip.step = 0.5;
    Codes wide(Code::int16, c.grid, 16, Window::cube);
    wide.step = 8.0;
    Codes narrow(Code::u8, c.grid, 16, Window::point, 3);
    narrow.step = 300.0;
    std::vector<float> y(outputs(c));

    const float largest = multiply(table, packed, codes, {.values = y, .relu = true, .skip = &skip});
    multiply(table, packed, codes, {.codes = &wide, .relu = true, .skip = &skip});
    multiply(table, packed, codes, {.codes = &narrow, .relu = true, .skip = &skip});

    const auto f = scaled(reference::chained(c.grid, c.shape, a, w, 0, 2, packed.chain_ends), 1.0, scale, bias);
    float expected_largest = 0.0F;
    for (std::size_t i = 0; i < f.size(); ++i) {
      const float v = std::fma(static_cast<float>(a[i]), 0.5F, std::max(f[i], 0.0F));
      expected_largest = std::max(expected_largest, std::abs(v));
      const auto voxel = static_cast<std::int64_t>(i / 16);
      const std::byte* row16 = wide.row(voxel / 21, voxel / 7 % 3) + voxel % 7 * wide.voxel_bytes();
      const std::byte* row8 = narrow.row(voxel / 21, voxel / 7 % 3) + voxel % 7 * narrow.voxel_bytes();
      std::int16_t q = 0;
      std::memcpy(&q, row16 + 2 * (i % 16), 2);
      BOOST_REQUIRE_EQUAL(y[i], v);
      BOOST_REQUIRE_EQUAL(q, std::clamp(std::nearbyint(v / 8.0F), -32767.0F, 32767.0F));
      BOOST_REQUIRE_EQUAL(static_cast<int>(row8[i % 16]), std::clamp(std::nearbyint(v / 300.0F) + 3.0F, 0.0F, 255.0F));
    }
    BOOST_TEST(largest == expected_largest);
  });
}

BOOST_AUTO_TEST_CASE(dynamic_fixed_point_keeps_its_bound_and_never_wraps) {
  for_each_table([](const KernelTable& table) {
    for (const float largest : {1.0F, 1.9999999F, 0x1p-100F, 3e38F, 0.0F})
      for (const int headroom : {0, 2}) {
        auto x = random_values(1001, 16);
        for (float& v : x) v *= largest;
        x[500] = largest;
        Codes codes(Code::int16, {1, 1, 1001}, 1, Window::point);

        encode_dfp16(table, x, headroom, codes);

        const double bound = std::ldexp(static_cast<double>(largest), headroom - 15);
        for (std::size_t i = 0; i < x.size(); ++i) {
          std::int16_t q = 0;
          std::memcpy(&q, codes.row(0, 0) + static_cast<std::int64_t>(i) * codes.voxel_bytes(), 2);
          BOOST_REQUIRE_LE(std::abs(q * codes.step - static_cast<double>(x[i])), bound);
          BOOST_REQUIRE_LE(std::abs(q), codes.most);
        }
      }
  });
}

BOOST_AUTO_TEST_CASE(what_has_no_guarantee_or_no_sense_is_refused) {
  const KernelTable& table = kernel_table(InstructionSet::portable);
  const WeightShape shape = product_shape(4, 2);
  const std::vector<std::int16_t> w(8, 1);
  const auto packed = [&](std::int64_t most) { return pack_int16(table, Format::dfp16, shape, w, none, none, most); };
  const auto says = [](const char* part) { return [part](const UsageError& e) { return std::string(e.what()).find(part) != std::string::npos; }; };
  Codes codes(Code::int16, {1, 1, 3}, 4, Window::point);
  std::vector<float> y(6);
  std::vector<float> bad(12, 1.0F);
  bad[7] = std::nanf("");

  BOOST_CHECK_EXCEPTION(encode_dfp16(table, bad, 0, codes), UsageError, says("value 7 is nan"));
  BOOST_CHECK_EXCEPTION(encode_dfp16(table, std::vector<float>(5), 0, codes), UsageError, says("5 values for 3 voxels"));
  BOOST_CHECK_EXCEPTION(multiply(table, packed(100), codes, {.values = y}), UsageError, says("no overflow is proven up to 100"));
  BOOST_CHECK_EXCEPTION(multiply(table, packed(32767), codes, {}), UsageError, says("one place"));
  BOOST_CHECK_EXCEPTION(multiply(table, packed(32767), Codes(Code::int16, {1, 1, 3}, 5, Window::point), {.values = y}), UsageError,
                        says("5 channels"));
  BOOST_CHECK_EXCEPTION(multiply(table, packed(32767), Codes(Code::u8, {1, 1, 3}, 4, Window::point), {.values = y}), UsageError,
                        says("another type"));
  BOOST_CHECK_THROW(static_cast<void>(pack_int16(table, Format::dfp16, shape, std::vector<std::int16_t>(8, -32768), none, none, 1)), UsageError);
  BOOST_CHECK_THROW(static_cast<void>(pack_int16(table, Format::dfp16, shape, std::vector<std::int16_t>(7, 1), none, none, 1)), UsageError);
  BOOST_CHECK_THROW(static_cast<void>(pack_int16(table, Format::dfp16, shape, w, std::vector<float>{1.0F, 0.0F}, none, 1)), UsageError);
  BOOST_CHECK_THROW(static_cast<void>(pack_power4(table, shape, std::vector<std::int8_t>(8, 8), none, none)), UsageError);
  BOOST_CHECK_THROW(encode_u8(table, bad, -1.0, codes), UsageError);
  BOOST_CHECK_THROW(Codes(Code::int16, {0, 1, 1}, 1, Window::point), UsageError);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::quant
