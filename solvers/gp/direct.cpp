// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/direct.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/equation_residual.hpp>
#include <ansatz/solvers/gp/face_lift.hpp>
#include <ansatz/solvers/gp/lsqr.hpp>
#include <ansatz/solvers/gp/projected_system.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

constexpr double row_share = 0.9;
constexpr double coarsest_cut = 1e-3;
constexpr double feature_step = 10.0;    // of the cut: about one term of every line
constexpr double kernel_step = 2.0;      // a Matern kernel's rank falls by an eighth
constexpr double step_tolerance = 1e-13; // of a Newton step relative to u: a few roundings above what double can say
constexpr double lsqr_tolerance = 1e-10;
constexpr int lsqr_most = 300;

double norm(const Matrix& a) { return std::sqrt(dot(a.values, a.values)); }

double rms(const Matrix& a) { return a.size() == 0 ? 0.0 : norm(a) / std::sqrt(static_cast<double>(a.size())); }

/// Grid points without the ends that have data.
std::vector<double> interior(const Problem& problem, int axis, int points) {
  const Interval& interval = problem.box[static_cast<std::size_t>(axis)];
  std::vector<double> x = uniform_points(interval, points);
  if (problem.faces.given({axis, Side::high})) x.pop_back();
  if (problem.faces.given({axis, Side::low})) x.erase(x.begin());
  return x;
}

std::array<AxisBasis, 2> make_bases(const Problem& problem, const DirectOptions& options, double cut) {
  const auto one = [&](int axis) {
    AxisModel model = options.models[static_cast<std::size_t>(axis)];
    model.interval = problem.box[static_cast<std::size_t>(axis)];
    model.cut = std::max(cut, model.cut);
    return AxisBasis(std::move(model), given_ends(problem, axis));
  };
  return {one(0), one(1)};
}

class Direct {
public:
  Direct(const Problem& problem, DirectOptions options) : problem_(problem), options_(std::move(options)), bases_(fitting_bases()) {
    for (std::size_t axis = 0; axis < 2; ++axis) grid_[axis] = uniform_points(problem.box[axis], options_.points[axis]);
    lift_ = lift_faces(problem, bases_, grid_);
    result_.features = {bases_[0].size(), bases_[1].size()};
    result_.unknowns = bases_[0].free() * bases_[1].free();
    result_.rows = static_cast<int>(nodes_.size());
  }

  DirectResult operator()() {
    const Collocation operators(problem_, bases_, nodes_, Columns::free);
    const Collocation on_lift(problem_, bases_, nodes_, Columns::all);
    const Matrix f = nodes_.values_of(problem_.source);
    Matrix target = f;
    for (double& value : target.values) value -= problem_.reaction(0.0);
    axpy(-1.0, on_lift.apply(lift_).values, target.values);
    lifted_ = on_lift.values(lift_);
    scale_ = rms(f);
    if (scale_ == 0.0)
      for (const auto& term : on_lift.terms()) scale_ = std::max(scale_, rms(on_lift.apply_term(term, lift_)));
    if (scale_ == 0.0) scale_ = 1.0; // no source, no data: u = 0
    result_.noise = options_.delta * scale_;
    const ProjectedSystem system = project_system(problem_, operators, bases_, nodes_);
    factor_ = RegularisedQr(system.a, result_.noise);
    Matrix z = factor_.solve(system.project(target));
    z.rows = bases_[0].free();
    z.cols = bases_[1].free();
    iterate(operators, target, z);
    finish(operators, target, std::move(z));
    return std::move(result_);
  }

private:
  /// Bases with the finest cut whose features fit the rows.
  std::array<AxisBasis, 2> fitting_bases() {
    for (int axis = 0; axis < problem_.dimensions; ++axis) {
      const int points = options_.points[static_cast<std::size_t>(axis)];
      if (points < 4)
        throw UsageError("bad_value",
                         std::string("grid: ") + std::to_string(points) + " points along " + (axis == 0 ? "x" : "y") + "; at least 4 are needed");
      if (options_.models[static_cast<std::size_t>(axis)].lines.empty())
        throw UsageError("bad_value", std::string("no spectral line along ") + (axis == 0 ? "x" : "y"));
    }
    if (!(options_.delta > 0.0)) throw UsageError("bad_value", "gp.delta: " + std::to_string(options_.delta) + "; must be positive");
    nodes_ = {.x = {options_.scattered.x, options_.scattered.y}, .scattered = options_.scattered.size() > 0};
    for (int axis = 0; axis < 2 && !nodes_.scattered; ++axis)
      nodes_.x[static_cast<std::size_t>(axis)] =
          interior(problem_, axis, problem_.dimensions > axis ? options_.points[static_cast<std::size_t>(axis)] : 1);
    const auto rows = static_cast<double>(nodes_.size());
    const bool by_kernel = options_.models[0].kernel != nullptr;
    for (double cut = 1e-16;; cut *= by_kernel ? kernel_step : feature_step) {
      auto bases = make_bases(problem_, options_, cut);
      const int unknowns = bases[0].free() * bases[1].free();
      result_.cut = cut;
      const bool many = unknowns > (by_kernel ? 1.0 : row_share) * rows || (by_kernel && unknowns > options_.most_unknowns);
      if (many && cut < coarsest_cut) continue;
      if (unknowns > options_.most_unknowns)
        throw UsageError("bad_value", std::to_string(unknowns) + " unknown coefficients (" + std::to_string(bases[0].size()) + " by " +
                                          std::to_string(bases[1].size()) + " features); at most " + std::to_string(options_.most_unknowns) +
                                          " are factorised: give fewer lines or smaller rates");
      return bases;
    }
  }

  [[nodiscard]] Matrix values(const Collocation& operators, const Matrix& z) const {
    Matrix u = operators.values(z);
    axpy(1.0, lifted_.values, u.values);
    return u;
  }

  /// f - A u - N(u) at the nodes.
  [[nodiscard]] Matrix residual(const Collocation& operators, const Matrix& target, const Matrix& z, const Matrix& u) const {
    Matrix r = target;
    axpy(-1.0, operators.apply(z).values, r.values);
    for (std::size_t i = 0; i < r.size(); ++i) r.values[i] -= problem_.reaction(u.values[i]) - problem_.reaction(0.0);
    return r;
  }

  /// Gauss-Newton step: argmin |(A + N'(u)) dz - r|^2 + s^2 |z + dz|^2 with dz = R^-1 w.
  Matrix step(const Collocation& operators, const Matrix& slope, const Matrix& r, const Matrix& z) {
    const auto rows = static_cast<std::ptrdiff_t>(r.size());
    const double s = result_.noise;
    const auto unpreconditioned = [&](const std::vector<double>& w, Op op) {
      Matrix dz(static_cast<int>(w.size()), 1);
      dz.values = w;
      solve_upper(factor_.r(), op, dz);
      return dz;
    };
    const auto apply = [&](const std::vector<double>& w) {
      Matrix dz = unpreconditioned(w, Op::plain);
      dz.rows = z.rows;
      dz.cols = z.cols;
      Matrix image = operators.apply(dz);
      const Matrix du = operators.values(dz);
      for (std::size_t i = 0; i < image.size(); ++i) image.values[i] += slope.values[i] * du.values[i];
      for (const double value : dz.values) image.values.push_back(s * value);
      return std::move(image.values);
    };
    const auto apply_transposed = [&](const std::vector<double>& v) {
      Matrix top(r.rows, r.cols);
      std::copy_n(v.begin(), rows, top.values.begin());
      Matrix sum = operators.transposed_apply(top);
      for (std::size_t i = 0; i < top.size(); ++i) top.values[i] *= slope.values[i];
      axpy(1.0, operators.transposed_values(top).values, sum.values);
      for (std::size_t i = 0; i < sum.size(); ++i) sum.values[i] += s * v[static_cast<std::size_t>(rows) + i];
      return std::move(unpreconditioned(sum.values, Op::transpose).values);
    };
    std::vector<double> b = r.values;
    for (const double value : z.values) b.push_back(-s * value);
    const LsqrResult inner = lsqr(apply, apply_transposed, std::move(b), lsqr_tolerance, lsqr_most);
    result_.inner_iterations += inner.iterations;
    Matrix dz = unpreconditioned(inner.x, Op::plain);
    dz.rows = z.rows;
    dz.cols = z.cols;
    return dz;
  }

  void iterate(const Collocation& operators, const Matrix& target, Matrix& z) {
    const bool once = !problem_.nonlinear() && (problem_.dimensions == 1 || problem_.constant_coefficients());
    const double nodes = std::sqrt(static_cast<double>(target.size()));
    double last_change = std::numeric_limits<double>::infinity();
    for (;; ++result_.iterations) {
      const Matrix u = values(operators, z);
      const Matrix r = residual(operators, target, z, u);
      result_.node_residual = norm(r) / (scale_ * nodes);
      result_.history.push_back(result_.node_residual);
      if (!std::isfinite(result_.node_residual)) result_.reason = "nan";
      if (options_.monitor && !options_.monitor(result_.iterations, result_.node_residual)) result_.reason = "stopped";
      if (once || !result_.reason.empty()) return;
      if (result_.iterations == options_.max_iterations) {
        result_.reason = "max_iterations";
        return;
      }
      Matrix slope = u;
      for (double& value : slope.values) value = problem_.reaction_slope(value);
      const Matrix dz = step(operators, slope, r, z);
      axpy(1.0, dz.values, z.values);
      const double change = norm(operators.values(dz)) / std::max(norm(u), 1e-300);
      // Near the end steps are rounding: they stop getting smaller before they vanish.
      const bool settled = change < step_tolerance || (change < 1e-8 && change > 0.5 * last_change);
      if (settled) {
        ++result_.iterations;
        result_.node_residual = norm(residual(operators, target, z, values(operators, z))) / (scale_ * nodes);
        result_.history.push_back(result_.node_residual);
        return;
      }
      last_change = change;
    }
  }

  void finish(const Collocation& operators, const Matrix& target, Matrix z) {
    const double s2 = result_.noise * result_.noise;
    const Matrix r = residual(operators, target, z, values(operators, z));
    const double quadratic = (dot(r.values, r.values) + s2 * dot(z.values, z.values)) / s2;
    const double log_det = factor_.log_det() + (result_.rows - result_.unknowns) * std::log(s2);
    result_.log_evidence = -0.5 * (quadratic + log_det + result_.rows * std::log(2.0 * std::numbers::pi));
    Matrix c = lift_;
    for (int j = 0; j < z.cols; ++j)
      for (int i = 0; i < z.rows; ++i) c(bases_[0].fixed() + i, bases_[1].fixed() + j) = z(i, j);
    result_.solution = FeatureSolution(bases_, std::move(c), factor_.r(), result_.noise);
    result_.relative_residual = residual_between(problem_, result_.solution, options_.points) / scale_;
    if (!result_.reason.empty()) return;
    result_.converged = result_.relative_residual <= options_.rtol;
    result_.reason = result_.converged ? "converged_rtol" : "stagnated";
  }

  const Problem& problem_;
  DirectOptions options_;
  DirectResult result_;
  Nodes nodes_;
  std::array<AxisBasis, 2> bases_;
  std::array<std::vector<double>, 2> grid_;
  Matrix lift_;
  Matrix lifted_; ///< values of the lift at the nodes
  double scale_ = 1.0;
  RegularisedQr factor_;
};

} // namespace

DirectResult solve_direct(const Problem& problem, DirectOptions options) {
  if (problem.dimensions == 1) options.points[1] = 1;
  return Direct(problem, std::move(options))();
}

} // namespace ansatz::solvers::gp
