// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/harmonics/legendre.hpp>
#include <ansatz/equivariant/harmonics/spherical_harmonics.hpp>

#include <cmath>
#include <numbers>

namespace ansatz::equivariant {
namespace {

/// A direction in polar coordinates around y; at the poles phi = 0 is as good as any.
struct Direction {
  double length, cos_theta, sin_theta, cos_phi, sin_phi;

  explicit Direction(const Vector3& r) : length(std::hypot(r[0], r[1], r[2])) {
    if (!(length > 0.0) || !std::isfinite(length))
      throw UsageError("bad_value", "spherical_harmonics: the vector (" + std::to_string(r[0]) + ", " + std::to_string(r[1]) + ", " +
                                        std::to_string(r[2]) + ") has no direction; leave such pairs out");
    const double rho = std::hypot(r[0], r[2]);
    cos_theta = r[1] / length;
    sin_theta = rho / length;
    cos_phi = rho > 0.0 ? r[2] / rho : 1.0;
    sin_phi = rho > 0.0 ? r[0] / rho : 0.0;
  }
};

/// cos(m phi)/sqrt(pi) and sin(m phi)/sqrt(pi), m = 0..degree; for m = 0 the cosine is 1/sqrt(2 pi).
struct Azimuth {
  std::vector<double> c, s;

  Azimuth(int degree, const Direction& d) : c(index(degree) + 1), s(c.size()) {
    double cosine = 1.0;
    double sine = 0.0;
    for (std::size_t m = 0; m < c.size(); ++m) {
      const double scale = m == 0 ? 0.5 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi : std::numbers::inv_sqrtpi;
      c[m] = scale * cosine;
      s[m] = scale * sine;
      const double next = cosine * d.cos_phi - sine * d.sin_phi;
      sine = sine * d.cos_phi + cosine * d.sin_phi;
      cosine = next;
    }
  }
};

void check_size(std::size_t found, int degree, const char* what) {
  if (found != signal_size(degree))
    throw UsageError("bad_value", std::string("spherical_harmonics: ") + what + " has " + std::to_string(found) + " places, degree " +
                                      std::to_string(degree) + " needs " + std::to_string(signal_size(degree)));
}

void values(int degree, const std::vector<double>& q, const Azimuth& t, std::span<double> out) {
  for (int l = 0; l <= degree; ++l)
    for (int m = 0; m <= l; ++m) {
      const double p = q[triangle_index(l, m)];
      out[signal_index(l, m)] = p * t.c[index(m)];
      if (m > 0) out[signal_index(l, -m)] = p * t.s[index(m)];
    }
}

} // namespace

void spherical_harmonics(int degree, const Vector3& r, std::span<double> out) {
  check_degree(degree, "spherical_harmonics");
  check_size(out.size(), degree, "the output");
  const Direction d(r);
  values(degree, legendre(degree, d.cos_theta, d.sin_theta), Azimuth(degree, d), out);
}

void spherical_harmonics(int degree, const Vector3& r, std::span<double> out, std::span<Vector3> gradient) {
  check_degree(degree, "spherical_harmonics");
  check_size(out.size(), degree, "the output");
  check_size(gradient.size(), degree, "the gradient");
  const Direction d(r);
  const Azimuth t(degree, d);
  const auto q = legendre(degree, d.cos_theta, d.sin_theta);
  values(degree, q, t, out);

  const auto dq = legendre_derivatives(degree, q);
  const Vector3 e_theta = {d.cos_theta * d.sin_phi, -d.sin_theta, d.cos_theta * d.cos_phi};
  const Vector3 e_phi = {d.cos_phi, 0.0, -d.sin_phi};
  const auto put = [&](int l, int m, double along_theta, double along_phi) {
    for (std::size_t a = 0; a < 3; ++a) gradient[signal_index(l, m)][a] = (along_theta * e_theta[a] + along_phi * e_phi[a]) / d.length;
  };
  for (int l = 0; l <= degree; ++l)
    for (int m = 0; m <= l; ++m) {
      const std::size_t at = triangle_index(l, m);
      const double c = t.c[index(m)];
      const double s = t.s[index(m)];
      put(l, m, dq.theta[at] * c, -dq.ratio[at] * s);
      if (m > 0) put(l, -m, dq.theta[at] * s, dq.ratio[at] * c);
    }
}

} // namespace ansatz::equivariant
