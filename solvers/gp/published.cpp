// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/published.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/toeplitz.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

constexpr double jitter = 1e-6;
constexpr double two_pi = 2.0 * std::numbers::pi;

/// op(a) along an axis of u.
Matrix along(int axis, const Matrix& a, Op op, const Matrix& u) {
  Matrix result;
  if (axis == 0)
    multiply(result, a, op, u, Op::plain);
  else
    multiply(result, u, Op::plain, a, op == Op::plain ? Op::transpose : Op::plain);
  return result;
}

/// Unfolding product a_(d) b_(d)^T.
Matrix unfolded(int axis, const Matrix& a, const Matrix& b) { return axis == 0 ? product_nt(a, b) : product_tn(a, b); }

/// Sums of g over i - j = +-lag; odd orders change sign with the lag.
std::vector<double> over_lags(const Matrix& g, bool odd) {
  std::vector<double> sums(static_cast<std::size_t>(g.rows));
  for (int j = 0; j < g.cols; ++j)
    for (int i = 0; i < g.rows; ++i) sums[static_cast<std::size_t>(std::abs(i - j))] += odd && i < j ? -g(i, j) : g(i, j);
  return sums;
}

} // namespace

/// What one axis contributes to the objective.
struct PublishedModel::AxisState {
  std::vector<Line> lines;
  double log_det = 0.0;
  Matrix inverse;
  Matrix g;                      ///< K^-1 u along the axis
  std::array<Matrix, 5> kernels; ///< K^(n) of the terms that use it
  std::array<double, 5> coefficients{};
  Matrix by_k; ///< dJ/dK
  std::array<Matrix, 5> by_kernels;
};

PublishedModel::PublishedModel(const Problem& problem, const PublishedOptions& options) : problem_(problem), options_(options) {
  for (const Term& term : problem.terms) {
    if (!term.coefficient.is_constant() || (term.order[0] > 0 && term.order[1] > 0))
      throw UsageError("bad_value", "the published model knows derivatives along one axis with constant coefficients only; use --method direct");
    const int order = term.order[0] + term.order[1];
    if (options.envelope == Envelope::matern52 && order > 2)
      throw UsageError("bad_value",
                       "a derivative of order " + std::to_string(order) + ": a Student-t mixture (matern52) has two; use --kernel gaussian");
  }
  if (options.lines < 1) throw UsageError("bad_value", "published.lines: " + std::to_string(options.lines) + "; at least 1");
  if (problem.dimensions == 1) options_.points[1] = 1;
  for (std::size_t axis = 0; axis < 2; ++axis) grid_[axis] = uniform_points(problem.box[axis], options_.points[axis]);
  source_ = problem.source.at(grid_[0], grid_[1]);
  parameters_.assign(source_.size() + 2, 0.0);
  const auto q = static_cast<std::size_t>(options.lines);
  for (int axis = 0; axis < problem.dimensions; ++axis) {
    parameters_.insert(parameters_.end(), q, -std::log(static_cast<double>(q)));
    parameters_.insert(parameters_.end(), q, 0.0);
    for (std::size_t i = 0; i < q; ++i)
      parameters_.push_back(q == 1 ? 0.0 : options.highest_frequency * static_cast<double>(i) / static_cast<double>(q - 1));
  }
  first_moment_.assign(parameters_.size(), 0.0);
  second_moment_.assign(parameters_.size(), 0.0);
}

Matrix PublishedModel::linear_part() const {
  Matrix u(source_.rows, source_.cols);
  std::copy_n(parameters_.begin(), u.size(), u.values.begin());
  Matrix ignored = u;
  Matrix image(u.rows, u.cols);
  for (int axis = 0; axis < problem_.dimensions; ++axis) {
    AxisState state;
    (void)enter_axis(state, axis, parameters_, u, ignored, image);
  }
  if (first_) axpy(1.0, frozen_image_.values, image.values);
  return image;
}

std::size_t PublishedModel::first_of(int axis) const {
  return source_.size() + 2 + static_cast<std::size_t>(axis) * 3 * static_cast<std::size_t>(options_.lines);
}

std::vector<Line> PublishedModel::lines_of(const std::vector<double>& parameters, int axis) const {
  const auto q = static_cast<std::size_t>(options_.lines);
  const double* p = parameters.data() + first_of(axis);
  std::vector<Line> lines(q);
  for (std::size_t i = 0; i < q; ++i) lines[i] = {.weight = std::exp(p[i]), .rate = std::exp(p[q + i]), .frequency = two_pi * p[2 * q + i]};
  return lines;
}

std::vector<Line> PublishedModel::lines(int axis) const { return lines_of(parameters_, axis); }

Matrix PublishedModel::values() const {
  Matrix u(source_.rows, source_.cols);
  std::copy_n(parameters_.begin(), u.size(), u.values.begin());
  if (first_) axpy(1.0, frozen_.values, u.values);
  return u;
}

Matrix PublishedModel::boundary_gradient(const Matrix& u, double& misfit, int& count) const {
  Matrix d(u.rows, u.cols);
  for (int axis = 0; axis < problem_.dimensions; ++axis) {
    const auto& other = grid_[static_cast<std::size_t>(1 - axis)];
    for (const Side side : {Side::low, Side::high}) {
      if (!problem_.faces.given({axis, side})) continue;
      const int fixed = side == Side::low ? 0 : (axis == 0 ? u.rows : u.cols) - 1;
      for (std::size_t k = 0; k < other.size(); ++k) {
        const int i = axis == 0 ? fixed : static_cast<int>(k);
        const int j = axis == 0 ? static_cast<int>(k) : fixed;
        const double difference = u(i, j) - problem_.faces({axis, side}, other[k]);
        d(i, j) += difference; // a corner belongs to two faces and counts twice
        misfit += difference * difference;
        ++count;
      }
    }
  }
  return d;
}

bool PublishedModel::enter_axis(AxisState& state, int axis, const std::vector<double>& parameters, const Matrix& u, Matrix& a, Matrix& r) const {
  const auto count = static_cast<int>(grid_[static_cast<std::size_t>(axis)].size());
  const double spacing = problem_.box[static_cast<std::size_t>(axis)].length / (count - 1);
  state.lines = lines_of(parameters, axis);
  Matrix k = toeplitz(options_.envelope, state.lines, spacing, count, 0);
  for (int i = 0; i < count; ++i) k(i, i) += jitter;
  const Matrix factor = cholesky(std::move(k));
  if (factor.values.empty()) return false;
  for (int i = 0; i < count; ++i) state.log_det += 2.0 * std::log(factor(i, i));
  state.inverse = inverse_gram(transposed(factor));
  state.g = along(axis, state.inverse, Op::plain, u);
  a = along(axis, state.inverse, Op::plain, a);
  for (const Term& term : problem_.terms) {
    const auto order = static_cast<std::size_t>(term.order[static_cast<std::size_t>(axis)]);
    if (order == 0) continue;
    const double c = term.coefficient(0.0, 0.0);
    state.coefficients[order] += c;
    if (state.kernels[order].values.empty()) state.kernels[order] = toeplitz(options_.envelope, state.lines, spacing, count, static_cast<int>(order));
    axpy(c, along(axis, state.kernels[order], Op::plain, state.g).values, r.values);
  }
  return true;
}

Matrix PublishedModel::leave_axis(AxisState& state, int axis, const Matrix& a, const Matrix& r, double v) const {
  Matrix s(r.rows, r.cols);
  for (std::size_t order = 1; order < state.kernels.size(); ++order) {
    if (state.kernels[order].values.empty()) continue;
    axpy(state.coefficients[order], along(axis, state.kernels[order], Op::transpose, r).values, s.values);
    state.by_kernels[order] = unfolded(axis, r, state.g);
    for (double& entry : state.by_kernels[order].values) entry *= v * state.coefficients[order];
  }
  s = along(axis, state.inverse, Op::plain, s);
  Matrix mixed = s;
  for (std::size_t i = 0; i < s.size(); ++i) mixed.values[i] = 0.5 * a.values[i] + v * s.values[i];
  const Matrix quadratic = unfolded(axis, mixed, state.g);
  const double share = static_cast<double>(r.size()) / static_cast<double>(state.inverse.rows);
  state.by_k = state.inverse;
  for (std::size_t i = 0; i < state.by_k.size(); ++i) state.by_k.values[i] = 0.5 * share * state.by_k.values[i] - quadratic.values[i];
  return s;
}

double PublishedModel::objective(const std::vector<double>& parameters, std::vector<double>& gradient) {
  const std::size_t unknowns = source_.size();
  const auto m = static_cast<double>(unknowns);
  Matrix u(source_.rows, source_.cols);
  std::copy_n(parameters.begin(), unknowns, u.values.begin());
  const double tau = std::exp(parameters[unknowns]);
  const double v = std::exp(parameters[unknowns + 1]);
  double slope = 0.0; // of the terms without derivative
  for (const Term& term : problem_.terms)
    if (term.order[0] + term.order[1] == 0) slope += term.coefficient(0.0, 0.0);
  Matrix a = u;
  Matrix total = u; // of both stages
  if (first_) axpy(1.0, frozen_.values, total.values);
  Matrix r = source_;
  for (std::size_t i = 0; i < unknowns; ++i) r.values[i] = slope * total.values[i] + problem_.reaction(total.values[i]) - source_.values[i];
  if (first_) axpy(1.0, frozen_image_.values, r.values);
  std::array<AxisState, 2> axes;
  for (int axis = 0; axis < problem_.dimensions; ++axis)
    if (!enter_axis(axes[static_cast<std::size_t>(axis)], axis, parameters, u, a, r)) return std::numeric_limits<double>::quiet_NaN();
  double misfit = 0.0;
  int faces = 0;
  const Matrix boundary = boundary_gradient(total, misfit, faces);
  const double rr = dot(r.values, r.values);
  relative_residual_ = std::sqrt(rr / std::max(1e-300, dot(source_.values, source_.values)));
  const double lambda = options_.boundary_weight;
  double value = 0.5 * dot(u.values, a.values) - lambda * 0.5 * (faces * std::log(tau) - tau * misfit) - 0.5 * (m * std::log(v) - v * rr);

  gradient.assign(parameters.size(), 0.0);
  Matrix by_u = a;
  axpy(lambda * tau, boundary.values, by_u.values);
  for (std::size_t i = 0; i < unknowns; ++i) by_u.values[i] += v * (slope + problem_.reaction_slope(total.values[i])) * r.values[i];
  for (int axis = 0; axis < problem_.dimensions; ++axis) {
    AxisState& state = axes[static_cast<std::size_t>(axis)];
    value += 0.5 * m / static_cast<double>(state.inverse.rows) * state.log_det;
    axpy(v, leave_axis(state, axis, a, r, v).values, by_u.values);
    add_axis_gradient(state, axis, gradient);
  }
  std::copy(by_u.values.begin(), by_u.values.end(), gradient.begin());
  gradient[unknowns] = -0.5 * lambda * (faces - tau * misfit);
  gradient[unknowns + 1] = -0.5 * (m - v * rr);
  return value;
}

void PublishedModel::add_axis_gradient(const AxisState& state, int axis, std::vector<double>& gradient) const {
  const auto q = static_cast<std::size_t>(options_.lines);
  const std::size_t first = first_of(axis);
  const auto count = static_cast<std::size_t>(state.inverse.rows);
  const double spacing = problem_.box[static_cast<std::size_t>(axis)].length / static_cast<double>(count - 1);
  for (std::size_t order = 0; order < state.kernels.size(); ++order) {
    const Matrix& by = order == 0 ? state.by_k : state.by_kernels[order];
    if (by.values.empty()) continue;
    const auto sums = over_lags(by, order % 2 == 1);
    for (std::size_t line = 0; line < q; ++line)
      for (std::size_t lag = 0; lag < count; ++lag) {
        const LineGradient d = kernel_gradient(options_.envelope, state.lines[line], static_cast<double>(lag) * spacing, static_cast<int>(order));
        gradient[first + line] += sums[lag] * d.log_weight;
        gradient[first + q + line] += sums[lag] * d.log_rate;
        if (q > 1) gradient[first + 2 * q + line] += sums[lag] * two_pi * d.frequency; // the line of the second stage stays at 0
      }
  }
}

Matrix PublishedModel::at(std::span<const double> x, std::span<const double> y) const {
  Matrix result(source_.rows, source_.cols);
  std::copy_n(parameters_.begin(), result.size(), result.values.begin());
  for (int axis = 0; axis < problem_.dimensions; ++axis) {
    const auto& grid = grid_[static_cast<std::size_t>(axis)];
    const auto points = axis == 0 ? x : y;
    const auto lines = lines_of(parameters_, axis);
    Matrix k = toeplitz(options_.envelope, lines, grid[1] - grid[0], static_cast<int>(grid.size()), 0);
    for (int i = 0; i < k.rows; ++i) k(i, i) += jitter;
    const Matrix factor = cholesky(std::move(k));
    if (factor.values.empty()) return {result.rows, result.cols, std::numeric_limits<double>::quiet_NaN()};
    Matrix cross(static_cast<int>(points.size()), static_cast<int>(grid.size()));
    for (int j = 0; j < cross.cols; ++j)
      for (int i = 0; i < cross.rows; ++i)
        cross(i, j) = kernel(options_.envelope, lines, points[static_cast<std::size_t>(i)] - grid[static_cast<std::size_t>(j)], 0);
    result = along(axis, product(cross, inverse_gram(transposed(factor))), Op::plain, result);
  }
  if (first_) axpy(1.0, first_->at(x, y).values, result.values);
  return result;
}

} // namespace ansatz::solvers::gp
