// SPDX-License-Identifier: Apache-2.0
/// Multiplication by a given signal as a PETSc matrix, for its Krylov solvers:  A_x y = P_L3[x * y],  A_x^T g = P_L2[x * g]  (plan.hpp).
/// If L2 = L3, A_x is symmetric, and positive definite if x > 0 on the sphere: <y, A_x y> = int x y^2. Its eigenvalues lie between the least and the
/// greatest value of x, so the condition number is at most max x / min x, and unpreconditioned conjugate gradients do.
/// Shapes: a batch of n signals, one after another in the order l^2 + l + m, integral normalisation. Each rank holds whole signals; x holds n
/// (L1+1)^2 numbers, A maps vectors of n (L2+1)^2 to n (L3+1)^2 local numbers, block by block.
/// Cost of a product: the plan's, and packing of lanes.  Errors: UsageError (`bad_value`) for degrees, names, sizes; InternalError for a failing call
/// of PETSc.
/// Threads: options.threads share the batch; one caller.  MPI: creation is collective, products need no communication.
/// Ownership: the matrix owns its plan and a copy of x; MatDestroy frees them.
#pragma once

#include <ansatz/equivariant/gaunt/plan.hpp>

#include <petscmat.h>

namespace ansatz::equivariant {

/// \param options  degrees 1, 2 and 3 of x, of y and of the product; `auto` must be settled first under several ranks (wisdom.hpp), `estimate` needs
/// no care
[[nodiscard]] Mat create_product_operator(MPI_Comm comm, const GauntOptions& options, std::span<const double> x);

} // namespace ansatz::equivariant
