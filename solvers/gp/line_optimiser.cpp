// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/line_optimiser.hpp>

#include <ansatz/solvers/gp/face_lift.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <petsctao.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

constexpr int most_precision_steps = 60;
constexpr double precision_tolerance = 1e-10;

struct Destroy {
  void operator()(Vec v) const noexcept { VecDestroy(&v); }
  void operator()(Tao tao) const noexcept { TaoDestroy(&tao); }
};
using VecOwner = std::unique_ptr<std::remove_pointer_t<Vec>, Destroy>;
using TaoOwner = std::unique_ptr<std::remove_pointer_t<Tao>, Destroy>;

/// The equation at the nodes and the faces at the ends, for any features.
struct Data {
  std::vector<double> nodes;
  std::vector<double> ends;
  std::array<Matrix, 5> coefficients; ///< of u, u', ... at the nodes; empty where there is no such term
  Matrix f;
  Matrix g;
  double noise = 0.0;

  Data(const Problem& problem, const LineOptimiserOptions& options) {
    if (problem.dimensions != 1 || problem.nonlinear())
      throw UsageError("bad_value", "lines are optimised for linear problems in one dimension only; set gp.optimise=false");
    ends = given_ends(problem, 0);
    nodes = uniform_points(problem.box[0], options.points);
    if (problem.faces.given({0, Side::high})) nodes.pop_back();
    if (problem.faces.given({0, Side::low})) nodes.erase(nodes.begin());
    f = problem.source.at(nodes, std::vector<double>{0.0});
    for (double& value : f.values) value -= problem.reaction(0.0);
    for (const Term& term : problem.terms) {
      Matrix& a = coefficients[static_cast<std::size_t>(term.order[0])];
      if (a.values.empty()) a = Matrix(f.rows, 1);
      axpy(1.0, term.coefficient.at(nodes, std::vector<double>{0.0}).values, a.values);
    }
    g = Matrix(static_cast<int>(ends.size()), 1);
    int row = 0;
    for (const Side side : {Side::low, Side::high})
      if (problem.faces.given({0, side})) g(row++, 0) = problem.faces({0, side}, 0.0);
    noise = options.delta * std::max(std::sqrt(dot(f.values, f.values) / f.rows), 1e-300);
  }

  /// sum_k a_k of derivatives that `at` gives by order.
  template <class At>
  [[nodiscard]] Matrix equation(At&& at) const {
    Matrix sum;
    for (std::size_t order = 0; order < coefficients.size(); ++order) {
      if (coefficients[order].values.empty()) continue;
      Matrix part = at(static_cast<int>(order));
      for (int j = 0; j < part.cols; ++j)
        for (int i = 0; i < part.rows; ++i) part(i, j) *= coefficients[order](i, 0);
      if (sum.values.empty())
        sum = std::move(part);
      else
        axpy(1.0, part.values, sum.values);
    }
    return sum;
  }
};

/// argmin over c and v at fixed lines, by turns: each falls.
struct Inner {
  Matrix a;
  Matrix b; ///< Phi at the ends
  Matrix c;
  Matrix residual; ///< a c - f
  double v = 0.0;
  double value = 0.0;

  Inner(const Data& data, const AxisModel& model) {
    a = data.equation([&](int order) { return features(model.lines, model.interval, model.cut, data.nodes, order); });
    b = features(model.lines, model.interval, model.cut, data.ends, 0);
    const Matrix rotation = Qr(transposed(b)).full_q();
    const Matrix fixed = columns(rotation, 0, b.rows);
    const Matrix null = columns(rotation, b.rows, rotation.cols - b.rows);
    const Matrix lift = product(fixed, solve_general(product(b, fixed), data.g));
    const Matrix a_free = product(a, null);
    Matrix target = data.f;
    multiply(target, a, Op::plain, lift, Op::plain, -1.0, 1.0);
    const double m = a.rows;
    const double s2 = data.noise * data.noise;
    v = 1.0 / s2;
    for (int step = 0; step < most_precision_steps; ++step) {
      const Matrix z = RegularisedQr(a_free, 1.0 / std::sqrt(v)).solve(target);
      residual = target;
      multiply(residual, a_free, Op::plain, z, Op::plain, 1.0, -1.0);
      c = lift;
      multiply(c, null, Op::plain, z, Op::plain, 1.0, 1.0);
      const double sum = dot(residual.values, residual.values) + m * s2;
      value = 0.5 * dot(c.values, c.values) + 0.5 * v * sum - 0.5 * m * std::log(v);
      const double next = m / sum;
      const bool settled = std::abs(next - v) <= precision_tolerance * v;
      v = next;
      if (settled) break;
    }
  }
};

} // namespace

double line_objective(const Problem& problem, const AxisModel& given, const LineOptimiserOptions& options, std::vector<double>& gradient) {
  AxisModel model = given;
  model.interval = problem.box[0];
  const Data data(problem, options);
  const Inner inner(data, model);
  Matrix force = inner.c; // c + v A^T r
  multiply(force, inner.a, Op::transpose, inner.residual, Op::plain, inner.v, 1.0);
  Matrix multiplier = solve_general(product_nt(inner.b, inner.b), product(inner.b, force));
  for (double& value : multiplier.values) value = -value;
  const auto along = [&](const Matrix& by_a, const Matrix& by_b, const Matrix& c) {
    return inner.v * dot(inner.residual.values, product(by_a, c).values) + dot(multiplier.values, product(by_b, c).values);
  };
  gradient.assign(3 * model.lines.size(), 0.0);
  int first = 0;
  for (std::size_t q = 0; q < model.lines.size(); ++q) {
    const int count = feature_count({&model.lines[q], 1}, model.interval.length, model.cut);
    Matrix own(inner.c.rows, 1);
    std::copy_n(inner.c.values.begin() + first, count, own.values.begin() + first);
    first += count;
    gradient[3 * q] = 0.5 * along(inner.a, inner.b, own);
    for (const auto by : {FeatureParameter::log_rate, FeatureParameter::frequency}) {
      if (by == FeatureParameter::frequency && model.lines[q].frequency == 0.0) continue;
      const auto change = [&](const std::vector<double>& points, int order) {
        return feature_gradient(model.lines, q, by, model.interval, model.cut, points, order);
      };
      const double slope = along(data.equation([&](int order) { return change(data.nodes, order); }), change(data.ends, 0), own);
      if (by == FeatureParameter::log_rate)
        gradient[3 * q + 1] = slope;
      else
        gradient[3 * q + 2] = slope * 2.0 * std::numbers::pi / model.interval.length;
    }
  }
  return inner.value;
}

namespace {

/// What TAO's callback works on.
struct Context {
  const Problem& problem;
  const LineOptimiserOptions& options;
  AxisModel model;
  int evaluations = 0;
  std::exception_ptr failure{};
};

AxisModel at(const Context& context, const double* theta) {
  AxisModel model = context.model;
  for (std::size_t q = 0; q < model.lines.size(); ++q) {
    Line& line = model.lines[q];
    line.weight = std::exp(theta[3 * q]);
    line.rate = std::exp(theta[3 * q + 1]);
    if (line.frequency > 0.0) line.frequency = theta[3 * q + 2] * 2.0 * std::numbers::pi / context.problem.box[0].length;
  }
  return model;
}

PetscErrorCode callback(Tao, Vec x, PetscReal* value, Vec g, void* opaque) {
  auto& context = *static_cast<Context*>(opaque);
  const PetscScalar* theta = nullptr;
  PetscScalar* to = nullptr;
  PetscCall(VecGetArrayRead(x, &theta));
  PetscCall(VecGetArrayWrite(g, &to));
  try {
    std::vector<double> gradient;
    *value = line_objective(context.problem, at(context, theta), context.options, gradient);
    std::copy(gradient.begin(), gradient.end(), to);
    ++context.evaluations;
  } catch (...) {
    context.failure = std::current_exception(); // no exception may pass through PETSc
  }
  PetscCall(VecRestoreArrayWrite(g, &to));
  PetscCall(VecRestoreArrayRead(x, &theta));
  return context.failure ? PETSC_ERR_USER : 0;
}

VecOwner wrapped(std::vector<double>& values) {
  Vec v = nullptr;
  petsc_check(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, static_cast<PetscInt>(values.size()), values.data(), &v));
  return VecOwner(v);
}

} // namespace

LineOptimiserResult optimise_lines(const Problem& problem, AxisModel model, const LineOptimiserOptions& options) {
  const double length = problem.box[0].length;
  model.interval = problem.box[0];
  Context context{.problem = problem, .options = options, .model = model};
  std::vector<double> theta;
  std::vector<double> low;
  std::vector<double> high;
  for (const Line& line : model.lines) {
    const double m = line.frequency * length / (2.0 * std::numbers::pi);
    const double moves = line.frequency > 0.0 ? 0.5 : 0.0;
    // A Gaussian's rate is an inverse length squared.
    const double rate_low = 2.0 * std::log(1e-3 / length);
    const double rate_high = 2.0 * std::log(10.0 / length);
    for (const auto& [value, least, most] :
         {std::array<double, 3>{std::log(line.weight), std::log(line.weight) - 30.0, std::log(line.weight) + 30.0},
          std::array<double, 3>{std::log(line.rate), rate_low, rate_high}, std::array<double, 3>{m, std::max(m - moves, 0.5 * m), m + moves}}) {
      theta.push_back(std::clamp(value, least, most));
      low.push_back(least);
      high.push_back(most);
    }
  }
  std::vector<double> gradient;
  LineOptimiserResult result;
  result.first = line_objective(problem, at(context, theta.data()), options, gradient);
  const VecOwner x = wrapped(theta);
  const VecOwner below = wrapped(low);
  const VecOwner above = wrapped(high);
  Tao handle = nullptr;
  petsc_check(TaoCreate(PETSC_COMM_SELF, &handle));
  const TaoOwner tao(handle);
  petsc_check(TaoSetType(handle, TAOBLMVM));
  petsc_check(TaoSetSolution(handle, x.get()));
  petsc_check(TaoSetVariableBounds(handle, below.get(), above.get()));
  petsc_check(TaoSetObjectiveAndGradient(handle, nullptr, callback, &context));
  petsc_check(TaoSetTolerances(handle, 0.0, 0.0, options.tolerance));
  petsc_check(TaoSetMaximumFunctionEvaluations(handle, options.most_evaluations));
  const PetscErrorCode code = TaoSolve(handle);
  if (context.failure) std::rethrow_exception(context.failure);
  petsc_check(code);
  TaoConvergedReason reason = TAO_CONTINUE_ITERATING;
  petsc_check(TaoGetConvergedReason(handle, &reason));
  result.model = at(context, theta.data());
  result.last = line_objective(problem, result.model, options, gradient);
  result.evaluations = context.evaluations;
  result.reason = TaoConvergedReasons[reason];
  return result;
}

} // namespace ansatz::solvers::gp
