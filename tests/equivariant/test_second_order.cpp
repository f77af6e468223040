// SPDX-License-Identifier: Apache-2.0
/// Second gradients of the product by every method, and single precision with arithmetic in double.
#include "derivatives.hpp"

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

namespace {
using namespace equivariant_test;
}

BOOST_AUTO_TEST_SUITE(second_order)

BOOST_AUTO_TEST_CASE(gradients_of_gradients_are_those_of_the_trilinear_form) {
  std::mt19937 random(81);
  for (const auto& [l1, l2, l3] : {std::array{3, 3, 3}, {2, 4, 3}, {5, 1, 2}, {2, 2, 7}})
    for (const std::string& method : method_names()) {
      const GauntPlan<double> plan({.degree1 = l1, .degree2 = l2, .degree3 = l3, .method = method});
      const auto x = random_blocks<double>(random, l1, 2), dx = random_like(random, x), u = random_like(random, x);
      const auto y = random_blocks<double>(random, l2, 2), dy = random_like(random, y), v = random_like(random, y);
      const auto g = random_blocks<double>(random, l3, 2), dg = random_like(random, g);
      Blocks<double> work(plan.workspace()), to_x(x.size(), -7.0), to_y(y.size(), -7.0), to_g(g.size(), -7.0);

      plan.vjp2(x, y, g, u, v, to_x, to_y, to_g, work);

      const double second = slope([&](double t) {
        Blocks<double> a(x.size()), b(y.size());
        plan.vjp(moved(x, t, dx), moved(y, t, dy), moved(g, t, dg), a, b, work);
        return inner(u, a) + inner(v, b);
      });
      const double scale = std::sqrt(inner(g, g) * (inner(x, x) + inner(dx, dx)) * (inner(y, y) + inner(dy, dy)));
      BOOST_TEST(std::abs(inner(to_x, dx) + inner(to_y, dy) + inner(to_g, dg) - second) <= 1e-12 * scale, method);
    }
}

BOOST_AUTO_TEST_CASE(arithmetic_in_double_leaves_the_rounding_of_the_result_only) {
  std::mt19937 random(82);
  for (const Parts part : {Parts::even, Parts::odd})
    for (const auto& [l1, l2, l3] : {std::array{4, 4, 7}, {8, 8, 8}, {3, 5, 6}})
      for (const std::string& method : method_names(part)) {
        const auto x = random_blocks<float>(random, l1, 1), y = random_blocks<float>(random, l2, 1), g = random_blocks<float>(random, l3, 1);
        const auto errors = [&](bool wide) {
          const GauntPlan<float> plan({.degree1 = l1, .degree2 = l2, .degree3 = l3, .method = method, .part = part, .wide = wide});
          Blocks<float> z(g.size()), xbar(x.size()), ybar(y.size()), work(plan.workspace());
          plan.execute(x, y, z, work);
          plan.vjp(x, y, g, xbar, ybar, work);
          const auto table = part == Parts::even ? gaunt_table(l1, l2, l3) : bracket_table(l1, l2, l3);
          std::array<double, 2> worst{};
          for (std::size_t lane = 0; lane < lanes<float>; ++lane) {
            const auto a = lane_of(x, l1, lane), b = lane_of(y, l2, lane), c = lane_of(g, l3, lane);
            std::vector<double> product(signal_size(l3)), gradient(signal_size(l2));
            for (const auto& e : table) {
              product[e.k] += static_cast<double>(e.value) * a[e.i] * b[e.j];
              gradient[e.j] += static_cast<double>(e.value) * a[e.i] * c[e.k];
            }
            worst[0] = std::max(worst[0], distance(lane_of(z, l3, lane), product) / norm(product));
            worst[1] = std::max(worst[1], distance(lane_of(ybar, l2, lane), gradient) / norm(gradient));
          }
          return worst;
        };
        const auto narrow = errors(false), wide = errors(true);
        // Rounding each number of the result once: at most half a unit.
        constexpr double unit = 0x1p-24;
        for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
          BOOST_TEST(wide[i] <= unit, method);
          BOOST_TEST(narrow[i] > wide[i], method);
        }
      }
}

BOOST_AUTO_TEST_SUITE_END()
