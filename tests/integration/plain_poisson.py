# SPDX-License-Identifier: Apache-2.0
"""A petsc4py program that knows nothing of Ansatz: a seven-point Poisson matrix on a DMDA, the solver chosen by options.
Prints what plain_poisson.c prints."""
import sys

import petsc4py

petsc4py.init(sys.argv)
from petsc4py import PETSc  # noqa: E402  (the options must be known before PETSc starts)


def assemble(da, A):
    """-Laplace with p = 0 one cell outside every face: each row is 6 on the diagonal and -1 for each neighbour inside the box."""
    sizes = da.getSizes()
    (x0, x1), (y0, y1), (z0, z1) = da.getRanges()
    row, column = PETSc.Mat.Stencil(), PETSc.Mat.Stencil()
    for k in range(z0, z1):
        for j in range(y0, y1):
            for i in range(x0, x1):
                row.index = (i, j, k)
                for at, value in [((i, j, k), 6.0)] + [((i + a, j + b, k + c), -1.0) for a, b, c in
                                                       ((-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1))]:
                    if all(0 <= at[d] < sizes[d] for d in range(3)):
                        column.index = at
                        A.setValueStencil(row, column, value)
    A.assemble()


da = PETSc.DMDA().create([10, 10, 10], stencil_width=1, stencil_type=PETSc.DMDA.StencilType.STAR)
A = da.createMatrix()
assemble(da, A)
if PETSc.Options().getBool("without_dm", False):  # the same numbers as a matrix that does not know its grid
    A = PETSc.Mat().createAIJ(A.getSizes(), csr=A.getValuesCSR())
b, x = A.createVecs()
b.set(1.0)
ksp = PETSc.KSP().create()
ksp.setOperators(A)
ksp.setFromOptions()
ksp.solve(b, x)
r = b - A * x
residual = r.norm() / b.norm()
PETSc.Sys.Print(f"result reason {ksp.getConvergedReason()} iterations {ksp.getIterationNumber()} residual {residual:.6e} norm {x.norm():.12e}")
sys.exit(0 if ksp.getConvergedReason() > 0 and residual <= 1.001 * ksp.getTolerances()[0] else 3)
