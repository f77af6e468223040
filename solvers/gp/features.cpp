// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/features.hpp>

#include <cmath>

namespace ansatz::solvers::gp {

namespace {

/// cos, and sin where the line is not at zero.
int kinds_of(const Line& line) { return line.frequency == 0.0 ? 1 : 2; }

/// e_n of one line at y, n < count, differentiated `order` times; `scratch` ends longer than `count`.
void envelopes(const Line& line, double y, int count, int order, std::vector<double>& scratch) {
  const int longest = count + order;
  scratch.resize(static_cast<std::size_t>(longest));
  double value = std::sqrt(line.weight) * std::exp(-line.rate * y * y);
  for (int n = 0; n < longest; ++n) {
    scratch[static_cast<std::size_t>(n)] = value;
    value *= y * std::sqrt(2.0 * line.rate / (n + 1));
  }
  for (int k = 1; k <= order; ++k) {
    double below = 0.0;
    for (int n = 0; n < longest - k; ++n) {
      const auto i = static_cast<std::size_t>(n);
      const double own = scratch[i];
      scratch[i] = std::sqrt(2.0 * line.rate * n) * below - std::sqrt(2.0 * line.rate * (n + 1)) * scratch[i + 1];
      below = own;
    }
  }
}

/// b d/db of e_n: n/2 e_n - sqrt((n+1)(n+2))/2 e_{n+2}; what is differentiated has a linear image, so it may come after the derivatives by y.
void by_log_rate(int count, std::vector<double>& e) {
  for (int n = 0; n < count; ++n)
    e[static_cast<std::size_t>(n)] =
        0.5 * n * e[static_cast<std::size_t>(n)] - 0.5 * std::sqrt((n + 1.0) * (n + 2.0)) * e[static_cast<std::size_t>(n) + 2];
}

double binomial(int n, int k) {
  double value = 1.0;
  for (int i = 1; i <= k; ++i) value = value * (n - k + i) / i;
  return value;
}

/// m^j times cos (or sin) of m y + j pi/2, or its derivative by m.
double wave(double m, double y, int j, bool sine, bool by_m) {
  const auto turned = [&](int k) {
    const int phase = (k + (sine ? 3 : 0)) % 4; // sin t = cos(t - pi/2)
    const double value = phase % 2 == 0 ? std::cos(m * y) : -std::sin(m * y);
    return phase >= 2 ? -value : value;
  };
  const auto power = [m](int k) {
    double value = 1.0;
    for (int i = 0; i < k; ++i) value *= m;
    return value;
  };
  if (!by_m) return power(j) * turned(j);
  return (j > 0 ? j * power(j - 1) * turned(j) : 0.0) + power(j) * y * turned(j + 1);
}

enum class What { values, log_rate, frequency };

/// Fills the columns of one line, from `first` on.
void fill(Matrix& phi, int first, const Line& line, double centre, int terms, std::span<const double> points, int order, What what) {
  std::vector<double> e;
  const int kinds = kinds_of(line);
  for (int j = 0; j <= order; ++j) {
    const double choose = binomial(order, j);
    for (int i = 0; i < phi.rows; ++i) {
      const double y = points[static_cast<std::size_t>(i)] - centre;
      envelopes(line, y, terms + (what == What::log_rate ? 2 : 0), order - j, e);
      if (what == What::log_rate) by_log_rate(terms, e);
      for (int kind = 0; kind < kinds; ++kind) {
        const double factor = choose * wave(line.frequency, y, j, kind == 1, what == What::frequency);
        if (factor == 0.0) continue;
        for (int n = 0; n < terms; ++n) phi(i, first + kinds * n + kind) += factor * e[static_cast<std::size_t>(n)];
      }
    }
  }
}

int columns_of(const Line& line, double length, double cut) { return feature_terms(line, length, cut) * kinds_of(line); }

} // namespace

std::vector<double> uniform_points(const Interval& interval, int points) {
  std::vector<double> x(static_cast<std::size_t>(points), interval.low);
  for (int i = 1; i < points; ++i)
    x[static_cast<std::size_t>(i)] = i + 1 == points ? interval.high() : interval.low + interval.length * i / (points - 1);
  return x;
}

int feature_terms(const Line& line, double length, double cut) {
  if (line.terms > 0) return line.terms;
  const double ratio = line.rate * length * length / 2.0;
  double size = 1.0;
  int n = 0;
  // Sizes grow before they fall where the ratio is large.
  while (size >= cut || n < ratio) size *= ratio / ++n;
  return n;
}

int feature_count(std::span<const Line> lines, double length, double cut) {
  int count = 0;
  for (const Line& line : lines) count += columns_of(line, length, cut);
  return count;
}

Matrix features(std::span<const Line> lines, const Interval& interval, double cut, std::span<const double> points, int order, int extra) {
  int count = 0;
  for (const Line& line : lines) count += (feature_terms(line, interval.length, cut) + extra) * kinds_of(line);
  Matrix phi(static_cast<int>(points.size()), count);
  int first = 0;
  for (const Line& line : lines) {
    const int terms = feature_terms(line, interval.length, cut) + extra;
    fill(phi, first, line, interval.centre(), terms, points, order, What::values);
    first += terms * kinds_of(line);
  }
  return phi;
}

Matrix feature_gradient(std::span<const Line> lines, std::size_t line, FeatureParameter by, const Interval& interval, double cut,
                        std::span<const double> points, int order) {
  Matrix phi(static_cast<int>(points.size()), feature_count(lines, interval.length, cut));
  int first = 0;
  for (std::size_t q = 0; q < line; ++q) first += columns_of(lines[q], interval.length, cut);
  fill(phi, first, lines[line], interval.centre(), feature_terms(lines[line], interval.length, cut), points, order,
       by == FeatureParameter::log_rate ? What::log_rate : What::frequency);
  return phi;
}

} // namespace ansatz::solvers::gp
