// SPDX-License-Identifier: Apache-2.0
/// A function on a box of three dimensions by tensor products of the bases of its axes, with the variance of its modes' coefficients.
/// Variance: every mode of the equation's operator is taken as independent of the others (docs/gp.md); given faces have none.
/// Units: those of u and its square.  Cost: a product an axis.  Threads: const members may run at once.  MPI: none, every rank holds all.
#pragma once

#include <ansatz/solvers/gp/cube.hpp>
#include <ansatz/solvers/gp/tensor_axis.hpp>

#include <array>

namespace ansatz::solvers::gp {

/// Coefficients that face data fix, in three thin blocks: block b holds those with the first two functions of axis b, and of the axes before b only
/// functions that vanish at the ends.
using FaceCoefficients = std::array<Cube, 3>;

class SpaceSolution {
public:
  SpaceSolution() = default;
  SpaceSolution(std::array<TensorAxis, 3> axes, FaceCoefficients faces, Cube modes, Cube variances)
      : axes_(std::move(axes)), faces_(std::move(faces)), modes_(std::move(modes)), variances_(std::move(variances)) {}

  /// u, or its derivative, at all triples.
  [[nodiscard]] Cube mean(const std::array<std::vector<double>, 3>& points, std::array<int, 3> order = {0, 0, 0}) const;
  [[nodiscard]] bool has_variance() const { return !variances_.values.empty(); }
  [[nodiscard]] Cube variance(const std::array<std::vector<double>, 3>& points) const;
  [[nodiscard]] const std::array<TensorAxis, 3>& axes() const { return axes_; }
  [[nodiscard]] const Cube& modes() const { return modes_; }

private:
  std::array<TensorAxis, 3> axes_;
  FaceCoefficients faces_;
  Cube modes_;
  Cube variances_;
};

/// Sum over the three blocks of the products with `left`, a matrix an axis with a column a function of its basis.
[[nodiscard]] Cube apply_to_faces(const std::array<Matrix, 3>& left, const FaceCoefficients& faces);
/// Values of an axis' modes, or of a derivative.
[[nodiscard]] Matrix mode_values(const TensorAxis& axis, std::span<const double> points, int order);

} // namespace ansatz::solvers::gp
