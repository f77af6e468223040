// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/line_fit.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

constexpr int most_steps = 12;

Matrix features_of(const AxisModel& model, std::span<const double> points) { return features(model.lines, model.interval, model.cut, points, 0); }

/// [y - phi c; -s c] in one column.
std::vector<double> stacked_residual(const Matrix& phi, const Matrix& c, const Matrix& y, double s) {
  Matrix residual = y;
  multiply(residual, phi, Op::plain, c, Op::plain, -1.0, 1.0);
  for (const double value : c.values) residual.values.push_back(-s * value);
  return std::move(residual.values);
}

/// Gauss-Newton step of the frequencies `moving`.
std::vector<double> frequency_step(const AxisModel& model, const std::vector<std::size_t>& moving, std::span<const double> points, const Matrix& y,
                                   const LineFit& fit, double noise) {
  const Matrix phi = features_of(model, points);
  const RegularisedQr projection(phi, noise);
  Matrix left(0, 1);
  left.values = stacked_residual(phi, fit.coefficients, y, noise);
  left.rows = static_cast<int>(left.size());
  Matrix jacobian(left.rows, static_cast<int>(moving.size()));
  for (int k = 0; k < jacobian.cols; ++k) {
    const std::size_t line = moving[static_cast<std::size_t>(k)];
    const Matrix change =
        product(feature_gradient(model.lines, line, FeatureParameter::frequency, model.interval, model.cut, points, 0), fit.coefficients);
    const auto outside = stacked_residual(phi, projection.solve(change), change, noise);
    std::copy(outside.begin(), outside.end(), jacobian.column(k));
  }
  double size = std::sqrt(dot(jacobian.values, jacobian.values));
  return RegularisedQr(jacobian, 1e-10 * std::max(size, 1e-300)).solve(left).values;
}

} // namespace

LineFit fit_lines(const AxisModel& model, std::span<const double> points, const Matrix& y, double noise) {
  const Matrix phi = features_of(model, points);
  LineFit fit;
  fit.coefficients = RegularisedQr(phi, noise).solve(y);
  fit.residual = y;
  fit.residual.values = stacked_residual(phi, fit.coefficients, y, noise);
  fit.objective = dot(fit.residual.values, fit.residual.values);
  fit.residual.values.resize(y.size());
  return fit;
}

LineFit refine_frequencies(AxisModel& model, std::span<const double> points, const Matrix& y, double noise) {
  LineFit fit = fit_lines(model, points, y, noise);
  std::vector<std::size_t> moving;
  for (std::size_t q = 0; q < model.lines.size(); ++q)
    if (model.lines[q].frequency > 0.0) moving.push_back(q);
  const AxisModel start = model;
  const double half_bin = std::numbers::pi / model.interval.length;
  for (int step = 0; step < most_steps && !moving.empty(); ++step) {
    const auto shift = frequency_step(model, moving, points, y, fit, noise);
    AxisModel moved = model;
    for (std::size_t k = 0; k < moving.size(); ++k) {
      const double first = start.lines[moving[k]].frequency;
      double& frequency = moved.lines[moving[k]].frequency;
      frequency = std::clamp(frequency + shift[k], std::max(first - half_bin, first / 2.0), first + half_bin);
    }
    LineFit next = fit_lines(moved, points, y, noise);
    if (!(next.objective < fit.objective)) break;
    const bool settled = next.objective > 0.999 * fit.objective;
    model = std::move(moved);
    fit = std::move(next);
    if (settled) break;
  }
  return fit;
}

} // namespace ansatz::solvers::gp
