// SPDX-License-Identifier: Apache-2.0
#include "checkpoint.hpp"

#include <ansatz/apps/common/output.hpp>
#include <ansatz/data/checkpoint.hpp>
#include <ansatz/data/collective.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace ansatz::apps {

using solvers::petsc_check;

namespace {

constexpr std::array axis_names{"nx", "ny", "nz"};

/// A vector in the order of the whole grid, which does not depend on the partition.
class NaturalVector {
public:
  explicit NaturalVector(DM dm) : dm_(dm) { petsc_check(DMDACreateNaturalVector(dm, &v_)); }
  ~NaturalVector() { (void)VecDestroy(&v_); }
  NaturalVector(const NaturalVector&) = delete;
  NaturalVector& operator=(const NaturalVector&) = delete;

  void take(Vec x) {
    petsc_check(DMDAGlobalToNaturalBegin(dm_, x, INSERT_VALUES, v_));
    petsc_check(DMDAGlobalToNaturalEnd(dm_, x, INSERT_VALUES, v_));
  }
  void give(Vec x) const {
    petsc_check(DMDANaturalToGlobalBegin(dm_, v_, INSERT_VALUES, x));
    petsc_check(DMDANaturalToGlobalEnd(dm_, v_, INSERT_VALUES, x));
  }
  /// This rank's part: a contiguous range of the whole.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> range() const {
    PetscInt from = 0;
    PetscInt to = 0;
    petsc_check(VecGetOwnershipRange(v_, &from, &to));
    return {from, to};
  }
  [[nodiscard]] Vec get() const { return v_; }

private:
  DM dm_;
  Vec v_ = nullptr;
};

double rhs_norm(const Problem& problem) {
  PetscReal norm = 0.0;
  petsc_check(VecNorm(problem.b(), NORM_2, &norm));
  return norm;
}

/// The system a checkpoint belongs to, compared in numbers; meshes and files of right-hand sides may have changed without their names changing.
void require_same_system(const CheckpointReader& file, const Problem& problem) {
  const auto& cells = problem.flags().grid().cells;
  const auto refuse = [&](const std::string& difference) {
    throw UsageError("bad_value", file.path() + ": the checkpoint belongs to another system: " + difference +
                                      "; leave out what changes grid, scene or right-hand side, or start without --restart");
  };
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (const auto n = file.counter(axis_names[axis]); n != cells[axis])
      refuse(axis_names[axis] + (" was " + std::to_string(n)) + " and is " + std::to_string(cells[axis]));
  if (const auto n = file.counter("unknowns"); n != problem.A().unknowns())
    refuse(std::to_string(n) + " unknowns, now " + std::to_string(problem.A().unknowns()));
  const double before = file.number("rhs_norm");
  const double now = rhs_norm(problem);
  // The norm of one right-hand side on different numbers of ranks differs by rounding.
  if (!(std::abs(before - now) <= 1e-10 * now)) refuse("its right-hand side has the norm " + number_text(before) + ", now " + number_text(now));
}

} // namespace

void write_checkpoint(const RunContext& run, const Problem& problem, Vec x, const SolveState& state) {
  const double start = MPI_Wtime();
  const std::string path = checkpoint_path(run.config);
  NaturalVector natural(problem.flags().dm());
  natural.take(x);
  CheckpointWriter file(run.comm, path, provenance_of(run));
  const auto [from, to] = natural.range();
  const double* values = nullptr;
  petsc_check(VecGetArrayRead(natural.get(), &values));
  file.array("x", std::span<const double>(values, static_cast<std::size_t>(to - from)));
  petsc_check(VecRestoreArrayRead(natural.get(), &values));
  const auto on_first = [&](const std::vector<double>& all) { return run.rank == 0 ? std::span<const double>(all) : std::span<const double>(); };
  file.array("history", on_first(state.history));
  file.array("history_seconds", on_first(state.seconds));
  file.counter("iterations", state.iterations);
  file.counter("unknowns", problem.A().unknowns());
  for (std::size_t axis = 0; axis < 3; ++axis) file.counter(axis_names[axis], problem.flags().grid().cells[axis]);
  file.number("rhs_norm", rhs_norm(problem));
  file.text("solver", state.solver);
  file.publish();
  run.stop.checkpoint_took(MPI_Wtime() - start);
  run.summary.set("checkpoint", Tree::of(path));
  Tree logged = Tree::object();
  logged["file"] = Tree::of(path);
  run.log.event("checkpoint", state.iterations, logged);
}

SolveState read_checkpoint(const RunContext& run, const Problem& problem) {
  const CheckpointReader file(run.comm, run.restart);
  agree(run.comm, [&] { require_same_system(file, problem); });
  NaturalVector natural(problem.flags().dm());
  const auto [from, to] = natural.range();
  const std::vector<double> values = file.array("x", from, to - from);
  double* x = nullptr;
  petsc_check(VecGetArray(natural.get(), &x));
  std::copy(values.begin(), values.end(), x);
  petsc_check(VecRestoreArray(natural.get(), &x));
  natural.give(problem.x());
  return {.solver = file.text("solver"),
          .iterations = static_cast<int>(file.counter("iterations")),
          .history = file.array("history", 0, file.array_size("history")),
          .seconds = file.array("history_seconds", 0, file.array_size("history_seconds"))};
}

} // namespace ansatz::apps
