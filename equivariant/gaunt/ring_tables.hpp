// SPDX-License-Identifier: Apache-2.0
/// Tables of the methods that work on rings of equal theta (`theta_mconv`, `theta_fft`). The grid of degree S = L1+L2+L3 (sphere_grid.hpp) has N = ceil((S+1)/2)
/// nodes; node i and its mirror image N-1-i form a pair, on which Q_l^m differs by the sign (-1)^(l-m) only; the equator of an odd grid is a pair by itself.
///   synthesis  f_m(theta_i) = sum_l n_m Q_l^m(theta_i) (x_{l,m} + i x_{l,-m}),         n_0 = 1/sqrt(2 pi), n_m = 1/(2 sqrt(pi)),  f_{-m} = conj f_m
///   analysis   z_{l,m} + i z_{l,-m} = sum_i w_i N_m Q_l^m(theta_i) h_m(theta_i),       N_0 = sqrt(2 pi),   N_m = 2 sqrt(pi)
/// One table serves a degree both ways, as an input and as the output of a product. For a derivative (field.hpp) the synthesis has dQ/dtheta or m Q/sin(theta) in
/// the place of Q, and there is no analysis: df/dtheta has the other sign on the southern ring, and the orders of (df/dphi)/sin(theta) are those of -i f.
/// Precision: long double, rounded once.  Memory: about 4 H (L+1)^2 / 2 numbers a degree, H pairs.  Threads: const after construction.
#pragma once

#include <ansatz/equivariant/gaunt/field.hpp>
#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/lanes.hpp>
#include <ansatz/equivariant/harmonics/degrees.hpp>
#include <ansatz/equivariant/harmonics/sphere_grid.hpp>

namespace ansatz::equivariant {

template <class T>
class RingTable {
public:
  RingTable(int degree, const SphereGrid& grid, Field field = Field::values);
  /// Valid while this object lives and is not moved.
  [[nodiscard]] RingView<T> view() const { return {degree_, pairs_, equator_, synthesis_.data(), analysis_.data()}; }

private:
  void add_synthesis(const std::vector<std::vector<long double>>& q);
  void add_analysis(const std::vector<std::vector<long double>>& q, const SphereGrid& grid);

  int degree_;
  int pairs_;
  bool equator_;
  AlignedVector<T> synthesis_;
  AlignedVector<T> analysis_;
};

} // namespace ansatz::equivariant
