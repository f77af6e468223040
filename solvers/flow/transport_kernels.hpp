// SPDX-License-Identifier: Apache-2.0
/// Row kernels of the MacCormack scheme (advection.hpp), compiled once per instruction set and chosen at run time.
/// Threads: no state.  MPI: none.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace ansatz::solvers::flow {

/// One row of own entries of a place.
struct RowView {
  std::array<const double*, 3> velocity{}; ///< components, at the entry of the row's first cell
  int n = 0;                               ///< entries
  std::ptrdiff_t row = 0, plane = 0;       ///< strides
  int place = 0;
  double courant = 0.0;   ///< dt / h
  double reach = 0.0;     ///< displacements are cut off here, in cells
  double* work = nullptr; ///< 6 n entries
};

struct TransportKernels {
  const char* name;
  /// The departure points of all entries: work[0..2], in cells from the entry, each n entries.
  void (*trace_back)(const RowView& view);
  /// The same, and the arrival points in work[3..5].
  void (*trace)(const RowView& view);
  /// to = from at the departure points.
  void (*predict)(const RowView& view, const double* from, double* to);
  /// to = predicted + (from - predicted at the arrival points) / 2, within the range of `from` around the departure point if `limit`.
  void (*correct)(const RowView& view, const double* from, const double* predicted, double* to, bool limit);
};

/// Tables this machine can run, fastest first.
[[nodiscard]] std::vector<const TransportKernels*> transport_kernels();

} // namespace ansatz::solvers::flow
