// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/potential/cholesky.hpp>
#include <ansatz/equivariant/potential/fit.hpp>

#include <algorithm>
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
  if (!solve_cholesky(matrix, right)) throw InternalError("internal", "the offsets of " + std::to_string(n) + " elements could not be solved for");
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

} // namespace ansatz::equivariant
