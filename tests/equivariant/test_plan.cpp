// SPDX-License-Identifier: Apache-2.0
/// Products by every method, precision and instruction set against the definition in extended precision and against exact laws.
#include "signals.hpp"

#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/ring_tables.hpp>
#include <ansatz/equivariant/harmonics/rotation.hpp>

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <cstring>
#include <numbers>
#include <thread>

namespace {

using namespace equivariant_test;
using Precisions = boost::mpl::list<float, double>;

struct Degrees {
  int l1, l2, l3;
};
/// Equal and unequal degrees, full and truncated outputs, degrees that meet nothing (5,1,2 and 1,6,3), outputs above L1 + L2 (2,1,5), scalars.
const std::vector<Degrees> shapes = {{0, 0, 0}, {1, 1, 2}, {2, 2, 4}, {3, 3, 6}, {3, 3, 3}, {4, 4, 8}, {4, 4, 4}, {5, 5, 10}, {6, 6, 12},
                                     {7, 7, 7}, {2, 3, 4}, {5, 1, 2}, {1, 6, 3}, {2, 1, 5}, {4, 0, 4}, {8, 4, 4}, {9, 9, 2}};

std::vector<std::string> kernel_names() {
  std::vector<std::string> names;
  for (const auto* k : available_kernels<float>()) names.emplace_back(k->name);
  return names;
}

std::vector<double> rotated(const std::vector<std::vector<double>>& d, std::vector<double> x) {
  rotate_signal(d, x, x);
  return x;
}
/// One signal in lane 3 of a block.
template <class T>
Blocks<T> in_block(const std::vector<double>& x) {
  Blocks<T> block(x.size() * lanes<T>);
  for (std::size_t i = 0; i < x.size(); ++i) block[i * lanes<T> + 3] = static_cast<T>(x[i]);
  return block;
}

} // namespace

BOOST_AUTO_TEST_SUITE(plan)

BOOST_AUTO_TEST_CASE_TEMPLATE(every_method_gives_the_product, T, Precisions) {
  std::mt19937 random(5);
  for (const auto& [l1, l2, l3] : shapes) {
    const auto table = gaunt_table(l1, l2, l3);
    const auto x = random_blocks<T>(random, l1, 1);
    const auto y = random_blocks<T>(random, l2, 1);
    for (const std::string& method : method_names())
      for (const std::string& kernels : kernel_names()) {
        const auto z = Operation<T>({l1, l2, l3, method, kernels}).product(x, y);
        for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
          const auto truth = product_by_definition(table, lane_of(x, l1, lane), lane_of(y, l2, lane), l3);
          BOOST_TEST(distance(lane_of(z, l3, lane), truth) <= bound<T>(l1, l2, l3) * norm(truth),
                     method << " " << kernels << " " << l1 << " " << l2 << " " << l3);
        }
      }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(factors_of_different_size_do_not_disturb_each_other, T, Precisions) {
  std::mt19937 random(15);
  auto x = random_blocks<T>(random, 5, 1);
  auto y = random_blocks<T>(random, 5, 1);
  for (T& v : x) v *= T(65536);
  for (T& v : y) v /= T(65536);
  const auto truth = product_by_definition(gaunt_table(5, 5, 10), lane_of(x, 5, 0), lane_of(y, 5, 0), 10);
  for (const std::string& method : method_names()) {
    const auto z = Operation<T>({5, 5, 10, method}).product(x, y);
    BOOST_TEST(distance(lane_of(z, 10, 0), truth) <= bound<T>(5, 5, 10) * norm(truth), method);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(single_coefficients_come_out, T, Precisions) {
  // x = e_i, y = e_j: z_k is a coefficient. All up to degree 3 for every method; this bounds each entry, where a norm would hide small ones.
  const auto table = gaunt_table(3, 3, 6);
  const double tolerance = std::is_same_v<T, float> ? 1e-6 : 1e-14;
  for (const std::string& method : method_names()) {
    Operation<T> operation({3, 3, 6, method});
    double worst = 0.0;
    for (std::size_t i = 0; i < 16; ++i) {
      Blocks<T> x(16 * lanes<T>), y(16 * lanes<T>);
      std::vector<double> truth(49 * lanes<T>);
      for (std::size_t first = 0; first < 16; first += lanes<T>) {
        std::fill(x.begin(), x.end(), T{0});
        std::fill(y.begin(), y.end(), T{0});
        std::fill(truth.begin(), truth.end(), 0.0);
        for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
          x[i * lanes<T> + lane] = 1;
          y[(first + lane) * lanes<T> + lane] = 1;
        }
        for (const auto& c : table)
          if (c.i == i && c.j >= first && c.j < first + lanes<T>) truth[c.k * lanes<T> + c.j - first] = static_cast<double>(c.value);
        const auto z = operation.product(x, y);
        for (std::size_t k = 0; k < z.size(); ++k) worst = std::max(worst, std::abs(static_cast<double>(z[k]) - truth[k]));
      }
    }
    BOOST_TEST(worst <= tolerance, method);
  }
}

BOOST_AUTO_TEST_CASE(high_degrees_are_products_of_values) {
  // No table of coefficients: at any point the product's value is the product of the values.
  std::mt19937 random(8);
  for (const int degree : {20, 40}) {
    const auto x = random_blocks<double>(random, degree, 1);
    const auto y = random_blocks<double>(random, degree, 1);
    for (const std::string& method : method_names()) {
      if (method == "direct") continue; // its table would take minutes
      const auto z = Operation<double>({degree, degree, 2 * degree, method}).product(x, y);
      for (const Vector3& n : {Vector3{0, 1, 0}, {0, -1, 0}, {0.3, 0.2, -0.9}, {-1, 0.01, 0.02}}) {
        std::vector<double> values(signal_size(2 * degree));
        spherical_harmonics(2 * degree, n, values);
        const auto at = [&](const Blocks<double>& f, int l) {
          const auto signal = lane_of(f, l, 2);
          double sum = 0.0;
          for (std::size_t i = 0; i < signal.size(); ++i) sum += signal[i] * values[i];
          return sum;
        };
        // |z| |Y(n)| bounds a value, |Y(n)| = (2 degree + 1)/sqrt(4 pi).
        const double scale = norm(lane_of(z, 2 * degree, 2)) * (2 * degree + 1) / std::sqrt(4 * std::numbers::pi);
        BOOST_TEST(std::abs(at(z, 2 * degree) - at(x, degree) * at(y, degree)) <= bound<double>(degree, degree, 2 * degree) * scale, method);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(products_rotate_with_their_factors, T, Precisions) {
  std::mt19937 random(9);
  std::normal_distribution<double> normal;
  std::vector<Matrix3> rotations = {rotation_to_pole({0, -1, 0}), rotation_to_pole({0, 0, 1}), rotation_to_pole({1e-9, 1, 0})};
  for (const Vector3& axis : {Vector3{1, 0, 0}, {0, 1, 0}, {0, 0, 1}})
    for (const double angle : {std::numbers::pi / 2, std::numbers::pi, 0.3}) rotations.push_back(rotation_about(axis, angle));
  for (int i = 0; i < 6; ++i) rotations.push_back(rotation_about({normal(random), normal(random), normal(random)}, normal(random)));
  const double tolerance = std::is_same_v<T, float> ? 1e-6 : 1e-13;

  for (const auto& [l1, l2, l3] : {Degrees{4, 4, 8}, {6, 6, 6}, {5, 3, 4}})
    for (const std::string& method : method_names()) {
      Operation<T> operation({l1, l2, l3, method});
      for (const auto& R : rotations) {
        const auto x = lane_of(random_blocks<T>(random, l1, 1), l1, 3);
        const auto y = lane_of(random_blocks<T>(random, l2, 1), l2, 3);
        const auto rotated_after = rotated(wigner_d(l3, R), lane_of(operation.product(in_block<T>(x), in_block<T>(y)), l3, 3));
        const auto rotated_before =
            lane_of(operation.product(in_block<T>(rotated(wigner_d(l1, R), x)), in_block<T>(rotated(wigner_d(l2, R), y))), l3, 3);
        BOOST_TEST(distance(rotated_before, rotated_after) <= tolerance * norm(rotated_after), method);
      }
    }
}

BOOST_AUTO_TEST_CASE(a_grid_with_one_node_less_is_wrong) {
  std::mt19937 random(4);
  const auto& kernels = *available_kernels<double>().front();
  for (const auto& [l1, l2, l3] : {Degrees{4, 4, 8}, {3, 3, 3}, {6, 6, 12}}) {
    const auto x = random_blocks<double>(random, l1, 1);
    const auto y = random_blocks<double>(random, l2, 1);
    const auto truth = product_by_definition(gaunt_table(l1, l2, l3), lane_of(x, l1, 0), lane_of(y, l2, 0), l3);
    const int nodes = (l1 + l2 + l3 + 2) / 2;
    for (const int less : {0, 1}) {
      const SphereGrid grid(nodes - less, 1);
      const RingTable<double> tx(l1, grid), ty(l2, grid), tz(l3, grid);
      const RingProduct<double> tables{tx.view(), ty.view(), tz.view()};
      Blocks<double> z(signal_size(l3) * lanes<double>), work(mconv_workspace(tables));
      kernels.mconv(tables, x.data(), y.data(), z.data(), work.data());
      const double error = distance(lane_of(z, l3, 0), truth) / norm(truth);
      if (less == 0)
        BOOST_TEST(error <= bound<double>(l1, l2, l3));
      else
        BOOST_TEST(error > 1e-3);
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(gradients_are_adjoint_and_tangents_linear, T, Precisions) {
  std::mt19937 random(6);
  for (const auto& [l1, l2, l3] : shapes)
    for (const std::string& method : method_names()) {
      Operation<T> op({l1, l2, l3, method});
      const auto x = random_blocks<T>(random, l1, 2), dx = random_blocks<T>(random, l1, 2);
      const auto y = random_blocks<T>(random, l2, 2), dy = random_blocks<T>(random, l2, 2);
      const auto g = random_blocks<T>(random, l3, 2);
      Blocks<T> xbar(x.size(), T{-7}), ybar(y.size(), T{-7}), dz(g.size(), T{-7});
      op.plan.vjp(x, y, g, xbar, ybar, op.work);
      op.plan.jvp(x, y, dx, dy, dz, op.work);
      const auto zx = op.product(dx, y), zy = op.product(x, dy);
      for (const std::size_t lane : {std::size_t{0}, lanes<T> - 1}) {
        const auto of = [&](const Blocks<T>& f, int l) { return lane_of(f, l, lane); };
        const double along = dot(of(g, l3), of(dz, l3));
        const double scale = norm(of(g, l3)) * (norm(of(zx, l3)) + norm(of(zy, l3)));
        BOOST_TEST(std::abs(along - dot(of(xbar, l1), of(dx, l1)) - dot(of(ybar, l2), of(dy, l2))) <= 2 * bound<T>(l1, l2, l3) * scale, method);
        BOOST_TEST(std::abs(along - dot(of(g, l3), of(zx, l3)) - dot(of(g, l3), of(zy, l3))) <= 2 * bound<T>(l1, l2, l3) * scale, method);
      }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(blocks_lanes_and_threads_do_not_matter, T, Precisions) {
  std::mt19937 random(7);
  for (const std::string& method : method_names()) {
    const GauntPlan<T> shared({5, 4, 7, method});
    auto x = random_blocks<T>(random, 5, 6), y = random_blocks<T>(random, 4, 6);
    // The same two signals in every lane of every block, but for a NaN in one lane.
    for (std::size_t n = 0; n < x.size(); ++n) x[n] = x[n / lanes<T> % 36 * lanes<T>];
    for (std::size_t n = 0; n < y.size(); ++n) y[n] = y[n / lanes<T> % 25 * lanes<T>];
    x[lanes<T> * 36 * 2 + 1] = std::numeric_limits<T>::quiet_NaN();
    const auto x_before = x, y_before = y;
    Blocks<T> z(64 * lanes<T> * 6);

    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 3; ++t)
      threads.emplace_back([&, t] {
        Blocks<T> work(shared.workspace());
        const auto part = [&](auto& f, std::size_t size) { return std::span(f).subspan(2 * t * size * lanes<T>, 2 * size * lanes<T>); };
        shared.execute(std::span<const T>(part(x, 36)), std::span<const T>(part(y, 25)), part(z, 64), work);
      });
    for (auto& thread : threads) thread.join();

    int different = 0;
    for (std::size_t n = 0; n < z.size(); ++n) {
      const bool poisoned = n / (64 * lanes<T>) == 2 && n % lanes<T> == 1;
      if (!poisoned) different += z[n] == z[n / lanes<T> % 64 * lanes<T>] ? 0 : 1;
    }
    BOOST_TEST(different == 0, method);
    BOOST_TEST(std::isnan(z[64 * lanes<T> * 2 + 1]), method);
    BOOST_TEST(std::memcmp(x.data(), x_before.data(), x.size() * sizeof(T)) == 0);
    BOOST_TEST(std::memcmp(y.data(), y_before.data(), y.size() * sizeof(T)) == 0);
  }
}

BOOST_AUTO_TEST_CASE(the_unit_signal_and_the_scalar_part) {
  std::mt19937 random(2);
  const auto x = random_blocks<double>(random, 5, 1), y = random_blocks<double>(random, 5, 1);
  auto one = in_block<double>(std::vector<double>(36, 0.0));
  for (std::size_t lane = 0; lane < lanes<double>; ++lane) one[lane] = std::sqrt(4 * std::numbers::pi);
  for (const std::string& method : method_names()) {
    Operation<double> op({5, 5, 10, method});
    const auto same = lane_of(op.product(x, one), 10, 4), z = lane_of(op.product(x, y), 10, 4);
    BOOST_TEST(distance({same.begin(), same.begin() + 36}, lane_of(x, 5, 4)) <= bound<double>(5, 5, 10) * norm(same), method);
    BOOST_TEST(std::abs(z[0] - dot(lane_of(x, 5, 4), lane_of(y, 5, 4)) / std::sqrt(4 * std::numbers::pi)) <= bound<double>(5, 5, 10) * norm(z),
               method);
  }
}

BOOST_AUTO_TEST_CASE(names_are_chosen_and_reported) {
  BOOST_TEST(GauntPlan<float>({.degree1 = 2, .degree2 = 2, .method = "estimate"}).method() == "direct");
  BOOST_TEST(GauntPlan<float>({.degree1 = 9, .degree2 = 9, .method = "estimate"}).method() == "theta_mconv");
  const GauntPlan<float> measured({.degree1 = 3, .degree2 = 3, .degree3 = 3});
  const auto names = method_names();
  BOOST_TEST((std::find(names.begin(), names.end(), measured.method()) != names.end()));
  BOOST_TEST(GauntPlan<float>({.degree1 = 1, .degree2 = 1, .kernels = "generic"}).kernels() == "generic");
  BOOST_TEST(GauntPlan<double>({.degree1 = 2, .degree2 = 3}).degree(3) == 5);
}

BOOST_AUTO_TEST_CASE(foolish_inputs_are_refused) {
  const auto refused = [](auto&& f, const std::string& phrase) {
    try {
      f();
    } catch (const ansatz::UsageError& error) {
      return std::string(error.what()).find(phrase) != std::string::npos;
    }
    return false;
  };
  BOOST_TEST(refused([] { GauntPlan<float>({.degree1 = -1}); }, "degree -1"));
  BOOST_TEST(refused([] { GauntPlan<float>({.degree1 = 128}); }, "degree 128"));
  BOOST_TEST(refused([] { GauntPlan<float>({.degree1 = 1, .degree2 = 1, .degree3 = -2}); }, "degree -2"));
  BOOST_TEST(refused([] { GauntPlan<float>({.degree1 = 1, .method = "theta_mcov"}); }, "did you mean \"theta_mconv\""));
  BOOST_TEST(refused([] { GauntPlan<float>({.degree1 = 1, .kernels = "sse9"}); }, "sse9"));
  Operation<float> op({2, 2, 2, "direct"});
  const auto n = op.plan.block_size(1);
  Blocks<float> x(n), y(n), z(n), shifted(n + 16);
  const auto run = [&](std::span<const float> a, std::span<const float> b, std::span<float> c, std::span<float> work) {
    return [=, &op] { op.plan.execute(a, b, c, work); };
  };
  BOOST_TEST(refused(run(x, y, std::span(z).first(n - 16), op.work), "z holds"));
  BOOST_TEST(refused(run(std::span(x).first(n - 1), y, z, op.work), "holds"));
  BOOST_TEST(refused(run(x, std::span(shifted).subspan(1, n), z, op.work), "64-byte"));
  BOOST_TEST(refused(run(x, y, z, std::span(op.work).first(16)), "workspace"));
  op.plan.execute({}, {}, {}, op.work); // an empty batch is none
}

BOOST_AUTO_TEST_SUITE_END()
