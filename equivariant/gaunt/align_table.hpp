// SPDX-License-Identifier: Apache-2.0
/// Rotations that take a direction r to the pole, as factors that are applied and never multiplied out:
///   D = J D_y(-beta) J D_y(-alpha),   n = r/|r| = (sin beta sin alpha, cos beta, sin beta cos alpha),
/// D_y(a) the rotation about the pole, (cos m a, sin m a) on the orders +-m, and J = D of the rotation by pi about (e_x + e_y)/sqrt(2): symmetric, J J = 1, with
/// l^2 + l + 1 entries at degree l. 2 sum(l^2+l+1) + 4 L(L+1) multiply-adds a signal. At the poles alpha = 0.
/// The generators L_a = dD(rotation about the axis a)/d(angle) at 0, antisymmetric with two entries a row or fewer, give derivatives with respect to r without
/// differentiating D, which is singular at the poles.
/// Cite: Pinchon and Hoggan, J. Phys. A 40 (2007) 1597, for the factors.  Precision: long double, rounded once.  Threads: const after construction.
#pragma once

#include <ansatz/equivariant/gaunt/operation_kernels.hpp>
#include <ansatz/equivariant/harmonics/rotation.hpp>

namespace ansatz::equivariant {

template <class T>
class AlignTable {
public:
  explicit AlignTable(int degree);
  /// Valid while this object lives and is not moved.
  [[nodiscard]] AlignView<T> view() const { return {count_.data(), column_.data(), value_.data()}; }

  /// Generators on signals of this degree.
  [[nodiscard]] GeneratorView<T> about_x(int degree) const { return about_x_.view(degree); }
  [[nodiscard]] GeneratorView<T> about_z(int degree) const { return about_z_.view(degree); }

  /// The numbers that the kernels need of a direction, 4 (degree + 1). Throws UsageError (`bad_value`) if r is 0 or not finite.
  void angles(const Vector3& r, T* out) const;
  [[nodiscard]] std::size_t angles_size() const { return 4 * (index(degree_) + 1); }
  /// Numbers of `work` of align and align_back.
  [[nodiscard]] std::size_t workspace() const { return 2 * index(2 * degree_ + 1) * lanes<T>; }

private:
  struct Generator {
    std::vector<int> row, column;
    AlignedVector<T> value;
    std::vector<int> entries; ///< up to every degree
    [[nodiscard]] GeneratorView<T> view(int degree) const { return {entries[index(degree)], row.data(), column.data(), value.data()}; }
  };
  void add_degree(int l, const std::vector<double>& flip);
  void add_generator(Generator& to, int l, const std::vector<long double>& matrix);

  int degree_;
  std::vector<int> count_, column_;
  AlignedVector<T> value_;
  Generator about_x_, about_z_;
};

} // namespace ansatz::equivariant
