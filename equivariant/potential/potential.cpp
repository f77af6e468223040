// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/potential/potential.hpp>

#include <algorithm>

namespace ansatz::equivariant {
namespace {

DescriptorOptions descriptor_options(const PotentialOptions& o) {
  return {
      .density = {.degree = o.degree, .channels = o.channels, .radial = o.radial, .cutoff = o.cutoff, .elements = o.elements.size(), .seed = o.seed},
      .order = o.order,
      .product = o.product};
}

std::string listed(const std::vector<int>& numbers) {
  std::string text;
  for (const int z : numbers) text += (text.empty() ? "" : ", ") + std::to_string(z);
  return text;
}

} // namespace

Potential::Potential(const PotentialOptions& options)
    : options_(options), descriptor_(descriptor_options(options)), coefficients_(options.elements.size() * descriptor_.features()),
      offsets_(options.elements.size()) {
  if (std::adjacent_find(options.elements.begin(), options.elements.end(), std::greater_equal<>()) != options.elements.end() ||
      options.elements.front() < 1)
    throw UsageError("bad_value", "Potential: elements " + listed(options.elements) + "; must be atomic numbers in ascending order");
}

std::size_t Potential::element(int number) const {
  const auto at = std::lower_bound(options_.elements.begin(), options_.elements.end(), number);
  if (at == options_.elements.end() || *at != number)
    throw UsageError("bad_value", "the potential does not know the element with atomic number " + std::to_string(number) + "; it knows " +
                                      listed(options_.elements));
  return static_cast<std::size_t>(at - options_.elements.begin());
}

void Potential::find_elements(std::span<const int> numbers, std::span<const Vector3> positions, Workspace& at) const {
  if (numbers.size() != positions.size())
    throw UsageError("bad_value",
                     "Potential: " + std::to_string(numbers.size()) + " atomic numbers for " + std::to_string(positions.size()) + " positions");
  at.elements.clear();
  for (const int z : numbers) at.elements.push_back(element(z));
}

double Potential::evaluate(std::span<const int> numbers, std::span<const Vector3> positions, std::span<Vector3> forces, Workspace& at) const {
  find_elements(numbers, positions, at);
  if (!forces.empty() && forces.size() != positions.size())
    throw UsageError("bad_value", "Potential: " + std::to_string(forces.size()) + " forces for " + std::to_string(positions.size()) + " positions");
  std::fill(forces.begin(), forces.end(), Vector3{});
  double energy = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    find_edges(i, at.elements, positions, options_.cutoff, at.edges);
    at.edge_slopes.resize(at.edges.size());
    const std::span<const double> c = coefficients().subspan(at.elements[i] * features(), features());
    energy += offsets_[at.elements[i]] + descriptor_.evaluate(at.edges, c, at.edge_slopes, at.descriptor);
    if (forces.empty()) continue;
    for (std::size_t e = 0; e < at.edges.size(); ++e)
      for (std::size_t axis = 0; axis < 3; ++axis) {
        forces[at.edges[e].atom][axis] -= at.edge_slopes[e][axis];
        forces[i][axis] += at.edge_slopes[e][axis];
      }
  }
  return energy;
}

void Potential::design(std::span<const int> numbers, std::span<const Vector3> positions, DesignRows& rows, Workspace& at) const {
  find_elements(numbers, positions, at);
  rows.present = at.elements;
  std::sort(rows.present.begin(), rows.present.end());
  rows.present.erase(std::unique(rows.present.begin(), rows.present.end()), rows.present.end());
  rows.rows = 1 + 3 * numbers.size();
  const std::size_t count = features();
  const std::size_t columns = rows.present.size() * count;
  rows.values.assign(rows.rows * columns, 0.0);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    find_edges(i, at.elements, positions, options_.cutoff, at.edges);
    descriptor_.evaluate(at.edges, at.values, at.slopes, at.descriptor);
    const auto place = std::lower_bound(rows.present.begin(), rows.present.end(), at.elements[i]);
    double* block = rows.values.data() + static_cast<std::size_t>(place - rows.present.begin()) * count;
    for (std::size_t k = 0; k < count; ++k) block[k] += at.values[k];
    for (std::size_t e = 0; e < at.edges.size(); ++e)
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const double* slope = at.slopes.data() + (e * 3 + axis) * count;
        double* there = block + (1 + 3 * at.edges[e].atom + axis) * columns;
        double* here_ = block + (1 + 3 * i + axis) * columns;
        for (std::size_t k = 0; k < count; ++k) {
          there[k] -= slope[k];
          here_[k] += slope[k];
        }
      }
  }
}

} // namespace ansatz::equivariant
