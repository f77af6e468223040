// SPDX-License-Identifier: Apache-2.0
/// What calls of LAPACK's Fortran interface share. Hidden lengths of character arguments are 1 and may be left out with every compiler of Debian 12.
/// Errors: InternalError.  Threads: no state.  MPI: none.
#pragma once

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/dense.hpp>

#include <algorithm>
#include <string>

namespace ansatz::solvers::gp::lapack {

inline void require(int info, const char* routine) {
  if (info != 0) throw InternalError("internal", std::string("LAPACK ") + routine + " returned " + std::to_string(info));
}

inline void require_shape(bool fits, const char* what) {
  if (!fits) throw InternalError("internal", std::string(what) + ": shapes do not fit");
}

inline int leading(const Matrix& a) { return std::max(1, a.rows); }

inline char letter(Op op) { return static_cast<char>(op); }

inline std::vector<double> workspace(double size) { return std::vector<double>(static_cast<std::size_t>(std::max(1.0, size))); }

} // namespace ansatz::solvers::gp::lapack
