// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/face_lift.hpp>

#include <ansatz/data/error.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers::gp {

namespace {

/// Of the fit along a face, relative to the data: as small as rounding allows.
constexpr double face_noise = 1e-13;

std::vector<Face> given_faces(const Problem& problem, int axis) {
  std::vector<Face> faces;
  for (const Side side : {Side::low, Side::high})
    if (problem.faces.given({axis, side})) faces.push_back({axis, side});
  return faces;
}

/// Psi_f(B)^-1 of an axis.
Matrix inverse_at_ends(const Problem& problem, const AxisBasis& basis, int axis) {
  const Matrix psi = basis.at(given_ends(problem, axis), 0);
  Matrix inverse = solve_general(columns(psi, 0, basis.fixed()), identity(basis.fixed()));
  if (inverse.values.empty())
    throw UsageError("bad_value",
                     std::string("the features of the ") + (axis == 0 ? "x" : "y") + " axis cannot tell its two ends apart; give other lines");
  return inverse;
}

/// Rows of C fixed by the faces of `axis`, as functions along the other axis: fixed x nodes.
Matrix along_faces(const Problem& problem, const AxisBasis& basis, int axis, const std::vector<double>& nodes) {
  const auto faces = given_faces(problem, axis);
  Matrix g(static_cast<int>(faces.size()), static_cast<int>(nodes.size()));
  for (int j = 0; j < g.cols; ++j)
    for (int i = 0; i < g.rows; ++i) g(i, j) = problem.faces(faces[static_cast<std::size_t>(i)], nodes[static_cast<std::size_t>(j)]);
  return product(inverse_at_ends(problem, basis, axis), g);
}

/// Coefficients of `rows` in the other axis' basis: first those of its corners, exactly, then the rest by least squares.
Matrix fit_along(const Problem& problem, const AxisBasis& other, int other_axis, const std::vector<double>& nodes, const Matrix& rows,
                 const Matrix& corners) {
  const Matrix psi = other.at(nodes, 0);
  Matrix rest = rows;
  Matrix coefficients(rows.rows, other.size());
  if (other.fixed() > 0) {
    const Matrix fixed = product_nt(corners, inverse_at_ends(problem, other, other_axis));
    multiply(rest, fixed, Op::plain, columns(psi, 0, other.fixed()), Op::transpose, -1.0, 1.0);
    std::copy(fixed.values.begin(), fixed.values.end(), coefficients.values.begin());
  }
  double largest = 0.0;
  for (const double value : rows.values) largest = std::max(largest, std::abs(value));
  if (largest == 0.0) return coefficients;
  const Matrix free = RegularisedQr(columns(psi, other.fixed(), other.free()), face_noise * largest).solve(transposed(rest));
  for (int j = 0; j < free.rows; ++j)
    for (int i = 0; i < free.cols; ++i) coefficients(i, other.fixed() + j) = free(j, i);
  return coefficients;
}

/// Values of `along_faces` at the ends of the other axis that have data.
Matrix at_corners(const Problem& problem, const std::array<AxisBasis, 2>& bases, int axis) {
  return along_faces(problem, bases[static_cast<std::size_t>(axis)], axis, given_ends(problem, 1 - axis));
}

} // namespace

std::vector<double> given_ends(const Problem& problem, int axis) {
  const Interval& interval = problem.box[static_cast<std::size_t>(axis)];
  std::vector<double> ends;
  for (const Face face : given_faces(problem, axis)) ends.push_back(face.side == Side::low ? interval.low : interval.high());
  return ends;
}

Matrix lift_faces(const Problem& problem, const std::array<AxisBasis, 2>& bases, const std::array<std::vector<double>, 2>& nodes) {
  Matrix c(bases[0].size(), bases[1].size());
  for (int axis = 0; axis < 2; ++axis) {
    const auto own = static_cast<std::size_t>(axis);
    const std::size_t other = 1 - own;
    if (bases[own].fixed() == 0) continue;
    const Matrix rows = along_faces(problem, bases[own], axis, nodes[other]);
    const Matrix part = fit_along(problem, bases[other], 1 - axis, nodes[other], rows, at_corners(problem, bases, axis));
    for (int j = 0; j < part.cols; ++j)
      for (int i = 0; i < part.rows; ++i) (axis == 0 ? c(i, j) : c(j, i)) = part(i, j);
  }
  return c;
}

} // namespace ansatz::solvers::gp
