// SPDX-License-Identifier: Apache-2.0
/// Small systems, directions given as functions, and a recorded run of a KSP, for the tests of KSP "dcdm".
#pragma once

#include <ansatz/solvers/dcdm/dcdm.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <petscksp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace dcdm_test {

using ansatz::solvers::petsc_check;
using Array = std::vector<double>;
/// Names and values for PETSc's option database.
using OptionList = std::vector<std::array<std::string, 2>>;

struct DestroyMat {
  void operator()(Mat m) const { MatDestroy(&m); }
};
struct DestroyVec {
  void operator()(Vec v) const { VecDestroy(&v); }
};
struct DestroyKsp {
  void operator()(KSP k) const { KSPDestroy(&k); }
};
using Matrix = std::unique_ptr<_p_Mat, DestroyMat>;
using Vector = std::unique_ptr<_p_Vec, DestroyVec>;
using Solver = std::unique_ptr<_p_KSP, DestroyKsp>;

/// Fills the rows of an n x n AIJ matrix owned by this rank with what `row(i, columns, values)` appends.
inline Matrix sparse(MPI_Comm comm, PetscInt n, PetscInt per_row, const std::function<void(PetscInt, std::vector<PetscInt>&, Array&)>& row) {
  Mat m = nullptr;
  PetscInt first = 0, last = 0;
  petsc_check(MatCreateAIJ(comm, PETSC_DECIDE, PETSC_DECIDE, n, n, per_row, nullptr, per_row, nullptr, &m));
  petsc_check(MatGetOwnershipRange(m, &first, &last));
  std::vector<PetscInt> columns;
  Array values;
  for (PetscInt i = first; i < last; ++i) {
    columns.clear();
    values.clear();
    row(i, columns, values);
    petsc_check(MatSetValues(m, 1, &i, static_cast<PetscInt>(columns.size()), columns.data(), values.data(), INSERT_VALUES));
  }
  petsc_check(MatAssemblyBegin(m, MAT_FINAL_ASSEMBLY));
  petsc_check(MatAssemblyEnd(m, MAT_FINAL_ASSEMBLY));
  return Matrix(m);
}

inline Matrix from_dense(MPI_Comm comm, const Array& A, PetscInt n) {
  return sparse(comm, n, n, [&](PetscInt i, std::vector<PetscInt>& columns, Array& values) {
    for (PetscInt j = 0; j < n; ++j) {
      columns.push_back(j);
      values.push_back(A[static_cast<std::size_t>(i) * static_cast<std::size_t>(n) + static_cast<std::size_t>(j)]);
    }
  });
}

inline Matrix diagonal(MPI_Comm comm, const Array& d) {
  return sparse(comm, static_cast<PetscInt>(d.size()), 1, [&](PetscInt i, std::vector<PetscInt>& columns, Array& values) {
    columns.push_back(i);
    values.push_back(d[static_cast<std::size_t>(i)]);
  });
}

/// B'B + shift I with B of normal random entries, row-major: symmetric positive definite.
inline Array random_spd(std::size_t n, double shift, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  Array B(n * n), A(n * n, 0.0);
  for (double& v : B) v = normal(engine);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t l = 0; l < n; ++l) A[i * n + j] += B[l * n + i] * B[l * n + j];
      if (i == j) A[i * n + j] += shift;
    }
  return A;
}

inline Array random_array(std::size_t n, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  Array a(n);
  for (double& v : a) v = normal(engine);
  return a;
}

/// A vector of the layout of `A` that holds the global array `values`.
inline Vector vector_of(const Matrix& A, const Array& values) {
  Vec v = nullptr;
  PetscInt first = 0, last = 0;
  petsc_check(MatCreateVecs(A.get(), &v, nullptr));
  petsc_check(VecGetOwnershipRange(v, &first, &last));
  double* a = nullptr;
  petsc_check(VecGetArray(v, &a));
  for (PetscInt i = first; i < last; ++i) a[i - first] = values[static_cast<std::size_t>(i)];
  petsc_check(VecRestoreArray(v, &a));
  return Vector(v);
}

/// The whole vector on every rank.
inline Array gather(Vec v) {
  Vec all = nullptr;
  VecScatter scatter = nullptr;
  petsc_check(VecScatterCreateToAll(v, &scatter, &all));
  petsc_check(VecScatterBegin(scatter, v, all, INSERT_VALUES, SCATTER_FORWARD));
  petsc_check(VecScatterEnd(scatter, v, all, INSERT_VALUES, SCATTER_FORWARD));
  PetscInt n = 0;
  const double* a = nullptr;
  petsc_check(VecGetSize(all, &n));
  petsc_check(VecGetArrayRead(all, &a));
  Array values(a, a + n);
  petsc_check(VecRestoreArrayRead(all, &a));
  petsc_check(VecScatterDestroy(&scatter));
  petsc_check(VecDestroy(&all));
  return values;
}

/// A direction as a function of the whole residual; `call` counts from 0.
using Proposal = std::function<Array(const Array& r, int call)>;

struct ShellContext {
  Proposal f{};
  int calls = 0;
};

inline PetscErrorCode apply_shell(PC pc, Vec r, Vec z) {
  void* context = nullptr;
  PetscInt first = 0, last = 0;
  PetscFunctionBegin;
  PetscCall(PCShellGetContext(pc, &context));
  auto& shell = *static_cast<ShellContext*>(context);
  const Array values = shell.f(gather(r), shell.calls++);
  PetscCall(VecGetOwnershipRange(z, &first, &last));
  double* a = nullptr;
  PetscCall(VecGetArray(z, &a));
  for (PetscInt i = first; i < last; ++i) a[i - first] = values[static_cast<std::size_t>(i)];
  PetscCall(VecRestoreArray(z, &a));
  PetscFunctionReturn(0);
}

/// Sets the options in `text` while it lives (each as "-name value").
class Options {
public:
  explicit Options(const OptionList& pairs) : pairs_(pairs) {
    for (const auto& [name, value] : pairs_) petsc_check(PetscOptionsSetValue(nullptr, name.c_str(), value.c_str()));
  }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  ~Options() {
    for (const auto& pair : pairs_) PetscOptionsClearValue(nullptr, pair[0].c_str());
  }

private:
  OptionList pairs_;
};

struct Run {
  std::vector<Array> iterates; ///< x_0, x_1, ...
  Array norms;                 ///< what the monitor was shown
  int iterations = 0;
  int fallbacks = 0;
  KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
};

inline PetscErrorCode record(KSP ksp, PetscInt, PetscReal norm, void* context) {
  Vec x = nullptr;
  PetscFunctionBegin;
  PetscCall(KSPBuildSolution(ksp, nullptr, &x));
  auto& run = *static_cast<Run*>(context);
  run.iterates.push_back(gather(x));
  run.norms.push_back(norm);
  PetscFunctionReturn(0);
}

struct Case {
  std::string type = "dcdm";
  std::string pc = "none"; ///< or "shell", then `f` is used
  Proposal f{};
  double rtol = 1e-12;
  int max_iterations = 1000;
  bool zero_guess = true;
  OptionList options{}; ///< read by KSPSetFromOptions
  bool record = true;   ///< keep the iterates
};

inline Solver make_solver(const Matrix& A, const Case& c, ShellContext& shell) {
  ansatz::solvers::register_dcdm();
  KSP ksp = nullptr;
  PC pc = nullptr;
  petsc_check(KSPCreate(PetscObjectComm(reinterpret_cast<PetscObject>(A.get())), &ksp));
  Solver owner(ksp);
  petsc_check(KSPSetType(ksp, c.type.c_str()));
  petsc_check(KSPSetOperators(ksp, A.get(), A.get()));
  petsc_check(KSPSetTolerances(ksp, c.rtol, 1e-50, 1e30, c.max_iterations));
  petsc_check(KSPSetInitialGuessNonzero(ksp, c.zero_guess ? PETSC_FALSE : PETSC_TRUE));
  petsc_check(KSPGetPC(ksp, &pc));
  petsc_check(PCSetType(pc, c.pc.c_str()));
  if (c.pc == "shell") {
    shell.f = c.f;
    petsc_check(PCShellSetContext(pc, &shell));
    petsc_check(PCShellSetApply(pc, apply_shell));
  }
  const Options options(c.options);
  petsc_check(KSPSetFromOptions(ksp));
  return owner;
}

/// Solves A x = b, x in and out.
inline Run run(const Matrix& A, Vec b, Vec x, const Case& c) {
  ShellContext shell;
  Run result;
  const Solver ksp = make_solver(A, c, shell);
  PetscInt its = 0;
  if (c.record) petsc_check(KSPMonitorSet(ksp.get(), record, &result, nullptr));
  petsc_check(KSPSolve(ksp.get(), b, x));
  petsc_check(KSPGetIterationNumber(ksp.get(), &its));
  petsc_check(KSPGetConvergedReason(ksp.get(), &result.reason));
  result.iterations = static_cast<int>(its);
  if (c.type == "dcdm") result.fallbacks = ansatz::solvers::dcdm_fallbacks(ksp.get());
  return result;
}

/// The same from x = 0 with b given as a global array.
inline Run run(const Matrix& A, const Array& b, const Case& c) {
  const Vector rhs = vector_of(A, b);
  const Vector x = vector_of(A, Array(b.size(), 0.0));
  return run(A, rhs.get(), x.get(), c);
}

/// max |a - b| / max |b|.
inline double relative_difference(const Array& a, const Array& b) {
  double difference = 0.0, size = 0.0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    difference = std::max(difference, std::abs(a[i] - b[i]));
    size = std::max(size, std::abs(b[i]));
  }
  return size > 0.0 ? difference / size : difference;
}

} // namespace dcdm_test
