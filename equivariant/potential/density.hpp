// SPDX-License-Identifier: Apache-2.0
/// The surroundings of an atom as signals on the sphere, one a channel:
///   x_{k,lm} = sum_j h_{k,l}(r_j, z_j) Y_lm(r_j/|r_j|),   h_{k,l}(r, z) = sum_n W_{z,n,l,k} R_n(|r|),
/// j the neighbours inside the cutoff, z_j their elements, R_n radial_basis.hpp. The mixing W is random and fixed, normal with the standard deviation
/// exp(-0.3 n): products of a few mixed channels sketch the products of all pairs of radial functions and elements.
/// Cite: Darby, Kovacs, Batatia, Caro, Hart, Ortner and Csanyi, Phys. Rev. Lett. 131 (2023) 028001, arXiv:2210.01705.
/// Shapes: x and its gradients are lane blocks [block][(l,m)][lane] (lanes.hpp); channel k is lane k mod 8 of block k div 8.
/// Units: Angstrom for positions; x has none.
/// Errors: UsageError (`bad_value`): channels not a multiple of 8, no elements; two atoms in one place.
/// Threads: const functions, a workspace each.  Cost: a neighbour 2 C (L+1) count + C (L+1)^2 multiply-adds for C channels, slopes 4 C (L+1)^2.
#pragma once

#include <ansatz/equivariant/gaunt/lanes.hpp>
#include <ansatz/equivariant/harmonics/spherical_harmonics.hpp>
#include <ansatz/equivariant/potential/radial_basis.hpp>

#include <cstdint>
#include <vector>

namespace ansatz::equivariant {

/// A neighbour inside the cutoff.
struct Edge {
  std::size_t atom;    ///< which
  std::size_t element; ///< place of its element in the list of elements
  Vector3 r;           ///< from the central atom to it
  double length;
};

/// Neighbours of atom `centre` by comparison with every atom: for molecules. `elements`: of each atom, as in Edge.
void find_edges(std::size_t centre, std::span<const std::size_t> elements, std::span<const Vector3> positions, double cutoff,
                std::vector<Edge>& edges);

struct DensityOptions {
  int degree = 3;           ///< L, 0..20
  int channels = 128;       ///< C, a multiple of 8
  int radial = 8;           ///< radial functions, 1..32
  double cutoff = 5.0;      ///< Angstrom
  std::size_t elements = 1; ///< how many
  std::int64_t seed = 1;    ///< of the mixing
};

class Density {
public:
  /// What `evaluate` leaves for `slopes`.
  struct Workspace {
    AlignedVector<double> x;              ///< the signals
    std::vector<double> radial, d_radial; ///< [edge][n]
    std::vector<double> harmonics;        ///< [edge][lm]
    std::vector<Vector3> d_harmonics;     ///< [edge][lm]
    AlignedVector<double> mixed, d_mixed; ///< h and dh/dr, [edge][block][l][lane]
  };

  explicit Density(const DensityOptions& options);

  void evaluate(std::span<const Edge> edges, Workspace& at) const;
  /// Slopes along edge e of functions y_k of the channels with the gradients xbar_k: out[axis][k] = dy_k/dr_axis.
  void slopes(const Workspace& at, const Edge& edge, std::size_t e, std::span<const double> xbar, std::span<double> out) const;
  /// The same, summed over the channels.
  [[nodiscard]] Vector3 slope(const Workspace& at, const Edge& edge, std::size_t e, std::span<const double> xbar) const;

  [[nodiscard]] std::size_t blocks() const { return blocks_; }
  [[nodiscard]] std::size_t channels() const { return blocks_ * lanes<double>; }
  [[nodiscard]] int degree() const { return degree_; }
  [[nodiscard]] const RadialBasis& radial() const { return radial_; }
  [[nodiscard]] std::size_t elements() const { return elements_; }

private:
  void tabulate(std::span<const Edge> edges, Workspace& at) const;

  int degree_;
  std::size_t blocks_;
  std::size_t elements_;
  RadialBasis radial_;
  AlignedVector<double> mixing_; ///< [element][n][block][l][lane]
};

} // namespace ansatz::equivariant
