// SPDX-License-Identifier: Apache-2.0
/// Energies and forces of a potential on sets of molecules, and their errors against labels. A force error is one component.
/// Units: eV, Angstrom.
/// Errors: UsageError (`bad_value`): no labels to compare with; an element the potential does not know.
/// Threads: one.  MPI: none.
#pragma once

#include <ansatz/data/molecules_file.hpp>
#include <ansatz/equivariant/potential/potential.hpp>

namespace ansatz::equivariant {

/// Places in a set of molecules.
using Selection = std::vector<std::size_t>;

struct Prediction {
  Molecules molecules; ///< the selected ones, with the potential's energies and forces
  double seconds = 0;  ///< of all evaluations
};

struct FitErrors {
  std::size_t molecules = 0;
  std::size_t atoms = 0;
  double energy_mae = 0;  ///< eV/atom
  double energy_rmse = 0; ///< eV/atom
  double force_mae = 0;   ///< eV/Angstrom
  double force_rmse = 0;  ///< eV/Angstrom
};

[[nodiscard]] Prediction predict(const Potential& potential, const Molecules& molecules, const Selection& selection);

/// \param found  of the same selection of `molecules`
[[nodiscard]] FitErrors compare(const Molecules& molecules, const Selection& selection, const Molecules& found);

} // namespace ansatz::equivariant
