// SPDX-License-Identifier: Apache-2.0
/// Tables that take the signals of one degree to values on a grid (sphere_grid.hpp) and back: those of the rings (ring_tables.hpp), and for every ring
///   f(phi_k) = c_0 + 2 sum_{m>0} (c_m cos(m phi_k) + s_m sin(m phi_k)),     c_m + i s_m = (1/N) sum_k f(phi_k) e^{i m phi_k},     phi_k = 2 pi k / N.
/// The small matrices beat Fourier transforms up to some fifty longitudes. Values are rows of lanes, [ring][longitude].
/// Precision: long double, rounded once.  Threads: const after construction.
#pragma once

#include <ansatz/equivariant/gaunt/operation_kernels.hpp>
#include <ansatz/equivariant/gaunt/ring_tables.hpp>

namespace ansatz::equivariant {

template <class T>
class GridTable {
public:
  GridTable(int degree, const SphereGrid& grid, Field field = Field::values);
  /// Valid while this object lives and is not moved.
  [[nodiscard]] GridView<T> view() const { return {rings_.view(), field_, points_, spread_.data(), gather_.data()}; }

private:
  RingTable<T> rings_;
  Field field_;
  int points_;
  AlignedVector<T> spread_, gather_;
};

/// Rows of a grid.
[[nodiscard]] inline std::size_t grid_rows(const SphereGrid& grid) { return grid.weight.size() * static_cast<std::size_t>(grid.n_phi); }

} // namespace ansatz::equivariant
