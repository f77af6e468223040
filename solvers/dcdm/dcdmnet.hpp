// SPDX-License-Identifier: Apache-2.0
/// PC "dcdmnet": search directions from a trained network (network_direction.hpp), for KSP "dcdm" or another method that takes a nonlinear preconditioner.
/// Homogeneous, not linear and not symmetric: KSP "cg" must not use it.
/// The operator must be one that PC "voxmg" takes (multigrid/voxmg.hpp): only its grid and its identity rows are looked at. There z_i = r_i / a_ii.
///   -pc_dcdmnet_weights FILE.h5   a model of ansatz-train (default: the one shipped)
///   -pc_dcdmnet_model NAME        from64 or from128; a file that holds another one is refused (default: what the file holds)
///   -pc_dcdmnet_precision NAME    f32, dfp16, w8a16, int8, bf16, lmul or ladder (default f32)
/// Errors: PETSC_ERR_ARG_WRONG for a matrix or file that cannot be used and for a residual that is not finite, with the reason.
/// Set-up is repeated only if the matrix has changed; the file is read at the first one.
/// MPI: collective on the matrix's communicator; each rank reads the file.  Threads: one object per thread.
#pragma once

#include <petscpc.h>

#include <cstddef>

namespace ansatz::solvers {

struct DirectionEffort;

inline constexpr const char* dcdmnet_pc_type = "dcdmnet";

/// Registers the type. MPI: call on every rank after PetscInitialize; calling again changes nothing.
void register_dcdmnet();

/// Bytes this rank holds for a PC of type dcdmnet after set-up (0 for other types).
[[nodiscard]] std::size_t dcdmnet_bytes(PC pc);

/// What a PC of type dcdmnet has spent on evaluations on this rank; null for other types and before set-up.
[[nodiscard]] const DirectionEffort* dcdmnet_effort(PC pc);

} // namespace ansatz::solvers
