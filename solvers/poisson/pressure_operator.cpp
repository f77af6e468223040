// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/poisson/pressure_operator.hpp>

#include <ansatz/solvers/petsc.hpp>

#include <cstring>

namespace ansatz::solvers {
namespace {

template <class T>
void apply_rows(const LocalBox& box, const std::uint8_t* diagonal, const T* x, T* y) {
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j) {
      const auto first = box.index(0, j, k);
      const T* c = x + first;
      const std::uint8_t* d = diagonal + first;
      T* out = y + first;
#pragma omp simd
      for (int i = 0; i < box.n[0]; ++i) {
        const T sum = ((c[i - 1] + c[i + 1]) + (c[i - box.row] + c[i + box.row])) + (c[i - box.plane] + c[i + box.plane]);
        const T value = static_cast<T>(d[i]) * c[i] - sum;
        out[i] = d[i] > 0 ? value : c[i];
      }
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
  const auto open = [](std::uint8_t cell) { return cell >= fluid ? 1 : 0; };  // fluid or air
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j) {
      const std::uint8_t* c = f + box.index(0, j, k);
      std::uint8_t* d = diagonal_.data() + box.index(0, j, k);
      int fluids = 0;
      int unknowns = 0;
      for (int i = 0; i < box.n[0]; ++i) {
        const int sum = open(c[i - 1]) + open(c[i + 1]) + open(c[i - box.row]) + open(c[i + box.row]) + open(c[i - box.plane]) + open(c[i + box.plane]);
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

void PressureOperator::apply_padded(std::span<const double> x, std::span<double> y) const { apply_rows(flags_->box(), diagonal_.data(), x.data(), y.data()); }
void PressureOperator::apply_padded(std::span<const float> x, std::span<float> y) const { apply_rows(flags_->box(), diagonal_.data(), x.data(), y.data()); }

namespace {

/// Where (i,j,k) of a local (ghosted) DMDA vector lies, relative to own cell (0,0,0).
struct GhostedLayout {
  std::ptrdiff_t row, plane, base;
  explicit GhostedLayout(DM dm) {
    PetscInt x = 0, y = 0, z = 0, gx = 0, gy = 0, gz = 0, nx = 0, ny = 0;
    petsc_check(DMDAGetCorners(dm, &x, &y, &z, nullptr, nullptr, nullptr));
    petsc_check(DMDAGetGhostCorners(dm, &gx, &gy, &gz, &nx, &ny, nullptr));
    row = nx;
    plane = row * ny;
    base = (x - gx) + row * (y - gy) + plane * (z - gz);
  }
};

/// y = A x with x in a ghosted array whose layout ends at the box: neighbours outside are skipped by asking the flags.
void apply_ghosted(const PressureOperator& A, const GhostedLayout& in, const PetscScalar* x, PetscScalar* y) {
  const LocalBox& box = A.flags().box();
  const std::uint8_t* diagonal = A.diagonal().data();
  const std::uint8_t* flags = A.flags().padded().data();
  constexpr auto fluid = static_cast<std::uint8_t>(Cell::fluid);
  const auto term = [&](std::ptrdiff_t f, std::ptrdiff_t g) { return flags[f] == fluid ? x[g] : 0.0; };
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j) {
      const auto f = box.index(0, j, k);
      const auto g = in.base + in.row * j + in.plane * k;
      for (int i = 0; i < box.n[0]; ++i, ++y) {
        const std::uint8_t d = diagonal[f + i];
        if (d == 0) {
          *y = x[g + i];
          continue;
        }
        const double sum = ((term(f + i - 1, g + i - 1) + term(f + i + 1, g + i + 1)) + (term(f + i - box.row, g + i - in.row) + term(f + i + box.row, g + i + in.row))) +
                           (term(f + i - box.plane, g + i - in.plane) + term(f + i + box.plane, g + i + in.plane));
        *y = d * x[g + i] - sum;
      }
    }
}

} // namespace

void PressureOperator::apply(Vec x, Vec y) const {
  DM dm = flags_->dm();
  if (!ghosted_) petsc_check(DMCreateLocalVector(dm, &ghosted_));
  int ranks = 1;
  MPI_Comm_size(PetscObjectComm(reinterpret_cast<PetscObject>(dm)), &ranks);
  Vec source = x;  // on one rank a local vector has no ghosts: the same entries
  if (ranks > 1) {
    petsc_check(DMGlobalToLocal(dm, x, INSERT_VALUES, ghosted_));
    source = ghosted_;
  }
  const PetscScalar* from = nullptr;
  PetscScalar* to = nullptr;
  petsc_check(VecGetArrayRead(source, &from));
  petsc_check(VecGetArrayWrite(y, &to));
  apply_ghosted(*this, GhostedLayout(dm), from, to);
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
  if (mult != reinterpret_cast<void (*)()>(shell_mult)) return nullptr;  // somebody else's shell
  void* context = nullptr;
  petsc_check(MatShellGetContext(A, &context));
  return static_cast<const PressureOperator*>(context);
}

Mat PressureOperator::assemble(const char* type) const {
  DM dm = flags_->dm();
  DM copy = nullptr;
  petsc_check(DMClone(dm, &copy));  // the matrix type is a property of the DM
  petsc_check(DMSetMatType(copy, type));
  Mat A = nullptr;
  petsc_check(DMCreateMatrix(copy, &A));
  petsc_check(DMDestroy(&copy));
  petsc_check(MatSetOption(A, MAT_SYMMETRIC, PETSC_TRUE));
  const LocalBox& box = flags_->box();
  const std::uint8_t* f = flags_->padded().data();
  constexpr auto fluid = static_cast<std::uint8_t>(Cell::fluid);
  const auto& s = box.start;
  const std::array<int, 3> n = flags_->grid().cells;
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
