// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/kernel.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers::gp {

namespace {

constexpr std::size_t orders = highest_order + 2;
constexpr std::array<double, orders> binomials_of(int n) {
  std::array<double, orders> row{};
  row[0] = 1.0;
  for (int k = 1; k <= n; ++k) row[static_cast<std::size_t>(k)] = row[static_cast<std::size_t>(k) - 1] * (n - k + 1) / k;
  return row;
}

/// Coefficients in s of g = p(s) e^-s.
using Polynomial = std::array<double, 5>;
constexpr Polynomial matern_52{1.0, 1.0, 1.0 / 3.0, 0.0, 0.0};
constexpr Polynomial matern_72{1.0, 1.0, 2.0 / 5.0, 1.0 / 15.0, 0.0};
constexpr Polynomial matern_92{1.0, 1.0, 3.0 / 7.0, 2.0 / 21.0, 1.0 / 105.0};

/// d/ds (p e^-s) = (p' - p) e^-s. The coefficients are small rationals, so what should vanish at s = 0 vanishes to rounding and is set to zero for
/// odd orders.
std::array<double, orders> matern(const Polynomial& start, double a, double z) {
  const double s = a * std::abs(z);
  const double scale = z < 0.0 ? -a : a;
  Polynomial p = start;
  double factor = std::exp(-s);
  std::array<double, orders> g{};
  for (std::size_t k = 0; k < orders; ++k) {
    double value = 0.0;
    for (std::size_t i = p.size(); i-- > 0;) value = value * s + p[i];
    g[k] = z == 0.0 && k % 2 == 1 ? 0.0 : factor * value;
    factor *= scale;
    for (std::size_t i = 0; i < p.size(); ++i) p[i] = (i + 1 < p.size() ? static_cast<double>(i + 1) * p[i + 1] : 0.0) - p[i];
    if (k % 2 == 0 && std::abs(p[0]) < 1e-14) p[0] = 0.0;
  }
  return g;
}

/// Hermite's recursion: g^(k+1) = -2b (z g^(k) + k g^(k-1)).
std::array<double, orders> gaussian(double b, double z) {
  std::array<double, orders> g{};
  g[0] = std::exp(-b * z * z);
  for (std::size_t k = 0; k + 1 < orders; ++k) g[k + 1] = -2.0 * b * (z * g[k] + (k > 0 ? static_cast<double>(k) * g[k - 1] : 0.0));
  return g;
}

/// c_j with d^j/dz^j cos(m z) = m^j c_j: cos, -sin, -cos, sin.
double turned(double cosine, double sine, int j) {
  const double value = j % 2 == 0 ? cosine : -sine;
  return j % 4 == 2 || j % 4 == 3 ? -value : value;
}

double power(double m, int j) {
  double value = 1.0;
  for (int i = 0; i < j; ++i) value *= m;
  return value;
}

} // namespace

std::vector<std::string> envelope_names() { return {"gaussian", "matern52", "matern72", "matern92"}; }

Envelope to_envelope(const std::string& name) {
  const auto names = envelope_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw UsageError("bad_value", "kernel \"" + name + "\" is not known" + did_you_mean(name, names));
  return static_cast<Envelope>(found - names.begin());
}

std::array<double, orders> envelope(Envelope form, double rate, double z) {
  switch (form) {
    case Envelope::matern52: return matern(matern_52, std::sqrt(5.0) * rate, z);
    case Envelope::matern72: return matern(matern_72, std::sqrt(7.0) * rate, z);
    case Envelope::matern92: return matern(matern_92, 3.0 * rate, z);
    case Envelope::gaussian: break;
  }
  return gaussian(rate, z);
}

double kernel(Envelope form, std::span<const Line> lines, double z, int order) {
  const auto choose = binomials_of(order);
  double sum = 0.0;
  for (const Line& line : lines) {
    const auto g = envelope(form, line.rate, z);
    const double m = line.frequency;
    const double cosine = std::cos(m * z);
    const double sine = std::sin(m * z);
    for (int j = 0; j <= order; ++j)
      sum += line.weight * choose[static_cast<std::size_t>(j)] * g[static_cast<std::size_t>(order - j)] * power(m, j) * turned(cosine, sine, j);
  }
  return sum;
}

LineGradient kernel_gradient(Envelope form, const Line& line, double z, int order) {
  const auto choose = binomials_of(order);
  const auto g = envelope(form, line.rate, z);
  // g depends on scale * z alone: scale d/dscale g^(k) = k g^(k) + z g^(k+1); a Gaussian's rate is the square of its scale.
  const double share = form == Envelope::gaussian ? 0.5 : 1.0;
  const double m = line.frequency;
  const double cosine = std::cos(m * z);
  const double sine = std::sin(m * z);
  LineGradient gradient;
  for (int j = 0; j <= order; ++j) {
    const auto k = static_cast<std::size_t>(order - j);
    const double c = line.weight * choose[static_cast<std::size_t>(j)];
    const double wave = power(m, j) * turned(cosine, sine, j);
    const double wave_by_m = (j > 0 ? j * power(m, j - 1) * turned(cosine, sine, j) : 0.0) + power(m, j) * z * turned(cosine, sine, j + 1);
    gradient.log_weight += c * g[k] * wave;
    gradient.log_rate += c * share * (static_cast<double>(k) * g[k] + z * g[k + 1]) * wave;
    gradient.frequency += c * g[k] * wave_by_m;
  }
  return gradient;
}

} // namespace ansatz::solvers::gp
