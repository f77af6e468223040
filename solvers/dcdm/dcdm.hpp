// SPDX-License-Identifier: Apache-2.0
/// KSP type "dcdm": the conjugate direction loop of the deep conjugate direction method, with any PC as the proposer of directions.
///   q_k = M(r_k),  c_j = <q_k, A p_{k-j}> / <p_{k-j}, A p_{k-j}>,  p_k = q_k - sum_{j=1..K} c_j p_{k-j},
///   alpha_k = <p_k, r_k> / <p_k, A p_k>,  x_{k+1} = x_k + alpha_k p_k,  r_{k+1} = b - A x_{k+1}.
/// M may be nonlinear, inexact, differ from call to call and have any sign or scale: |x* - x_k|_A never grows. For a fixed symmetric positive
/// definite linear M the iterates are those of preconditioned conjugate gradients. A must be symmetric positive semidefinite.
/// Cite: Kaneda, Akar, Chen, Kala, Hyde, Teran, A Deep Conjugate Direction Method for Iteratively Solving Linear Systems, ICML 2023,
/// arXiv:2205.10763.
///
/// Options (docs/dcdm.md): -ksp_dcdm_history K (2), -ksp_dcdm_true_residual P (0), -ksp_dcdm_fused (on), -ksp_dcdm_fallback (on),
/// -ksp_dcdm_safeguard (off).
/// Stops on the unpreconditioned norm, left side; convergence is reported only after b - A x has been recomputed and passes the test too.
/// Reasons: KSP_DIVERGED_INDEFINITE_MAT, KSP_DIVERGED_NANORINF, KSP_DIVERGED_BREAKDOWN and those of the convergence test.
/// Cost per iteration, fused: one M, one A, one MPI_Allreduce, 8 (3K + 11) bytes a local entry beside M and A. Memory: 2K + 3 vectors.
/// Threads: one KSP per thread.  MPI: collective on the KSP's communicator.  Ownership: PETSc's rules.
#pragma once

#include <petscksp.h>

namespace ansatz::solvers {

inline constexpr const char* dcdm_ksp_type = "dcdm";

/// Registers the type. MPI: call on every rank after PetscInitialize; calling again changes nothing.
/// Errors: InternalError if PETSc refuses.
void register_dcdm();

/// Iterations of the last KSPSolve in which the residual itself was the direction: the proposed one was unusable, or the safeguard preferred it.
/// `ksp` must be of type "dcdm", whether this library or the plug-in registered it; else InternalError. Local.
[[nodiscard]] int dcdm_fallbacks(KSP ksp);

} // namespace ansatz::solvers
