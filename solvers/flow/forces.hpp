// SPDX-License-Identifier: Apache-2.0
/// Accelerations of a time step, added to the velocity. Fields they read must be complete (boundary.hpp).
/// Threads: no state.  MPI: confinement is collective, the rest local.
#pragma once

#include <ansatz/solvers/flow/boundary.hpp>

namespace ansatz::solvers::flow {

/// u += dt g on all own faces.
void add_gravity(const MacGrid& mac, const std::array<double, 3>& gravity, double dt, Velocity& u);

/// u += dt g (weight d - lift T), density d and temperature T (above the surroundings) averaged to the faces: smoke sinks, heat rises against g.
void add_buoyancy(const MacGrid& mac, const std::array<double, 3>& gravity, double weight, double lift, const Field& density,
                  const Field& temperature, double dt, Velocity& u);

/// u += dt nu Laplace(u_old), u_old complete; differences of the faces of one component.
/// Stable for dt <= h^2 / (2 d nu) in d dimensions.
void add_viscosity(const MacGrid& mac, double viscosity, const Velocity& old, double dt, Velocity& u);

/// Vorticity confinement: u += dt epsilon h (N x omega), N = grad |omega| / |grad |omega||.
/// Cite: Steinhoff and Underhill, Phys. Fluids 6 (1994); Fedkiw, Stam, Jensen, Visual simulation of smoke, SIGGRAPH 2001.
/// `old` is complete; six work fields are allocated by the call.
void add_confinement(const MacGrid& mac, const Boundary& boundary, double epsilon, const Velocity& old, double dt, Velocity& u);

/// The largest |u_a| over components and active or bound own faces of all ranks; infinite if one is not finite. Collective.
[[nodiscard]] double largest_speed(const MacGrid& mac, const Boundary& boundary, const Velocity& u);

} // namespace ansatz::solvers::flow
