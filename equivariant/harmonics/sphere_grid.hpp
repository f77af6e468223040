// SPDX-License-Identifier: Apache-2.0
/// Quadrature on the sphere: Gauss-Legendre nodes in cos(theta), uniform points in phi. The integral of any polynomial of degree S on the sphere is exact with
///   N_theta = ceil((S+1)/2) nodes and N_phi = S+1 points, phi_k = 2 pi k / N_phi, weights w_i 2 pi / N_phi,
/// and with no fewer: a node or a point less gives errors of several per cent on random signals.
/// Precision: nodes by Newton's iteration in long double (80 bits or more), error below 3e-19.
/// Errors: UsageError for a negative degree.  Threads: a value, free to copy.
#pragma once

#include <vector>

namespace ansatz::equivariant {

struct SphereGrid {
  /// The grid with these numbers of nodes and points.
  SphereGrid(int nodes, int points);
  /// The smallest grid exact for degree S.
  [[nodiscard]] static SphereGrid exact_for(int degree);

  int n_phi;
  std::vector<long double> cos_theta; ///< theta ascending, so cosines descending; symmetric to the last bit
  std::vector<long double> sin_theta;
  std::vector<long double> weight; ///< of Gauss-Legendre on (-1,1); sums to 2
};

} // namespace ansatz::equivariant
