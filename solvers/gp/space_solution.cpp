// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/space_solution.hpp>

#include <ansatz/data/error.hpp>

namespace ansatz::solvers::gp {

Cube apply_to_faces(const std::array<Matrix, 3>& left, const FaceCoefficients& faces) {
  Cube sum({left[0].rows, left[1].rows, left[2].rows});
  for (std::size_t b = 0; b < 3; ++b) {
    std::array<Matrix, 3> part;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const int all = left[axis].cols;
      part[axis] = axis < b ? columns(left[axis], 2, all - 2) : axis == b ? columns(left[axis], 0, 2) : left[axis];
    }
    axpy(1.0, along_all({part.data(), &part[1], &part[2]}, faces[b]).values, sum.values);
  }
  return sum;
}

Matrix mode_values(const TensorAxis& axis, std::span<const double> points, int order) {
  Matrix free = columns(axis.basis(points, order), 2, axis.size - 2);
  if (!axis.combination.values.empty()) free = product(free, axis.combination);
  return product(free, axis.modes);
}

Cube SpaceSolution::mean(const std::array<std::vector<double>, 3>& points, std::array<int, 3> order) const {
  std::array<Matrix, 3> basis;
  std::array<Matrix, 3> modes;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    basis[axis] = axes_[axis].basis(points[axis], order[axis]);
    modes[axis] = mode_values(axes_[axis], points[axis], order[axis]);
  }
  Cube u = apply_to_faces(basis, faces_);
  axpy(1.0, along_all({modes.data(), &modes[1], &modes[2]}, modes_).values, u.values);
  return u;
}

Cube SpaceSolution::variance(const std::array<std::vector<double>, 3>& points) const {
  if (!has_variance()) throw InternalError("internal", "variance asked for where no prior was stated");
  std::array<Matrix, 3> squares;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    squares[axis] = mode_values(axes_[axis], points[axis], 0);
    for (double& value : squares[axis].values) value *= value;
  }
  return along_all({squares.data(), &squares[1], &squares[2]}, variances_);
}

} // namespace ansatz::solvers::gp
