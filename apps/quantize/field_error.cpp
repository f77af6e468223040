// SPDX-License-Identifier: Apache-2.0
#include "field_error.hpp"

#include <cmath>

namespace ansatz::apps {

namespace {

/// {||A v||^2, v'A v} for v given as a function of the index.
template <class V>
std::pair<double, double> norms(V&& v, std::int64_t nz, std::int64_t ny, std::int64_t nx) {
  double residual = 0.0, energy = 0.0;
  for (std::int64_t k = 0; k < nz; ++k)
    for (std::int64_t j = 0; j < ny; ++j)
      for (std::int64_t i = 0; i < nx; ++i) {
        const std::int64_t at = (k * ny + j) * nx + i;
        const double own = v(at);
        double a = 6.0 * own;
        if (i > 0) a -= v(at - 1);
        if (i + 1 < nx) a -= v(at + 1);
        if (j > 0) a -= v(at - nx);
        if (j + 1 < ny) a -= v(at + nx);
        if (k > 0) a -= v(at - nx * ny);
        if (k + 1 < nz) a -= v(at + nx * ny);
        residual += a * a;
        energy += own * a;
      }
  return {residual, energy};
}

double ratio(double error, double whole) { return whole > 0.0 ? std::sqrt(error / whole) : 0.0; }

} // namespace

void FieldError::add(std::span<const double> x, std::span<const float> decoded, const std::vector<std::int64_t>& dims) {
  const auto exact = [&](std::int64_t i) { return x[static_cast<std::size_t>(i)]; };
  const auto error = [&](std::int64_t i) { return exact(i) - static_cast<double>(decoded[static_cast<std::size_t>(i)]); };
  const auto [r, e] = norms(error, dims[0], dims[1], dims[2]);
  const auto [rx, ex] = norms(exact, dims[0], dims[1], dims[2]);
  residual += r;
  energy += e;
  residual_of_field += rx;
  energy_of_field += ex;
}

double FieldError::residual_error() const { return ratio(residual, residual_of_field); }
double FieldError::energy_error() const { return ratio(energy, energy_of_field); }

} // namespace ansatz::apps
