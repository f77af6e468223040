// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/poisson/solve.hpp>

#include <ansatz/data/collective.hpp>
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/solvers/dcdm/dcdm.hpp>
#include <ansatz/solvers/dcdm/dcdmnet.hpp>
#include <ansatz/solvers/dcdm/network_direction.hpp>
#include <ansatz/solvers/multigrid/cycle_weights.hpp>
#include <ansatz/solvers/multigrid/split_box.hpp>
#include <ansatz/solvers/multigrid/voxmg.hpp>
#include <ansatz/solvers/petsc.hpp>
#include <ansatz/solvers/poisson/components.hpp>
#include <ansatz/solvers/poisson/convergence_watch.hpp>
#include <ansatz/solvers/poisson/solver_table.hpp>
#ifdef ANSATZ_WITH_FFTW
#include <ansatz/solvers/poisson/fft.hpp>
#endif

#include <petscksp.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

namespace ansatz::solvers {
namespace {

struct MatDelete {
  void operator()(Mat m) const noexcept { MatDestroy(&m); }
};
struct KspDelete {
  void operator()(KSP k) const noexcept { KSPDestroy(&k); }
};
struct VecDelete {
  void operator()(Vec v) const noexcept { VecDestroy(&v); }
};
using Matrix = std::unique_ptr<_p_Mat, MatDelete>;
using Krylov = std::unique_ptr<_p_KSP, KspDelete>;
using Vector = std::unique_ptr<_p_Vec, VecDelete>;

Vector duplicate(Vec v) {
  Vec copy = nullptr;
  petsc_check(VecDuplicate(v, &copy));
  return Vector(copy);
}

double norm(Vec v) {
  PetscReal value = 0.0;
  petsc_check(VecNorm(v, NORM_2, &value));
  return value;
}

/// The null space of a closed domain, attached to a matrix that others use afterwards without it.
class AttachedNullSpace {
public:
  AttachedNullSpace(Mat A, const ClosedComponents& closed) : A_(closed.count() > 0 ? A : nullptr) {
    if (!A_) return;
    MatNullSpace space = closed.null_space();
    const PetscErrorCode code = MatSetNullSpace(A_, space);
    MatNullSpaceDestroy(&space); // the matrix holds its own reference
    petsc_check(code);
  }
  AttachedNullSpace(const AttachedNullSpace&) = delete;
  AttachedNullSpace& operator=(const AttachedNullSpace&) = delete;
  ~AttachedNullSpace() {
    if (A_) MatSetNullSpace(A_, nullptr);
  }

private:
  Mat A_;
};

/// Resident memory of this process in bytes, without what the allocator keeps of freed memory.
double resident() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  PetscLogDouble bytes = 0.0;
  petsc_check(PetscMemoryGetCurrentUsage(&bytes));
  return bytes;
}

void check_options(const SolveOptions& options) {
  std::vector<std::string> names;
  for (const SolverInfo& info : pressure_solvers()) names.push_back(info.name);
  if (std::find(names.begin(), names.end(), options.solver) == names.end())
    throw UsageError("bad_value", "solver \"" + options.solver + "\": no such solver in this build" + did_you_mean(options.solver, names));
  names.clear();
  for (const SolverInfo& info : dcdm_directions()) names.push_back(info.name);
  if (std::find(names.begin(), names.end(), options.direction) == names.end())
    throw UsageError("bad_value", "direction \"" + options.direction + "\": no such direction" + did_you_mean(options.direction, names));
  const auto& formats = precision_names();
  if (std::find(formats.begin(), formats.end(), options.direction_format) == formats.end())
    throw UsageError("bad_value",
                     "direction_format \"" + options.direction_format + "\": no such format" + did_you_mean(options.direction_format, formats));
  if (!(options.rtol > 0.0 && options.rtol < 1.0))
    throw UsageError("bad_value", "rtol " + std::to_string(options.rtol) + ": must lie between 0 and 1");
  if (!(options.atol >= 0.0 && std::isfinite(options.atol)))
    throw UsageError("bad_value", "atol " + std::to_string(options.atol) + ": must not be negative");
  if (options.max_iterations < 0)
    throw UsageError("bad_value", "max_iterations " + std::to_string(options.max_iterations) + ": must not be negative");
}

} // namespace

class PressureSolver::Solve {
public:
  Solve(const PressureOperator& A, SolveOptions options)
      : A_(A), options_(std::move(options)), closed_(A), comm_(PetscObjectComm(reinterpret_cast<PetscObject>(A.flags().dm()))) {}

  [[nodiscard]] SolveOptions& options() { return options_; }

  SolveResult run(Vec b, Vec x) {
    b_ = b;
    x_ = x;
    result_ = {};
    result_.solver = options_.solver;
    if (options_.solver == "dcdm" || (options_.solver == "mgcg" && options_.direction == "learned")) result_.direction = options_.direction;
    if (result_.direction == "published") result_.direction_format = options_.direction_format;
    result_.unknowns = A_.unknowns();
    lost_ = 0.0;
    stopped_ = false;
    b_norm_ = norm(b_);
    if (options_.zero_guess)
      petsc_check(VecSet(x_, 0.0));
    else
      clear_identity_rows(x_);
    if (!std::isfinite(b_norm_) || !std::isfinite(norm(x_))) return without_iterations("nan");
    refuse_values_on_identity_rows();
    if (b_norm_ == 0.0) {
      petsc_check(VecSet(x_, 0.0));
      return without_iterations("converged_atol");
    }
    project_right_hand_side();
    set_target(options_.rtol, options_.atol);
    if (norm(rhs()) <= 1e-14 * b_norm_) { // nothing but rounding is left of b, and A^+ 0 = 0
      petsc_check(VecSet(x_, 0.0));
      return without_iterations("inconsistent");
    }
    if (options_.solver == "fft")
      transform();
    else
      krylov();
    judge();
    return std::move(result_);
  }

private:
  [[nodiscard]] Vec rhs() const { return projected_ ? projected_.get() : b_; }
  [[nodiscard]] double over_ranks(double value, MPI_Op op) const {
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_DOUBLE, op, comm_);
    return value;
  }

  /// Visits the identity rows of this rank's part of v: visit(entry).
  template <class Visit>
  void on_identity_rows(PetscScalar* v, Visit&& visit) const {
    const LocalBox& box = A_.flags().box();
    for (int k = 0; k < box.n[2]; ++k)
      for (int j = 0; j < box.n[1]; ++j, v += box.n[0]) {
        const std::uint8_t* d = A_.diagonal().data() + box.index(0, j, k);
        for (int i = 0; i < box.n[0]; ++i)
          if (d[i] == 0) visit(v[i]);
      }
  }
  void clear_identity_rows(Vec v) const {
    PetscScalar* values = nullptr;
    petsc_check(VecGetArray(v, &values));
    on_identity_rows(values, [](PetscScalar& entry) { entry = 0.0; });
    petsc_check(VecRestoreArray(v, &values));
  }
  void refuse_values_on_identity_rows() const {
    PetscScalar* values = nullptr;
    double found = 0.0;
    petsc_check(VecGetArray(b_, &values));
    on_identity_rows(values, [&](const PetscScalar& entry) { found = std::max(found, std::abs(entry)); });
    petsc_check(VecRestoreArray(b_, &values));
    found = over_ranks(found, MPI_MAX);
    if (found > 0.0)
      throw UsageError("bad_value",
                       "right-hand side: " + std::to_string(found) + " in a cell that is no unknown; it must be 0 in solid, air and isolated cells");
  }

  /// Splits off what no x can reach: the means over closed components.
  void project_right_hand_side() {
    if (closed_.count() == 0) return;
    if (!projected_) projected_ = duplicate(b_);
    petsc_check(VecCopy(b_, projected_.get()));
    lost_ = closed_.incompatibility(b_);
    closed_.project(projected_.get());
  }
  void set_target(double rtol, double atol) {
    rtol_ = rtol;
    tolerance_ = std::max(rtol * b_norm_, atol);
    inconsistent_ = lost_ > tolerance_;
    // |b - A x|^2 = |Pb - A x|^2 + lost^2. Where that cannot meet the tolerance, the reachable part is solved to the same relative accuracy.
    target_ = inconsistent_ ? rtol * norm(rhs()) : std::max(std::sqrt(tolerance_ * tolerance_ - lost_ * lost_), 0.01 * tolerance_);
  }

  /// ||b - A x|| in double, for the b given or the projected one.
  [[nodiscard]] double residual(Vec b) const {
    const Vector r = duplicate(b);
    A_.apply(x_, r.get());
    petsc_check(VecAYPX(r.get(), -1.0, b));
    return norm(r.get());
  }

  SolveResult without_iterations(const char* reason) {
    result_.reason = reason;
    if (b_norm_ == 0.0)
      result_.converged = true;
    else
      result_.relative_residual = std::isfinite(b_norm_) ? residual(b_) / b_norm_ : std::numeric_limits<double>::quiet_NaN();
    result_.history = {result_.relative_residual};
    return std::move(result_);
  }

  /// Fills in what decides: the residual of the system as given.
  void judge() {
    const double r = residual(b_);
    result_.relative_residual = r / b_norm_;
    result_.converged = !inconsistent_ && r <= tolerance_;
    if (result_.converged)
      result_.reason = r <= rtol_ * b_norm_ ? "converged_rtol" : "converged_atol";
    else if (result_.reason.starts_with("converged"))
      result_.reason = inconsistent_ ? "inconsistent" : "stagnated";
    else if ((result_.reason == "breakdown" || result_.reason == "indefinite") && r <= 100.0 * floor())
      result_.reason = "stagnated";
  }
  /// Residual that rounding of x alone leaves; ||A|| <= 12.
  [[nodiscard]] double floor() const { return 12.0 * std::numeric_limits<double>::epsilon() * norm(x_); }

  void transform() {
#ifdef ANSATZ_WITH_FFTW
    const double start = MPI_Wtime();
    FftSolver solver(A_);
    const double ready = MPI_Wtime();
    solver.solve(rhs(), x_);
    closed_.project(x_);
    result_.solve_seconds = over_ranks(MPI_Wtime() - ready, MPI_MAX);
    result_.setup_seconds = over_ranks(ready - start, MPI_MAX);
    result_.bytes_peak = static_cast<std::size_t>(over_ranks(static_cast<double>(solver.bytes()), MPI_SUM));
    result_.iterations = 1;
    result_.history = {1.0, residual(b_) / b_norm_};
    result_.reason = "converged_rtol";
    if (options_.monitor) options_.monitor(1, result_.history.back());
#endif
  }

  [[nodiscard]] const SolverEntry& entry() const {
    for (const SolverEntry& e : solver_table())
      if (options_.solver == e.name) return e;
    throw InternalError("internal", "solver \"" + options_.solver + "\" is not in the table");
  }

  void krylov() {
    const SolverEntry& e = entry();
    register_multigrid();
    register_dcdm();
    register_dcdmnet();
    const double before = e.matrix ? resident() : 0.0;
    Vector guess;
    if (!e.fallback.empty() && !options_.zero_guess) {
      guess = duplicate(x_);
      petsc_check(VecCopy(x_, guess.get()));
    }
    if (e.matrix && !assembled_) assembled_.reset(A_.assemble(e.matrix));
    const AttachedNullSpace null_space(A_.shell(), closed_);
    attempt(e, e.defaults, before);
    const bool broken = result_.reason == "breakdown" || result_.reason == "indefinite" || result_.reason == "nan" || result_.reason == "diverged";
    if (!broken || e.fallback.empty() || stopped_) return;
    if (guess)
      petsc_check(VecCopy(guess.get(), x_));
    else
      petsc_check(VecSet(x_, 0.0));
    attempt(e, e.fallback, before);
  }

  /// The direction asked for; null where the solver takes none.
  [[nodiscard]] const DirectionEntry* direction() const {
    for (const DirectionEntry& entry : direction_table())
      if (result_.direction == entry.name) return &entry;
    return nullptr;
  }
  [[nodiscard]] OptionList direction_options() const {
    OptionList list;
    if (result_.direction == "published") list.emplace_back("-pc_dcdmnet_precision", options_.direction_format);
    if (!options_.weights.empty()) list.emplace_back(result_.direction == "learned" ? "-pc_voxmg_weights" : "-pc_dcdmnet_weights", options_.weights);
    if (direction() != nullptr) list.insert(list.end(), direction()->defaults.begin(), direction()->defaults.end()); // the first of a name holds
    return list;
  }

  /// PETSc would say only that a library call failed.
  void refuse_bad_weights() const {
    if (result_.direction == "learned") {
      std::array<char, PETSC_MAX_PATH_LEN> weights{};
      petsc_check(PetscOptionsGetString(nullptr, nullptr, "-pc_voxmg_weights", weights.data(), weights.size(), nullptr));
      agree(comm_, [&] { (void)multigrid::CycleWeights::read(weights.front() ? weights.data() : "shipped"); });
      return;
    }
    std::array<char, PETSC_MAX_PATH_LEN> file{};
    std::array<char, 32> model{};
    petsc_check(PetscOptionsGetString(nullptr, nullptr, "-pc_dcdmnet_weights", file.data(), file.size(), nullptr));
    petsc_check(PetscOptionsGetString(nullptr, nullptr, "-pc_dcdmnet_model", model.data(), model.size(), nullptr));
    agree(comm_, [&] { (void)read_trained_network(file.data(), model.data()); });
  }

  /// One solve with one set of preconditioner options. The product with A is ours for every solver, and so is the convergence test.
  void attempt(const SolverEntry& e, const OptionList& options, double resident_before) {
    const DefaultOptions defaults(options);
    const DefaultOptions of_direction(direction_options());
    const bool fresh = !ksp_ || options_of_ksp_ != &options;
    if (fresh) make_ksp(e, options);
    KSP ksp = ksp_.get();
    const double rtol = rtol_of_user_.value_or(options_.rtol);
    const double atol = atol_of_user_.value_or(options_.atol);
    petsc_check(KSPSetTolerances(ksp, rtol, atol, PETSC_DEFAULT, limit_));
    petsc_check(KSPSetInitialGuessNonzero(ksp, options_.zero_guess ? PETSC_FALSE : PETSC_TRUE));
    set_target(rtol, atol);
    PetscReal divergence = 0.0;
    petsc_check(KSPGetTolerances(ksp, nullptr, nullptr, &divergence, nullptr));
    ConvergenceWatch watch{
        .monitor = &options_.monitor, .observer = &options_.observer, .b_norm = b_norm_, .target = target_, .divergence = divergence * b_norm_};
    petsc_check(KSPSetConvergenceTest(ksp, watch_convergence, &watch, nullptr));
    petsc_check(KSPSetResidualHistory(ksp, nullptr, limit_ + 2, PETSC_TRUE));

    if (fresh) {
      const double start = MPI_Wtime();
      petsc_check(KSPSetUp(ksp));
      petsc_check(KSPSetUpOnBlocks(ksp));
      result_.setup_seconds = over_ranks(MPI_Wtime() - start, MPI_MAX);
    }
    PC pc = nullptr;
    petsc_check(KSPGetPC(ksp, &pc));
    const DirectionEffort* effort = dcdmnet_effort(pc);
    const DirectionEffort before = effort == nullptr ? DirectionEffort{} : *effort;
    iterate(ksp, watch, static_cast<int>(limit_));
    if (effort != nullptr && effort->evaluations > before.evaluations)
      result_.seconds_per_direction = over_ranks((effort->seconds - before.seconds) / (effort->evaluations - before.evaluations), MPI_MAX);
    if (fresh) bytes_ = bytes_of(pc, assembled_ != nullptr, resident_before);
    result_.bytes_peak = bytes_;
  }

  /// The Krylov solver, with what the user's options say about it.
  void make_ksp(const SolverEntry& e, const OptionList& options) {
    if (result_.direction == "published" || result_.direction == "learned") refuse_bad_weights();
    KSP ksp = nullptr;
    PC pc = nullptr;
    petsc_check(KSPCreate(comm_, &ksp));
    ksp_.reset(ksp);
    options_of_ksp_ = &options;
    petsc_check(KSPSetOperators(ksp, A_.shell(), assembled_ ? assembled_.get() : A_.shell()));
    petsc_check(KSPSetType(ksp, e.ksp));
    petsc_check(KSPGetPC(ksp, &pc));
    const auto* chosen = direction();
    petsc_check(PCSetType(pc, chosen ? chosen->pc : e.pc));
    petsc_check(KSPSetNormType(ksp, KSP_NORM_UNPRECONDITIONED));
    petsc_check(KSPSetTolerances(ksp, options_.rtol, options_.atol, PETSC_DEFAULT, options_.max_iterations));
    petsc_check(KSPSetFromOptions(ksp));
    PetscReal rtol = 0.0;
    PetscReal atol = 0.0;
    petsc_check(KSPGetTolerances(ksp, &rtol, &atol, nullptr, &limit_));
    rtol_of_user_ = rtol == options_.rtol ? std::nullopt : std::optional<double>(rtol);
    atol_of_user_ = atol == options_.atol ? std::nullopt : std::optional<double>(atol);
  }

  /// Runs the Krylov loop; starts it again from x where its own residual claims what the true one denies.
  void iterate(KSP ksp, ConvergenceWatch& watch, int limit) {
    constexpr int restarts = 3;
    double seconds = 0.0;
    result_.history.clear();
    if (limit == 0) { // PETSc's loops take one step before they count
      result_.history = {residual(rhs()) / b_norm_};
      result_.reason = result_.history[0] * b_norm_ <= target_ ? "converged_rtol" : "max_iterations";
      return;
    }
    for (int run = 0; run <= restarts; ++run) {
      const double start = MPI_Wtime();
      petsc_check(KSPSolve(ksp, rhs(), x_));
      closed_.project(x_);
      seconds += MPI_Wtime() - start;
      KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
      PetscInt iterations = 0;
      petsc_check(KSPGetConvergedReason(ksp, &reason));
      petsc_check(KSPGetIterationNumber(ksp, &iterations));
      watch.done += static_cast<int>(iterations);
      add_history(ksp, run > 0);
      stopped_ = watch.stopped;
      result_.reason = stopped_ ? "stopped" : reason_name(reason);
      if (reason <= 0 || residual(rhs()) <= target_) break;
      if (watch.done >= limit) {
        result_.reason = "max_iterations";
        break;
      }
      petsc_check(KSPSetInitialGuessNonzero(ksp, PETSC_TRUE));
      petsc_check(KSPSetTolerances(ksp, PETSC_DEFAULT, PETSC_DEFAULT, PETSC_DEFAULT, limit - watch.done));
    }
    result_.iterations = watch.done;
    result_.solve_seconds = over_ranks(seconds, MPI_MAX);
  }

  void add_history(KSP ksp, bool drop_first) {
    const PetscReal* values = nullptr;
    PetscInt n = 0;
    petsc_check(KSPGetResidualHistory(ksp, &values, &n));
    for (PetscInt i = drop_first ? 1 : 0; i < n; ++i) result_.history.push_back(values[i] / b_norm_);
  }

  /// Our preconditioner says what it holds, and the Krylov vectors are known; of a library only the growth of the process is.
  [[nodiscard]] std::size_t bytes_of(PC pc, bool library, double resident_before) const {
    const LocalBox& box = A_.flags().box();
    const double cells = options_.solver == "mgcg" ? static_cast<double>(multigrid::SplitBox(box.n, box.start).size) // its vectors have ghosts
                                                   : static_cast<double>(box.own_cells());
    const double vectors = options_.solver == "dcdm" ? 7.0 : 3.0;
    const double known = static_cast<double>(voxmg_bytes(pc) + dcdmnet_bytes(pc)) + vectors * sizeof(double) * cells;
    return static_cast<std::size_t>(over_ranks(library ? std::max(resident() - resident_before, 0.0) : known, MPI_SUM));
  }

  const PressureOperator& A_;
  Vec b_ = nullptr;
  Vec x_ = nullptr;
  SolveOptions options_;
  ClosedComponents closed_;
  MPI_Comm comm_;
  Matrix assembled_;
  Krylov ksp_;
  const OptionList* options_of_ksp_ = nullptr; ///< the defaults ksp_ was made with
  std::optional<double> rtol_of_user_;         ///< from PETSc options
  std::optional<double> atol_of_user_;
  PetscInt limit_ = 0;
  std::size_t bytes_ = 0;
  Vector projected_; ///< b without its incompatible part, where the domain has closed components
  double b_norm_ = 0.0;
  double lost_ = 0.0; ///< norm of the incompatible part
  double rtol_ = 0.0;
  double tolerance_ = 0.0; ///< for ||b - A x||
  double target_ = 0.0;    ///< for the residual of the projected system
  bool inconsistent_ = false;
  bool stopped_ = false;
  SolveResult result_;
};

std::vector<SolverInfo> pressure_solvers() {
  std::vector<SolverInfo> list;
  for (const SolverEntry& e : solver_table()) list.push_back({e.name, e.summary});
#ifdef ANSATZ_WITH_FFTW
  list.push_back({"fft", "fast transforms, for pure boxes only (FFTW)"});
#endif
  return list;
}

std::vector<SolverInfo> dcdm_directions() {
  std::vector<SolverInfo> list;
  for (const DirectionEntry& e : direction_table()) list.push_back({e.name, e.summary});
  return list;
}

SolveResult solve(const PressureOperator& A, Vec b, Vec x, const SolveOptions& options) { return PressureSolver(A, options).solve(b, x); }

PressureSolver::PressureSolver(const PressureOperator& A, SolveOptions options) {
  check_options(options);
  solve_ = std::make_unique<Solve>(A, std::move(options));
}

PressureSolver::~PressureSolver() = default;

SolveResult PressureSolver::solve(Vec b, Vec x) { return solve_->run(b, x); }

void PressureSolver::set_tolerances(double rtol, double atol) {
  SolveOptions options = solve_->options();
  options.rtol = rtol;
  options.atol = atol;
  check_options(options);
  solve_->options() = std::move(options);
}

} // namespace ansatz::solvers
