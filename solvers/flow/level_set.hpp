// SPDX-License-Identifier: Apache-2.0
/// The free surface: phi < 0 in the fluid, > 0 in the air, a signed distance near the surface, in metres, at the centres of cells.
///   volume   V(phi) = h^3 sum over cells that are not solid of clamp(1/2 - phi / h, 0, 1): the part of a cell below a plane surface
///   distance phi_t + sign(phi0) (|grad phi| - 1) = 0, upwind, with the surface held in place in the cells beside it (Russo and Smereka)
///   control  phi - delta with V(phi - delta) = V0: what advection loses of the volume comes back as a shift of the whole surface
/// Cite: Osher and Sethian, JCP 79 (1988); Russo and Smereka, A remark on computing distance functions, JCP 163 (2000).
/// Threads: no state.  MPI: collective.
#pragma once

#include <ansatz/solvers/flow/boundary.hpp>

namespace ansatz::solvers::flow {

/// m^3.
[[nodiscard]] double liquid_volume(const MacGrid& mac, const Boundary& boundary, const Field& phi, double shift = 0.0);

/// `steps` pseudo-time steps of h / 2 towards a signed distance; own entries and ghosts are complete before and after. `work`: two fields.
void redistance(const MacGrid& mac, const Boundary& boundary, Field& phi, int steps, std::array<Field, 2>& work);

/// Shifts phi so that its volume is `volume`, by at most h / 2; returns the shift. phi stays complete.
double control_volume(const MacGrid& mac, const Boundary& boundary, double volume, Field& phi);

} // namespace ansatz::solvers::flow
