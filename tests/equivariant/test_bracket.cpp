// SPDX-License-Identifier: Apache-2.0
/// The spherical Poisson bracket by both methods against its coefficients, exact values, the laws of a Poisson algebra, and its derivatives.
#include "derivatives.hpp"

#include <ansatz/equivariant/gaunt/grid_table.hpp>
#include <ansatz/equivariant/harmonics/rotation.hpp>

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <numbers>

namespace {

using namespace equivariant_test;
using Precisions = boost::mpl::list<float, double>;
const std::vector<std::string> methods = {"direct", "theta_grid"};

std::vector<double> bracket(const std::vector<double>& x, const std::vector<double>& y, int l1, int l2, int l3, const std::string& method) {
  const GauntPlan<double> plan({.degree1 = l1, .degree2 = l2, .degree3 = l3, .method = method, .part = Parts::odd});
  Blocks<double> z(plan.block_size(3), -7.0), work(plan.workspace());
  plan.execute(in_all_lanes<double>(x), in_all_lanes<double>(y), z, work);
  return lane_of(z, l3, 3);
}
std::vector<double> product(const std::vector<double>& x, const std::vector<double>& y, int l1, int l2, int l3) {
  return lane_of(Operation<double>({l1, l2, l3, "theta_mconv"}).product(in_all_lanes<double>(x), in_all_lanes<double>(y)), l3, 3);
}
std::vector<double> random_signal(std::mt19937& random, int degree) { return lane_of(random_blocks<double>(random, degree, 1), degree, 0); }
std::vector<double> sum(std::vector<double> a, const std::vector<double>& b, double s = 1.0) { return moved(std::move(a), s, b); }

} // namespace

BOOST_AUTO_TEST_SUITE(brackets)

BOOST_AUTO_TEST_CASE_TEMPLATE(both_methods_follow_the_coefficients, T, Precisions) {
  std::mt19937 random(51);
  for (const auto& [l1, l2, l3] :
       {std::array{1, 1, 1}, {2, 2, 3}, {3, 3, 5}, {4, 4, 4}, {5, 2, 3}, {6, 6, 11}, {7, 1, 2}, {1, 2, 7}, {0, 3, 3}, {2, 2, 0}, {9, 9, 9}})
    for (const std::string& method : methods)
      for (const std::string& kernels : kernel_names()) {
        const GauntPlan<T> plan({.degree1 = l1, .degree2 = l2, .degree3 = l3, .method = method, .kernels = kernels, .part = Parts::odd});
        const auto x = random_blocks<T>(random, l1, 1), y = random_blocks<T>(random, l2, 1);
        Blocks<T> z(plan.block_size(3), T{-7}), work(plan.workspace());

        plan.execute(x, y, z, work);

        const auto table = bracket_table(l1, l2, l3);
        for (const std::size_t lane : {std::size_t{0}, lanes<T> - 1}) {
          const auto a = lane_of(x, l1, lane), b = lane_of(y, l2, lane);
          const double scale = std::max(l1, l2) * norm(a) * norm(b);
          BOOST_TEST(distance(lane_of(z, l3, lane), product_by_definition(table, a, b, l3)) <= bound<T>(l1, l2, l3) * scale,
                     method << " " << kernels << " " << l1 << " " << l2 << " " << l3);
        }
      }
}

BOOST_AUTO_TEST_CASE(a_given_pair_has_its_exact_bracket) {
  std::vector<double> x(9), y(9);
  for (std::size_t i = 0; i < 9; ++i) {
    x[i] = 1.0 / (1.0 + static_cast<double>(i));
    y[i] = (i % 2 == 0 ? 1.0 : -1.0) / (2.0 + static_cast<double>(i));
  }
  for (const std::string& method : methods) {
    const auto z = bracket(x, y, 2, 2, 3, method);
    BOOST_TEST(std::abs(z[0]) <= 1e-16);
    BOOST_TEST(std::abs(z[1] + 0.05009541153310271) <= 1e-15);
    BOOST_TEST(std::abs(z[3] - 0.14512843419297953) <= 1e-15);
    BOOST_TEST(std::abs(z[9] + 0.031865921768903007) <= 1e-15);
    BOOST_TEST(std::abs(dot(z, z) - 0.09185995575922812) <= 1e-15);
  }
}

BOOST_AUTO_TEST_CASE(laws_of_a_poisson_algebra) {
  std::mt19937 random(52);
  const auto x = random_signal(random, 3), y = random_signal(random, 2), w = random_signal(random, 2);
  for (const std::string& method : methods) {
    const auto B = [&](const std::vector<double>& a, const std::vector<double>& b, int l1, int l2, int l3) {
      return bracket(a, b, l1, l2, l3, method);
    };
    BOOST_TEST(norm(B(x, x, 3, 3, 5)) <= 1e-13 * dot(x, x));
    BOOST_TEST(norm(B(x, product(x, x, 3, 3, 6), 3, 6, 8)) <= 1e-13 * std::pow(norm(x), 3));
    BOOST_TEST(std::abs(B(x, y, 3, 2, 4)[0]) <= 1e-14 * norm(x) * norm(y));
    // {x y, w} = x {y, w} + {x, w} y
    auto left = B(product(x, y, 3, 2, 5), w, 5, 2, 6);
    auto right = sum(product(x, B(y, w, 2, 2, 3), 3, 3, 6), product(B(x, w, 3, 2, 4), y, 4, 2, 6));
    BOOST_TEST(distance(left, right) <= 1e-13 * norm(left), method);
    // Jacobi
    const auto cyclic = sum(sum(B(x, B(y, w, 2, 2, 3), 3, 3, 5), B(y, B(w, x, 2, 3, 4), 2, 4, 5)), B(w, B(x, y, 3, 2, 4), 2, 4, 5));
    BOOST_TEST(norm(cyclic) <= 1e-13 * norm(B(x, B(y, w, 2, 2, 3), 3, 3, 5)), method);
    // sqrt(4 pi / 3) e_2 turns around the pole.
    const std::vector<double> axis = {0, 0, std::sqrt(4 * std::numbers::pi / 3), 0};
    const auto turned = B(axis, x, 1, 3, 3);
    for (int l = 0; l <= 3; ++l)
      for (int m = 0; m <= l; ++m) {
        BOOST_TEST(std::abs(turned[signal_index(l, m)] + m * x[signal_index(l, -m)]) <= 1e-14);
        BOOST_TEST(std::abs(turned[signal_index(l, -m)] - m * x[signal_index(l, m)]) <= 1e-14);
      }
  }
}

BOOST_AUTO_TEST_CASE(rotations_keep_the_bracket_and_inversion_changes_its_sign) {
  std::mt19937 random(53);
  const auto x = random_signal(random, 4), y = random_signal(random, 3);
  const auto inverted = [](std::vector<double> f) {
    for (std::size_t i = 0; i < f.size(); ++i)
      if (static_cast<int>(std::sqrt(static_cast<double>(i) + 0.5)) % 2 != 0) f[i] = -f[i];
    return f;
  };
  for (const std::string& method : methods) {
    const auto z = bracket(x, y, 4, 3, 5, method);
    for (const Matrix3& R : {rotation_about({0.1, 0.8, -0.3}, 1.1), rotation_to_pole({0, -1, 0}), rotation_to_pole({0.3, 0.9, 0.1})}) {
      std::vector<double> rx(25), ry(16), rz(36);
      rotate_signal(wigner_d(4, R), x, rx);
      rotate_signal(wigner_d(3, R), y, ry);
      rotate_signal(wigner_d(5, R), z, rz);
      BOOST_TEST(distance(bracket(rx, ry, 4, 3, 5, method), rz) <= 1e-13 * norm(rz));
    }
    auto reflected = inverted(z);
    for (double& v : reflected) v = -v;
    BOOST_TEST(distance(bracket(inverted(x), inverted(y), 4, 3, 5, method), reflected) <= 1e-13 * norm(z));
  }
}

BOOST_AUTO_TEST_CASE(one_node_or_longitude_less_is_wrong) {
  std::mt19937 random(54);
  for (const auto& [l1, l2, l3] : {std::array{2, 2, 3}, {3, 3, 3}, {4, 4, 7}}) {
    const int S = l1 + l2 + l3;
    const auto x = random_blocks<double>(random, l1, 1), y = random_blocks<double>(random, l2, 1);
    const auto truth = product_by_definition(bracket_table(l1, l2, l3), lane_of(x, l1, 0), lane_of(y, l2, 0), l3);
    const auto& kernels = find_operation_kernels<double>("best");
    const auto error = [&](int nodes, int points) {
      const SphereGrid grid(nodes, points);
      const std::size_t n = grid_rows(grid);
      Blocks<double> work(100 * n * lanes<double>), z(signal_size(l3) * lanes<double>), product(n * lanes<double>);
      const auto on_grid = [&](const Blocks<double>& f, int degree, Field field) {
        const GridTable<double> table(degree, grid, field);
        Blocks<double> values(n * lanes<double>);
        kernels.spread(table.view(), f.data(), values.data(), work.data());
        return values;
      };
      const auto xt = on_grid(x, l1, Field::theta), xp = on_grid(x, l1, Field::phi), yt = on_grid(y, l2, Field::theta),
                 yp = on_grid(y, l2, Field::phi);
      kernels.cross(n, xt.data(), yp.data(), xp.data(), yt.data(), product.data());
      const GridTable<double> back(l3, grid);
      kernels.gather(back.view(), product.data(), z.data(), work.data());
      return distance(lane_of(z, l3, 0), truth) / norm(truth);
    };
    BOOST_TEST(error((S + 1) / 2, S) <= 1e-14);
    BOOST_TEST(error((S + 1) / 2 - 1, S) > 1e-3);
    BOOST_TEST(error((S + 1) / 2, S - 1) > 1e-3);
  }
}

BOOST_AUTO_TEST_CASE(derivatives_are_those_of_the_bilinear_map) {
  std::mt19937 random(55);
  for (const auto& [l1, l2, l3] : {std::array{3, 3, 4}, {2, 4, 1}, {4, 1, 6}, {0, 2, 2}})
    for (const std::string& method : methods) {
      const GauntPlan<double> plan({.degree1 = l1, .degree2 = l2, .degree3 = l3, .method = method, .part = Parts::odd});
      const auto x = random_blocks<double>(random, l1, 2), dx = random_like(random, x), u = random_like(random, x);
      const auto y = random_blocks<double>(random, l2, 2), dy = random_like(random, y), v = random_like(random, y);
      const auto g = random_blocks<double>(random, l3, 2), dg = random_like(random, g);
      Blocks<double> work(plan.workspace()), z(g.size()), dz(g.size(), -7.0), xbar(x.size(), -7.0), ybar(y.size(), -7.0);
      Blocks<double> to_x(x.size(), -7.0), to_y(y.size(), -7.0), to_g(g.size(), -7.0);

      plan.jvp(x, y, dx, dy, dz, work);
      plan.vjp(x, y, g, xbar, ybar, work);
      plan.vjp2(x, y, g, u, v, to_x, to_y, to_g, work);

      const double along = slope([&](double t) {
        plan.execute(moved(x, t, dx), moved(y, t, dy), z, work);
        return inner(g, z);
      });
      const double second = slope([&](double t) {
        Blocks<double> a(x.size()), b(y.size());
        plan.vjp(moved(x, t, dx), moved(y, t, dy), moved(g, t, dg), a, b, work);
        return inner(u, a) + inner(v, b);
      });
      const double scale = std::sqrt(inner(g, g) * (inner(x, x) + inner(dx, dx)) * (inner(y, y) + inner(dy, dy)));
      BOOST_TEST(std::abs(inner(g, dz) - along) <= 1e-13 * scale);
      BOOST_TEST(std::abs(inner(xbar, dx) + inner(ybar, dy) - along) <= 1e-13 * scale);
      BOOST_TEST(std::abs(inner(to_x, dx) + inner(to_y, dy) + inner(to_g, dg) - second) <= 1e-12 * scale);
    }
}

BOOST_AUTO_TEST_CASE(three_signals_are_antisymmetric) {
  std::mt19937 random(56);
  const std::array<int, 3> degree = {3, 4, 2};
  const std::array<std::vector<double>, 3> f = {random_signal(random, 3), random_signal(random, 4), random_signal(random, 2)};
  for (const std::string& method : methods) {
    const auto form = [&](std::size_t a, std::size_t b, std::size_t c) {
      return dot(bracket(f[a], f[b], degree[a], degree[b], degree[c], method), f[c]);
    };
    const double value = form(0, 1, 2), scale = 4 * norm(f[0]) * norm(f[1]) * norm(f[2]);
    for (const double even : {form(1, 2, 0), form(2, 0, 1)}) BOOST_TEST(std::abs(even - value) <= 1e-14 * scale);
    for (const double odd : {form(1, 0, 2), form(0, 2, 1), form(2, 1, 0)}) BOOST_TEST(std::abs(odd + value) <= 1e-14 * scale);
    BOOST_TEST(std::abs(value) > 1e-3 * scale);
  }
}

BOOST_AUTO_TEST_CASE(nan_stays_in_its_lane) {
  std::mt19937 random(57);
  auto x = random_blocks<float>(random, 3, 1);
  const auto y = random_blocks<float>(random, 3, 1), x0 = x;
  x[5 * lanes<float> + 7] = std::numeric_limits<float>::infinity();
  for (const std::string& method : methods) {
    const GauntPlan<float> plan({.degree1 = 3, .degree2 = 3, .degree3 = 4, .method = method, .part = Parts::odd});
    Blocks<float> z(plan.block_size(3)), same(z), work(plan.workspace());
    plan.execute(x, y, z, work);
    plan.execute(x0, y, same, work);
    int different = 0;
    for (std::size_t i = 0; i < z.size(); ++i) different += i % lanes<float> == 7 || z[i] == same[i] ? 0 : 1;
    BOOST_TEST(different == 0);
    BOOST_TEST(!std::isfinite(z[lanes<float> + 7]));
  }
}

BOOST_AUTO_TEST_CASE(methods_are_chosen_by_name_and_unknown_ones_refused) {
  const auto plan = [](const std::string& method, int degree, Parts part) {
    return GauntPlan<float>({.degree1 = degree, .degree2 = degree, .degree3 = degree, .method = method, .part = part});
  };
  BOOST_TEST(plan("estimate", 3, Parts::odd).method() == "direct");
  BOOST_TEST(plan("estimate", 12, Parts::odd).gradient_method() == "theta_grid");
  BOOST_TEST((plan("auto", 2, Parts::odd).method() == "direct" || plan("auto", 2, Parts::odd).method() == "theta_grid"));
  BOOST_TEST(refused([&] { plan("theta_gird", 2, Parts::odd); }, "did you mean \"theta_grid\""));
  BOOST_TEST(refused([&] { plan("theta_fft", 2, Parts::odd); }, "no method"));
  BOOST_TEST(refused([&] { plan("direct", 2, Parts::both); }, "one half"));
  const GauntPlan<double> verified({.degree1 = 3, .degree2 = 2, .part = Parts::odd, .verify = true});
  BOOST_TEST((verified.part() == Parts::odd));
}

BOOST_AUTO_TEST_SUITE_END()
