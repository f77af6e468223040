// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/poisson/pressure_operator.hpp>

#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <cstring>

namespace ansatz::solvers {
namespace {

/// One row of A x. The entries of x in cells that are not fluid are 0, so neighbours need no mask; `identity` is x itself, which may not be 0 there.
template <class T>
void apply_row(int n, const std::uint8_t* d, const T* c, std::ptrdiff_t row, const T* below, const T* above, const T* identity, T* __restrict out) {
  for (int i = 0; i < n; ++i) {
    const T sum = ((c[i - 1] + c[i + 1]) + (c[i - row] + c[i + row])) + (below[i] + above[i]);
    const T value = static_cast<T>(d[i]) * c[i] - sum;
    out[i] = d[i] > 0 ? value : identity[i];
  }
}

template <class T>
void apply_rows(const LocalBox& box, const std::uint8_t* diagonal, const T* x, T* y) {
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j) {
      const auto first = box.index(0, j, k);
      const T* c = x + first;
      apply_row(box.n[0], diagonal + first, c, box.row, c - box.plane, c + box.plane, c, y + first);
    }
}

PetscErrorCode shell_mult(Mat A, Vec x, Vec y) {
  void* context = nullptr;
  PetscFunctionBegin;
  PetscCall(MatShellGetContext(A, &context));
  try {
    static_cast<const PressureOperator*>(context)->apply(x, y);
  } catch (const std::exception& e) {
    SETERRQ(PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", e.what());
  }
  PetscFunctionReturn(0);
}

PetscErrorCode shell_diagonal(Mat A, Vec d) {
  void* context = nullptr;
  PetscScalar* values = nullptr;
  PetscFunctionBegin;
  PetscCall(MatShellGetContext(A, &context));
  const auto& op = *static_cast<const PressureOperator*>(context);
  const LocalBox& box = op.flags().box();
  PetscCall(VecGetArrayWrite(d, &values));
  PetscScalar* out = values;
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i) {
        const std::uint8_t a = op.diagonal()[static_cast<std::size_t>(box.index(i, j, k))];
        *out++ = a > 0 ? a : 1.0;
      }
  PetscCall(VecRestoreArrayWrite(d, &values));
  PetscFunctionReturn(0);
}

} // namespace

PressureOperator::PressureOperator(const CellFlags& flags) : flags_(&flags) {
  const LocalBox& box = flags.box();
  const std::uint8_t* f = flags.padded().data();
  constexpr auto fluid = static_cast<std::uint8_t>(Cell::fluid);
  diagonal_.assign(box.size, 0);
  std::int64_t counts[2] = {0, 0};
  const auto open = [](std::uint8_t cell) { return cell >= fluid ? 1 : 0; }; // fluid or air
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j) {
      const std::uint8_t* c = f + box.index(0, j, k);
      std::uint8_t* d = diagonal_.data() + box.index(0, j, k);
      int fluids = 0;
      int unknowns = 0;
      for (int i = 0; i < box.n[0]; ++i) {
        const int sum =
            open(c[i - 1]) + open(c[i + 1]) + open(c[i - box.row]) + open(c[i + box.row]) + open(c[i - box.plane]) + open(c[i + box.plane]);
        const int is_fluid = c[i] == fluid ? 1 : 0;
        d[i] = static_cast<std::uint8_t>(is_fluid * sum);
        fluids += is_fluid;
        unknowns += d[i] > 0 ? 1 : 0;
      }
      counts[0] += unknowns;
      counts[1] += fluids - unknowns;
    }
  MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(flags.dm()));
  MPI_Allreduce(MPI_IN_PLACE, counts, 2, MPI_INT64_T, MPI_SUM, comm);
  unknowns_ = counts[0];
  isolated_ = counts[1];

  const auto own = static_cast<PetscInt>(box.own_cells());
  petsc_check(MatCreateShell(comm, own, own, PETSC_DETERMINE, PETSC_DETERMINE, this, &shell_));
  petsc_check(MatShellSetOperation(shell_, MATOP_MULT, reinterpret_cast<void (*)()>(shell_mult)));
  petsc_check(MatShellSetOperation(shell_, MATOP_MULT_TRANSPOSE, reinterpret_cast<void (*)()>(shell_mult)));
  petsc_check(MatShellSetOperation(shell_, MATOP_GET_DIAGONAL, reinterpret_cast<void (*)()>(shell_diagonal)));
  petsc_check(MatSetOption(shell_, MAT_SYMMETRIC, PETSC_TRUE));
  petsc_check(MatSetDM(shell_, flags.dm()));
}

PressureOperator::~PressureOperator() {
  VecDestroy(&ghosted_);
  MatDestroy(&shell_);
}

void PressureOperator::apply_padded(std::span<const double> x, std::span<double> y) const {
  apply_rows(flags_->box(), diagonal_.data(), x.data(), y.data());
}
void PressureOperator::apply_padded(std::span<const float> x, std::span<float> y) const {
  apply_rows(flags_->box(), diagonal_.data(), x.data(), y.data());
}

namespace {

/// A DMDA vector with or without ghosts: where its planes lie and which of its cells exist.
struct VectorLayout {
  std::array<int, 3> low{}, high{}; ///< cells the vector holds, relative to own cell (0,0,0)
  std::ptrdiff_t row = 0, plane = 0;

  VectorLayout(DM dm, const LocalBox& box, bool ghosts) : high(box.n) {
    if (ghosts) {
      PetscInt g[3], n[3];
      petsc_check(DMDAGetGhostCorners(dm, &g[0], &g[1], &g[2], &n[0], &n[1], &n[2]));
      for (std::size_t a = 0; a < 3; ++a) {
        low[a] = static_cast<int>(g[a]) - box.start[a];
        high[a] = low[a] + static_cast<int>(n[a]);
      }
    }
    row = high[0] - low[0];
    plane = row * (high[1] - low[1]);
  }
  [[nodiscard]] std::ptrdiff_t index(int i, int j, int k) const noexcept { return i - low[0] + row * (j - low[1]) + plane * (k - low[2]); }
};

/// Plane k of x into one padded plane (layout of a LocalBox plane), 0 in all cells that are not fluid.
void load_plane(const VectorLayout& in, const LocalBox& box, const std::uint8_t* flags, const double* x, int k, double* padded) {
  if (k < in.low[2] || k >= in.high[2]) {
    std::fill_n(padded, box.plane, 0.0);
    return;
  }
  constexpr auto fluid = static_cast<std::uint8_t>(Cell::fluid);
  const auto first = box.index(0, 0, k);
  for (int j = in.low[1]; j < in.high[1]; ++j) {
    const double* from = x + in.index(0, j, k);
    const std::uint8_t* f = flags + first + box.row * j;
    double* __restrict to = padded + box.row * (j + 1);
    for (int i = in.low[0]; i < in.high[0]; ++i) to[i] = f[i] == fluid ? from[i] : 0.0;
  }
}

} // namespace

void PressureOperator::apply(Vec x, Vec y) const {
  DM dm = flags_->dm();
  const LocalBox& box = flags_->box();
  int ranks = 1;
  MPI_Comm_size(PetscObjectComm(reinterpret_cast<PetscObject>(dm)), &ranks);
  Vec source = x;
  if (ranks > 1) {
    if (!ghosted_) petsc_check(DMCreateLocalVector(dm, &ghosted_));
    petsc_check(DMGlobalToLocal(dm, x, INSERT_VALUES, ghosted_));
    source = ghosted_;
  }
  const VectorLayout in(dm, box, ranks > 1);
  // Three padded planes roll through the vector: they stay in cache, and x and y pass through memory once.
  const auto margin = static_cast<std::size_t>(box.row);
  const std::size_t stride = static_cast<std::size_t>(box.plane) + margin;
  planes_.resize(3 * stride + margin, 0.0);
  const auto padded = [&](int k) { return planes_.data() + margin + stride * static_cast<std::size_t>((k + 3) % 3); };
  const PetscScalar* from = nullptr;
  PetscScalar* to = nullptr;
  petsc_check(VecGetArrayRead(source, &from));
  petsc_check(VecGetArrayWrite(y, &to));
  const std::uint8_t* flags = flags_->padded().data();
  load_plane(in, box, flags, from, -1, padded(-1));
  load_plane(in, box, flags, from, 0, padded(0));
  double* out = to;
  for (int k = 0; k < box.n[2]; ++k) {
    load_plane(in, box, flags, from, k + 1, padded(k + 1));
    for (int j = 0; j < box.n[1]; ++j, out += box.n[0]) {
      const auto row = box.row * (j + 1);
      apply_row(box.n[0], diagonal_.data() + box.index(0, j, k), padded(k) + row, box.row, padded(k - 1) + row, padded(k + 1) + row,
                from + in.index(0, j, k), out);
    }
  }
  petsc_check(VecRestoreArrayWrite(y, &to));
  petsc_check(VecRestoreArrayRead(source, &from));
}

Mat PressureOperator::shell() const { return shell_; }

const PressureOperator* PressureOperator::from_mat(Mat A) {
  PetscBool is_shell = PETSC_FALSE;
  petsc_check(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(A), MATSHELL, &is_shell));
  if (!is_shell) return nullptr;
  void (*mult)() = nullptr;
  petsc_check(MatShellGetOperation(A, MATOP_MULT, &mult));
  if (mult != reinterpret_cast<void (*)()>(shell_mult)) return nullptr; // somebody else's shell
  void* context = nullptr;
  petsc_check(MatShellGetContext(A, &context));
  return static_cast<const PressureOperator*>(context);
}

Mat PressureOperator::assemble(const char* type) const {
  DM dm = flags_->dm();
  const std::array<int, 3> n = flags_->grid().cells;
  // PETSc tells hypre's stencil entries apart by differences of local indices, which coincide there.
  if (std::strcmp(type, MATHYPRESTRUCT) == 0 && ((n[0] == 1 && n[1] * n[2] > 1) || (n[1] == 1 && n[2] > 1)))
    throw UsageError("bad_value", "matrix type hyprestruct on " + std::to_string(n[0]) + " x " + std::to_string(n[1]) + " x " + std::to_string(n[2]) +
                                      " cells: needs at least 2 cells along x and y; let the axis of one cell be z, or take another solver");
  DM copy = nullptr;
  petsc_check(DMClone(dm, &copy)); // the matrix type is a property of the DM
  petsc_check(DMSetMatType(copy, type));
  Mat A = nullptr;
  petsc_check(DMCreateMatrix(copy, &A));
  petsc_check(DMDestroy(&copy));
  petsc_check(MatSetOption(A, MAT_SYMMETRIC, PETSC_TRUE));
  const LocalBox& box = flags_->box();
  const std::uint8_t* f = flags_->padded().data();
  constexpr auto fluid = static_cast<std::uint8_t>(Cell::fluid);
  const auto& s = box.start;
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i) {
        const auto at = box.index(i, j, k);
        const std::uint8_t d = diagonal_[static_cast<std::size_t>(at)];
        const MatStencil row = {k + s[2], j + s[1], i + s[0], 0};
        MatStencil columns[7] = {row};
        PetscScalar values[7] = {d > 0 ? static_cast<double>(d) : 1.0};
        PetscInt count = 1;
        const auto couple = [&](int dk, int dj, int di, std::ptrdiff_t step) {
          const MatStencil c = {row.k + dk, row.j + dj, row.i + di, 0};
          if (c.i < 0 || c.j < 0 || c.k < 0 || c.i >= n[0] || c.j >= n[1] || c.k >= n[2]) return;
          columns[count] = c;
          values[count++] = d > 0 && f[at + step] == fluid ? -1.0 : 0.0;
        };
        couple(-1, 0, 0, -box.plane);
        couple(0, -1, 0, -box.row);
        couple(0, 0, -1, -1);
        couple(0, 0, 1, 1);
        couple(0, 1, 0, box.row);
        couple(1, 0, 0, box.plane);
        petsc_check(MatSetValuesStencil(A, 1, &row, count, columns, values, INSERT_VALUES));
      }
  petsc_check(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
  petsc_check(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
  return A;
}

} // namespace ansatz::solvers
