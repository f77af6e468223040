// SPDX-License-Identifier: Apache-2.0
/// PETSc's return codes as exceptions, and owners of its objects, for the optimisers that call TAO. Threads and MPI: as the calls they wrap.
#pragma once

#include <ansatz/data/error.hpp>

#include <petscsys.h>

#include <string>

namespace ansatz::learning {

/// \throws InternalError with PETSc's text if the code is not 0
inline void check(PetscErrorCode code, boost::source_location where = here()) {
  if (code == 0) return;
  const char* text = nullptr;
  PetscErrorMessage(code, &text, nullptr);
  throw InternalError(code == PETSC_ERR_MEM ? "out_of_memory" : "internal", "PETSc error " + std::to_string(code) + ": " + (text ? text : "unknown"),
                      where);
}

/// Owner of a PETSc object.
template <class Handle, PetscErrorCode (*Destroy)(Handle*)>
class Owned {
public:
  Owned() = default;
  ~Owned() { Destroy(&handle_); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  Handle* out() noexcept { return &handle_; }
  [[nodiscard]] Handle get() const noexcept { return handle_; }

private:
  Handle handle_ = nullptr;
};

} // namespace ansatz::learning
