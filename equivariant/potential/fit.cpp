// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/potential/fit.hpp>

#include <petscsys.h>

#include <petscblaslapack.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace ansatz::equivariant {
namespace {

double offset_of(const Potential& potential, std::span<const int> numbers) {
  double sum = 0;
  for (const int z : numbers) sum += potential.offsets()[potential.element(z)];
  return sum;
}

} // namespace

Fit::Fit(Potential& potential, const Molecules& molecules, const Selection& validation, const FitOptions& options)
    : potential_(potential), molecules_(molecules), options_(options), validation_(validation),
      training_sums_(potential.offsets().size(), potential.features()), validation_sums_(potential.offsets().size(), potential.features()) {
  if (!molecules.labelled()) throw UsageError("bad_value", "the molecules have no energies and forces to fit");
  if (validation.empty()) throw UsageError("bad_value", "no molecules are held back to choose the ridge; give some");
  if (!(options.energy_weight > 0)) throw UsageError("bad_value", "energy weight " + std::to_string(options.energy_weight) + "; must be positive");
  if (options.ridges.empty()) throw UsageError("bad_value", "no ridge to choose from; give at least one");
}

void Fit::fit_offsets(const Selection& training) {
  const std::size_t n = potential_.offsets().size();
  std::vector<double> matrix(n * n);
  std::vector<double> right(n);
  std::vector<double> counts(n);
  double trace = 0;
  for (const std::size_t c : training) {
    std::fill(counts.begin(), counts.end(), 0.0);
    for (const int z : molecules_.numbers_of(c)) counts[potential_.element(z)] += 1;
    for (std::size_t i = 0; i < n; ++i) {
      right[i] += counts[i] * molecules_.energies[c];
      for (std::size_t j = 0; j < n; ++j) matrix[i * n + j] += counts[i] * counts[j];
      trace += counts[i] * counts[i];
    }
  }
  // Compositions in fixed proportion leave directions open: a grain of ridge takes the smallest offsets there.
  for (std::size_t i = 0; i < n; ++i) matrix[i * n + i] += 1e-12 * trace + std::numeric_limits<double>::min();
  const auto size = static_cast<PetscBLASInt>(n);
  const PetscBLASInt one = 1;
  PetscBLASInt info = 0;
  LAPACKpotrf_("U", &size, matrix.data(), &size, &info);
  if (info == 0) LAPACKpotrs_("U", &size, &one, matrix.data(), &size, right.data(), &size, &info);
  if (info != 0) throw InternalError("internal", "the offsets of " + std::to_string(n) + " elements could not be solved for");
  std::copy(right.begin(), right.end(), potential_.offsets().begin());
  for (const std::size_t c : validation_) add_to(validation_sums_, c);
  validation_sums_.flush();
}

void Fit::add_to(NormalEquations& equations, std::size_t molecule) {
  const auto numbers = molecules_.numbers_of(molecule);
  const auto forces = molecules_.forces_of(molecule);
  potential_.design(numbers, molecules_.positions_of(molecule), rows_, work_);
  const double weight = options_.energy_weight / static_cast<double>(numbers.size());
  targets_.assign(1, weight * (molecules_.energies[molecule] - offset_of(potential_, numbers)));
  for (const auto& force : forces) targets_.insert(targets_.end(), force.begin(), force.end());
  const std::size_t columns = rows_.values.size() / rows_.rows;
  for (std::size_t k = 0; k < columns; ++k) rows_.values[k] *= weight;
  equations.add(rows_, targets_);
}

void Fit::add(std::size_t molecule) { add_to(training_sums_, molecule); }

double Fit::solve() {
  training_sums_.flush();
  std::vector<double> trial(potential_.coefficients().size());
  double least = std::numeric_limits<double>::infinity();
  double chosen = 0;
  for (const double ridge : options_.ridges) {
    if (!training_sums_.solve(ridge, trial)) continue;
    const double residual = validation_sums_.residual(trial);
    if (!(residual < least)) continue;
    least = residual;
    chosen = ridge;
    std::copy(trial.begin(), trial.end(), potential_.coefficients().begin());
  }
  if (chosen == 0) throw UsageError("bad_value", "no ridge of the list gives a positive definite system; give larger ones");
  return chosen;
}

FitErrors errors_of(const Potential& potential, const Molecules& molecules, const Selection& selection) {
  FitErrors errors{.molecules = selection.size()};
  Potential::Workspace work;
  std::vector<Vector3> forces;
  for (const std::size_t c : selection) {
    const auto numbers = molecules.numbers_of(c);
    forces.resize(numbers.size());
    const auto start = std::chrono::steady_clock::now();
    const double energy = potential.evaluate(numbers, molecules.positions_of(c), forces, work);
    errors.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double error = (energy - molecules.energies[c]) / static_cast<double>(numbers.size());
    errors.energy_mae += std::abs(error);
    errors.energy_rmse += error * error;
    for (std::size_t i = 0; i < forces.size(); ++i)
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const double d = forces[i][axis] - molecules.forces_of(c)[i][axis];
        errors.force_mae += std::abs(d);
        errors.force_rmse += d * d;
      }
    errors.atoms += numbers.size();
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
