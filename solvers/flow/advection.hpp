// SPDX-License-Identifier: Apache-2.0
/// MacCormack advection on the marker-and-cell grid, second order in space and time where the field is smooth.
///   predicted(x) = f(x - s),  f'(x) = predicted(x) + (f(x) - predicted(x + s)) / 2,  both by trilinear interpolation,
///   path: x -+ dt v + dt^2/2 (v.grad) v, second order from differences of the faces around x, without a second interpolation.
/// The limiter keeps f' within the eight values around the departure point, so that no new extrema appear and the scheme is stable for any step; a step may
/// carry a value `ghost - 2` cells at most.
/// Cite: Selle, Fedkiw, Kim, Liu, Rossignac, An Unconditionally Stable MacCormack Method, J. Sci. Comput. 35 (2008).
/// Cost a field: two passes over memory.  Threads: one object per thread.  MPI: collective.
#pragma once

#include <ansatz/solvers/flow/boundary.hpp>
#include <ansatz/solvers/flow/transport_kernels.hpp>

namespace ansatz::solvers::flow {

/// A field to be carried: a velocity component (place 0 to 2) or a scalar; complete (boundary.hpp) before, own entries only after.
struct Carried {
  Field* field = nullptr;
  int place = centre_place;
  int scalar = -1; ///< number in Wall::scalars
};

class Advection {
public:
  /// Borrows both.
  Advection(const MacGrid& mac, const Boundary& boundary);

  /// Fields of one place that follow each other share their paths.
  /// Carries all fields by the velocity v, complete as well; the fields may be its components.
  void operator()(const Velocity& v, double dt, std::span<const Carried> fields, bool limit);

private:
  void predict(const Velocity& v, double dt, std::span<const Carried> fields);
  void correct(const Velocity& v, double dt, std::span<const Carried> fields, std::span<Field> to, bool limit);
  [[nodiscard]] RowView row_view(const Velocity& v, double dt, int place, std::ptrdiff_t at);

  const MacGrid& mac_;
  const Boundary& boundary_;
  const TransportKernels& kernels_;
  std::vector<double> work_;
  std::vector<Field> predicted_;
  std::vector<Field> results_;
};

} // namespace ansatz::solvers::flow
