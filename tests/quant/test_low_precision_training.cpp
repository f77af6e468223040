// SPDX-License-Identifier: Apache-2.0
// Training with integer products and with rounding in the loop: products against int64 sums at the edge of their guarantee, projections against tables,
// gradients against definitions, and digits learned as well as in float32.
#include <ansatz/data/error.hpp>
#include <ansatz/learning/classification.hpp>
#include <ansatz/learning/random.hpp>
#include <ansatz/quant/formats/dynamic_fixed_point.hpp>
#include <ansatz/quant/networks/attention_products.hpp>
#include <ansatz/quant/networks/aware.hpp>
#include <ansatz/quant/networks/integer_training.hpp>
#include <ansatz/quant/networks/pair_products.hpp>

#include <boost/test/unit_test.hpp>
#include <mpi.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace ansatz::quant {

namespace {

using learning::uniform;

std::vector<std::int16_t> codes(std::int64_t n, int most, std::uint64_t seed) {
  std::vector<std::int16_t> q(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < q.size(); ++i) q[i] = static_cast<std::int16_t>(std::lround((2 * uniform(seed, 3, i) - 1) * most));
  return q;
}

/// The sums of the definition, chain by chain, with int64 in place of int32.
std::vector<float> plain_products(std::int64_t rows, std::int64_t columns, std::int64_t terms, const std::vector<std::int16_t>& a,
                                  const std::vector<std::int16_t>& b, std::int64_t chain, float scale) {
  std::vector<float> y;
  for (std::int64_t m = 0; m < rows; ++m)
    for (std::int64_t n = 0; n < columns; ++n) {
      float f = 0;
      for (std::int64_t first = 0; first < terms; first += 2 * chain) {
        std::int64_t sum = 0;
        for (std::int64_t k = first; k < std::min(first + 2 * chain, terms); ++k)
          sum += std::int64_t{a[static_cast<std::size_t>(m * terms + k)]} * b[static_cast<std::size_t>(n * terms + k)];
        BOOST_REQUIRE(std::abs(sum) <= std::int64_t{2147483647});
        f += static_cast<float>(sum);
      }
      y.push_back(scale * f);
    }
  return y;
}

const ImageSet& digits() {
  static const ImageSet set = read_image_set("digits");
  return set;
}

/// Accuracy on the test digits after training, the mean of so many seeds.
double mean_accuracy(int seeds, const std::function<learning::Network<float>()>& network,
                     const std::function<void(learning::Arena<float>&)>& prepare = {}) {
  double sum = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    learning::ClassificationTraining training(MPI_COMM_SELF, digits(),
                                              {.model = "digits-mlp", .epochs = 15, .batch = 32, .chunks = 1, .rate = 1e-2, .seed = seed}, network());
    if (prepare) prepare(training.arena());
    while (training.progress().step < training.steps()) (void)training.step();
    sum += 1 - training.validate();
  }
  return sum / seeds;
}

} // namespace

BOOST_AUTO_TEST_SUITE(low_precision_training)

BOOST_AUTO_TEST_CASE(pair_products_are_sums_of_integers) {
  // Codes so small that every sum is exact in float32, wherever chains end.
  for (const auto& [rows, columns, terms] : {std::array<std::int64_t, 3>{1, 1, 2}, {3, 16, 10}, {7, 17, 144}, {13, 40, 1568}}) {
    const auto a = codes(rows * terms, 63, 1), b = codes(columns * terms, 63, 2);
    PackedPairs packed;
    pack_columns(columns, terms, b.data(), packed);
    std::vector<float> wanted = plain_products(rows, columns, terms, a, b, terms, 0.5F);
    std::vector<float> y(wanted.size());
    const std::vector<float> bias(static_cast<std::size_t>(packed.panels() * panel_columns), 2.0F);
    const PairRows shape{.stride = terms, .run_pairs = terms / 2};

    for (const InstructionSet set : instruction_sets_here()) {
      PairSweep(packed, shape, 32767, kernel_table(set)).run(rows, a.data(), 0.5F, {}, false, y.data(), columns);
      BOOST_TEST(y == wanted, boost::test_tools::per_element());
    }
    PairSweep(packed, shape, 63).run(rows, a.data(), 0.5F, bias, true, y.data(), columns);
    for (float& v : wanted) v = std::max(v + 2.0F, 0.0F);
    BOOST_TEST(y == wanted, boost::test_tools::per_element());
    // The other packing: the same matrix with its terms in rows.
    std::vector<std::int16_t> turned(b.size());
    for (std::int64_t n = 0; n < columns; ++n)
      for (std::int64_t k = 0; k < terms; ++k) turned[static_cast<std::size_t>(k * columns + n)] = b[static_cast<std::size_t>(n * terms + k)];
    PackedPairs other;
    pack_terms(
        terms, columns, turned.data(), [&](std::int64_t k) { return k * columns; }, other);
    BOOST_TEST(std::equal(other.words.begin(), other.words.end(), packed.words.begin(), packed.words.end()));
  }
}

BOOST_AUTO_TEST_CASE(chains_hold_at_the_edge_of_their_proof) {
  for (const int headroom : {1, 2, 3}) {
    const int most = (1 << (15 - headroom)) - 1;
    const std::int64_t chain = chain_pairs(most, most);
    BOOST_TEST(2 * chain == (headroom == 1 ? 8 : headroom == 2 ? 32 : 128));
    BOOST_TEST(2 * chain * most * most <= std::int64_t{2147483647});
    const std::int64_t terms = 4 * chain;
    const PairRows shape{.stride = terms, .run_pairs = terms / 2};
    for (const int sign : {1, -1}) {
      const std::vector<std::int16_t> a(static_cast<std::size_t>(terms), static_cast<std::int16_t>(most));
      const std::vector<std::int16_t> b(a.size(), static_cast<std::int16_t>(sign * most));
      const float wanted = plain_products(1, 1, terms, a, b, chain, 1.0F)[0];
      PackedPairs packed;
      pack_columns(1, terms, b.data(), packed);
      float by_norm = 0;
      float by_largest = 1;
      PairSweep(packed, shape, most).run(1, a.data(), 1.0F, {}, false, &by_norm, 1);
      PairSweep(1, chain, shape).add(1, a.data(), packed.words.data(), 1.0F, &by_largest, 1);
      BOOST_TEST(by_norm == wanted);
      BOOST_TEST(by_largest == std::fma(1.0F, 1.0F, wanted));
    }
  }
  BOOST_CHECK_THROW((void)make_integer_kernels({.headroom = 0}), UsageError);
}

BOOST_AUTO_TEST_CASE(integer_kernels_agree_with_real_ones_to_their_rounding) {
  const auto real = learning::make_linear_kernels<float>();
  const auto integer = make_integer_kernels({.headroom = 2, .least = 2});
  for (const learning::Patches& p : {learning::Patches{4, 6, 6, 16, 3}, {8, 1, 1, 64, 1}, {2, 3, 5, 4, 3}}) {
    const std::int64_t out = 24;
    const auto random = [](std::int64_t n, std::uint64_t seed) {
      std::vector<float> x(static_cast<std::size_t>(n));
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(learning::normal(seed, 1, i));
      return x;
    };
    const auto x = random(p.places() * p.features, 1), w = random(out * p.length(), 2), dy = random(p.places() * out, 3);
    const auto compare = [&](std::size_t size, auto&& run, double terms) {
      std::vector<float> a(size), b(size);
      run(*real, a.data());
      run(*integer, b.data());
      double error = 0;
      double energy = 0;
      for (std::size_t i = 0; i < size; ++i) {
        error += static_cast<double>((a[i] - b[i]) * (a[i] - b[i]));
        energy += static_cast<double>(a[i] * a[i]);
      }
      // Operands within 4 standard deviations have 13 bits: errors of 2^-13 a term, independent.
      BOOST_TEST(std::sqrt(error / energy) < 4 * 0x1p-13, "terms " << terms);
      BOOST_TEST(error > 0);
    };
    compare(
        dy.size(), [&](auto& k, float* y) { k.forward(p, out, x.data(), w.data(), y); }, static_cast<double>(p.length()));
    compare(
        x.size(), [&](auto& k, float* y) { k.backward_data(p, out, w.data(), dy.data(), y); }, static_cast<double>(out));
    compare(
        w.size(), [&](auto& k, float* y) { k.backward_weights(p, out, x.data(), dy.data(), y); }, static_cast<double>(p.places()));
  }
}

/// Whole layers on codes that int16 holds exactly: integers give what float64 gives, bit for bit, and so does their way back.
BOOST_AUTO_TEST_CASE(integer_layers_are_exact_where_codes_are) {
  const auto integer = make_integer_kernels({.headroom = 2, .least = 2});
  const auto plain = learning::make_linear_kernels<double>();
  for (const learning::Patches& p : {learning::Patches{7, 14, 14, 4, 3}, {3, 5, 3, 18, 3}, {2, 1, 1, 2, 3}, {9, 1, 1, 64, 1}, {3, 1, 4, 6, 1}}) {
    const std::int64_t out = 6;
    const auto integers = [](std::int64_t n, std::uint64_t seed) {
      const auto q = codes(n, 7, seed);
      return std::vector<float>(q.begin(), q.end());
    };
    const auto x = integers(p.places() * p.features, 1), w = integers(out * p.length(), 2), dy = integers(p.places() * out, 3),
               bias = integers(out, 4);
    std::vector<float> y(dy.size()), dx(x.size()), dw(w.size(), 1.0F), dbias(bias.size(), 1.0F);

    integer->layer(p, out, x.data(), w.data(), bias.data(), learning::Activation::relu, y.data());
    integer->layer_backward(p, out,
                            {.x = x.data(),
                             .w = w.data(),
                             .a = learning::Activation::relu,
                             .y = y.data(),
                             .dy = dy.data(),
                             .dx = dx.data(),
                             .dw = dw.data(),
                             .dbias = dbias.data()});

    const auto wide = [](const std::vector<float>& v) { return std::vector<double>(v.begin(), v.end()); };
    const auto x8 = wide(x), w8 = wide(w), bias8 = wide(bias), dy8 = wide(dy);
    std::vector<double> y8(y.size()), dx8(dx.size()), dw8(dw.size(), 1.0), dbias8(dbias.size(), 1.0), slope(dy.size());
    plain->forward(p, out, x8.data(), w8.data(), y8.data());
    for (std::size_t i = 0; i < y8.size(); ++i) {
      y8[i] = std::max(y8[i] + bias8[i % 6], 0.0);
      slope[i] = y8[i] > 0 ? dy8[i] : 0.0;
      dbias8[i % 6] += slope[i];
    }
    plain->backward_data(p, out, w8.data(), slope.data(), dx8.data());
    plain->backward_weights(p, out, x8.data(), slope.data(), dw8.data());
    BOOST_TEST(wide(y) == y8, boost::test_tools::per_element());
    BOOST_TEST(wide(dx) == dx8, boost::test_tools::per_element());
    BOOST_TEST(wide(dw) == dw8, boost::test_tools::per_element());
    BOOST_TEST(wide(dbias) == dbias8, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(hot_codes_have_the_errors_of_signed_digits) {
  // rms error over all codes in % of full scale, 8 bits: 11.0, 2.1, .42, 0
  const std::array<double, 4> wanted{11.0, 2.1, 0.42, 0.0};
  for (int hot = 1; hot <= 4; ++hot) {
    const std::vector<float> codes8 = hot_codes(-128, 127, hot);
    double sum = 0;
    for (int q = -128; q <= 127; ++q) {
      const double d = static_cast<double>(codes8[static_cast<std::size_t>(q + 128)]) - q;
      sum += d * d;
    }
    const double rms = 100 * std::sqrt(sum / 256) / 128;
    BOOST_TEST_MESSAGE("hot " << hot << " rms " << rms);
    BOOST_TEST(rms <= wanted[static_cast<std::size_t>(hot - 1)] * 1.05 + 1e-12);
  }
  BOOST_TEST(hot_codes(-8, 7, 1)[8 + 3] == 2.0F); // 2 and 4 are equally near
  BOOST_TEST(hot_codes(-8, 7, 2)[8 + 7] == 7.0F); // 8 - 1
}

BOOST_AUTO_TEST_CASE(rounders_pass_gradients_inside_and_move_the_binary_point) {
  const Rounder r({.format = AwareFormat::fixed, .bits = 4}, true);
  const std::vector<float> x{0.3F, -0.26F, 5.0F, -9.0F};
  std::vector<float> y(4), d{1, 10, 100, 1000};

  r.forward(x, 1.3F, y); // I = 2: s = 1/4, codes -8..7
  const float by_point = r.backward(x, 1.3F, d);

  const std::vector<float> rounded{0.25F, -0.25F, 1.75F, -2.0F}, passed{1, 10, 0, 0};
  BOOST_TEST(y == rounded, boost::test_tools::per_element());
  BOOST_TEST(d == passed, boost::test_tools::per_element());
  const double s = 0.25 * std::log(2.0);
  const double wanted = s * (1 - 1.2) * 1 + s * (-1 + 1.04) * 10 + s * 7 * 100 + s * -8 * 1000;
  BOOST_TEST(static_cast<double>(by_point) == wanted, boost::test_tools::tolerance(1e-5));
  const std::vector<float> three{1.0F, -3.0F};
  BOOST_TEST(r.start(three) == 3.0F); // 2 + floor(log2 3)
  BOOST_TEST(Rounder({.bits = 4}, false).start(three) == 2.0F);
  BOOST_CHECK_THROW(Rounder({.bits = 9}, true), UsageError);
  BOOST_CHECK_THROW(Rounder({.bits = 4, .hot = 5}, true), UsageError);
}

BOOST_AUTO_TEST_CASE(a_learned_step_has_the_gradient_of_lsq) {
  const Rounder r({.format = AwareFormat::step, .bits = 4}, true);
  const std::vector<float> x{0.3F, -0.26F, 5.0F, -9.0F};
  std::vector<float> y(4), d{1, 10, 100, 1000};
  const float j = 4 + std::log2(0.2F); // s = 0.2, codes -8..7

  r.forward(x, j, y);
  const float by_step = r.backward(x, j, d);

  // s ln2 times LSQ's sum of d (q - x / s) inside and d n or d p outside, over sqrt(N p)
  const double s = 0.2;
  const double wanted = s * std::log(2.0) * ((2 - 1.5) * 1 + (-1 + 1.3) * 10 + 7.0 * 100 - 8.0 * 1000) / std::sqrt(4.0 * 7.0);
  BOOST_TEST(static_cast<double>(by_step) == wanted, boost::test_tools::tolerance(1e-4));
  for (const auto& [got, exact] : {std::pair{y[0], 0.4}, {y[1], -0.2}, {y[2], 1.4}, {y[3], -1.6}})
    BOOST_TEST(static_cast<double>(got) == exact, boost::test_tools::tolerance(1e-6));
  const std::vector<float> passed{1, 10, 0, 0};
  BOOST_TEST(d == passed, boost::test_tools::per_element());
  // 2 mean|x| / sqrt(p) = 2 3.64 / sqrt(7)
  BOOST_TEST(std::exp2(static_cast<double>(r.start(x)) - 4) == 2 * 3.64 / std::sqrt(7.0), boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(attention_in_other_arithmetics_has_their_errors) {
  std::vector<float> a(1000), b(1000);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<float>(std::exp2(4 * uniform(1, 1, i) - 2));
    b[i] = static_cast<float>(std::exp2(4 * uniform(1, 2, i) - 2));
  }
  // Relative rms of a product, mantissas spread evenly on the logarithm: below 1.3 times the table for even mantissas.
  const std::vector<std::pair<std::string, double>> rms{
      {"bf16", 0.0023}, {"fp8-e4m3", 0.0361}, {"fp8-e5m2", 0.0719}, {"lmul", 0.031}, {"lmul-formula", 0.0953}};
  for (const auto& [name, wanted] : rms) {
    const auto product = attention_products(name);
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double exact = static_cast<double>(a[i]) * static_cast<double>(b[i]);
      const double relative = static_cast<double>(product(1, &a[i], 1, &b[i], 1)) / exact - 1;
      sum += relative * relative;
    }
    const double found = std::sqrt(sum / 1000);
    BOOST_TEST((found > wanted / 1.3 && found < 1.3 * wanted), name << " " << found);
  }
  BOOST_TEST(!attention_products("exact"));
  BOOST_CHECK_THROW((void)attention_products("fp8"), UsageError);
  // Strides: sums over every third of a with every second of b.
  const auto product = attention_products("bf16");
  BOOST_TEST(product(2, a.data(), 3, b.data(), 2) == product(1, a.data(), 1, b.data(), 1) + product(1, &a[3], 1, &b[2], 1));
}

BOOST_AUTO_TEST_CASE(digits_are_learned_as_well_as_in_float32) {
  if (!has_image_set("digits")) {
    BOOST_TEST_MESSAGE("skipped: python3-sklearn is missing");
    return;
  }
  constexpr int seeds = 5;
  const auto aware = [&](const AwareOptions& options) {
    return mean_accuracy(
        seeds, [&] { return aware_network("digits-mlp", options); },
        [&](learning::Arena<float>& arena) {
          if (options.format == AwareFormat::fixed || options.format == AwareFormat::step) start_binary_points(arena, options, 4.0F);
        });
  };

  const double real = mean_accuracy(seeds, [] { return learning::image_network<float>("digits-mlp"); });
  const double integer =
      mean_accuracy(seeds, [] { return learning::image_network<float>("digits-mlp", make_integer_kernels({.headroom = 2, .least = 2})); });
  const double fixed = aware({.format = AwareFormat::fixed, .bits = 8});
  const double hot = aware({.format = AwareFormat::fixed, .bits = 8, .hot = 2});
  const double power = aware({.format = AwareFormat::power, .bits = 4});
  const double eight = aware({.format = AwareFormat::uniform, .bits = 8});
  const double step = aware({.format = AwareFormat::step, .bits = 4});

  BOOST_TEST_MESSAGE("digits: f32 " << real << " dfp16 " << integer << " fixed " << fixed << " 2-hot " << hot << " power4 " << power << " uniform8 "
                                    << eight << " step4 " << step);
  BOOST_TEST(real > 0.9);
  for (const double other : {integer, fixed, hot, power, eight, step}) BOOST_TEST(other > real - 0.01);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::quant
