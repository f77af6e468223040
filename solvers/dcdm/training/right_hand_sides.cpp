// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/dcdm/training/right_hand_sides.hpp>

#include <ansatz/solvers/dcdm/training/ritz.hpp>
#include <ansatz/solvers/petsc.hpp>
#include <ansatz/solvers/poisson/right_hand_side.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::solvers::training {

namespace {

constexpr std::size_t largest_for_ritz = 32768; // 32^3
constexpr int ritz_steps = 40;                  // the published 10,000 would cost hours a geometry

std::vector<double> noise(const Problem& problem, Stream& stream) {
  std::vector<double> b(problem.cells());
  for (double& v : b) v = stream.normal();
  return b;
}

std::vector<double> ritz_mixture(const Problem& problem, Stream& stream) {
  const RitzPairs pairs(problem, stream, ritz_steps);
  std::vector<double> c(pairs.values().size());
  const std::size_t low = c.size() * 11 / 20;
  for (std::size_t j = 0; j < c.size(); ++j) c[j] = (j < low ? 9.0 : 1.0) * stream.normal() * (pairs.values()[j] < 1e-8 ? 0.0 : 1.0);
  return pairs.combine(c);
}

/// Noise after s <- s - 0.8 D^-1 A s, normalised, and a ninth of plain noise.
std::vector<double> smoothed_noise(const Problem& problem, Stream& stream) {
  std::vector<double> s = noise(problem, stream);
  problem.project(s);
  std::vector<double> As(s.size());
  const int sweeps = 4 << stream.integer(5);
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    problem.apply(s, As);
    for (std::size_t i = 0; i < s.size(); ++i)
      if (problem.codes()[i] > 0) s[i] -= 0.8 / problem.codes()[i] * As[i];
  }
  normalise(s);
  std::vector<double> rough = noise(problem, stream);
  problem.project(rough);
  normalise(rough);
  for (std::size_t i = 0; i < s.size(); ++i) s[i] += rough[i] / 9.0;
  return s;
}

/// sum of three sin(k.p + phase) a component, |k| up to four waves over the longest edge, and a constant.
std::vector<double> random_divergence(const Problem& problem, Stream& stream) {
  struct Wave {
    double amplitude, phase;
    std::array<double, 3> k;
  };
  constexpr int waves = 3;
  std::array<std::array<Wave, waves>, 3> field{};
  std::array<double, 3> constant{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    constant[axis] = stream.normal();
    for (Wave& w : field[axis]) {
      w.amplitude = stream.normal();
      w.phase = stream.uniform(0.0, 2.0 * std::numbers::pi);
      for (double& k : w.k) k = stream.uniform(-8.0, 8.0) * std::numbers::pi * stream.uniform();
    }
  }
  const auto velocity = [&](std::size_t axis, const std::array<double, 3>& p) {
    double u = constant[axis];
    for (const Wave& w : field[axis]) u += w.amplitude * std::sin(w.k[0] * p[0] + w.k[1] * p[1] + w.k[2] * p[2] + w.phase);
    return u;
  };
  divergence_rhs(problem.A(), problem.closed(), velocity, problem.work());
  std::vector<double> b(problem.cells());
  const double* values = nullptr;
  petsc_check(VecGetArrayRead(problem.work(), &values));
  std::copy_n(values, b.size(), b.begin());
  petsc_check(VecRestoreArrayRead(problem.work(), &values));
  return b;
}

} // namespace

std::vector<double> right_hand_side(const Problem& problem, Source source, Stream& stream) {
  std::vector<double> b = source == Source::noise               ? noise(problem, stream)
                          : source == Source::divergence        ? random_divergence(problem, stream)
                          : problem.cells() <= largest_for_ritz ? ritz_mixture(problem, stream)
                                                                : smoothed_noise(problem, stream);
  problem.project(b);
  normalise(b);
  return b;
}

} // namespace ansatz::solvers::training
