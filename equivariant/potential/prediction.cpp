// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/potential/prediction.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace ansatz::equivariant {

Prediction predict(const Potential& potential, const Molecules& molecules, const Selection& selection) {
  Prediction found;
  Molecules& to = found.molecules;
  to.reference = "potential";
  to.kind_names = molecules.kind_names;
  Potential::Workspace work;
  for (const std::size_t c : selection) {
    const auto numbers = molecules.numbers_of(c);
    const auto positions = molecules.positions_of(c);
    const std::size_t first = to.numbers.size();
    to.numbers.insert(to.numbers.end(), numbers.begin(), numbers.end());
    to.positions.insert(to.positions.end(), positions.begin(), positions.end());
    to.forces.resize(to.numbers.size());
    if (!molecules.kinds.empty()) to.kinds.push_back(molecules.kinds[c]);
    const auto start = std::chrono::steady_clock::now();
    to.energies.push_back(potential.evaluate(numbers, positions, std::span(to.forces).subspan(first), work));
    found.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    to.offsets.push_back(to.numbers.size());
  }
  return found;
}

FitErrors compare(const Molecules& molecules, const Selection& selection, const Molecules& found) {
  if (!molecules.labelled()) throw UsageError("bad_value", "the molecules have no energies and forces to compare with");
  FitErrors errors{.molecules = selection.size(), .atoms = found.numbers.size()};
  for (std::size_t s = 0; s < selection.size(); ++s) {
    const std::size_t c = selection[s];
    const double error = (found.energies[s] - molecules.energies[c]) / static_cast<double>(molecules.atoms(c));
    errors.energy_mae += std::abs(error);
    errors.energy_rmse += error * error;
    for (std::size_t i = 0; i < molecules.atoms(c); ++i)
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const double d = found.forces[found.offsets[s] + i][axis] - molecules.forces_of(c)[i][axis];
        errors.force_mae += std::abs(d);
        errors.force_rmse += d * d;
      }
  }
  const auto count = static_cast<double>(std::max<std::size_t>(errors.molecules, 1));
  const auto components = static_cast<double>(std::max<std::size_t>(3 * errors.atoms, 1));
  errors.energy_mae /= count;
  errors.energy_rmse = std::sqrt(errors.energy_rmse / count);
  errors.force_mae /= components;
  errors.force_rmse = std::sqrt(errors.force_rmse / components);
  return errors;
}

} // namespace ansatz::equivariant
