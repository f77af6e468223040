// SPDX-License-Identifier: Apache-2.0
/// Recognises pure boxes: every cell fluid except whole layers of air along walls of the grid.
/// MPI: collective.  Cost: one pass over the flags.  Threads: any.
#pragma once

#include <ansatz/solvers/poisson/cell_flags.hpp>

#include <array>
#include <string>

namespace ansatz::solvers {

struct PureBox {
  std::array<int, 3> low{}, high{}; ///< fluid cells are low <= (i,j,k) < high, global numbers
  std::string refusal;              ///< why the domain is no pure box, naming the first cell (x fastest) that breaks the rule; empty if it is one
};

[[nodiscard]] PureBox find_pure_box(const CellFlags& flags);

} // namespace ansatz::solvers
