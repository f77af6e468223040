// SPDX-License-Identifier: Apache-2.0
/// Convolutions with aligned filters against products with the filter's harmonics, exact values, equivariance, and gradients, at the poles as elsewhere.
#include "derivatives.hpp"

#include <ansatz/equivariant/gaunt/conv_plan.hpp>

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <cstring>

namespace {

using namespace equivariant_test;
using Precisions = boost::mpl::list<float, double>;

/// Both poles, directions next to one, and others.
const std::vector<Vector3> directions = {{0, 1, 0}, {0, -2, 0}, {1e-9, 0.7, -2e-9}, {1, 2, 2}, {-0.3, 0.4, 1.2}, {1, 0, 0}, {0, 0, -3}};

/// A small graph, each direction once, sums at some nodes.
template <class T>
struct Case {
  ConvPlan<T> plan;
  ConvOptions options;
  std::vector<ConvEdge> edges;
  std::vector<Vector3> r = directions;
  Blocks<T> work, x, g;
  std::vector<T> h;

  Case(const ConvOptions& o, std::mt19937& random) : plan(o), options(o), work(plan.workspace()) {
    edges.reserve(r.size());
    for (std::size_t e = 0; e < r.size(); ++e) edges.push_back({e % 3, (e * e + 1) % 4});
    x = random_blocks<T>(random, o.degree1, 3 * o.channel_blocks);
    g = random_blocks<T>(random, o.degree3, 4 * o.channel_blocks);
    h = random_like(random, std::vector<T>(r.size() * plan.filter_size()));
  }
  [[nodiscard]] ConvGraph<T> graph() const { return {edges, r, h}; }
  Blocks<T> forward() {
    Blocks<T> z(g.size(), T{-7});
    plan.execute(x, graph(), z, work);
    return z;
  }
};

std::vector<ConvOptions> cases() {
  return {{3, 3, 3, Parts::even, 1, false}, {4, 4, 4, Parts::both, 2, true},  {2, 4, 3, Parts::odd, 1, true},  {5, 1, 2, Parts::both, 2, false},
          {0, 2, 2, Parts::even, 1, true},  {1, 6, 6, Parts::both, 1, false}, {3, 0, 3, Parts::even, 1, false}};
}

/// Sum over the edges by definition, in one lane.
std::vector<double> by_definition(const std::vector<SparseCoefficient>& table, const std::vector<double>& x, const Vector3& r,
                                  const std::vector<double>& h, int l2, int l3) {
  std::vector<double> y(signal_size(l2));
  spherical_harmonics(l2, r, y);
  for (int l = 0; l <= l2; ++l)
    for (int m = -l; m <= l; ++m) y[signal_index(l, m)] *= h[index(l)];
  return product_by_definition(table, x, y, l3);
}

} // namespace

BOOST_AUTO_TEST_SUITE(convolution)

BOOST_AUTO_TEST_CASE_TEMPLATE(edges_sum_products_with_their_filters, T, Precisions) {
  std::mt19937 random(61);
  for (ConvOptions o : cases())
    for (const std::string& kernels : kernel_names()) {
      o.kernels = kernels;
      Case<T> c(o, random);
      const auto z = c.forward();
      auto table = gaunt_table(o.degree1, o.degree2, o.degree3);
      const auto odd = bracket_table(o.degree1, o.degree2, o.degree3);
      if (o.parts == Parts::odd) table.clear();
      if (o.parts != Parts::even) table.insert(table.end(), odd.begin(), odd.end());
      for (std::size_t node = 0; node < 4; ++node)
        for (const std::size_t lane : {std::size_t{0}, lanes<T> * o.channel_blocks - 2}) {
          const auto signal = [&](const Blocks<T>& f, int degree, std::size_t n) {
            const std::size_t block = n * o.channel_blocks + lane / lanes<T>, size = signal_size(degree) * lanes<T>;
            return lane_of(
                Blocks<T>(f.begin() + static_cast<std::ptrdiff_t>(block * size), f.begin() + static_cast<std::ptrdiff_t>((block + 1) * size)), degree,
                lane % lanes<T>);
          };
          std::vector<double> truth(signal_size(o.degree3));
          double scale = 0.0;
          for (std::size_t e = 0; e < c.edges.size(); ++e) {
            if (c.edges[e].target != node) continue;
            std::vector<double> h;
            h.reserve(index(o.degree2) + 1);
            for (std::size_t l = 0; l <= index(o.degree2); ++l)
              h.push_back(static_cast<double>(c.h[e * c.plan.filter_size() + (o.filter_per_channel ? l * o.channel_blocks * lanes<T> + lane : l)]));
            const auto x = signal(c.x, o.degree1, c.edges[e].source);
            truth = moved(truth, 1.0, by_definition(table, x, c.r[e], h, o.degree2, o.degree3));
            scale += norm(x) * norm(h) * (o.parts == Parts::even ? 1 : std::max(o.degree1, o.degree2));
          }
          BOOST_TEST(distance(signal(z, o.degree3, node), truth) <= 8 * bound<T>(o.degree1, o.degree2, o.degree3) * scale,
                     kernels << " " << o.degree1 << o.degree2 << o.degree3);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_given_convolution_has_its_exact_coefficients) {
  const std::vector<double> exact = {0.2083301789209234,  0.10936224534844117,  0.20687698541673013, 0.19836017348244644, 0.1362178369819175,
                                     0.14485466156267875, 0.047298918234226058, 0.22174845537288702, 0.056573419466057131};
  std::vector<double> x(9);
  for (std::size_t i = 0; i < 9; ++i) x[i] = 1.0 / (1.0 + static_cast<double>(i));
  const ConvPlan<double> plan({2, 2, 2});
  const std::vector<ConvEdge> edges = {{0, 0}};
  const std::vector<Vector3> r = {{5, 10, 10}};
  const std::vector<double> h = {1, 1, 1};
  const auto block = in_all_lanes<double>(x);
  Blocks<double> z(block.size()), work(plan.workspace());

  plan.execute(block, {edges, r, h}, z, work);

  BOOST_TEST(distance(lane_of(z, 2, 4), exact) <= 1e-15);
}

BOOST_AUTO_TEST_CASE(turning_everything_turns_the_result) {
  std::mt19937 random(62);
  for (const Parts parts : {Parts::even, Parts::odd, Parts::both}) {
    const ConvPlan<double> plan({3, 4, 3, parts});
    Blocks<double> work(plan.workspace()), z(plan.output_size());
    const std::vector<double> h = {0.3, -1.0, 0.5, 0.8, -0.2};
    const std::vector<ConvEdge> edges = {{0, 0}};
    const auto x = lane_of(random_blocks<double>(random, 3, 1), 3, 0);
    const auto of = [&](const std::vector<double>& f, const Vector3& r) {
      plan.execute(in_all_lanes<double>(f), {edges, {&r, 1}, h}, z, work);
      return lane_of(z, 3, 1);
    };
    for (const Vector3& r : directions)
      for (const Matrix3& R : {rotation_about({0.4, -0.2, 0.9}, 0.8), rotation_to_pole(r), rotation_to_pole({-r[0], -r[1], -r[2]})}) {
        Vector3 turned{};
        for (std::size_t i = 0; i < 3; ++i) turned[i] = R[i][0] * r[0] + R[i][1] * r[1] + R[i][2] * r[2];
        std::vector<double> rx(16), rz(16);
        rotate_signal(wigner_d(3, R), x, rx);
        rotate_signal(wigner_d(3, R), of(x, r), rz);
        BOOST_TEST(distance(of(rx, turned), rz) <= 1e-13 * norm(rz));
      }
  }
}

BOOST_AUTO_TEST_CASE(gradients_and_tangents_hold_at_the_poles_too) {
  std::mt19937 random(63);
  for (const ConvOptions& o : cases()) {
    Case<double> c(o, random);
    const auto dx = random_like(random, c.x);
    const auto dh = random_like(random, c.h);
    std::vector<Vector3> dr(c.r.size()), rbar(c.r.size());
    std::normal_distribution<double> normal;
    for (auto& v : dr)
      for (double& a : v) a = normal(random);
    Blocks<double> dz(c.g.size(), -7.0), xbar(c.x.size(), -7.0);
    std::vector<double> hbar(c.h.size(), -7.0);

    c.plan.jvp(c.x, c.graph(), dx, dr, dh, dz, c.work);
    c.plan.vjp(c.x, c.graph(), c.g, xbar, rbar, hbar, c.work);

    const auto x = c.x;
    const auto h = c.h;
    const auto r = c.r;
    // Linear in x and h: differences without truncation. In r: a step of 1e-3 in a formula of order 6.
    const double linear = slope([&](double t) {
      c.x = moved(x, t, dx);
      const double of_x = inner(c.g, c.forward());
      c.x = x;
      c.h = moved(h, t, dh);
      const double of_h = inner(c.g, c.forward());
      c.h = h;
      return of_x + of_h;
    });
    constexpr double step = 1e-3;
    double along_r = 0.0, scale = 0.0, found = 0.0;
    for (std::size_t e = 0; e < r.size(); ++e) {
      along_r = slope([&](double t) {
                  for (std::size_t a = 0; a < 3; ++a) c.r[e][a] = r[e][a] + t * step * dr[e][a];
                  return inner(c.g, c.forward());
                }) /
                step;
      c.r = r;
      const double gradient = rbar[e][0] * dr[e][0] + rbar[e][1] * dr[e][1] + rbar[e][2] * dr[e][2];
      BOOST_TEST(std::abs(gradient - along_r) <= 1e-8 * (1 + std::abs(along_r)), "edge " << e << " of " << o.degree1 << o.degree2 << o.degree3);
      BOOST_TEST(std::abs(rbar[e][0] * r[e][0] + rbar[e][1] * r[e][1] + rbar[e][2] * r[e][2]) <= 1e-11 * (1 + std::abs(gradient)));
      found += gradient;
    }
    scale = std::abs(linear) + std::sqrt(inner(c.g, c.g) * inner(dz, dz));
    BOOST_TEST(std::abs(inner(xbar, dx) + inner(hbar, dh) - linear) <= 1e-12 * scale);
    BOOST_TEST(std::abs(inner(c.g, dz) - inner(xbar, dx) - inner(hbar, dh) - found) <= 1e-12 * scale);
  }
}

BOOST_AUTO_TEST_CASE(nan_stays_in_its_lane_and_inputs_are_left_alone) {
  std::mt19937 random(64);
  Case<float> c({3, 3, 3, Parts::both, 2}, random);
  const auto before = c.forward();
  c.x[6 * lanes<float> + 9] = std::numeric_limits<float>::quiet_NaN();
  const auto x = c.x;
  const auto after = c.forward();
  int different = 0, poisoned = 0;
  for (std::size_t i = 0; i < after.size(); ++i) {
    const bool nan = std::isnan(after[i]);
    poisoned += nan ? 1 : 0;
    different += (nan && i % lanes<float> != 9) || (!nan && after[i] != before[i]) ? 1 : 0;
  }
  BOOST_TEST(different == 0);
  BOOST_TEST(poisoned > 0);
  const int changed = std::memcmp(x.data(), c.x.data(), x.size() * sizeof(float));
  BOOST_TEST(changed == 0);
}

BOOST_AUTO_TEST_CASE(foolish_inputs_are_refused) {
  BOOST_TEST(refused([] { ConvPlan<float>({.degree1 = -1}); }, "degree -1"));
  BOOST_TEST(refused([] { ConvPlan<float>({.degree1 = 1, .channel_blocks = 0}); }, "channel_blocks"));
  std::mt19937 random(1);
  Case<float> c(cases()[0], random);
  c.r[2] = {0, 0, 0};
  BOOST_TEST(refused([&] { (void)c.forward(); }, "no direction"));
  c.r[2] = {0, std::numeric_limits<double>::quiet_NaN(), 0};
  BOOST_TEST(refused([&] { (void)c.forward(); }, "no direction"));
  c.r = directions;
  c.edges[0].source = 3;
  BOOST_TEST(refused([&] { (void)c.forward(); }, "from node 3"));
  c.edges[0].source = 0;
  c.h.pop_back();
  BOOST_TEST(refused([&] { (void)c.forward(); }, "h has"));
}

BOOST_AUTO_TEST_SUITE_END()
