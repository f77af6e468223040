// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/lsqr.hpp>

#include <ansatz/solvers/gp/dense.hpp>

#include <cmath>

namespace ansatz::solvers::gp {

namespace {

/// v <- v / |v|; returns |v|.
double normalise(std::vector<double>& v) {
  const double norm = std::sqrt(dot(v, v));
  if (norm > 0.0)
    for (double& value : v) value /= norm;
  return norm;
}

/// v <- next - factor v
void combine(std::vector<double>& v, const std::vector<double>& next, double factor) {
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = next[i] - factor * v[i];
}

} // namespace

LsqrResult lsqr(const Product& apply, const Product& apply_transposed, std::vector<double> b, double tolerance, int max_iterations) {
  std::vector<double> u = std::move(b);
  const double norm_b = normalise(u);
  std::vector<double> v = apply_transposed(u);
  LsqrResult result;
  result.x.assign(v.size(), 0.0);
  double alpha = normalise(v);
  result.converged = norm_b == 0.0 || alpha == 0.0;
  std::vector<double> w = v;
  double phi_bar = norm_b;
  double rho_bar = alpha;
  double norm_a = 0.0;
  while (!result.converged && result.iterations < max_iterations) {
    ++result.iterations;
    combine(u, apply(v), alpha);
    const double beta = normalise(u);
    norm_a = std::hypot(norm_a, alpha, beta);
    combine(v, apply_transposed(u), beta);
    alpha = normalise(v);
    const double rho = std::hypot(rho_bar, beta);
    const double c = rho_bar / rho;
    const double s = beta / rho;
    const double theta = s * alpha;
    rho_bar = -c * alpha;
    const double phi = c * phi_bar;
    phi_bar = s * phi_bar;
    axpy(phi / rho, w, result.x);
    combine(w, v, theta / rho);
    result.converged = phi_bar <= tolerance * norm_b || alpha * std::abs(c) <= tolerance * norm_a;
  }
  return result;
}

} // namespace ansatz::solvers::gp
