// SPDX-License-Identifier: Apache-2.0
/// Values, gradients, grids, rotations and normalisations against their definitions.
#include <ansatz/equivariant/harmonics/legendre.hpp>
#include <ansatz/equivariant/harmonics/normalisation.hpp>
#include <ansatz/equivariant/harmonics/rotation.hpp>
#include <ansatz/equivariant/harmonics/sphere_grid.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

namespace {

using namespace ansatz::equivariant;

std::vector<double> harmonics(int degree, const Vector3& r) {
  std::vector<double> y(signal_size(degree));
  spherical_harmonics(degree, r, y);
  return y;
}
Vector3 random_vector(std::mt19937& random) {
  std::normal_distribution<double> normal;
  return {normal(random), normal(random), normal(random)};
}
Vector3 product(const Matrix3& R, const Vector3& r) {
  Vector3 out{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) out[i] += R[i][j] * r[j];
  return out;
}
double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}
/// Poles, axes, near-poles and a generic direction.
std::vector<Vector3> directions() {
  return {{0, 1, 0}, {0, -1, 0}, {1, 0, 0}, {0, 0, 1}, {-1, 0, 0}, {0, 0, -1}, {1e-9, 1, 0}, {1e-20, -1, 1e-20}, {0.3, -0.5, 0.8}, {-2.0, 1.5, 0.1}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(harmonics_suite)

BOOST_AUTO_TEST_CASE(low_degrees_are_the_known_polynomials) {
  const double x = 1.0 / 3, y = 2.0 / 3, z = 2.0 / 3;
  const double pi = std::numbers::pi;
  const std::vector<double> truth = {std::sqrt(1 / (4 * pi)),
                                     std::sqrt(3 / (4 * pi)) * x,
                                     std::sqrt(3 / (4 * pi)) * y,
                                     std::sqrt(3 / (4 * pi)) * z,
                                     std::sqrt(15 / (4 * pi)) * x * z,
                                     std::sqrt(15 / (4 * pi)) * x * y,
                                     std::sqrt(5 / (16 * pi)) * (3 * y * y - 1),
                                     std::sqrt(15 / (4 * pi)) * y * z,
                                     std::sqrt(15 / (16 * pi)) * (z * z - x * x)};
  const std::vector<double> third = {0.24038812922937328, 0.42823873224304505, 0.18620384422626382, -0.19349883912080057,
                                     0.37240768845252764, 0.32117904918228378, 0.043706932587158779};

  const auto values = harmonics(3, {1, 2, 2}); // any length

  for (std::size_t i = 0; i < 9; ++i) BOOST_TEST(std::abs(values[i] - truth[i]) <= 2e-16);
  for (std::size_t i = 0; i < 7; ++i) BOOST_TEST(std::abs(values[9 + i] - third[i]) <= 2e-16);
}

BOOST_AUTO_TEST_CASE(harmonics_are_orthonormal_on_the_exact_grid_and_not_on_a_smaller_one) {
  constexpr int degree = 9;
  // Normalised Gram matrix minus 1, largest entry, with harmonics in long double.
  const auto defect = [](const SphereGrid& grid) {
    const std::size_t n = signal_size(degree);
    std::vector<double> gram(n * n, 0.0);
    for (std::size_t i = 0; i < grid.weight.size(); ++i)
      for (int k = 0; k < grid.n_phi; ++k) {
        const double phi = 2 * std::numbers::pi * k / grid.n_phi;
        const auto s = static_cast<double>(grid.sin_theta[i]);
        const auto y = harmonics(degree, {s * std::sin(phi), static_cast<double>(grid.cos_theta[i]), s * std::cos(phi)});
        const double w = static_cast<double>(grid.weight[i]) * 2 * std::numbers::pi / grid.n_phi;
        for (std::size_t a = 0; a < n; ++a)
          for (std::size_t b = 0; b < n; ++b) gram[a * n + b] += w * y[a] * y[b];
      }
    double worst = 0.0;
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t b = 0; b < n; ++b) worst = std::max(worst, std::abs(gram[a * n + b] - (a == b ? 1.0 : 0.0)));
    return worst;
  };
  const SphereGrid exact = SphereGrid::exact_for(2 * degree);
  const auto nodes = static_cast<int>(exact.weight.size());

  BOOST_TEST(nodes == 10);
  BOOST_TEST(exact.n_phi == 19);
  BOOST_TEST(defect(exact) <= 2e-14);
  BOOST_TEST(defect(SphereGrid(nodes - 1, exact.n_phi)) > 1e-3);
  BOOST_TEST(defect(SphereGrid(nodes, exact.n_phi - 1)) > 1e-3);
}

BOOST_AUTO_TEST_CASE(gauss_nodes_integrate_powers_exactly) {
  for (const int n : {1, 2, 3, 8, 33, 129}) {
    const SphereGrid grid(n, 1);
    for (int power = 0; power < 2 * n; power += std::max(1, n / 4)) {
      long double sum = 0;
      for (std::size_t i = 0; i < grid.weight.size(); ++i) sum += grid.weight[i] * std::pow(grid.cos_theta[i], power);
      const long double truth = power % 2 == 0 ? 2.0L / (power + 1) : 0.0L;
      BOOST_TEST(static_cast<double>(std::abs(sum - truth)) <= 1e-17);
    }
  }
}

BOOST_AUTO_TEST_CASE(addition_theorem_holds_at_high_degree) {
  // sum_m Y_lm^2 = (2l+1)/(4 pi), at every direction.
  for (const auto& r : directions()) {
    const auto y = harmonics(max_degree, r);
    for (int l = 0; l <= max_degree; ++l) {
      double sum = 0.0;
      for (int m = -l; m <= l; ++m) sum += y[signal_index(l, m)] * y[signal_index(l, m)];
      BOOST_TEST(std::abs(sum * 4 * std::numbers::pi / (2 * l + 1) - 1) <= 2e-13);
    }
  }
}

BOOST_AUTO_TEST_CASE(gradients_are_those_of_finite_differences_also_at_the_poles) {
  constexpr int degree = 8;
  for (const auto& r : directions()) {
    std::vector<double> y(signal_size(degree));
    std::vector<Vector3> gradient(signal_size(degree));
    spherical_harmonics(degree, r, y, gradient);
    BOOST_TEST(largest_difference(y, harmonics(degree, r)) == 0.0);
    for (std::size_t a = 0; a < 3; ++a) {
      // Fourth-order central difference; h^4 Y^(5) / 30 is below 2e-8 here, rounding below 1e-11.
      constexpr double h = 2e-3;
      const auto shifted = [&](double by) {
        Vector3 p = r;
        p[a] += by;
        return harmonics(degree, p);
      };
      const auto p1 = shifted(h), m1 = shifted(-h), p2 = shifted(2 * h), m2 = shifted(-2 * h);
      for (std::size_t i = 0; i < y.size(); ++i) BOOST_TEST(std::abs(gradient[i][a] - (8 * (p1[i] - m1[i]) - (p2[i] - m2[i])) / (12 * h)) <= 1e-6);
    }
  }
}

BOOST_AUTO_TEST_CASE(rotations_move_harmonics_with_their_directions) {
  constexpr int degree = 40;
  std::mt19937 random(3);
  std::vector<Matrix3> rotations;
  for (const Vector3& axis : {Vector3{1, 0, 0}, {0, 1, 0}, {0, 0, 1}})
    for (const double angle : {0.0, 0.5, std::numbers::pi / 2, std::numbers::pi, -1e-9}) rotations.push_back(rotation_about(axis, angle));
  for (const auto& r : directions()) rotations.push_back(rotation_to_pole(r));
  for (int i = 0; i < 4; ++i) rotations.push_back(rotation_about(random_vector(random), 4.0 * i - 5.0));

  for (const auto& R : rotations) {
    const auto d = wigner_d(degree, R);
    const Vector3 r = random_vector(random);
    std::vector<double> moved(signal_size(degree));
    std::vector<double> back(signal_size(degree));
    rotate_signal(d, harmonics(degree, r), moved);
    rotate_signal(d, moved, back, true);
    // The matrix is rounded to double, so the direction is 1e-16 off and Y_l, l <= 40, by up to l^{3/2} times that.
    BOOST_TEST(largest_difference(moved, harmonics(degree, product(R, r))) <= 1e-13);
    BOOST_TEST(largest_difference(back, harmonics(degree, r)) <= 1e-14);
  }
}

BOOST_AUTO_TEST_CASE(rotation_to_pole_takes_every_direction_there) {
  for (const auto& r : directions()) {
    const Vector3 end = product(rotation_to_pole(r), r);
    const double length = std::hypot(r[0], r[1], r[2]);
    BOOST_TEST(std::abs(end[0]) <= 4e-16 * length);
    BOOST_TEST(std::abs(end[1] - length) <= 4e-16 * length);
    BOOST_TEST(std::abs(end[2]) <= 4e-16 * length);
  }
}

BOOST_AUTO_TEST_CASE(first_degree_is_the_matrix_and_the_second_has_the_known_entries) {
  const Matrix3 R = rotation_about({1, 1, 0}, std::numbers::pi);
  const auto d = wigner_d(2, R);

  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) BOOST_TEST(std::abs(d[1][3 * i + j] - R[i][j]) <= 1e-15);
  const double h = std::sqrt(3.0) / 2;
  const std::vector<double> known = {0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, -0.5, 0, -h, -1, 0, 0, 0, 0, 0, 0, -h, 0, 0.5};
  BOOST_TEST(largest_difference(d[2], known) <= 1e-15);
}

BOOST_AUTO_TEST_CASE(normalisations_make_the_unit_signal_and_unit_harmonics) {
  BOOST_TEST(normalisation_scale(Normalisation::integral, 5) == 1.0);
  // `component`: sum_m Y^2 = 2l+1; `norm`: 1.
  for (int l = 0; l < 5; ++l) {
    const double sum = (2 * l + 1) / (4 * std::numbers::pi);
    BOOST_TEST(std::abs(sum * std::pow(normalisation_scale(Normalisation::component, l), 2) - (2 * l + 1)) <= 1e-14);
    BOOST_TEST(std::abs(sum * std::pow(normalisation_scale(Normalisation::norm, l), 2) - 1) <= 1e-15);
  }
}

BOOST_AUTO_TEST_CASE(foolish_inputs_are_refused) {
  std::vector<double> y(4);
  BOOST_CHECK_THROW(spherical_harmonics(1, {0, 0, 0}, y), ansatz::UsageError);
  BOOST_CHECK_THROW(spherical_harmonics(1, {NAN, 0, 0}, y), ansatz::UsageError);
  BOOST_CHECK_THROW(spherical_harmonics(2, {1, 0, 0}, y), ansatz::UsageError);
  BOOST_CHECK_THROW(spherical_harmonics(-1, {1, 0, 0}, y), ansatz::UsageError);
  BOOST_CHECK_THROW((void)wigner_d(128, rotation_about({1, 0, 0}, 1)), ansatz::UsageError);
  BOOST_CHECK_THROW((void)wigner_d(2, {{{1, 0, 0}, {0, 1, 0}, {0, 0, -1}}}), ansatz::UsageError); // a reflection
  BOOST_CHECK_THROW((void)wigner_d(2, {{{1, 0, 0}, {0, NAN, 0}, {0, 0, 1}}}), ansatz::UsageError);
  BOOST_CHECK_THROW((void)rotation_to_pole({0, 0, 0}), ansatz::UsageError);
  BOOST_CHECK_THROW(SphereGrid(0, 3), ansatz::UsageError);
}

BOOST_AUTO_TEST_SUITE_END()
