// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/nodal_solver.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/lsqr.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ansatz::solvers::gp {

namespace {

constexpr int most_steps = 30;
constexpr double lsqr_tolerance = 1e-12;
constexpr int lsqr_most = 200;

double norm(const Matrix& a) { return std::sqrt(dot(a.values, a.values)); }

/// The terms that differentiate along `axis`, with those without derivative on the first: rows scaled by their coefficients.
Matrix axis_operator(const Problem& problem, int axis, const NodalAxis& nodal) {
  const auto own = static_cast<std::size_t>(axis);
  const std::vector<double>& nodes = nodal.nodes;
  const auto count = static_cast<int>(nodes.size());
  Matrix sum(count, count);
  for (const Term& term : problem.terms) {
    const bool here = term.order[own] > 0 || (axis == 0 && term.order[1] == 0);
    if (!here) continue;
    const Matrix power = term.order[own] == 0 ? identity(count) : nodal.derivative(term.order[own]);
    for (int i = 0; i < count; ++i) {
      const double x = nodes[static_cast<std::size_t>(i)];
      const double a = axis == 0 ? term.coefficient(x, problem.box[1].low) : term.coefficient(problem.box[0].low, x);
      for (int j = 0; j < count; ++j) sum(i, j) += a * power(i, j);
    }
  }
  return sum;
}

/// Indices without data, first, and with data.
std::array<std::vector<int>, 2> split(const Problem& problem, int axis, int count) {
  std::array<std::vector<int>, 2> sets;
  for (int i = 0; i < count; ++i) {
    const bool low = i == 0 && problem.faces.given({axis, Side::low});
    const bool high = i + 1 == count && problem.faces.given({axis, Side::high});
    sets[low || high ? 1 : 0].push_back(i);
  }
  return sets;
}

Matrix block(const Matrix& a, const std::vector<int>& rows, const std::vector<int>& cols) {
  Matrix part(static_cast<int>(rows.size()), static_cast<int>(cols.size()));
  for (int j = 0; j < part.cols; ++j)
    for (int i = 0; i < part.rows; ++i) part(i, j) = a(rows[static_cast<std::size_t>(i)], cols[static_cast<std::size_t>(j)]);
  return part;
}

void put(Matrix& a, const std::vector<int>& rows, const std::vector<int>& cols, const Matrix& part) {
  for (int j = 0; j < part.cols; ++j)
    for (int i = 0; i < part.rows; ++i) a(rows[static_cast<std::size_t>(i)], cols[static_cast<std::size_t>(j)]) = part(i, j);
}

class Collocated {
public:
  Collocated(const Problem& problem, const std::array<NodalAxis, 2>& axes) : problem_(problem), axes_(axes) {
    for (int axis = 0; axis < 2; ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      full_[a] = axis < problem.dimensions ? axis_operator(problem, axis, axes[a]) : Matrix(1, 1);
      const auto sets = split(problem, axis, axis < problem.dimensions ? static_cast<int>(axes[a].nodes.size()) : 1);
      free_[a] = axis < problem.dimensions ? sets[0] : std::vector<int>{0};
      inner_[a] = block(full_[a], free_[a], free_[a]);
      if (problem.dimensions == 2) schur_[a] = schur(inner_[a]);
    }
  }

  NodalResult operator()() {
    Matrix u = faces();
    const Matrix f = problem_.source.at(free_nodes(0), free_nodes(1));
    // Start: without the powers above one.
    const Matrix right = residual(u, f, false);
    Matrix z = problem_.dimensions == 1 ? solve_line(Matrix(right.rows, 1), right) : solve_sylvester(schur_[0], schur_[1], right, Op::plain);
    put(u, free_[0], free_[1], z);
    result_.converged = true;
    if (problem_.nonlinear()) newton(u, f, z);
    result_.values = std::move(u);
    return std::move(result_);
  }

private:
  [[nodiscard]] std::vector<double> free_nodes(std::size_t axis) const {
    std::vector<double> x;
    for (const int i : free_[axis]) x.push_back(axes_[axis].nodes[static_cast<std::size_t>(i)]);
    return x;
  }

  [[nodiscard]] Matrix faces() const {
    Matrix u(static_cast<int>(axes_[0].nodes.size()), static_cast<int>(axes_[1].nodes.size()));
    for (int axis = 0; axis < problem_.dimensions; ++axis) {
      const auto& along = axes_[static_cast<std::size_t>(1 - axis)].nodes;
      for (const Side side : {Side::low, Side::high}) {
        if (!problem_.faces.given({axis, side})) continue;
        const int fixed = side == Side::low ? 0 : (axis == 0 ? u.rows : u.cols) - 1;
        for (std::size_t i = 0; i < along.size(); ++i) {
          const auto j = static_cast<int>(i);
          (axis == 0 ? u(fixed, j) : u(j, fixed)) = problem_.faces({axis, side}, along[i]);
        }
      }
    }
    return u;
  }

  [[nodiscard]] Matrix residual(const Matrix& u, const Matrix& f, bool powers) const {
    Matrix image = product(full_[0], u);
    multiply(image, u, Op::plain, full_[1], Op::transpose, 1.0, 1.0);
    Matrix r = f;
    axpy(-1.0, block(image, free_[0], free_[1]).values, r.values);
    const Matrix inner = block(u, free_[0], free_[1]);
    for (std::size_t i = 0; i < r.size(); ++i) r.values[i] -= problem_.reaction(powers ? inner.values[i] : 0.0);
    return r;
  }

  /// One dimension: (A + diag(slope))^-1 right.
  [[nodiscard]] Matrix solve_line(const Matrix& slope, const Matrix& right) const {
    Matrix a = inner_[0];
    for (int i = 0; i < a.rows; ++i) a(i, i) += slope(i, 0);
    Matrix z = solve_general(std::move(a), right);
    if (z.values.empty()) throw UsageError("bad_value", "the equation collocated with these faces is singular");
    return z;
  }

  void newton(Matrix& u, const Matrix& f, Matrix& z) {
    double last = std::numeric_limits<double>::infinity();
    result_.converged = false;
    for (; result_.iterations < most_steps && !result_.converged; ++result_.iterations) {
      const Matrix r = residual(u, f, true);
      Matrix slope = block(u, free_[0], free_[1]);
      for (double& value : slope.values) value = problem_.reaction_slope(value);
      const auto shaped = [&](const std::vector<double>& w) {
        Matrix m(z.rows, z.cols);
        m.values = w;
        return m;
      };
      // (L + N') L^-1 w = w + N' L^-1 w
      const auto apply = [&](const std::vector<double>& w) {
        Matrix image = solve_sylvester(schur_[0], schur_[1], shaped(w), Op::plain);
        for (std::size_t i = 0; i < image.size(); ++i) image.values[i] = w[i] + slope.values[i] * image.values[i];
        return std::move(image.values);
      };
      const auto apply_transposed = [&](const std::vector<double>& w) {
        Matrix weighted = shaped(w);
        for (std::size_t i = 0; i < weighted.size(); ++i) weighted.values[i] *= slope.values[i];
        Matrix image = solve_sylvester(schur_[0], schur_[1], weighted, Op::transpose);
        axpy(1.0, w, image.values);
        return std::move(image.values);
      };
      const auto by_lsqr = [&] { return shaped(lsqr(apply, apply_transposed, r.values, lsqr_tolerance, lsqr_most).x); };
      const Matrix dz = problem_.dimensions == 1 ? solve_line(slope, r) : solve_sylvester(schur_[0], schur_[1], by_lsqr(), Op::plain);
      axpy(1.0, dz.values, z.values);
      put(u, free_[0], free_[1], z);
      const double change = norm(dz) / std::max(norm(z), 1e-300);
      result_.converged = change < 1e-13 || (change < 1e-8 && change > 0.5 * last);
      last = change;
    }
  }

  const Problem& problem_;
  const std::array<NodalAxis, 2>& axes_;
  NodalResult result_;
  std::array<Matrix, 2> full_;
  std::array<std::vector<int>, 2> free_;
  std::array<Matrix, 2> inner_;
  std::array<Schur, 2> schur_;
};

} // namespace

bool separates(const Problem& problem) {
  return std::all_of(problem.terms.begin(), problem.terms.end(), [](const Term& term) {
    if (term.order[0] > 0 && term.order[1] > 0) return false;
    return term.order[1] > 0 ? !term.coefficient.depends_on(0) : !term.coefficient.depends_on(1);
  });
}

NodalResult solve_on_nodes(const Problem& problem, const std::array<NodalAxis, 2>& axes) { return Collocated(problem, axes)(); }

} // namespace ansatz::solvers::gp
