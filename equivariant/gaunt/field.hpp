// SPDX-License-Identifier: Apache-2.0
/// What of a signal f a grid holds.
#pragma once

namespace ansatz::equivariant {

enum class Field {
  values, ///< f
  theta,  ///< df/dtheta
  phi,    ///< (df/dphi) / sin(theta)
};

} // namespace ansatz::equivariant
