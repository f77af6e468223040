// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/kernel_solution.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/toeplitz.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ansatz::solvers::gp {

namespace {

double rms(const Matrix& a) { return a.size() == 0 ? 0.0 : std::sqrt(dot(a.values, a.values) / static_cast<double>(a.size())); }

double spacing_of(const std::vector<double>& nodes) { return (nodes.back() - nodes.front()) / static_cast<double>(nodes.size() - 1); }

Matrix checked_cholesky(Matrix k, double jitter, const std::vector<Line>& lines) {
  double variance = 0.0;
  for (const Line& line : lines) variance += line.weight;
  for (int i = 0; i < k.rows; ++i) k(i, i) += jitter * variance;
  Matrix factor = cholesky(std::move(k));
  if (factor.values.empty())
    throw UsageError("bad_value", "the kernel matrix is not positive definite to rounding; take fewer points a wave or --representation features");
  return factor;
}

Matrix part(const Matrix& a, const std::vector<int>& rows, const std::vector<int>& cols) {
  Matrix block(static_cast<int>(rows.size()), static_cast<int>(cols.size()));
  for (int j = 0; j < block.cols; ++j)
    for (int i = 0; i < block.rows; ++i) block(i, j) = a(rows[static_cast<std::size_t>(i)], cols[static_cast<std::size_t>(j)]);
  return block;
}

/// By the conditional covariance given the ends.
class Conditioned {
public:
  Conditioned(const Problem& problem, const KernelOptions& options, KernelResult& result) : problem_(problem), options_(options), result_(result) {
    const auto count = static_cast<int>(result.nodes.size());
    for (int i = 0; i < count; ++i) {
      const bool low = i == 0 && problem.faces.given({0, Side::low});
      const bool high = i + 1 == count && problem.faces.given({0, Side::high});
      (low || high ? ends_ : inner_).push_back(i);
    }
    condition();
    assemble();
  }

  void operator()() {
    Matrix z = step(Matrix(target_.rows, 1), target_, Matrix(target_.rows, 1));
    result_.reason = problem_.nonlinear() ? "max_iterations" : "";
    double last = std::numeric_limits<double>::infinity();
    while (problem_.nonlinear() && result_.iterations < options_.max_iterations) {
      const Matrix u = values(z);
      Matrix slope = u;
      Matrix r = target_;
      multiply(r, operator_, Op::plain, z, Op::plain, -1.0, 1.0);
      for (std::size_t i = 0; i < r.size(); ++i) {
        r.values[i] -= problem_.reaction(u.values[i]) - problem_.reaction(0.0);
        slope.values[i] = problem_.reaction_slope(u.values[i]);
      }
      const Matrix dz = step(slope, r, z);
      axpy(1.0, dz.values, z.values);
      ++result_.iterations;
      const double change = rms(product(factor_, dz)) / std::max(rms(u), 1e-300);
      if (change < 1e-13 || (change < 1e-6 && change > 0.5 * last)) {
        result_.reason = "";
        break;
      }
      last = change;
    }
    keep_weights(z);
  }

private:
  /// K_0 = L L^T and the lift of the end values.
  void condition() {
    const Matrix k = toeplitz(options_.envelope, result_.lines, spacing_of(result_.nodes), static_cast<int>(result_.nodes.size()), 0);
    const auto b = static_cast<int>(ends_.size());
    end_values_ = Matrix(b, 1);
    for (int i = 0; i < b; ++i) end_values_(i, 0) = problem_.faces({0, ends_[static_cast<std::size_t>(i)] == 0 ? Side::low : Side::high}, 0.0);
    at_ends_ = part(k, ends_, ends_);
    between_ = part(k, ends_, inner_);
    to_inner_ = b == 0 ? Matrix(0, between_.cols) : solve_general(at_ends_, between_);
    if (b > 0 && to_inner_.values.empty()) throw UsageError("bad_value", "the kernel cannot tell the two ends apart; give other lines");
    Matrix k0 = part(k, inner_, inner_);
    if (b > 0) multiply(k0, between_, Op::transpose, to_inner_, Op::plain, -1.0, 1.0);
    factor_ = checked_cholesky(std::move(k0), options_.jitter, result_.lines);
    lift_ = b == 0 ? Matrix(factor_.rows, 1) : product_tn(to_inner_, end_values_);
  }

  /// A_0 L^-T, and f less what the lift contributes.
  void assemble() {
    std::vector<double> x;
    for (const int i : inner_) x.push_back(result_.nodes[static_cast<std::size_t>(i)]);
    target_ = problem_.source.at(x, std::vector<double>{0.0});
    scale_ = rms(target_);
    for (double& value : target_.values) value -= problem_.reaction(0.0);
    Matrix a0(target_.rows, target_.rows);
    const auto count = static_cast<int>(result_.nodes.size());
    for (const Term& term : problem_.terms) {
      const Matrix k = toeplitz(options_.envelope, result_.lines, spacing_of(result_.nodes), count, term.order[0]);
      Matrix own = part(k, inner_, inner_);
      const Matrix edge = part(k, inner_, ends_);
      if (edge.cols > 0) multiply(own, edge, Op::plain, to_inner_, Op::plain, -1.0, 1.0);
      const Matrix lifted = edge.cols > 0 ? product(edge, solve_general(at_ends_, end_values_)) : Matrix(own.rows, 1);
      for (int i = 0; i < own.rows; ++i) {
        const double c = term.coefficient(x[static_cast<std::size_t>(i)]);
        target_(i, 0) -= c * lifted(i, 0);
        for (int j = 0; j < own.cols; ++j) a0(i, j) += c * own(i, j);
      }
    }
    if (scale_ == 0.0) scale_ = std::max(rms(target_), 1e-300);
    // (A_0 L^-T)^T = L^-1 A_0^T
    Matrix t = transposed(a0);
    solve_upper(transposed(factor_), Op::transpose, t);
    operator_ = transposed(t);
  }

  [[nodiscard]] Matrix values(const Matrix& z) const {
    Matrix u = lift_;
    multiply(u, factor_, Op::plain, z, Op::plain, 1.0, 1.0);
    return u;
  }

  /// argmin |(A_0 L^-T + diag(slope) L) dz - r|^2 + s^2 |z + dz|^2
  [[nodiscard]] Matrix step(const Matrix& slope, const Matrix& r, const Matrix& z) const {
    Matrix a = operator_;
    for (int j = 0; j < a.cols; ++j)
      for (int i = 0; i < a.rows; ++i) a(i, j) += slope(i, 0) * factor_(i, j);
    // With w = z + dz: the data of w are r + a z.
    Matrix data = r;
    multiply(data, a, Op::plain, z, Op::plain, 1.0, 1.0);
    Matrix next = RegularisedQr(std::move(a), options_.delta * scale_).solve(data);
    axpy(-1.0, z.values, next.values);
    return next;
  }

  void keep_weights(const Matrix& z) {
    Matrix inner = z;
    solve_upper(transposed(factor_), Op::plain, inner);
    result_.weights = Matrix(static_cast<int>(result_.nodes.size()), 1);
    for (std::size_t i = 0; i < inner_.size(); ++i) result_.weights(inner_[i], 0) = inner.values[i];
    if (ends_.empty()) return;
    Matrix rest = end_values_;
    multiply(rest, between_, Op::plain, inner, Op::plain, -1.0, 1.0);
    const Matrix edge = solve_general(at_ends_, rest);
    for (std::size_t i = 0; i < ends_.size(); ++i) result_.weights(ends_[i], 0) = edge.values[i];
  }

  const Problem& problem_;
  const KernelOptions& options_;
  KernelResult& result_;
  std::vector<int> ends_;
  std::vector<int> inner_;
  Matrix end_values_;
  Matrix at_ends_;  ///< K_BB
  Matrix between_;  ///< K_BI
  Matrix to_inner_; ///< K_BB^-1 K_BI
  Matrix factor_;   ///< L
  Matrix lift_;
  Matrix operator_; ///< A_0 L^-T
  Matrix target_;
  double scale_ = 0.0;
};

double residual_between(const Problem& problem, const KernelResult& result) {
  std::vector<double> x;
  for (std::size_t i = 0; i + 1 < result.nodes.size(); ++i) x.push_back((result.nodes[i] + result.nodes[i + 1]) / 2.0);
  const std::vector<double> y{0.0};
  const Matrix f = problem.source.at(x, y);
  Matrix r = f;
  double largest = 0.0;
  for (const Term& term : problem.terms) {
    Matrix part = result.mean(x, term.order[0]);
    const Matrix factor = term.coefficient.at(x, y);
    for (std::size_t i = 0; i < r.size(); ++i) r.values[i] -= part.values[i] *= factor.values[i];
    largest = std::max(largest, rms(part));
  }
  const Matrix u = result.mean(x);
  for (std::size_t i = 0; i < r.size(); ++i) r.values[i] -= problem.reaction(u.values[i]);
  const double scale = rms(f) > 0.0 ? rms(f) : largest;
  return rms(r) / (scale > 0.0 ? scale : 1.0);
}

} // namespace

std::vector<Line> with_rates_of(Envelope form, const AxisModel& model) {
  std::vector<Line> lines = model.lines;
  const double length = model.interval.length;
  for (Line& line : lines) line.rate = form == Envelope::gaussian ? 2.0 / (length * length) : 0.3 / length;
  return lines;
}

Matrix KernelResult::mean(std::span<const double> x, int order) const { return product(cross_kernel(envelope, lines, x, nodes, order), weights); }

KernelResult solve_kernel(const Problem& problem, const KernelOptions& options) {
  if (problem.dimensions != 1)
    throw UsageError("usage",
                     "--representation kernel solves problems of one dimension: products of kernel matrices lose too many digits; use features");
  if (options.points < 4) throw UsageError("bad_value", "grid: " + std::to_string(options.points) + " points; at least 4 are needed");
  if (options.model.lines.empty()) throw UsageError("bad_value", "no spectral line along x");
  for (const Term& term : problem.terms)
    if (options.envelope == Envelope::matern52 && term.order[0] > 2)
      throw UsageError("bad_value", "a derivative above the second: matern52 has two; use another kernel");
  KernelResult result{.envelope = options.envelope};
  AxisModel model = options.model;
  model.interval = problem.box[0];
  result.lines = with_rates_of(options.envelope, model);
  result.nodes = uniform_points(problem.box[0], options.points);
  Conditioned(problem, options, result)();
  result.relative_residual = residual_between(problem, result);
  if (!std::isfinite(result.relative_residual)) result.reason = "nan";
  if (!result.reason.empty()) return result;
  result.converged = result.relative_residual <= options.rtol;
  result.reason = result.converged ? "converged_rtol" : "stagnated";
  return result;
}

} // namespace ansatz::solvers::gp
