// SPDX-License-Identifier: Apache-2.0
/// Features of an atom's surroundings that do not change under rotations, reflections and exchange of equal neighbours, with their slopes along the
/// neighbours:
///   pairs   sum_j [z_j = e] R_n(|r_j|)             for every element e and radial function n
///   many    the invariants up to that order of every channel of the density (density.hpp, invariants.hpp)
///   one     1, so that an offset of the element is fitted with the rest
/// Shapes: values: features() numbers, pairs [e][n] first, then [term][channel], then 1; slopes: [edge][axis][feature].
/// Units: slopes 1/Angstrom.  Errors: UsageError (`bad_value`): order outside 1..4, and those of the parts.  Threads: const functions, a workspace
/// each.
#pragma once

#include <ansatz/equivariant/potential/density.hpp>
#include <ansatz/equivariant/potential/invariants.hpp>

#include <optional>

namespace ansatz::equivariant {

struct DescriptorOptions {
  DensityOptions density{};
  int order = 4;                 ///< neighbours that act together, 1..4: body order less one
  std::string product = "gaunt"; ///< a name of product_names()
};

class Descriptor {
public:
  struct Workspace {
    Density::Workspace density;
    Invariants::Workspace invariants;
    AlignedVector<double> xbar;
    std::vector<double> many, channel_slopes;
  };

  explicit Descriptor(const DescriptorOptions& options);

  void evaluate(std::span<const Edge> edges, std::vector<double>& values, std::vector<double>& slopes, Workspace& at) const;
  /// sum c f, and its slope along every edge; cheaper than all of them.
  double evaluate(std::span<const Edge> edges, std::span<const double> c, std::span<Vector3> slopes, Workspace& at) const;

  [[nodiscard]] std::size_t features() const { return pairs() + many() + 1; }
  [[nodiscard]] const Density& density() const { return density_; }

private:
  [[nodiscard]] std::size_t pairs() const { return density_.elements() * density_.radial().count(); }
  [[nodiscard]] std::size_t many() const { return invariants_ ? invariants_->count() : 0; }

  Density density_;
  std::optional<Invariants> invariants_; ///< order 2 and up
};

} // namespace ansatz::equivariant
