// SPDX-License-Identifier: Apache-2.0
/// Fits a linear potential (potential.hpp) to energies and forces:
///   minimise  sum_c ( w^2 ((E_c - E(c)) / N_c)^2 + sum_i |F_ci - F_i(c)|^2 ) + ridge,
/// after the offsets E0, which are the least squares of the energies by composition alone; the feature 1 mends them. The ridge is the one of a list
/// with the least residual on molecules that are held back (normal_equations.hpp). No randomness: equal data and options give equal bits on a
/// machine.
/// Units: eV, Angstrom; w in Angstrom: an energy error of 1 eV an atom counts as much as w forces with an error of 1 eV/Angstrom.
/// Errors: UsageError (`bad_value`): no labels, no molecules held back, unknown elements, bad options, no ridge large enough.
/// Threads: one.  MPI: none.  Cost: features of every molecule once, rows times columns^2, a Cholesky factorisation a ridge.
#pragma once

#include <ansatz/equivariant/potential/normal_equations.hpp>
#include <ansatz/equivariant/potential/prediction.hpp>

namespace ansatz::equivariant {

struct FitOptions {
  double energy_weight = 30;                                               ///< w, positive
  std::vector<double> ridges{1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-6, 1e-4}; ///< to choose from, positive
};

class Fit {
public:
  /// \param potential  receives the parameters; must outlive the fit. \param validation  for the choice of the ridge
  Fit(Potential& potential, const Molecules& molecules, const Selection& validation, const FitOptions& options);

  /// Offsets from the energies by composition of these molecules; before `add`.
  void fit_offsets(const Selection& training);
  /// Adds a molecule to the equations.
  void add(std::size_t molecule);
  /// Sets the coefficients from what was added, and returns the ridge chosen. More may be added afterwards.
  double solve();

private:
  void add_to(NormalEquations& equations, std::size_t molecule);

  Potential& potential_;
  const Molecules& molecules_;
  FitOptions options_;
  Selection validation_;
  NormalEquations training_sums_, validation_sums_;
  Potential::Workspace work_;
  DesignRows rows_;
  std::vector<double> targets_;
};

} // namespace ansatz::equivariant
