// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/finite_differences.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <petscksp.h>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers::gp {

namespace {

constexpr int most_steps = 30;
constexpr int most_entries = 13; // of a row: five along each axis and the diagonal, with room

/// Destroys what PETSc made, whatever happens.
template <class T, PetscErrorCode (*Destroy)(T*)>
struct Owned {
  T value = nullptr;
  Owned() = default;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    if (value != nullptr) (void)Destroy(&value);
  }
};

/// Weights of a derivative at node i of an axis, by node.
std::vector<std::pair<int, double>> stencil(int order, int i, int count, double h, bool low, bool high) {
  if (order == 0) return {{i, 1.0}};
  if (order == 2) {
    const int centre = std::clamp(i, 1, count - 2);
    return {{centre - 1, 1.0 / (h * h)}, {centre, -2.0 / (h * h)}, {centre + 1, 1.0 / (h * h)}};
  }
  if (low == high && i > 0 && i + 1 < count) return {{i - 1, -0.5 / h}, {i + 1, 0.5 / h}};
  const int back = low || (!high && i + 1 == count) ? -1 : 1; // towards the data
  const double s = -static_cast<double>(back);
  const int far = i + 2 * back;
  if (far < 0 || far >= count) return {{i, s / h}, {i + back, -s / h}};
  return {{i, 1.5 * s / h}, {i + back, -2.0 * s / h}, {far, 0.5 * s / h}};
}

class Scheme {
public:
  Scheme(const Problem& problem, std::array<int, 2> points) : problem_(problem), count_(points) {
    for (std::size_t d = 0; d < 2; ++d) {
      result_.nodes[d] = uniform_points(problem.box[d], points[d]);
      step_[d] = points[d] > 1 ? result_.nodes[d][1] - result_.nodes[d][0] : 1.0;
      for (const Side side : {Side::low, Side::high})
        given_[d][side == Side::low ? 0 : 1] = static_cast<int>(d) < problem.dimensions && problem.faces.given({static_cast<int>(d), side});
    }
    result_.values = Matrix(count_[0], count_[1]);
  }

  FiniteDifferenceResult operator()() {
    const Matrix none(count_[0], count_[1]);
    solve(none, false); // u itself: without powers
    result_.converged = !problem_.nonlinear();
    while (!result_.converged && result_.iterations < most_steps) {
      const Matrix before = result_.values;
      solve(before, true);
      ++result_.iterations;
      Matrix change = result_.values;
      axpy(-1.0, before.values, change.values);
      result_.converged = dot(change.values, change.values) <= 1e-22 * dot(before.values, before.values);
    }
    return std::move(result_);
  }

private:
  [[nodiscard]] PetscInt number(int i, int j) const { return i + count_[0] * j; }

  /// Fills `values` with the value given at a node; false where there is none.
  [[nodiscard]] bool on_face(int i, int j, double& value) const {
    const std::array<int, 2> at{i, j};
    for (std::size_t d = 0; d < 2; ++d)
      for (const Side side : {Side::low, Side::high}) {
        const int end = side == Side::low ? 0 : count_[d] - 1;
        if (at[d] != end || !given_[d][side == Side::low ? 0 : 1]) continue;
        value = problem_.faces({static_cast<int>(d), side}, result_.nodes[1 - d][static_cast<std::size_t>(at[1 - d])]);
        return true;
      }
    return false;
  }

  /// One Newton step in the form (A + N'(u)) u_new = f - N(u) + N'(u) u.
  void solve(const Matrix& u, bool powers) {
    const PetscInt n = number(count_[0] - 1, count_[1] - 1) + 1;
    Owned<Mat, MatDestroy> a;
    Owned<Vec, VecDestroy> b;
    Owned<Vec, VecDestroy> x;
    Owned<KSP, KSPDestroy> ksp;
    petsc_check(MatCreateSeqAIJ(PETSC_COMM_SELF, n, n, most_entries, nullptr, &a.value));
    petsc_check(VecCreateSeq(PETSC_COMM_SELF, n, &b.value));
    petsc_check(VecDuplicate(b.value, &x.value));
    for (int j = 0; j < count_[1]; ++j)
      for (int i = 0; i < count_[0]; ++i) add_row(a.value, b.value, i, j, u(i, j), powers);
    petsc_check(MatAssemblyBegin(a.value, MAT_FINAL_ASSEMBLY));
    petsc_check(MatAssemblyEnd(a.value, MAT_FINAL_ASSEMBLY));
    petsc_check(VecAssemblyBegin(b.value));
    petsc_check(VecAssemblyEnd(b.value));
    PC pc = nullptr;
    petsc_check(KSPCreate(PETSC_COMM_SELF, &ksp.value));
    petsc_check(KSPSetOperators(ksp.value, a.value, a.value));
    petsc_check(KSPSetType(ksp.value, KSPPREONLY));
    petsc_check(KSPGetPC(ksp.value, &pc));
    petsc_check(PCSetType(pc, PCLU));
    petsc_check(PCFactorSetShiftType(pc, MAT_SHIFT_NONE));
    petsc_check(KSPSolve(ksp.value, b.value, x.value));
    KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
    petsc_check(KSPGetConvergedReason(ksp.value, &reason));
    if (reason < 0) throw UsageError("bad_value", "finite differences: the equation with these faces is singular");
    const PetscScalar* values = nullptr;
    petsc_check(VecGetArrayRead(x.value, &values));
    std::copy_n(values, result_.values.size(), result_.values.values.begin());
    petsc_check(VecRestoreArrayRead(x.value, &values));
  }

  void add_row(Mat a, Vec b, int i, int j, double u, bool powers) const {
    const PetscInt row = number(i, j);
    double right = 0.0;
    if (on_face(i, j, right)) {
      petsc_check(MatSetValue(a, row, row, 1.0, ADD_VALUES));
      petsc_check(VecSetValue(b, row, right, INSERT_VALUES));
      return;
    }
    const double x = result_.nodes[0][static_cast<std::size_t>(i)];
    const double y = result_.nodes[1][static_cast<std::size_t>(j)];
    for (const Term& term : problem_.terms) {
      const bool along_y = term.order[1] > 0;
      const std::size_t d = along_y ? 1 : 0;
      for (const auto& [k, weight] : stencil(term.order[d], along_y ? j : i, count_[d], step_[d], given_[d][0], given_[d][1]))
        petsc_check(MatSetValue(a, row, along_y ? number(i, k) : number(k, j), term.coefficient(x, y) * weight, ADD_VALUES));
    }
    const double slope = powers ? problem_.reaction_slope(u) : 0.0;
    petsc_check(MatSetValue(a, row, row, slope, ADD_VALUES));
    right = problem_.source(x, y) - problem_.reaction(powers ? u : 0.0) + slope * u;
    petsc_check(VecSetValue(b, row, right, INSERT_VALUES));
  }

  const Problem& problem_;
  std::array<int, 2> count_;
  std::array<double, 2> step_{};
  std::array<std::array<bool, 2>, 2> given_{};
  FiniteDifferenceResult result_;
};

/// Piecewise linear.
Matrix interpolation(const std::vector<double>& nodes, std::span<const double> points) {
  Matrix p(static_cast<int>(points.size()), static_cast<int>(nodes.size()));
  for (int i = 0; i < p.rows; ++i) {
    if (nodes.size() == 1) {
      p(i, 0) = 1.0;
      continue;
    }
    const double x = points[static_cast<std::size_t>(i)];
    const auto after = std::upper_bound(nodes.begin() + 1, nodes.end() - 1, x);
    const auto k = static_cast<int>(after - nodes.begin());
    const double t = (x - *(after - 1)) / (*after - *(after - 1));
    p(i, k - 1) = 1.0 - t;
    p(i, k) = t;
  }
  return p;
}

} // namespace

Matrix FiniteDifferenceResult::at(std::span<const double> x, std::span<const double> y) const {
  return sandwich(interpolation(nodes[0], x), values, interpolation(nodes[1], y));
}

bool has_finite_differences(const Problem& problem) {
  return std::all_of(problem.terms.begin(), problem.terms.end(),
                     [](const Term& term) { return term.order[0] <= 2 && term.order[1] <= 2 && (term.order[0] == 0 || term.order[1] == 0); });
}

FiniteDifferenceResult solve_finite_differences(const Problem& problem, std::array<int, 2> points) {
  if (!has_finite_differences(problem)) throw UsageError("bad_value", "finite differences: derivatives go to the second order and are not mixed");
  if (problem.dimensions == 1) points[1] = 1;
  for (int axis = 0; axis < problem.dimensions; ++axis)
    if (points[static_cast<std::size_t>(axis)] < 4) throw UsageError("bad_value", "finite differences: at least 4 points an axis");
  return Scheme(problem, points)();
}

} // namespace ansatz::solvers::gp
