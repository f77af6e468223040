// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/kernel.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers::gp {

namespace {

constexpr std::size_t orders = highest_order + 2;

template <class Real>
using Derivatives = std::array<Real, orders>;

template <class Real>
constexpr Derivatives<Real> binomials_of(int n) {
  Derivatives<Real> row{};
  row[0] = 1;
  for (int k = 1; k <= n; ++k)
    row[static_cast<std::size_t>(k)] = row[static_cast<std::size_t>(k) - 1] * static_cast<Real>(n - k + 1) / static_cast<Real>(k);
  return row;
}

/// Coefficients in s of g = p(s) e^-s.
template <class Real>
using Polynomial = std::array<Real, 5>;
template <class Real>
constexpr Polynomial<Real> matern_52{1, 1, Real(1) / 3, 0, 0};
template <class Real>
constexpr Polynomial<Real> matern_72{1, 1, Real(2) / 5, Real(1) / 15, 0};
template <class Real>
constexpr Polynomial<Real> matern_92{1, 1, Real(3) / 7, Real(2) / 21, Real(1) / 105};

/// d/ds (p e^-s) = (p' - p) e^-s. The coefficients are small rationals, so what should vanish at s = 0 vanishes to rounding and is set to zero for
/// odd orders.
template <class Real>
Derivatives<Real> matern(const Polynomial<Real>& start, Real a, Real z) {
  const Real s = a * std::abs(z);
  const Real scale = z < 0 ? -a : a;
  Polynomial<Real> p = start;
  Real factor = std::exp(-s);
  Derivatives<Real> g{};
  for (std::size_t k = 0; k < orders; ++k) {
    Real value = 0;
    for (std::size_t i = p.size(); i-- > 0;) value = value * s + p[i];
    g[k] = z == 0 && k % 2 == 1 ? Real(0) : factor * value;
    factor *= scale;
    for (std::size_t i = 0; i < p.size(); ++i) p[i] = (i + 1 < p.size() ? static_cast<Real>(i + 1) * p[i + 1] : Real(0)) - p[i];
    if (k % 2 == 0 && std::abs(p[0]) < Real(1e-14)) p[0] = 0;
  }
  return g;
}

/// Hermite's recursion: g^(k+1) = -2b (z g^(k) + k g^(k-1)).
template <class Real>
Derivatives<Real> gaussian(Real b, Real z) {
  Derivatives<Real> g{};
  g[0] = std::exp(-b * z * z);
  for (std::size_t k = 0; k + 1 < orders; ++k) g[k + 1] = -2 * b * (z * g[k] + (k > 0 ? static_cast<Real>(k) * g[k - 1] : Real(0)));
  return g;
}

/// c_j with d^j/dz^j cos(m z) = m^j c_j: cos, -sin, -cos, sin.
template <class Real>
Real turned(Real cosine, Real sine, int j) {
  const Real value = j % 2 == 0 ? cosine : -sine;
  return j % 4 == 2 || j % 4 == 3 ? -value : value;
}

template <class Real>
Real power(Real m, int j) {
  Real value = 1;
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

template <class Real>
std::array<Real, highest_order + 2> envelope(Envelope form, Real rate, Real z) {
  switch (form) {
    case Envelope::matern52: return matern<Real>(matern_52<Real>, std::sqrt(Real(5)) * rate, z);
    case Envelope::matern72: return matern<Real>(matern_72<Real>, std::sqrt(Real(7)) * rate, z);
    case Envelope::matern92: return matern<Real>(matern_92<Real>, 3 * rate, z);
    case Envelope::gaussian: break;
  }
  return gaussian(rate, z);
}

template <class Real>
Real kernel(Envelope form, std::span<const Line> lines, Real z, int order) {
  const auto choose = binomials_of<Real>(order);
  Real sum = 0;
  for (const Line& line : lines) {
    const auto g = envelope<Real>(form, static_cast<Real>(line.rate), z);
    const auto m = static_cast<Real>(line.frequency);
    const auto w = static_cast<Real>(line.weight);
    const Real cosine = std::cos(m * z);
    const Real sine = std::sin(m * z);
    for (int j = 0; j <= order; ++j)
      sum += w * choose[static_cast<std::size_t>(j)] * g[static_cast<std::size_t>(order - j)] * power(m, j) * turned(cosine, sine, j);
  }
  return sum;
}

template std::array<double, orders> envelope(Envelope, double, double);
template double kernel(Envelope, std::span<const Line>, double, int);
template long double kernel(Envelope, std::span<const Line>, long double, int);

LineGradient kernel_gradient(Envelope form, const Line& line, double z, int order) {
  const auto choose = binomials_of<double>(order);
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
