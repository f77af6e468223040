// SPDX-License-Identifier: Apache-2.0
/// Channels, weights, layouts and normalisations of the feature interaction against the definition, element by element, and its gradients against differences.
#include "signals.hpp"

#include <ansatz/equivariant/gaunt/feature_interaction.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace equivariant_test;

struct Case {
  InteractionOptions options;
  std::size_t batch;
};
std::vector<Case> cases() {
  return {{{"3x0e+3x1o+3x2e", "3x0e+3x1o+3x2e", "3x0e+3x1o+3x2e+3x3o", Layout::mul_ir, Normalisation::integral}, 7},
          {{"16x1o+16x0e", "16x2e", "16x1o+16x3o+16x2e", Layout::ir_mul, Normalisation::component}, 3},
          {{"5x0o+5x1e", "0e+1o+2e", "5x0o+5x1e", Layout::mul_ir, Normalisation::norm}, 4},
          {{"2x2e+2x0e", "2x1o+2x3o", "2x1o", Layout::ir_mul, Normalisation::norm}, 1}};
}

std::vector<double> random_numbers(std::mt19937& random, std::size_t n) {
  std::normal_distribution<double> normal;
  std::vector<double> x(n);
  for (double& v : x) v = normal(random);
  return x;
}

/// A feature array seen by element, channel, degree and order.
struct Features {
  const SignalIrreps s;
  Layout layout;
  [[nodiscard]] std::size_t operator()(std::size_t b, std::size_t u, int l, int m) const {
    const std::size_t channel = s.channels == 1 ? 0 : u;
    const std::size_t start = b * s.size + static_cast<std::size_t>(s.offset[index(l)]);
    return layout == Layout::mul_ir ? start + channel * index(2 * l + 1) + index(l + m) : start + index(l + m) * s.channels + channel;
  }
  [[nodiscard]] bool has(int l) const { return s.offset[index(l)] >= 0; }
};

/// The interaction written out.
std::vector<double> by_definition(const Case& c, const std::vector<double>& x, const std::vector<double>& y, const std::vector<double>& w1,
                                  const std::vector<double>& w2, const std::vector<double>& w3) {
  const Features X{SignalIrreps(Irreps(c.options.irreps1)), c.options.layout}, Y{SignalIrreps(Irreps(c.options.irreps2)), c.options.layout},
      Z{SignalIrreps(Irreps(c.options.irreps3)), c.options.layout};
  const std::size_t C = Z.s.channels;
  std::vector<double> z(c.batch * Z.s.size);
  const auto s = [&](int l) { return normalisation_scale(c.options.normalisation, l); };
  for (int l1 = 0; l1 <= X.s.degree; ++l1)
    for (int l2 = 0; l2 <= Y.s.degree; ++l2)
      for (int l3 = 0; l3 <= Z.s.degree; ++l3) {
        if (!X.has(l1) || !Y.has(l2) || !Z.has(l3)) continue;
        for (int m1 = -l1; m1 <= l1; ++m1)
          for (int m2 = -l2; m2 <= l2; ++m2)
            for (int m3 = -l3; m3 <= l3; ++m3) {
              const auto g = static_cast<double>(gaunt_coefficient({l1, m1}, {l2, m2}, {l3, m3})) * s(l1) * s(l2) / s(l3);
              if (g == 0.0) continue;
              for (std::size_t b = 0; b < c.batch; ++b)
                for (std::size_t u = 0; u < C; ++u)
                  z[Z(b, u, l3, m3)] +=
                      g * w1[index(l1) * C + u] * x[X(b, u, l1, m1)] * w2[index(l2) * C + u] * y[Y(b, u, l2, m2)] * w3[index(l3) * C + u];
            }
      }
  return z;
}

/// Random data of a case.
struct Data {
  FeatureInteraction<double> interaction;
  AlignedVector<double> work;
  std::vector<double> x, y, g, w1, w2, w3;

  Data(const Case& c, std::mt19937& random) : interaction(c.options), work(interaction.workspace()) {
    const SignalIrreps a(Irreps(c.options.irreps1)), b(Irreps(c.options.irreps2)), d(Irreps(c.options.irreps3));
    x = random_numbers(random, c.batch * a.size);
    y = random_numbers(random, c.batch * b.size);
    g = random_numbers(random, c.batch * d.size);
    w1 = random_numbers(random, (index(a.degree) + 1) * d.channels);
    w2 = random_numbers(random, (index(b.degree) + 1) * d.channels);
    w3 = random_numbers(random, (index(d.degree) + 1) * d.channels);
  }
  std::vector<double> forward() {
    std::vector<double> z(g.size(), -7.0);
    interaction.execute(x, y, {w1, w2, w3}, z, work);
    return z;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(interaction)

BOOST_AUTO_TEST_CASE(weighted_products_of_channels_follow_the_definition) {
  std::mt19937 random(12);
  for (const Case& c : cases()) {
    Data d(c, random);
    const auto truth = by_definition(c, d.x, d.y, d.w1, d.w2, d.w3);
    BOOST_TEST(distance(d.forward(), truth) <= 1e-14 * norm(truth), c.options.irreps1);
  }
}

BOOST_AUTO_TEST_CASE(weights_left_out_are_ones) {
  std::mt19937 random(13);
  Data d(cases()[0], random);
  for (auto* w : {&d.w1, &d.w2, &d.w3}) std::fill(w->begin(), w->end(), 1.0);
  std::vector<double> z(d.g.size());
  d.interaction.execute(d.x, d.y, {}, z, d.work);
  BOOST_TEST(distance(z, d.forward()) == 0.0);
}

BOOST_AUTO_TEST_CASE(gradients_match_differences_which_are_exact_for_multilinear_maps) {
  // z is linear in each of x, y, w1, w2, w3, so a central difference has rounding errors only.
  std::mt19937 random(14);
  for (const Case& c : cases()) {
    Data d(c, random);
    std::vector<double> xbar(d.x.size(), -7.0), ybar(d.y.size(), -7.0), w1(d.w1.size()), w2(d.w2.size()), w3(d.w3.size());
    d.interaction.vjp(d.x, d.y, {d.w1, d.w2, d.w3}, d.g, xbar, ybar, {w1, w2, w3}, d.work);
    const auto compare = [&](std::vector<double>& variable, const std::vector<double>& gradient) {
      const auto direction = random_numbers(random, variable.size());
      const auto saved = variable;
      const auto value = [&](double step) {
        for (std::size_t i = 0; i < variable.size(); ++i) variable[i] = saved[i] + step * direction[i];
        return dot(d.g, d.forward());
      };
      const double difference = (value(1.0) - value(-1.0)) / 2;
      variable = saved;
      BOOST_TEST(std::abs(difference - dot(gradient, direction)) <= 1e-12 * norm(gradient) * norm(direction), c.options.irreps1);
    };
    compare(d.x, xbar);
    compare(d.y, ybar);
    compare(d.w1, w1);
    compare(d.w2, w2);
    compare(d.w3, w3);
  }
}

BOOST_AUTO_TEST_CASE(foolish_irreps_are_refused) {
  const auto refused = [](const char* a, const char* b, const char* c, const std::string& phrase) {
    try {
      FeatureInteraction<float>({.irreps1 = a, .irreps2 = b, .irreps3 = c});
    } catch (const ansatz::UsageError& error) {
      return std::string(error.what()).find(phrase) != std::string::npos;
    }
    return false;
  };
  BOOST_TEST(refused("2x0e+2x1o", "3x0e+3x1o", "3x0e", "2 and 3 channels"));
  BOOST_TEST(refused("2x0e+2x1o", "2x0e+2x1o", "1x0e", "output has 1 channels"));
  BOOST_TEST(refused("1o", "1o", "1e", "cannot be reached"));
  BOOST_TEST(refused("1o", "1o", "0o", "cannot be reached"));
  BOOST_TEST(refused("2x0e+3x1e", "0e", "0e", "2 signals and 3 pseudo-signals"));
  BOOST_TEST(refused("0x0e", "0e", "0e", "empty"));
  BOOST_TEST(refused("1q", "0e", "0e", "no parity"));
  std::mt19937 random(1);
  Data d(cases()[0], random);
  BOOST_CHECK_THROW(d.interaction.execute(std::span(d.x).first(5), d.y, {}, d.g, d.work), ansatz::UsageError);
  BOOST_CHECK_THROW(d.interaction.execute(d.x, d.y, {.first = std::span(d.w1).first(2)}, d.g, d.work), ansatz::UsageError);
  BOOST_CHECK_THROW(d.interaction.execute(d.x, d.y, {}, d.g, std::span(d.work).first(8)), ansatz::UsageError);
}

BOOST_AUTO_TEST_SUITE_END()
