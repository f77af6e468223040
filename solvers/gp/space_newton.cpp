// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/space_newton.hpp>

#include <ansatz/solvers/petsc.hpp>

#include <petscsnes.h>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers::gp {

namespace {

constexpr double settled = 1e-14;
constexpr double inner_tolerance = 1e-8; // Newton's next step repairs the rest
constexpr int inner_most = 200;
constexpr int restart = 30;

/// Destroys what PETSc made, whatever happens.
template <class T, PetscErrorCode (*Destroy)(T*)>
class Handle {
public:
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (value_ != nullptr) (void)Destroy(&value_);
  }
  [[nodiscard]] T get() const { return value_; }
  [[nodiscard]] T* out() { return &value_; }

private:
  T value_ = nullptr;
};

struct Context {
  SpaceOperator& system;
  const std::function<bool(int, double)>& monitor;
  NewtonResult result{};
  double first_norm = 0.0;
};

Cube to_cube(Vec v, std::array<int, 3> shape) {
  Cube a(shape);
  const PetscScalar* values = nullptr;
  petsc_check(VecGetArrayRead(v, &values));
  std::copy_n(values, a.size(), a.values.begin());
  petsc_check(VecRestoreArrayRead(v, &values));
  return a;
}

void to_vec(const Cube& a, Vec v) {
  PetscScalar* values = nullptr;
  petsc_check(VecGetArrayWrite(v, &values));
  std::copy(a.values.begin(), a.values.end(), values);
  petsc_check(VecRestoreArrayWrite(v, &values));
}

PetscErrorCode evaluate(SNES /*snes*/, Vec x, Vec f, void* context) {
  auto& c = *static_cast<Context*>(context);
  return guarded([&] { to_vec(c.system.residual(to_cube(x, c.system.shape())), f); });
}

PetscErrorCode linearise(SNES /*snes*/, Vec x, Mat /*a*/, Mat /*p*/, void* context) {
  auto& c = *static_cast<Context*>(context);
  return guarded([&] { c.system.linearise(to_cube(x, c.system.shape())); });
}

PetscErrorCode multiply_by_jacobian(Mat a, Vec x, Vec y) {
  void* context = nullptr;
  PetscCall(MatShellGetContext(a, &context));
  auto& c = *static_cast<Context*>(context);
  return guarded([&] { to_vec(c.system.derivative(to_cube(x, c.system.shape())), y); });
}

PetscErrorCode precondition(PC pc, Vec x, Vec y) {
  void* context = nullptr;
  PetscCall(PCShellGetContext(pc, &context));
  const auto& c = *static_cast<Context*>(context);
  return guarded([&] {
    Cube a = to_cube(x, c.system.shape());
    const auto& diagonal = c.system.diagonal().values;
    const auto [least, greatest] = std::minmax_element(diagonal.begin(), diagonal.end());
    const double floor = 1e-10 * std::max(std::abs(*least), std::abs(*greatest)); // a resonance must not divide by nothing
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double l = diagonal[i] + c.system.mean_slope();
      a.values[i] /= std::abs(l) > floor ? l : std::copysign(floor, l);
    }
    to_vec(a, y);
  });
}

PetscErrorCode watch(SNES snes, PetscInt step, PetscReal norm, void* context) {
  auto& c = *static_cast<Context*>(context);
  if (step == 0) c.first_norm = norm > 0.0 ? norm : 1.0;
  c.result.history.push_back(norm / c.first_norm);
  if (c.monitor && !c.monitor(static_cast<int>(step), norm / c.first_norm)) {
    c.result.reason = "stopped";
    PetscCall(SNESSetConvergedReason(snes, SNES_DIVERGED_FUNCTION_DOMAIN));
  }
  return 0;
}

/// SNES' own test, which also ends where the monitor has said stop.
PetscErrorCode judge(SNES snes, PetscInt it, PetscReal xnorm, PetscReal step, PetscReal norm, SNESConvergedReason* reason, void* context) {
  const auto& c = *static_cast<Context*>(context);
  if (!c.result.reason.empty()) {
    *reason = SNES_DIVERGED_FUNCTION_DOMAIN;
    return 0;
  }
  return SNESConvergedDefault(snes, it, xnorm, step, norm, reason, nullptr);
}

std::string to_reason(SNESConvergedReason code, const std::string& known) {
  if (!known.empty()) return known;
  // A line search that finds nothing better has arrived at rounding; the residual between the nodes will judge it.
  if (code > 0 || code == SNES_DIVERGED_LINE_SEARCH || code == SNES_DIVERGED_LINEAR_SOLVE) return "";
  return code == SNES_DIVERGED_FNORM_NAN ? "nan" : "max_iterations";
}

} // namespace

NewtonResult space_newton(SpaceOperator& system, Cube& a, int max_iterations, const std::function<bool(int, double)>& monitor) {
  Context context{.system = system, .monitor = monitor};
  const auto n = static_cast<PetscInt>(a.size());
  Handle<Vec, VecDestroy> x;
  Handle<Vec, VecDestroy> f;
  Handle<Mat, MatDestroy> jacobian;
  Handle<SNES, SNESDestroy> snes;
  petsc_check(VecCreateSeq(PETSC_COMM_SELF, n, x.out()));
  petsc_check(VecDuplicate(x.get(), f.out()));
  petsc_check(MatCreateShell(PETSC_COMM_SELF, n, n, n, n, &context, jacobian.out()));
  petsc_check(MatShellSetOperation(jacobian.get(), MATOP_MULT, reinterpret_cast<void (*)(void)>(multiply_by_jacobian)));
  petsc_check(SNESCreate(PETSC_COMM_SELF, snes.out()));
  petsc_check(SNESSetFunction(snes.get(), f.get(), evaluate, &context));
  petsc_check(SNESSetJacobian(snes.get(), jacobian.get(), jacobian.get(), linearise, &context));
  petsc_check(SNESSetTolerances(snes.get(), settled * std::sqrt(dot(system.right_side().values, system.right_side().values)), settled, settled,
                                max_iterations, 10 * max_iterations + 10));
  petsc_check(SNESMonitorSet(snes.get(), watch, &context, nullptr));
  petsc_check(SNESSetConvergenceTest(snes.get(), judge, &context, nullptr));
  KSP ksp = nullptr;
  PC pc = nullptr;
  petsc_check(SNESGetKSP(snes.get(), &ksp));
  petsc_check(KSPSetType(ksp, KSPGMRES));
  petsc_check(KSPGMRESSetRestart(ksp, restart));
  petsc_check(KSPSetTolerances(ksp, inner_tolerance, PETSC_DEFAULT, PETSC_DEFAULT, inner_most));
  petsc_check(KSPGetPC(ksp, &pc));
  petsc_check(PCSetType(pc, PCSHELL));
  petsc_check(PCShellSetContext(pc, &context));
  petsc_check(PCShellSetApply(pc, precondition));
  to_vec(a, x.get());
  petsc_check(SNESSolve(snes.get(), nullptr, x.get()));
  a = to_cube(x.get(), a.shape);
  SNESConvergedReason code = SNES_CONVERGED_ITERATING;
  PetscInt steps = 0;
  PetscInt inner = 0;
  petsc_check(SNESGetConvergedReason(snes.get(), &code));
  petsc_check(SNESGetIterationNumber(snes.get(), &steps));
  petsc_check(SNESGetLinearSolveIterations(snes.get(), &inner));
  context.result.iterations = static_cast<int>(steps);
  context.result.inner_iterations = static_cast<int>(inner);
  context.result.reason = to_reason(code, context.result.reason);
  return std::move(context.result);
}

} // namespace ansatz::solvers::gp
