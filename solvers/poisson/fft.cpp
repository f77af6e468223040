// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/poisson/fft.hpp>

#include <ansatz/solvers/petsc.hpp>
#include <ansatz/solvers/poisson/pure_box.hpp>

#include <fftw3.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace ansatz::solvers {
namespace {

struct FftwFree {
  void operator()(double* p) const noexcept { fftw_free(p); }
};
struct PlanDestroy {
  void operator()(fftw_plan p) const noexcept { fftw_destroy_plan(p); }
};
using Buffer = std::unique_ptr<double, FftwFree>;
using Plan = std::unique_ptr<std::remove_pointer_t<fftw_plan>, PlanDestroy>;

/// One transformed axis.
struct Axis {
  int cells = 0;         ///< fluid cells
  int length = 0;        ///< of the transform: cells, or 2 cells + 1 for wall-air
  bool mixed = false;    ///< wall-air
  bool reversed = false; ///< the air is at the low end
  fftw_r2r_kind forward = FFTW_REDFT10;
  fftw_r2r_kind backward = FFTW_REDFT01;
  double norm = 1.0; ///< backward(forward(v)) = norm v
  std::vector<double> lambda;

  Axis(int n, bool air_low, bool air_high) : cells(n), length(n), mixed(air_low != air_high), reversed(air_low && !air_high) {
    if (mixed) length = 2 * n + 1;
    const int shift = air_low && air_high ? 1 : 0;
    if (shift == 1) forward = backward = FFTW_RODFT00;
    norm = 2.0 * (length + shift);
    for (int k = 0; k < length; ++k) lambda.push_back(2.0 - 2.0 * std::cos(std::numbers::pi * (k + shift) / (length + shift)));
  }
  /// Fluid cell that entry i of the transform shows, and its sign; 0 for the entry on the air cell.
  [[nodiscard]] int source(int i) const {
    const int cell = i < cells ? i : 2 * cells - i;
    return reversed ? cells - 1 - cell : cell;
  }
  [[nodiscard]] double sign(int i) const { return i < cells ? 1.0 : (i == cells ? 0.0 : -1.0); }
};

} // namespace

/// The transforms on one rank's arrays that hold the whole grid, x fastest.
class FftSolver::Transforms {
public:
  Transforms(const PureBox& box, const std::array<int, 3>& grid)
      : low_(box.low), n_(grid), depth_(box.high[2] - box.low[2]), air_below_(box.low[2] > 0), air_above_(box.high[2] < grid[2]),
        x_(box.high[0] - box.low[0], box.low[0] > 0, box.high[0] < grid[0]), y_(box.high[1] - box.low[1], box.low[1] > 0, box.high[1] < grid[1]) {
    plane_ = (std::ptrdiff_t{x_.length} * y_.length + 1) / 2 * 2; // even: every plane starts on a 16-byte boundary, as FFTW's SIMD needs
    // Planes of the solution itself serve where they hold exactly what is transformed.
    in_place_ = x_.cells == n_[0] && y_.cells == n_[1] && plane_ == std::ptrdiff_t{n_[0]} * n_[1];
    singular_ = !air_below_ && !air_above_ && x_.lambda[0] == 0.0 && y_.lambda[0] == 0.0;
    pivot_ = allocate();
    if (!in_place_) work_ = allocate();
    scale_ = 1.0 / (x_.norm * y_.norm);
    const Buffer sample(fftw_alloc_real(static_cast<std::size_t>(plane_)));
    if (!sample) throw InternalError("out_of_memory", "fft: cannot allocate a plane of " + std::to_string(plane_) + " numbers");
    forward_.reset(fftw_plan_r2r_2d(y_.length, x_.length, sample.get(), sample.get(), y_.forward, x_.forward, FFTW_ESTIMATE));
    backward_.reset(fftw_plan_r2r_2d(y_.length, x_.length, sample.get(), sample.get(), y_.backward, x_.backward, FFTW_ESTIMATE));
    if (!forward_ || !backward_) throw InternalError("internal", "fft: FFTW made no plan");
  }

  void solve(const double* b, double* x) {
    const std::ptrdiff_t grid_plane = std::ptrdiff_t{n_[0]} * n_[1];
    direct_ = in_place_ && fftw_alignment_of(x) == 0;
    if (direct_) {
      base_ = x + grid_plane * low_[2];
      std::fill(x, base_, 0.0);
      std::fill(base_ + grid_plane * depth_, x + grid_plane * n_[2], 0.0);
    } else {
      if (!work_) work_ = allocate();
      base_ = work_.get();
      std::fill_n(x, grid_plane * n_[2], 0.0);
    }
    for (int k = 0; k < depth_; ++k) {
      load(b, k);
      fftw_execute_r2r(forward_.get(), base_ + plane_ * k, base_ + plane_ * k);
      eliminate(k);
    }
    // The plane below still needs a plane untransformed, so the transform back runs one plane behind.
    for (int k = depth_ - 2; k >= 0; --k) {
      substitute(k);
      finish(k + 1, x);
    }
    finish(0, x);
  }

  [[nodiscard]] std::size_t bytes() const { return (work_ ? 2 : 1) * entries() * sizeof(double); }

private:
  [[nodiscard]] std::size_t entries() const { return static_cast<std::size_t>(plane_) * static_cast<std::size_t>(depth_); }
  [[nodiscard]] Buffer allocate() const {
    Buffer buffer(fftw_alloc_real(entries()));
    if (!buffer) throw InternalError("out_of_memory", "fft: cannot allocate " + std::to_string(entries() * sizeof(double)) + " bytes");
    return buffer;
  }
  /// First fluid cell of row j, plane k in an array of the grid.
  [[nodiscard]] std::ptrdiff_t row(int j, int k) const {
    return low_[0] + std::ptrdiff_t{n_[0]} * (y_.source(j) + low_[1] + std::ptrdiff_t{n_[1]} * (k + low_[2]));
  }

  /// Plane k of b, scaled for both transforms and extended where an axis is wall-air.
  void load(const double* b, int k) const {
    for (int j = 0; j < y_.length; ++j) {
      double* __restrict to = base_ + plane_ * k + std::ptrdiff_t{x_.length} * j;
      const double factor = scale_ * y_.sign(j);
      if (factor == 0.0) {
        std::fill_n(to, x_.length, 0.0);
        continue;
      }
      const double* from = b + row(j, k);
      if (!x_.mixed)
        for (int i = 0; i < x_.length; ++i) to[i] = factor * from[i];
      else
        for (int i = 0; i < x_.length; ++i) to[i] = x_.sign(i) == 0.0 ? 0.0 : factor * x_.sign(i) * from[x_.source(i)];
    }
  }

  /// Forward elimination of plane k for all modes: q_k = 1/(a_k - q_{k-1}), v_k = (v_k + v_{k-1}) q_k; off-diagonal entries are -1.
  void eliminate(int k) {
    const double ends = (k > 0 || air_below_ ? 1.0 : 0.0) + (k + 1 < depth_ || air_above_ ? 1.0 : 0.0);
    for (int j = 0; j < y_.length; ++j) {
      const std::ptrdiff_t at = plane_ * k + std::ptrdiff_t{x_.length} * j;
      double* __restrict v = base_ + at;
      double* __restrict q = pivot_.get() + at;
      const double* lambda = x_.lambda.data();
      const double a = y_.lambda[static_cast<std::size_t>(j)] + ends;
      const bool last_pivot_vanishes = singular_ && k + 1 == depth_ && j == 0;
      int i = 0;
      if (last_pivot_vanishes) v[i++] = q[0] = 0.0; // the constant mode
      if (k == 0) {
        for (; i < x_.length; ++i) {
          q[i] = 1.0 / (lambda[i] + a);
          v[i] *= q[i];
        }
      } else {
        const double* v_before = base_ + at - plane_;
        const double* q_before = pivot_.get() + at - plane_;
        for (; i < x_.length; ++i) {
          q[i] = 1.0 / (lambda[i] + a - q_before[i]);
          v[i] = (v[i] + v_before[i]) * q[i];
        }
      }
    }
  }
  /// Back substitution from plane k + 1 to plane k.
  void substitute(int k) const {
    double* __restrict v = base_ + plane_ * k;
    const double* above = v + plane_;
    const double* q = pivot_.get() + plane_ * k;
    const std::ptrdiff_t count = std::ptrdiff_t{x_.length} * y_.length;
    for (std::ptrdiff_t i = 0; i < count; ++i) v[i] += q[i] * above[i];
  }
  void finish(int k, double* x) const {
    double* from = base_ + plane_ * k;
    fftw_execute_r2r(backward_.get(), from, from);
    if (direct_) return;
    for (int j = 0; j < y_.cells; ++j, from += x_.length)
      for (int i = 0; i < x_.cells; ++i) x[row(j, k) + (x_.mixed ? x_.source(i) : i)] = from[i];
  }

  std::array<int, 3> low_, n_;
  int depth_;
  bool air_below_, air_above_;
  Axis x_, y_;
  std::ptrdiff_t plane_ = 0; ///< entries between planes of modes
  bool in_place_ = false, direct_ = false, singular_ = false;
  double scale_ = 1.0;
  double* base_ = nullptr; ///< modes: the solution's own planes, or `work_`
  Buffer work_, pivot_;    ///< pivot_: inverse pivots of the tridiagonal systems
  Plan forward_, backward_;
};

/// Whole vectors on rank 0.
struct FftSolver::Gather {
  Vec natural = nullptr, whole = nullptr, solution = nullptr;
  VecScatter scatter = nullptr;

  explicit Gather(DM dm) {
    petsc_check(DMDACreateNaturalVector(dm, &natural));
    petsc_check(VecScatterCreateToZero(natural, &scatter, &whole));
    petsc_check(VecDuplicate(whole, &solution));
  }
  Gather(const Gather&) = delete;
  Gather& operator=(const Gather&) = delete;
  ~Gather() {
    VecScatterDestroy(&scatter);
    VecDestroy(&solution);
    VecDestroy(&whole);
    VecDestroy(&natural);
  }
  void forward(DM dm, Vec b) const {
    petsc_check(DMDAGlobalToNaturalBegin(dm, b, INSERT_VALUES, natural));
    petsc_check(DMDAGlobalToNaturalEnd(dm, b, INSERT_VALUES, natural));
    petsc_check(VecScatterBegin(scatter, natural, whole, INSERT_VALUES, SCATTER_FORWARD));
    petsc_check(VecScatterEnd(scatter, natural, whole, INSERT_VALUES, SCATTER_FORWARD));
  }
  void backward(DM dm, Vec x) const {
    petsc_check(VecScatterBegin(scatter, solution, natural, INSERT_VALUES, SCATTER_REVERSE));
    petsc_check(VecScatterEnd(scatter, solution, natural, INSERT_VALUES, SCATTER_REVERSE));
    petsc_check(DMDANaturalToGlobalBegin(dm, natural, INSERT_VALUES, x));
    petsc_check(DMDANaturalToGlobalEnd(dm, natural, INSERT_VALUES, x));
  }
};

FftSolver::FftSolver(const PressureOperator& A) : A_(A) {
  const PureBox box = find_pure_box(A.flags());
  if (!box.refusal.empty()) throw UsageError("bad_value", "solver fft: " + box.refusal + "; choose mgcg");
  DM dm = A.flags().dm();
  MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(dm));
  int rank = 0;
  int ranks = 1;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &ranks);
  // Only rank 0 plans, so the others learn of its failure before they wait for it.
  int failed = 0;
  std::string why = "fft: rank 0 could not plan";
  try {
    if (rank == 0) transforms_ = std::make_unique<Transforms>(box, A.flags().grid().cells);
  } catch (const Error& e) {
    failed = 1;
    why = e.what();
  }
  MPI_Bcast(&failed, 1, MPI_INT, 0, comm);
  if (failed) throw InternalError("out_of_memory", why);
  if (ranks > 1) gather_ = std::make_unique<Gather>(dm);
}

FftSolver::~FftSolver() = default;

std::size_t FftSolver::bytes() const { return transforms_ ? transforms_->bytes() : 0; }

void FftSolver::solve(Vec b, Vec x) {
  DM dm = A_.flags().dm();
  if (gather_) gather_->forward(dm, b);
  if (transforms_) {
    Vec in = gather_ ? gather_->whole : b;
    Vec out = gather_ ? gather_->solution : x;
    const PetscScalar* from = nullptr;
    PetscScalar* to = nullptr;
    petsc_check(VecGetArrayRead(in, &from));
    petsc_check(VecGetArrayWrite(out, &to));
    transforms_->solve(from, to);
    petsc_check(VecRestoreArrayWrite(out, &to));
    petsc_check(VecRestoreArrayRead(in, &from));
  }
  if (gather_) gather_->backward(dm, x);
}

} // namespace ansatz::solvers
