// SPDX-License-Identifier: Apache-2.0
/// Right-hand sides to train on, |b| = 1:
///   noise       independent normal numbers
///   low_modes   sum_j c_j q_j, c_j normal, nine times as large for the lower part of the spectrum. Up to 32^3 cells q_j are Ritz vectors and the lower part is 11 of 20
///               values (those below 1e-8 dropped), as published; beyond, noise smoothed by 4 to 64 damped Jacobi sweeps and a ninth of plain noise
///   divergence  of a velocity made of random plane waves, no flow through walls and solids: a projection step
/// Compatible on closed components.
/// Cite: A. Kaneda et al., A deep conjugate direction method for iteratively solving linear systems, ICML 2023, arXiv:2205.10763.
/// Threads: one.  MPI: none.
#pragma once

#include <ansatz/solvers/dcdm/training/problem.hpp>
#include <ansatz/solvers/dcdm/training/stream.hpp>

namespace ansatz::solvers::training {

enum class Source { noise, low_modes, divergence };
inline constexpr int sources = 3;

[[nodiscard]] std::vector<double> right_hand_side(const Problem& problem, Source source, Stream& stream);

} // namespace ansatz::solvers::training
