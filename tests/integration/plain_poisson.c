/* SPDX-License-Identifier: Apache-2.0 */
/* A PETSc program as anybody writes it, which knows nothing of Ansatz: pressure around a solid ball in a box with walls, p = 0 above the top layer.
     (A p)_i = sum over the neighbours j that are not solid of (p_i - p_j),  identity rows inside the ball,  A assembled as MATAIJ on a DMDA.
   Prints reason, iterations, the recomputed relative residual and the norm of x; exits 0 only if the residual meets -ksp_rtol. */
#include <petscdmda.h>
#include <petscksp.h>

static int inside(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3]) {
  const PetscReal x = (i + 0.5) / n[0] - 0.45, y = (j + 0.5) / n[1] - 0.5, z = (k + 0.5) / n[2] - 0.4;
  return x * x + y * y + z * z < 0.25 * 0.25;
}

/* A and a right-hand side that varies from cell to cell but not with the number of ranks. */
static PetscErrorCode assemble(DM da, Mat A, Vec b) {
  static const PetscInt step[6][3] = {{-1, 0, 0}, {1, 0, 0}, {0, -1, 0}, {0, 1, 0}, {0, 0, -1}, {0, 0, 1}};
  PetscInt n[3], first[3], own[3];
  PetscScalar*** f;

  PetscFunctionBeginUser;
  PetscCall(DMDAGetInfo(da, NULL, &n[0], &n[1], &n[2], NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL));
  PetscCall(DMDAGetCorners(da, &first[0], &first[1], &first[2], &own[0], &own[1], &own[2]));
  PetscCall(DMDAVecGetArray(da, b, &f));
  for (PetscInt k = first[2]; k < first[2] + own[2]; ++k) {
    for (PetscInt j = first[1]; j < first[1] + own[1]; ++j) {
      for (PetscInt i = first[0]; i < first[0] + own[0]; ++i) {
        MatStencil row = {.i = i, .j = j, .k = k}, column[7];
        PetscScalar value[7], diagonal = 0.0;
        PetscInt count = 0;
        const int solid = inside(i, j, k, n);

        f[k][j][i] = solid ? 0.0 : PetscSinReal(1.0 + 12.9898 * i + 78.233 * j + 37.719 * k);
        for (int s = 0; s < 6 && !solid; ++s) {
          const PetscInt at[3] = {i + step[s][0], j + step[s][1], k + step[s][2]};
          if (at[2] == n[2]) diagonal += 1.0; /* the free surface */
          if (at[0] < 0 || at[1] < 0 || at[2] < 0 || at[0] == n[0] || at[1] == n[1] || at[2] == n[2] || inside(at[0], at[1], at[2], n)) continue;
          column[count] = (MatStencil){.i = at[0], .j = at[1], .k = at[2]};
          value[count++] = -1.0;
          diagonal += 1.0;
        }
        column[count] = row;
        value[count++] = solid ? 1.0 : diagonal;
        PetscCall(MatSetValuesStencil(A, 1, &row, count, column, value, INSERT_VALUES));
      }
    }
  }
  PetscCall(DMDAVecRestoreArray(da, b, &f));
  PetscCall(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(0);
}

int main(int argc, char** argv) {
  DM da;
  Mat A;
  Vec b, x, r;
  KSP ksp;
  KSPConvergedReason reason;
  PetscInt iterations;
  PetscReal rtol, residual, size, length;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(DMDACreate3d(PETSC_COMM_WORLD, DM_BOUNDARY_NONE, DM_BOUNDARY_NONE, DM_BOUNDARY_NONE, DMDA_STENCIL_STAR, 16, 16, 16, PETSC_DECIDE,
                         PETSC_DECIDE, PETSC_DECIDE, 1, 1, NULL, NULL, NULL, &da));
  PetscCall(DMSetFromOptions(da));
  PetscCall(DMSetUp(da));
  PetscCall(DMCreateMatrix(da, &A));
  PetscCall(DMCreateGlobalVector(da, &b));
  PetscCall(VecDuplicate(b, &x));
  PetscCall(VecDuplicate(b, &r));
  PetscCall(assemble(da, A, b));

  PetscCall(KSPCreate(PETSC_COMM_WORLD, &ksp));
  PetscCall(KSPSetOperators(ksp, A, A));
  PetscCall(KSPSetFromOptions(ksp));
  PetscCall(KSPSolve(ksp, b, x));

  PetscCall(KSPGetConvergedReason(ksp, &reason));
  PetscCall(KSPGetIterationNumber(ksp, &iterations));
  PetscCall(KSPGetTolerances(ksp, &rtol, NULL, NULL, NULL));
  PetscCall(MatMult(A, x, r));
  PetscCall(VecAYPX(r, -1.0, b));
  PetscCall(VecNorm(r, NORM_2, &residual));
  PetscCall(VecNorm(b, NORM_2, &size));
  PetscCall(VecNorm(x, NORM_2, &length));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "result reason %s iterations %" PetscInt_FMT " residual %.6e norm %.12e\n", KSPConvergedReasons[reason],
                        iterations, (double)(residual / size), (double)length));
  PetscCall(KSPDestroy(&ksp));
  PetscCall(VecDestroy(&r));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&b));
  PetscCall(MatDestroy(&A));
  PetscCall(DMDestroy(&da));
  PetscCall(PetscFinalize());
  return reason > 0 && residual <= 1.001 * rtol * size ? 0 : 3;
}
