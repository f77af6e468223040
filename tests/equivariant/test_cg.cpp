// SPDX-License-Identifier: Apache-2.0
/// Clebsch-Gordan products path by path: against normalised integrals, against the Gaunt product and the bracket, laws of the couplings, derivatives.
#include "derivatives.hpp"

#include <ansatz/equivariant/gaunt/cg_plan.hpp>
#include <ansatz/equivariant/harmonics/rotation.hpp>

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <numbers>

namespace {

using namespace equivariant_test;
using Precisions = boost::mpl::list<float, double>;

/// Entries of a path, normalised by their own sum of squares.
struct Couplings {
  std::map<std::array<int, 3>, std::vector<SparseCoefficient>> of;

  Couplings(int l1, int l2, int l3) {
    const auto degree = [](std::size_t i) { return static_cast<int>(std::sqrt(static_cast<double>(i) + 0.5)); };
    for (const auto& table : {gaunt_table(l1, l2, l3), bracket_table(l1, l2, l3)})
      for (const auto& c : table) of[{degree(c.i), degree(c.j), degree(c.k)}].push_back(c);
    for (auto& [path, entries] : of) {
      long double squares = 0;
      for (const auto& c : entries) squares += c.value * c.value;
      for (auto& c : entries) c.value /= std::sqrt(squares);
    }
  }
  [[nodiscard]] const std::vector<SparseCoefficient>& at(const DegreePath& p) const { return of.at({p.l1, p.l2, p.l3}); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(cg)

BOOST_AUTO_TEST_CASE(norms_of_paths_are_known_numbers) {
  BOOST_TEST(std::abs(path_norm(1, 1, 0) - 0.488602511902919921L) < 1e-15L);
  BOOST_TEST(std::abs(path_norm(2, 1, 1) - 0.690988298942670963L) < 1e-15L);
  BOOST_TEST(std::abs(path_norm(4, 2, 2) - 1.011503L) < 1e-6L);
  BOOST_TEST(std::abs(path_norm(1, 1, 1) - 1.196826841L) < 1e-9L);
  BOOST_TEST(std::abs(path_norm(1, 2, 2) - 2.676186174L) < 1e-9L);
  BOOST_TEST(std::abs(path_norm(2, 3, 4) - 8.462843753L) < 1e-9L);
  BOOST_TEST(std::abs(path_norm(4, 3, 2) - 8.462843753L) < 1e-9L);
  BOOST_TEST(std::abs(path_norm(3, 3, 3) - 9.673836185L) < 1e-9L);
  BOOST_TEST(path_norm(1, 1, 4) == 0.0L);
  BOOST_TEST(CGPlan<float>({.degree1 = 4, .degree2 = 4, .degree3 = 4, .parts = Parts::even}).paths().size() == 42U);
  BOOST_TEST(CGPlan<float>({.degree1 = 4, .degree2 = 4, .degree3 = 4, .parts = Parts::odd}).paths().size() == 23U);
}

BOOST_AUTO_TEST_CASE(coefficients_of_a_path_are_orthogonal_with_its_norm) {
  // sum_ij C_ijk C_ijk' = norm^2 / (2 l3 + 1) delta_kk'
  for (const bool odd : {false, true}) {
    const auto table = odd ? bracket_table(3, 4, 5) : gaunt_table(3, 4, 5);
    const auto degree = [](std::size_t i) { return static_cast<int>(std::sqrt(static_cast<double>(i) + 0.5)); };
    std::map<std::array<std::size_t, 2>, std::vector<SparseCoefficient>> by_inputs;
    for (const auto& c : table) by_inputs[{c.i, c.j}].push_back(c);
    std::map<std::array<int, 3>, std::map<std::array<std::size_t, 2>, long double>> sums;
    for (const auto& [inputs, entries] : by_inputs)
      for (const auto& a : entries)
        for (const auto& b : entries)
          if (degree(a.k) == degree(b.k)) sums[{degree(a.i), degree(a.j), degree(a.k)}][{a.k, b.k}] += a.value * b.value;
    for (const auto& [path, entries] : sums) {
      const long double diagonal = std::pow(path_norm(path[0], path[1], path[2]), 2.0L) / (2 * path[2] + 1);
      for (const auto& [places, sum] : entries) BOOST_TEST(std::abs(sum - (places[0] == places[1] ? diagonal : 0)) <= 1e-15L * diagonal);
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(weighted_paths_follow_the_definition, T, Precisions) {
  std::mt19937 random(41);
  for (const auto& [l1, l2, l3] : {std::array{2, 2, 4}, {3, 2, 3}, {4, 4, 4}, {0, 3, 3}, {1, 5, 5}, {6, 1, 2}, {0, 0, 0}, {2, 1, 5}})
    for (const Parts parts : {Parts::even, Parts::odd, Parts::both})
      for (const std::string& kernels : kernel_names()) {
        constexpr std::size_t channels = 3;
        const CGPlan<T> plan({l1, l2, l3, parts, PathScaling::component, channels, kernels});
        const Couplings couplings(l1, l2, l3);
        const auto x = random_blocks<T>(random, l1, 2), y = random_blocks<T>(random, l2, 2);
        const auto w = random_like(random, std::vector<T>(plan.weights_size()));
        Blocks<T> z(2 * plan.block_size(3), T{-7}), work(plan.workspace());

        plan.execute(x, y, w, z, work);

        for (const std::size_t q : {std::size_t{1}, lanes<T> + 4}) {
          const auto number = [&](const Blocks<T>& f, int operand, std::size_t i) {
            return static_cast<long double>(f[q / lanes<T> * plan.block_size(operand) + i * lanes<T> + q % lanes<T>]);
          };
          std::vector<long double> truth(signal_size(l3));
          double scale = 0.0;
          for (std::size_t p = 0; p < plan.paths().size(); ++p) {
            const long double weight = static_cast<long double>(w[p * channels + q % channels]) * std::sqrt(2.0L * plan.paths()[p].l3 + 1);
            long double squares = 0;
            for (const auto& c : couplings.at(plan.paths()[p])) {
              const long double term = weight * c.value * number(x, 1, c.i) * number(y, 2, c.j);
              truth[c.k] += term;
              squares += term * term;
            }
            scale += static_cast<double>(std::sqrt(squares));
          }
          double error = 0.0;
          for (std::size_t k = 0; k < truth.size(); ++k) error += std::pow(static_cast<double>(number(z, 3, k) - truth[k]), 2);
          BOOST_TEST(std::sqrt(error) <= bound<T>(l1, l2, l3) * scale, l1 << l2 << l3 << " " << kernels);
        }
      }
}

BOOST_AUTO_TEST_CASE(weights_that_undo_the_norm_give_the_product_of_signals) {
  std::mt19937 random(42);
  const CGPlan<double> plan({.degree1 = 3, .degree2 = 4, .degree3 = 5, .parts = Parts::even});
  std::vector<double> w;
  w.reserve(plan.paths().size());
  for (const auto& [a, b, c] : plan.paths()) w.push_back(static_cast<double>(path_norm(a, b, c)));
  const auto x = random_blocks<double>(random, 3, 1), y = random_blocks<double>(random, 4, 1);
  Blocks<double> z(plan.block_size(3)), work(plan.workspace());

  plan.execute(x, y, w, z, work);

  const auto product = Operation<double>({3, 4, 5, "theta_mconv"}).product(x, y);
  BOOST_TEST(distance(lane_of(z, 5, 2), lane_of(product, 5, 2)) <= 2 * bound<double>(3, 4, 5) * norm(lane_of(product, 5, 2)));
}

BOOST_AUTO_TEST_CASE(two_vectors_give_their_scalar_and_their_cross_product) {
  std::mt19937 random(43);
  const CGPlan<double> plan({.degree1 = 1, .degree2 = 1, .degree3 = 1, .parts = Parts::both});
  const auto x = random_blocks<double>(random, 1, 1), y = random_blocks<double>(random, 1, 1);
  std::vector<double> w;
  w.reserve(plan.paths().size());
  for (const auto& [a, b, c] : plan.paths()) w.push_back(a == 1 && b == 1 ? 1.0 : 0.0);
  Blocks<double> z(plan.block_size(3)), work(plan.workspace());

  plan.execute(x, y, w, z, work);

  const auto a = lane_of(x, 1, 6), b = lane_of(y, 1, 6), c = lane_of(z, 1, 6);
  BOOST_TEST(std::abs(c[0] - (a[1] * b[1] + a[2] * b[2] + a[3] * b[3]) / std::sqrt(3.0)) <= 1e-15);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t j = 1 + (i + 1) % 3, k = 1 + (i + 2) % 3;
    BOOST_TEST(std::abs(c[1 + i] - (a[j] * b[k] - a[k] * b[j]) / std::sqrt(6.0)) <= 1e-15);
  }
}

BOOST_AUTO_TEST_CASE(every_path_commutes_with_rotations) {
  std::mt19937 random(44);
  const CGPlan<double> plan({.degree1 = 3, .degree2 = 2, .degree3 = 4});
  const auto x = lane_of(random_blocks<double>(random, 3, 1), 3, 0), y = lane_of(random_blocks<double>(random, 2, 1), 2, 0);
  const auto R = rotation_about({0.3, 1.0, -0.2}, 1.9);
  std::vector<double> rx(16), ry(9), rz(25);
  rotate_signal(wigner_d(3, R), x, rx);
  rotate_signal(wigner_d(2, R), y, ry);
  Blocks<double> z(plan.block_size(3)), turned(z.size()), work(plan.workspace());
  for (std::size_t p = 0; p < plan.paths().size(); ++p) {
    std::vector<double> w(plan.weights_size());
    w[p] = 1.0;
    plan.execute(in_all_lanes<double>(x), in_all_lanes<double>(y), w, z, work);
    plan.execute(in_all_lanes<double>(rx), in_all_lanes<double>(ry), w, turned, work);
    rotate_signal(wigner_d(4, R), lane_of(z, 4, 0), rz);
    BOOST_TEST(distance(rz, lane_of(turned, 4, 0)) <= 1e-13 * norm(rz), p);
  }
}

BOOST_AUTO_TEST_CASE(derivatives_are_those_of_the_multilinear_map) {
  std::mt19937 random(45);
  for (const Parts parts : {Parts::even, Parts::odd, Parts::both}) {
    const CGPlan<double> plan({.degree1 = 3, .degree2 = 2, .degree3 = 3, .parts = parts, .channels = 3});
    auto x = random_blocks<double>(random, 3, 2), y = random_blocks<double>(random, 2, 2), g = random_blocks<double>(random, 3, 2);
    auto w = random_like(random, std::vector<double>(plan.weights_size()));
    const auto dx = random_like(random, x), dy = random_like(random, y), dg = random_like(random, g), u = random_like(random, x),
               v = random_like(random, y);
    const auto dw = random_like(random, w);
    Blocks<double> work(plan.workspace()), z(g.size(), -7.0), dz(g.size(), -7.0), xbar(x.size(), -7.0), ybar(y.size(), -7.0);
    Blocks<double> to_x(x.size(), -7.0), to_y(y.size(), -7.0), to_g(g.size(), -7.0);
    std::vector<double> wbar(w.size()), to_w(w.size());

    plan.jvp(x, y, w, dx, dy, dw, dz, work);
    plan.vjp(x, y, w, g, xbar, ybar, wbar, work);
    plan.vjp2(x, y, w, g, u, v, {to_x, to_y, to_g, to_w}, work);

    const double along = slope([&](double t) {
      plan.execute(moved(x, t, dx), moved(y, t, dy), moved(w, t, dw), z, work);
      return inner(g, z);
    });
    const double scale = std::sqrt(inner(g, g) * inner(dz, dz));
    BOOST_TEST(std::abs(inner(g, dz) - along) <= 1e-12 * scale);
    BOOST_TEST(std::abs(inner(xbar, dx) + inner(ybar, dy) + inner(wbar, dw) - along) <= 1e-12 * scale);
    const double second = slope([&](double t) {
      Blocks<double> a(x.size()), b(y.size());
      plan.vjp(moved(x, t, dx), moved(y, t, dy), moved(w, t, dw), moved(g, t, dg), a, b, {}, work);
      return inner(u, a) + inner(v, b);
    });
    const double found = inner(to_x, dx) + inner(to_y, dy) + inner(to_g, dg) + inner(to_w, dw);
    BOOST_TEST(std::abs(found - second) <= 1e-12 * (std::abs(second) + std::sqrt(inner(to_x, to_x) * inner(dx, dx))));
  }
}

BOOST_AUTO_TEST_CASE(nan_stays_in_its_lane_and_channels_may_fill_blocks_or_not) {
  std::mt19937 random(46);
  const std::size_t many = 2 * lanes<float>;
  const CGPlan<float> wide({.degree1 = 2, .degree2 = 2, .degree3 = 2, .channels = many}), one({.degree1 = 2, .degree2 = 2, .degree3 = 2});
  auto x = random_blocks<float>(random, 2, 2);
  const auto y = random_blocks<float>(random, 2, 2), x0 = x;
  x[4 * lanes<float> + 2] = std::numeric_limits<float>::quiet_NaN();
  const auto w = random_like(random, std::vector<float>(one.weights_size()));
  std::vector<float> repeated;
  for (const float v : w) repeated.insert(repeated.end(), many, v);
  Blocks<float> z(x.size()), same(x.size()), work(wide.workspace());

  wide.execute(x, y, repeated, z, work);
  one.execute(x0, y, w, same, work);

  int different = 0;
  for (std::size_t i = 0; i < z.size(); ++i)
    if (i >= wide.block_size(3) || i % lanes<float> != 2) different += z[i] == same[i] ? 0 : 1;
  BOOST_TEST(different == 0);
  BOOST_TEST(std::isnan(z[2]));
}

BOOST_AUTO_TEST_CASE(foolish_inputs_are_refused) {
  BOOST_TEST(refused([] { CGPlan<float>({.degree1 = -1}); }, "degree -1"));
  BOOST_TEST(refused([] { CGPlan<float>({.degree1 = 25}); }, "degree 25"));
  BOOST_TEST(refused([] { CGPlan<float>({.degree1 = 1, .channels = 0}); }, "channels"));
  const CGPlan<float> plan({.degree1 = 1, .degree2 = 1});
  Blocks<float> x(plan.block_size(1)), z(plan.block_size(3)), work(plan.workspace());
  const std::vector<float> w(2);
  BOOST_TEST(refused([&] { plan.execute(x, x, w, z, work); }, "weight array has 2"));
  BOOST_TEST(refused([&] { plan.execute(x, x, {}, std::span(z).first(16), work); }, "z holds 16"));
  BOOST_TEST(refused([&] { plan.execute(x, x, {}, z, std::span(work).first(16)); }, "workspace"));
}

BOOST_AUTO_TEST_SUITE_END()
