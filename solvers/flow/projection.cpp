// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/flow/projection.hpp>

#include <ansatz/solvers/petsc.hpp>
#include <ansatz/solvers/poisson/components.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers::flow {
namespace {

double norm(Vec v) {
  PetscReal value = 0.0;
  petsc_check(VecNorm(v, NORM_2, &value));
  return value;
}

} // namespace

Projection::Projection(const MacGrid& mac, const Boundary& boundary, ProjectionOptions options)
    : mac_(mac), boundary_(boundary), options_(std::move(options)), padded_(mac.make()) {
  if (!(options_.tolerance > 0.0)) throw UsageError("bad_value", "tolerance " + std::to_string(options_.tolerance) + ": must be positive");
  petsc_check(DMCreateGlobalVector(mac.pressure_dm(), &b_));
  for (Vec* v : {&q_, &start_, &remainder_, &correction_}) {
    petsc_check(VecDuplicate(b_, v));
    petsc_check(VecSet(*v, 0.0));
  }
  guess_ = std::make_unique<PressureGuess>(options_.guess, options_.guess_size, b_);
}

Projection::~Projection() {
  for (Vec* v : {&b_, &q_, &start_, &remainder_, &correction_}) VecDestroy(v);
}

bool Projection::set_cells(std::span<const std::uint8_t> kinds) {
  int changed = !std::equal(kinds.begin(), kinds.end(), cells_.begin(), cells_.end());
  MPI_Allreduce(MPI_IN_PLACE, &changed, 1, MPI_INT, MPI_MAX, mac_.comm());
  if (changed == 0 && solver_) return false;
  cells_.assign(kinds.begin(), kinds.end());
  solver_.reset();
  A_.reset();
  flags_ = std::make_unique<CellFlags>(mac_.pressure_dm(), mac_.grid(), kinds);
  if (flags_->fluid_cells() == 0)
    throw UsageError("bad_value", "scene: solids and air leave no fluid cell, so there is no flow; make the obstacles smaller or the fluid larger");
  A_ = std::make_unique<PressureOperator>(*flags_);
  solver_ = std::make_unique<PressureSolver>(
      *A_, SolveOptions{.solver = options_.solver, .rtol = 1e-15, .atol = 1.0, .max_iterations = options_.max_iterations});
  guess_->forget();
  return true;
}

double Projection::outflow(const Velocity& u, double sign, Vec b) const {
  const FieldBox& box = mac_.box();
  const LocalBox& cells = flags_->box();
  double* out = nullptr;
  double largest = 0.0;
  petsc_check(VecGetArrayWrite(b, &out));
  double* to = out;
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j, to += box.n[0]) {
      const std::uint8_t* unknown = A_->diagonal().data() + cells.index(0, j, k);
      const std::ptrdiff_t at = box.index(0, j, k);
      const double* x = u[0].data() + at;
      const double* y = u[1].data() + at;
      const double* z = u[2].data() + at;
      const std::ptrdiff_t row = box.stride[1];
      const std::ptrdiff_t plane = box.stride[2];
      double most = 0.0;
#pragma omp simd reduction(max : most)
      for (int i = 0; i < box.n[0]; ++i) {
        const double sum = ((x[i + 1] - x[i]) + (y[i + row] - y[i])) + (z[i + plane] - z[i]);
        to[i] = unknown[i] > 0 ? sign * sum : 0.0;
        most = std::max(most, std::abs(to[i]));
      }
      largest = std::max(largest, most);
    }
  petsc_check(VecRestoreArrayWrite(b, &out));
  return mac_.largest(largest);
}

double Projection::incompatibility(const Velocity& u) {
  (void)outflow(u, -1.0, b_);
  const double all = norm(b_);
  return all == 0.0 ? 0.0 : ClosedComponents(*A_).incompatibility(b_) / all;
}

ProjectionReport Projection::operator()(Velocity& u, double dt) {
  ProjectionReport report;
  report.unknowns = A_->unknowns();
  (void)outflow(u, -1.0, b_);
  solve(dt, report);
  subtract_gradient(u);
  report.divergence = outflow(u, 1.0, remainder_) / mac_.grid().spacing;
  if (!std::isfinite(norm(remainder_))) {
    report.converged = false;
    report.reason = "nan";
  }
  return report;
}

/// Solves for the correction of the guess: so every solver, direct ones included, profits, and mgcg keeps its full multigrid start.
void Projection::solve(double dt, ProjectionReport& report) {
  const double target = options_.tolerance * mac_.grid().spacing / dt;
  const double b_norm = norm(b_);
  const bool guessed = guess_->propose(b_, dt, start_);
  Vec rest = b_;
  double rest_norm = b_norm;
  if (guessed) {
    A_->apply(start_, remainder_);
    petsc_check(VecAYPX(remainder_, -1.0, b_));
    rest = remainder_;
    rest_norm = norm(remainder_);
  }
  report.guess_residual = b_norm > 0.0 ? rest_norm / b_norm : 0.0;
  petsc_check(VecCopy(start_, q_));
  if (rest_norm <= target) {
    report.converged = true;
    report.reason = "converged_atol";
    report.relative_residual = report.guess_residual;
  } else {
    solver_->set_tolerances(1e-15, target);
    const double begin = MPI_Wtime();
    const SolveResult result = solver_->solve(rest, correction_);
    petsc_check(VecAXPY(q_, 1.0, correction_));
    report.converged = result.converged;
    report.reason = result.reason;
    report.iterations = result.iterations;
    report.bytes_peak = result.bytes_peak;
    report.setup_seconds = result.setup_seconds;
    report.solve_seconds = MPI_Wtime() - begin - result.setup_seconds; // checks of the true residual included
    report.relative_residual = result.relative_residual * report.guess_residual;
  }
  guess_->learn(*A_, start_, q_, dt);
}

void Projection::subtract_gradient(Velocity& u) {
  const FieldBox& box = mac_.box();
  const double* q = nullptr;
  petsc_check(VecGetArrayRead(q_, &q));
  mac_.unpack(std::span<const double>(q, static_cast<std::size_t>(flags_->box().own_cells())), padded_);
  petsc_check(VecRestoreArrayRead(q_, &q));
  mac_.exchange(padded_);
  for (std::size_t a = 0; a < 3; ++a) {
    const std::ptrdiff_t back = box.stride[a];
    for (int k = 0; k < box.n[2]; ++k)
      for (int j = 0; j < box.n[1]; ++j) {
        const std::ptrdiff_t at = box.index(0, j, k);
        double* v = u[a].data() + at;
        const double* p = padded_.data() + at;
        const std::uint8_t* active = boundary_.active(static_cast<int>(a)).data() + at;
#pragma omp simd
        for (int i = 0; i < box.n[0]; ++i) v[i] -= active[i] ? p[i] - p[i - back] : 0.0;
      }
    mac_.exchange(u[a]); // the divergence of the last own cells needs the face behind them
  }
}

} // namespace ansatz::solvers::flow
