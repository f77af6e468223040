// SPDX-License-Identifier: Apache-2.0
/// Built-in right-hand sides b of the pressure system; 0 on identity rows, summing to 0 on every closed component.
/// Units: those of (rho h / dt) times a velocity, with rho h / dt = 1.  MPI: collective; the values do not depend on the number of ranks.  Threads: no state.
#pragma once

#include <ansatz/solvers/poisson/components.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace ansatz::solvers {

/// White noise: independent normal values of mean 0 and variance 1 from a hash of (seed, global cell number).
void random_rhs(const PressureOperator& A, const ClosedComponents& closed, std::uint64_t seed, Vec b);

/// b_i = -S_i, S_i the sum of the six outward face velocities of a smooth field that is not solenoidal, in metres per second and unit coordinates of the grid:
///   u = sin(pi x) cos(2 pi y) + 0.3 x,  v = cos(pi y) sin(2 pi z) - 0.2 y z,  w = sin(pi z) sin(pi x) + 0.5 z;
/// faces of walls and solids carry no flow, so closed components are compatible.
void divergence_rhs(const PressureOperator& A, const ClosedComponents& closed, Vec b);

/// The same for any field: component `axis` of the velocity at point p, in units of the longest edge of the grid.
using Velocity = std::function<double(std::size_t axis, const std::array<double, 3>& p)>;
void divergence_rhs(const PressureOperator& A, const ClosedComponents& closed, const Velocity& velocity, Vec b);

} // namespace ansatz::solvers
