// SPDX-License-Identifier: Apache-2.0
/// Interatomic potential, linear in its parameters:
///   E = sum_i ( E0_{z_i} + sum_k c_{z_i,k} f_k(surroundings of i) ),   F_i = -dE/dr_i,
/// f_k the features of descriptor.hpp, z_i the element of atom i. Linear, so the best parameters are those of a least-squares problem (fit.hpp) and
/// not of a search.
/// The energy does not change when the molecule is moved, turned, reflected or its equal atoms are exchanged; the forces turn with it and add up to
/// zero.
/// Cite: linear potentials of this kind: Drautz, Phys. Rev. B 99 (2019) 014104; Kovacs et al., J. Chem. Theory Comput. 17 (2021) 7696.
/// Shapes: coefficients [element][feature], offsets [element].
/// Units: Angstrom, eV, eV/Angstrom.
/// Errors: UsageError (`bad_value`): an element the potential does not know, atoms in one place, positions that are not finite, bad options.
/// Threads: const functions, a workspace each.  MPI: none.  Cost: descriptor's an atom and neighbour.
#pragma once

#include <ansatz/equivariant/potential/descriptor.hpp>

namespace ansatz::equivariant {

struct PotentialOptions {
  std::vector<int> elements{};   ///< atomic numbers, ascending
  double cutoff = 5.0;           ///< Angstrom
  int radial = 8;                ///< radial functions, 1..32
  int degree = 3;                ///< of the harmonics, 0..20
  int channels = 128;            ///< a multiple of 8
  int order = 4;                 ///< neighbours that act together, 1..4; 1 is a potential of pairs
  std::string product = "gaunt"; ///< a name of product_names()
  std::int64_t seed = 1;         ///< of the mixing of channels
};

/// Linear equations of one molecule, row-major: row 0 the energy without offsets, then the forces [atom][axis]. Columns: the features of the elements
/// present.
struct DesignRows {
  std::vector<std::size_t> present; ///< places in the list of elements, ascending
  std::size_t rows = 0;
  std::vector<double> values;
};

class Potential {
public:
  struct Workspace {
    Descriptor::Workspace descriptor;
    std::vector<std::size_t> elements;
    std::vector<Edge> edges;
    std::vector<Vector3> edge_slopes;
    std::vector<double> values, slopes;
  };

  explicit Potential(const PotentialOptions& options);

  /// Energy; forces if the span is not empty.
  double evaluate(std::span<const int> numbers, std::span<const Vector3> positions, std::span<Vector3> forces, Workspace& at) const;
  /// Rows whose product with the coefficients is energy and forces.
  void design(std::span<const int> numbers, std::span<const Vector3> positions, DesignRows& rows, Workspace& at) const;

  [[nodiscard]] std::size_t features() const { return descriptor_.features(); }
  [[nodiscard]] const PotentialOptions& options() const { return options_; }
  [[nodiscard]] std::span<double> coefficients() { return coefficients_; }
  [[nodiscard]] std::span<const double> coefficients() const { return coefficients_; }
  [[nodiscard]] std::span<double> offsets() { return offsets_; }
  [[nodiscard]] std::span<const double> offsets() const { return offsets_; }
  /// Place of an atomic number in the list of elements.
  [[nodiscard]] std::size_t element(int number) const;

private:
  void find_elements(std::span<const int> numbers, std::span<const Vector3> positions, Workspace& at) const;

  PotentialOptions options_;
  Descriptor descriptor_;
  std::vector<double> coefficients_, offsets_;
};

} // namespace ansatz::equivariant
