// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/harmonics/rotation.hpp>

#include <cmath>
#include <cstdlib>

namespace ansatz::equivariant {
namespace {

using Real = long double;

/// One D^l, indexed by orders.
struct Block {
  int l;
  std::vector<Real> entry;

  explicit Block(int degree) : l(degree), entry(index((2 * degree + 1) * (2 * degree + 1))) {}
  Real& operator()(int m, int n) { return entry[index((m + l) * (2 * l + 1) + n + l)]; }
  Real operator()(int m, int n) const { return entry[index((m + l) * (2 * l + 1) + n + l)]; }
};

Real root(int numerator, int denominator) { return std::sqrt(static_cast<Real>(numerator) / static_cast<Real>(denominator)); }

/// P_i(a, b) of the paper: row i of D^1 times row a of D^(l-1), brought to column b.
Real coupled(const Block& one, const Block& lower, int i, int a, int b) {
  const int l = lower.l + 1;
  if (b == l) return one(i, 1) * lower(a, l - 1) - one(i, -1) * lower(a, 1 - l);
  if (b == -l) return one(i, 1) * lower(a, 1 - l) + one(i, -1) * lower(a, l - 1);
  return one(i, 0) * lower(a, b);
}

Real v_term(const Block& one, const Block& lower, int m, int n) {
  if (m == 0) return coupled(one, lower, 1, 1, n) + coupled(one, lower, -1, -1, n);
  const Real root2 = std::sqrt(Real{2});
  if (m == 1) return root2 * coupled(one, lower, 1, 0, n);
  if (m == -1) return root2 * coupled(one, lower, -1, 0, n);
  if (m > 0) return coupled(one, lower, 1, m - 1, n) - coupled(one, lower, -1, 1 - m, n);
  return coupled(one, lower, 1, m + 1, n) + coupled(one, lower, -1, -m - 1, n);
}

Real w_term(const Block& one, const Block& lower, int m, int n) {
  if (m > 0) return coupled(one, lower, 1, m + 1, n) + coupled(one, lower, -1, -m - 1, n);
  return coupled(one, lower, 1, m - 1, n) - coupled(one, lower, -1, 1 - m, n);
}

Block next_degree(const Block& one, const Block& lower) {
  const int l = lower.l + 1;
  Block d(l);
  for (int m = -l; m <= l; ++m)
    for (int n = -l; n <= l; ++n) {
      const int k = std::abs(m);
      const int denominator = std::abs(n) < l ? (l + n) * (l - n) : 2 * l * (2 * l - 1);
      Real sum = 0;
      if (k < l) sum += root((l + m) * (l - m), denominator) * coupled(one, lower, 0, m, n);
      sum += (m == 0 ? -std::sqrt(Real{2}) : Real{1}) / 2 * root((l + k - 1) * (l + k), denominator) * v_term(one, lower, m, n);
      if (m != 0 && k < l - 1) sum -= root((l - k - 1) * (l - k), denominator) / 2 * w_term(one, lower, m, n);
      d(m, n) = sum;
    }
  return d;
}

using Vector = std::array<Real, 3>;
Real dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Vector cross(const Vector& a, const Vector& b) { return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]}; }
Vector unit(const Vector& a) {
  const Real length = std::sqrt(dot(a, a));
  return {a[0] / length, a[1] / length, a[2] / length};
}

/// R with orthonormal rows in long double.
Block first_degree(const Matrix3& R) {
  std::array<Vector, 3> rows{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) rows[i][j] = static_cast<Real>(R[i][j]);
  std::array<Vector, 3> fixed{};
  fixed[0] = unit(rows[0]);
  const Real overlap = dot(fixed[0], rows[1]);
  fixed[1] = unit({rows[1][0] - overlap * fixed[0][0], rows[1][1] - overlap * fixed[0][1], rows[1][2] - overlap * fixed[0][2]});
  fixed[2] = cross(fixed[0], fixed[1]);
  Block d(1);
  Real change = 0;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      d(static_cast<int>(i) - 1, static_cast<int>(j) - 1) = fixed[i][j];
      change += std::abs(fixed[i][j] - rows[i][j]); // a sum keeps NaN
    }
  if (!(change < Real{1e-6L}))
    throw UsageError("bad_value", "wigner_d: the matrix is " + std::to_string(static_cast<double>(change)) +
                                      " away from a proper rotation; its rows must be orthonormal and right-handed");
  return d;
}

Vector direction(const Vector3& r, const char* what) {
  const Vector v = {static_cast<Real>(r[0]), static_cast<Real>(r[1]), static_cast<Real>(r[2])};
  if (!(dot(v, v) > 0) || !std::isfinite(dot(v, v))) throw UsageError("bad_value", std::string(what) + ": the vector has no direction");
  return unit(v);
}

Matrix3 rounded(const std::array<Vector, 3>& rows) {
  Matrix3 R{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) R[i][j] = static_cast<double>(rows[i][j]);
  return R;
}

} // namespace

Matrix3 rotation_about(const Vector3& axis, double angle) {
  const Vector a = direction(axis, "rotation_about");
  const Real c = std::cos(static_cast<Real>(angle));
  const Real s = std::sin(static_cast<Real>(angle));
  const Real t = 1 - c;
  return rounded({Vector{c + t * a[0] * a[0], t * a[0] * a[1] - s * a[2], t * a[0] * a[2] + s * a[1]},
                  Vector{t * a[1] * a[0] + s * a[2], c + t * a[1] * a[1], t * a[1] * a[2] - s * a[0]},
                  Vector{t * a[2] * a[0] - s * a[1], t * a[2] * a[1] + s * a[0], c + t * a[2] * a[2]}});
}

Matrix3 rotation_to_pole(const Vector3& r) {
  const Vector n = direction(r, "rotation_to_pole");
  const Real rho = std::sqrt(n[0] * n[0] + n[2] * n[2]);
  const Vector e_phi = rho > 0 ? Vector{n[2] / rho, 0, -n[0] / rho} : Vector{1, 0, 0};
  return rounded({e_phi, n, cross(e_phi, n)});
}

std::vector<std::vector<double>> wigner_d(int degree, const Matrix3& R) {
  check_degree(degree, "wigner_d");
  const Block one = first_degree(R);
  std::vector<std::vector<double>> all = {{1.0}};
  Block d = one;
  for (int l = 1; l <= degree; ++l) {
    if (l > 1) d = next_degree(one, d);
    all.emplace_back(d.entry.begin(), d.entry.end());
  }
  return all;
}

void rotate_signal(const std::vector<std::vector<double>>& d, std::span<const double> signal, std::span<double> out, bool inverse) {
  if (signal.size() != signal_size(static_cast<int>(d.size()) - 1) || out.size() != signal.size())
    throw UsageError("bad_value", "rotate_signal: " + std::to_string(signal.size()) + " numbers in, " + std::to_string(out.size()) +
                                      " out; both must be " + std::to_string(d.size() * d.size()));
  for (std::size_t l = 0; l < d.size(); ++l) {
    const std::size_t n = 2 * l + 1;
    const std::size_t first = l * l;
    std::vector<double> block(n, 0.0);
    for (std::size_t m = 0; m < n; ++m)
      for (std::size_t k = 0; k < n; ++k) block[m] += (inverse ? d[l][k * n + m] : d[l][m * n + k]) * signal[first + k];
    std::copy(block.begin(), block.end(), out.begin() + static_cast<std::ptrdiff_t>(first));
  }
}

} // namespace ansatz::equivariant
