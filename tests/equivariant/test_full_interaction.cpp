// SPDX-License-Identifier: Apache-2.0
/// Feature interactions of signals and pseudo-signals by products and brackets: against the definition, under reflections, and all derivatives.
#include "derivatives.hpp"

#include <ansatz/equivariant/gaunt/feature_interaction.hpp>
#include <ansatz/equivariant/harmonics/rotation.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace equivariant_test;

struct Case {
  InteractionOptions options;
  std::size_t batch;
};
std::vector<Case> cases() {
  const std::string full = "3x0e+3x0o+3x1o+3x1e+3x2e+3x2o";
  std::vector<Case> all;
  for (const Parts parts : {Parts::even, Parts::odd, Parts::both})
    all.push_back({{.irreps1 = full, .irreps2 = full, .irreps3 = "3x1e+3x1o+3x2e+3x3e", .parts = parts}, 5});
  all.push_back({{"4x1o+4x0o", "1o+1e", "4x1e+4x2o+4x1o", Layout::ir_mul, Normalisation::norm}, 6});
  all.back().options.parts = Parts::both;
  all.push_back({{"2x1o", "2x2e", "2x2o+2x1o", Layout::mul_ir, Normalisation::component}, 3});
  all.back().options.parts = Parts::both;
  return all;
}

/// Place of (channel, l, m) of one irrep in an element, -1 if it is missing; channel 0 for an operand of one channel.
struct Places {
  Irreps irreps;
  Layout layout;
  std::ptrdiff_t operator()(const Irrep& wanted, std::size_t channel, int m) const {
    std::size_t at = 0;
    for (const auto& [multiplicity, irrep] : irreps.terms()) {
      const std::size_t u = multiplicity == 1 ? 0 : channel;
      const std::size_t inside = layout == Layout::mul_ir ? u * index(2 * irrep.l + 1) + index(irrep.l + m) : index(irrep.l + m) * multiplicity + u;
      if (irrep == wanted) return static_cast<std::ptrdiff_t>(at + inside);
      at += multiplicity * index(2 * irrep.l + 1);
    }
    return -1;
  }
  /// Place of a weight: degrees of signals, then of pseudo-signals.
  std::size_t weight(const Irrep& irrep, std::size_t channel, std::size_t channels) const {
    int largest = -1;
    for (const auto& t : irreps.terms())
      if (t.irrep.type() == 1) largest = std::max(largest, t.irrep.l);
    return index(irrep.type() == 1 ? irrep.l : largest + 1 + irrep.l) * channels + channel;
  }
  [[nodiscard]] std::size_t weights(std::size_t channels) const {
    int largest[2] = {-1, -1};
    for (const auto& t : irreps.terms()) largest[t.irrep.type() == 1 ? 0 : 1] = std::max(largest[t.irrep.type() == 1 ? 0 : 1], t.irrep.l);
    return index(largest[0] + largest[1] + 2) * channels;
  }
};

/// Random data of a case.
struct Data {
  Case c;
  FeatureInteraction<double> interaction;
  Places X, Y, Z;
  AlignedVector<double> work;
  std::vector<double> x, y, g, w1, w2, w3;

  Data(const Case& given, std::mt19937& random)
      : c(given), interaction(c.options), X{Irreps(c.options.irreps1), c.options.layout}, Y{Irreps(c.options.irreps2), c.options.layout},
        Z{Irreps(c.options.irreps3), c.options.layout}, work(interaction.workspace()) {
    const auto numbers = [&](std::size_t n) { return random_like(random, std::vector<double>(n)); };
    x = numbers(c.batch * X.irreps.size());
    y = numbers(c.batch * Y.irreps.size());
    g = numbers(c.batch * Z.irreps.size());
    w1 = numbers(X.weights(interaction.channels()));
    w2 = numbers(Y.weights(interaction.channels()));
    w3 = numbers(Z.weights(interaction.channels()));
  }
  [[nodiscard]] InteractionWeights<double> w() const { return {w1, w2, w3}; }
  std::vector<double> forward() {
    std::vector<double> z(g.size(), -7.0);
    interaction.execute(x, y, w(), z, work);
    return z;
  }
  /// The interaction written out, path by path.
  [[nodiscard]] std::vector<double> by_definition() const {
    std::vector<double> z(g.size());
    const std::size_t C = interaction.channels();
    const auto s = [&](int l) { return normalisation_scale(c.options.normalisation, l); };
    for (const Path& p : interaction.paths()) {
      if (!p.used) continue;
      const bool odd = (p.first.l + p.second.l + p.out.l) % 2 != 0;
      for (int a = -p.first.l; a <= p.first.l; ++a)
        for (int b = -p.second.l; b <= p.second.l; ++b)
          for (int k = -p.out.l; k <= p.out.l; ++k) {
            const Harmonic f{p.first.l, a}, h{p.second.l, b}, o{p.out.l, k};
            const auto value = static_cast<double>(odd ? bracket_coefficient(f, h, o) : gaunt_coefficient(f, h, o)) * s(f.l) * s(h.l) / s(o.l);
            if (value == 0.0) continue;
            for (std::size_t e = 0; e < c.batch; ++e)
              for (std::size_t u = 0; u < C; ++u)
                z[e * Z.irreps.size() + static_cast<std::size_t>(Z(p.out, u, k))] +=
                    value * w1[X.weight(p.first, u, C)] * x[e * X.irreps.size() + static_cast<std::size_t>(X(p.first, u, a))] *
                    w2[Y.weight(p.second, u, C)] * y[e * Y.irreps.size() + static_cast<std::size_t>(Y(p.second, u, b))] * w3[Z.weight(p.out, u, C)];
          }
    }
    return z;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(full_interaction)

BOOST_AUTO_TEST_CASE(signals_of_both_types_follow_the_definition) {
  std::mt19937 random(71);
  for (const Case& c : cases()) {
    Data d(c, random);
    const auto truth = d.by_definition();
    BOOST_TEST(distance(d.forward(), truth) <= 1e-13 * norm(truth), c.options.irreps1);
  }
}

BOOST_AUTO_TEST_CASE(reflections_act_on_inputs_and_outputs_alike) {
  std::mt19937 random(72);
  for (const Case& c : cases()) {
    Data d(c, random);
    const auto inverted = [&](std::vector<double> f, const Irreps& irreps) {
      std::size_t at = 0;
      while (at < f.size())
        for (const auto& [multiplicity, irrep] : irreps.terms())
          for (std::size_t i = 0; i < multiplicity * index(2 * irrep.l + 1); ++i) f[at++] *= irrep.parity;
      return f;
    };
    const auto z = inverted(d.forward(), d.Z.irreps);
    d.x = inverted(d.x, d.X.irreps);
    d.y = inverted(d.y, d.Y.irreps);
    BOOST_TEST(distance(d.forward(), z) <= 1e-14 * norm(z));
  }
}

BOOST_AUTO_TEST_CASE(paths_say_what_each_half_uses) {
  const auto count = [](Parts parts) {
    int used = 0, dropped = 0;
    for (const Path& p : product_paths(Irreps("1o+1e"), Irreps("1o"), Irreps("0e+1e+1o+2e"), parts)) (p.used ? used : dropped) += 1;
    return std::array{used, dropped};
  };
  // 1o 1o gives 0e, 1e, 2e and 1e 1o gives 1o; the odd sums are those to 1e and 1o.
  BOOST_TEST((count(Parts::both) == std::array{4, 0}));
  BOOST_CHECK_THROW(count(Parts::even), ansatz::UsageError);
  BOOST_CHECK_THROW(count(Parts::odd), ansatz::UsageError);
  const auto even = product_paths(Irreps("1o+2e"), Irreps("1o"), Irreps("1o+0e+2e"), Parts::even);
  BOOST_TEST(std::count_if(even.begin(), even.end(), [](const Path& p) { return !p.used; }) == 0);
  const auto mixed = product_paths(Irreps("1o+2o"), Irreps("1o"), Irreps("2e"), Parts::even);
  BOOST_TEST(mixed.size() == 2U);
  BOOST_TEST(!mixed[1].used);
}

BOOST_AUTO_TEST_CASE(derivatives_are_those_of_the_multilinear_map) {
  std::mt19937 random(73);
  auto all = cases();
  all.push_back({{"3x0e+3x1o+3x2e", "0e+1o+2e", "3x0e+3x1o", Layout::mul_ir, Normalisation::component}, 4});
  for (const Case& c : all) {
    Data d(c, random);
    const auto like = [&](const std::vector<double>& v) { return random_like(random, v); };
    const auto dx = like(d.x), dy = like(d.y), dg = like(d.g), u = like(d.x), v = like(d.y), dw1 = like(d.w1), dw2 = like(d.w2), dw3 = like(d.w3);
    std::vector<double> dz(d.g.size(), -7.0), xbar(d.x.size(), -7.0), ybar(d.y.size(), -7.0), b1(dw1.size()), b2(dw2.size()), b3(dw3.size());
    std::vector<double> to_x(d.x.size(), -7.0), to_y(d.y.size(), -7.0), to_g(d.g.size(), -7.0), s1(dw1.size()), s2(dw2.size()), s3(dw3.size());

    d.interaction.jvp(d.x, d.y, d.w(), dx, dy, {dw1, dw2, dw3}, dz, d.work);
    d.interaction.vjp(d.x, d.y, d.w(), d.g, xbar, ybar, {b1, b2, b3}, d.work);
    d.interaction.vjp2(d.x, d.y, d.w(), d.g, u, v, to_x, to_y, to_g, {s1, s2, s3}, d.work);

    const auto x0 = d.x, y0 = d.y, g0 = d.g, w10 = d.w1, w20 = d.w2, w30 = d.w3;
    const auto move = [&](double t) {
      d.x = moved(x0, t, dx);
      d.y = moved(y0, t, dy);
      d.w1 = moved(w10, t, dw1);
      d.w2 = moved(w20, t, dw2);
      d.w3 = moved(w30, t, dw3);
    };
    const double along = slope([&](double t) {
      move(t);
      return inner(g0, d.forward());
    });
    const double scale = norm(g0) * norm(dz);
    BOOST_TEST(std::abs(inner(g0, dz) - along) <= 1e-11 * scale);
    BOOST_TEST(std::abs(inner(xbar, dx) + inner(ybar, dy) + inner(b1, dw1) + inner(b2, dw2) + inner(b3, dw3) - along) <= 1e-11 * scale);
    const double second = slope([&](double t) {
      move(t);
      std::vector<double> a(dx.size()), b(dy.size());
      d.interaction.vjp(d.x, d.y, d.w(), moved(g0, t, dg), a, b, {}, d.work);
      return inner(u, a) + inner(v, b);
    });
    const double found = inner(to_x, dx) + inner(to_y, dy) + inner(to_g, dg) + inner(s1, dw1) + inner(s2, dw2) + inner(s3, dw3);
    BOOST_TEST(std::abs(found - second) <= 1e-10 * (std::abs(second) + norm(to_x) * norm(dx)), c.options.irreps1);
  }
}

BOOST_AUTO_TEST_CASE(threads_do_not_change_a_bit) {
  std::mt19937 random(74);
  Case c = cases()[2];
  c.batch = 50;
  c.options.method = "theta_mconv"; // measured choices may differ
  Data one(c, random);
  c.options.threads = 3;
  const FeatureInteraction<double> three(c.options);
  AlignedVector<double> work(three.workspace());
  std::vector<double> z(one.g.size()), a(one.x.size()), b(one.y.size()), a3(a), b3(b), w(one.w1.size()), w3(w);

  three.execute(one.x, one.y, one.w(), z, work);
  three.vjp(one.x, one.y, one.w(), one.g, a3, b3, {w3, {}, {}}, work);
  one.interaction.vjp(one.x, one.y, one.w(), one.g, a, b, {w, {}, {}}, one.work);

  BOOST_TEST((z == one.forward()));
  BOOST_TEST((a == a3));
  BOOST_TEST((b == b3));
  BOOST_TEST((w == w3));
}

BOOST_AUTO_TEST_SUITE_END()
