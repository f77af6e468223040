// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/collective.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/equivariant/gaunt/feature_interaction.hpp>
#include <ansatz/equivariant/operators/product_operator.hpp>

#include <limits>

namespace ansatz::equivariant {
namespace {

std::string signal_irreps(int degree) {
  std::string text;
  for (int l = 0; l <= degree; ++l) text += (l > 0 ? "+" : "") + std::to_string(l) + "y";
  return text;
}

InteractionOptions interaction(const GauntOptions& o, int second, int third) {
  InteractionOptions i;
  i.irreps1 = signal_irreps(o.degree1);
  i.irreps2 = signal_irreps(second);
  i.irreps3 = signal_irreps(third);
  i.method = o.method;
  i.kernels = o.kernels;
  i.threads = o.threads;
  return i;
}

/// What the matrix owns.
struct Shell {
  FeatureInteraction<double> product, transposed;
  std::vector<double> x;
  AlignedVector<double> work;

  Shell(const GauntOptions& o, int third, std::span<const double> signals)
      : product(interaction(o, o.degree2, third)), transposed(interaction(o, third, o.degree2)), x(signals.begin(), signals.end()),
        work(std::max(product.workspace(), transposed.workspace())) {}
};

/// out = in times x by `plan`.
PetscErrorCode apply(Mat A, Vec in, Vec out, const FeatureInteraction<double> Shell::*plan) {
  PetscFunctionBegin;
  Shell* shell = nullptr;
  const double* from = nullptr;
  double* to = nullptr;
  PetscInt from_size = 0, to_size = 0;
  PetscCall(MatShellGetContext(A, &shell));
  PetscCall(VecGetLocalSize(in, &from_size));
  PetscCall(VecGetLocalSize(out, &to_size));
  PetscCall(VecGetArrayRead(in, &from));
  PetscCall(VecGetArrayWrite(out, &to));
  PetscErrorCode code = 0;
  try {
    (shell->*plan).execute(shell->x, {from, static_cast<std::size_t>(from_size)}, {}, {to, static_cast<std::size_t>(to_size)}, shell->work);
  } catch (...) { // no exception may pass through PETSc
    code = PETSC_ERR_LIB;
  }
  PetscCall(VecRestoreArrayWrite(out, &to));
  PetscCall(VecRestoreArrayRead(in, &from));
  PetscFunctionReturn(code);
}

PetscErrorCode multiply(Mat A, Vec y, Vec z) { return apply(A, y, z, &Shell::product); }
PetscErrorCode multiply_transpose(Mat A, Vec g, Vec y) { return apply(A, g, y, &Shell::transposed); }

PetscErrorCode destroy(Mat A) {
  PetscFunctionBegin;
  Shell* shell = nullptr;
  PetscCall(MatShellGetContext(A, &shell));
  delete shell;
  PetscFunctionReturn(0);
}

PetscErrorCode build(MPI_Comm comm, PetscInt rows, PetscInt columns, bool symmetric, Shell* shell, Mat* A) {
  PetscFunctionBegin;
  PetscCall(MatCreateShell(comm, rows, columns, PETSC_DETERMINE, PETSC_DETERMINE, shell, A));
  PetscCall(MatShellSetOperation(*A, MATOP_MULT, reinterpret_cast<void (*)()>(multiply)));
  PetscCall(MatShellSetOperation(*A, MATOP_MULT_TRANSPOSE, reinterpret_cast<void (*)()>(multiply_transpose)));
  PetscCall(MatShellSetOperation(*A, MATOP_DESTROY, reinterpret_cast<void (*)()>(destroy)));
  if (symmetric) PetscCall(MatSetOption(*A, MAT_SYMMETRIC, PETSC_TRUE));
  PetscFunctionReturn(0);
}

} // namespace

Mat create_product_operator(MPI_Comm comm, const GauntOptions& options, std::span<const double> x) {
  std::unique_ptr<Shell> shell;
  PetscInt rows = 0, columns = 0;
  const int third = options.degree3 == -1 ? options.degree1 + options.degree2 : options.degree3;
  agree(comm, [&] {
    for (const int degree : {options.degree1, options.degree2}) check_degree(degree, "create_product_operator");
    check_degree(third, "create_product_operator: output");
    const std::size_t size = signal_size(options.degree1), batch = x.size() / size;
    if (x.size() != batch * size)
      throw UsageError("bad_value", "create_product_operator: x holds " + std::to_string(x.size()) + " numbers, signals of degree " +
                                        std::to_string(options.degree1) + " have " + std::to_string(size));
    if (batch * signal_size(std::max(options.degree2, third)) > static_cast<std::size_t>(std::numeric_limits<PetscInt>::max()))
      throw UsageError("bad_value", "create_product_operator: " + std::to_string(batch) +
                                        " signals on one rank are more than PETSc's integers count; use more ranks");
    shell = std::make_unique<Shell>(options, third, x);
    rows = static_cast<PetscInt>(batch * signal_size(third));
    columns = static_cast<PetscInt>(batch * signal_size(options.degree2));
  });
  Mat A = nullptr;
  const PetscErrorCode code = build(comm, rows, columns, options.degree2 == third, shell.release(), &A);
  if (code != 0) throw InternalError("internal", "create_product_operator: PETSc error " + std::to_string(code));
  return A;
}

} // namespace ansatz::equivariant
