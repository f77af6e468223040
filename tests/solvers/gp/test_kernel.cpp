// SPDX-License-Identifier: Apache-2.0
// Kernels and features against definitions: spectra by quadrature, derivatives by differences in 50 digits.
#include "support.hpp"

#include <ansatz/solvers/gp/features.hpp>

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/test/unit_test.hpp>

#include <numbers>

using namespace gp_tests;

namespace {

using Long = boost::multiprecision::cpp_bin_float_50;

const std::vector<Envelope> forms{Envelope::gaussian, Envelope::matern52, Envelope::matern72, Envelope::matern92};

/// The mixture from its definition; Matern's polynomials from (p+i)! / (i! (p-i)!) (2s)^(p-i) p!/(2p)!.
Long defined(Envelope form, const std::vector<Line>& lines, const Long& z) {
  Long sum = 0;
  for (const Line& line : lines) {
    const Long r = abs(z);
    Long g = exp(-Long(line.rate) * z * z);
    if (form != Envelope::gaussian) {
      const int p = form == Envelope::matern52 ? 2 : form == Envelope::matern72 ? 3 : 4;
      const auto factorial = [](int n) { return boost::multiprecision::tgamma(Long(n + 1)); };
      const Long s = sqrt(Long(2 * p + 1)) * Long(line.rate) * r;
      Long polynomial = 0;
      for (int i = 0; i <= p; ++i) polynomial += factorial(p + i) / (factorial(i) * factorial(p - i)) * pow(2 * s, p - i);
      g = exp(-s) * polynomial * factorial(p) / factorial(2 * p);
    }
    sum += Long(line.weight) * g * cos(Long(line.frequency) * z);
  }
  return sum;
}

/// Central difference of fourth order in the step: truncation 1e-24 an order, cancellation 1e-44 / step.
Long difference(Envelope form, const std::vector<Line>& lines, const Long& z, int order) {
  if (order == 0) return defined(form, lines, z);
  const Long h("1e-6");
  return (8 * (difference(form, lines, z + h, order - 1) - difference(form, lines, z - h, order - 1)) -
          (difference(form, lines, z + 2 * h, order - 1) - difference(form, lines, z - 2 * h, order - 1))) /
         (12 * h);
}

const std::vector<Line> mixture{{.weight = 0.7, .rate = 1.3, .frequency = 0.0}, {.weight = 0.2, .rate = 2.1, .frequency = 9.0}};

} // namespace

BOOST_AUTO_TEST_SUITE(gp_kernel)

BOOST_AUTO_TEST_CASE(derivatives_to_fourth_order) {
  for (const Envelope form : forms)
    for (const double z : {-0.83, -0.2, 0.11, 0.5, 1.7})
      for (int order = 0; order <= highest_order; ++order) {
        const double value = kernel(form, mixture, z, order);

        const auto truth = static_cast<double>(difference(form, mixture, Long(z), order));
        BOOST_TEST(std::abs(value - truth) <= 1e-13 * std::max(1.0, std::abs(kernel(form, mixture, 0.0, order - order % 2))),
                   static_cast<int>(form) << " z " << z << " order " << order << ": " << value << " " << truth);
      }
}

BOOST_AUTO_TEST_CASE(values_at_zero) {
  const double w = 0.4;
  const double m = 7.0;
  const double rate = 1.7;
  const double b = rate;
  const double a2 = 5.0 * rate * rate;
  const std::vector<Line> line{{w, rate, m}};

  BOOST_TEST(kernel(Envelope::matern52, line, 0.0, 0) == w);
  BOOST_TEST(kernel(Envelope::matern52, line, 0.0, 1) == 0.0);
  BOOST_TEST(std::abs(kernel(Envelope::matern52, line, 0.0, 2) / (-w * (a2 / 3.0 + m * m)) - 1.0) < 1e-14);
  BOOST_TEST(kernel(Envelope::matern52, line, 0.0, 3) == 0.0);
  BOOST_TEST(std::abs(kernel(Envelope::matern52, line, 0.0, 4) / (w * (a2 * a2 + 2.0 * a2 * m * m + m * m * m * m)) - 1.0) < 1e-14);
  BOOST_TEST(std::abs(kernel(Envelope::gaussian, line, 0.0, 2) / (-w * (2.0 * b + m * m)) - 1.0) < 1e-14);
  BOOST_TEST(std::abs(kernel(Envelope::gaussian, line, 0.0, 4) / (w * (12.0 * b * b + 12.0 * b * m * m + m * m * m * m)) - 1.0) < 1e-14);
}

BOOST_AUTO_TEST_CASE(symmetry) {
  for (const Envelope form : forms)
    for (int order = 0; order <= highest_order; ++order) {
      const double left = kernel(form, mixture, -0.37, order);
      const double right = kernel(form, mixture, 0.37, order);
      BOOST_TEST(left == (order % 2 == 0 ? right : -right));
      auto mirrored = mixture;
      mirrored[1].frequency = -mirrored[1].frequency;
      BOOST_TEST(kernel(form, mirrored, 0.37, order) == right);
    }
}

// k(z) = integral of S(s) cos(2 pi s z) ds with S a normal density or Student's t with 5 degrees of freedom of scale rate/(2 pi), moved to +-mu.
BOOST_AUTO_TEST_CASE(spectrum) {
  const double pi = std::numbers::pi;
  const double rate = 1.3;
  const double mu = 2.0;
  const double sigma_t = rate / (2.0 * pi);
  const double sigma_g = std::sqrt(rate / 2.0) / pi; // b = 2 pi^2 sigma^2
  const auto student = [&](double s) {
    const double t = s / sigma_t;
    return 8.0 / (3.0 * pi * std::sqrt(5.0)) / sigma_t * std::pow(1.0 + t * t / 5.0, -3.0);
  };
  const auto normal = [&](double s) { return std::exp(-0.5 * s * s / (sigma_g * sigma_g)) / (sigma_g * std::sqrt(2.0 * pi)); };
  const double h = 0.02 * sigma_t;
  for (const double z : {0.0, 0.3, 1.1}) {
    double t = 0.0;
    double g = 0.0;
    for (int i = -40000; i <= 40000; ++i) {
      const double wave = std::cos(2.0 * pi * (mu + i * h) * z) * h;
      t += student(i * h) * wave;
      g += normal(i * h) * wave;
    }
    const std::vector<Line> line{{1.0, rate, 2.0 * pi * mu}};
    BOOST_TEST(std::abs(kernel(Envelope::matern52, line, z, 0) - t) < 1e-12); // the tail beyond 800 scales holds 1e-13
    BOOST_TEST(std::abs(kernel(Envelope::gaussian, line, z, 0) - g) < 1e-13);
  }
}

BOOST_AUTO_TEST_CASE(gradients_by_parameters) {
  const double h = 1e-5;
  const auto central = [&](Envelope form, Line line, int order, double z, auto&& change) {
    Line up = line;
    Line down = line;
    change(up, h);
    change(down, -h);
    return (kernel(form, std::vector<Line>{up}, z, order) - kernel(form, std::vector<Line>{down}, z, order)) / (2.0 * h);
  };
  for (const Envelope form : forms)
    for (const double z : {-0.4, 0.0, 0.9})
      for (int order = 0; order <= highest_order; ++order) {
        const Line line{.weight = 0.6, .rate = 1.4, .frequency = 3.0};
        const LineGradient g = kernel_gradient(form, line, z, order);

        const double scale = 1e-7 * std::max(1.0, std::abs(kernel(form, std::vector<Line>{line}, 0.0, order - order % 2)));
        BOOST_TEST(std::abs(g.log_weight - central(form, line, order, z, [](Line& l, double d) { l.weight *= std::exp(d); })) < scale);
        BOOST_TEST(std::abs(g.log_rate - central(form, line, order, z, [](Line& l, double d) { l.rate *= std::exp(d); })) < scale);
        BOOST_TEST(std::abs(g.frequency - central(form, line, order, z, [](Line& l, double d) { l.frequency += d; })) < scale);
      }
}

BOOST_AUTO_TEST_CASE(features_make_the_kernel) {
  const Interval interval{0.2, 1.5};
  const auto points = uniform_points(interval, 23);
  for (const double ratio : {0.25, 1.0, 4.0}) {
    const double rate = 2.0 * ratio / (interval.length * interval.length);
    const std::vector<Line> lines{{.weight = 0.5, .rate = rate, .frequency = 0.0}, {.weight = 0.3, .rate = rate, .frequency = 40.0}};
    for (const int left : {0, 1, 2})
      for (const int right : {0, 2}) {
        const Matrix gram = product_nt(features(lines, interval, 1e-16, points, left), features(lines, interval, 1e-16, points, right));

        double worst = 0.0;
        const double size = std::abs(kernel(Envelope::gaussian, lines, 0.0, 2 * ((left + right + 1) / 2)));
        for (int i = 0; i < gram.rows; ++i)
          for (int j = 0; j < gram.cols; ++j) {
            const double z = points[static_cast<std::size_t>(i)] - points[static_cast<std::size_t>(j)];
            worst = std::max(worst, std::abs(gram(i, j) - kernel(Envelope::gaussian, lines, z, left + right)));
          }
        BOOST_TEST(worst < 1e-12 * size, "ratio " << ratio << " orders " << left << " " << right << ": " << worst / size);
      }
  }
  BOOST_TEST(feature_terms({.weight = 1.0, .rate = 0.5, .frequency = 0.0}, 1.0, 1e-16) == 13);
  BOOST_TEST(feature_terms({.weight = 1.0, .rate = 2.0, .frequency = 0.0}, 1.0, 1e-16) == 19);
  BOOST_TEST(feature_terms({.weight = 1.0, .rate = 8.0, .frequency = 0.0}, 1.0, 1e-16) == 32);
}

BOOST_AUTO_TEST_CASE(features_by_parameters) {
  const Interval interval{-0.4, 1.2};
  const auto points = uniform_points(interval, 9);
  const double h = 1e-5;
  for (const auto by : {FeatureParameter::log_rate, FeatureParameter::frequency})
    for (const int order : {0, 1, 2}) {
      std::vector<Line> lines{{.weight = 0.5, .rate = 0.8, .frequency = 0.0}, {.weight = 0.3, .rate = 0.8, .frequency = 5.0}};
      const Matrix gradient = feature_gradient(lines, 1, by, interval, 1e-16, points, order);

      const auto moved = [&](double d) {
        auto other = lines;
        (by == FeatureParameter::log_rate ? other[1].rate : other[1].frequency) +=
            by == FeatureParameter::log_rate ? other[1].rate * std::expm1(d) : d;
        return features(other, interval, 1e-16, points, order);
      };
      const Matrix up = moved(h);
      const Matrix down = moved(-h);
      const int columns_compared = std::min({up.cols, down.cols, gradient.cols}) - 2; // the number of terms may change with the rate
      double worst = 0.0;
      for (int j = 0; j < columns_compared; ++j)
        for (int i = 0; i < up.rows; ++i) worst = std::max(worst, std::abs((up(i, j) - down(i, j)) / (2.0 * h) - gradient(i, j)));
      BOOST_TEST(worst < 1e-7);
    }
}

BOOST_AUTO_TEST_SUITE_END()
