// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/space_problem.hpp>

#include <ansatz/data/error.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers::gp {

namespace {

constexpr int highest_derivative = 2;

std::array<Interval, 3> to_space_box(const std::vector<double>& box) {
  std::array<Interval, 3> axes{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    axes[axis] = {box[2 * axis], box[2 * axis + 1] - box[2 * axis]};
    if (!(axes[axis].length > 0.0) || !std::isfinite(axes[axis].length))
      throw UsageError("bad_value", "problem.box: from " + std::to_string(box[2 * axis]) + " to " + std::to_string(box[2 * axis + 1]) +
                                        "; the upper end must be above the lower one");
  }
  return axes;
}

/// In three dimensions the equation must be elliptic: then the solver's modes are real and its preconditioner has an inverse.
void require_elliptic(const SpaceProblem& problem) {
  std::array<double, 3> second{};
  for (const SpaceTerm& term : problem.terms)
    for (std::size_t axis = 0; axis < 3; ++axis)
      if (term.order[axis] == 2) second[axis] += term.coefficient(problem.box[0].centre(), problem.box[1].centre(), problem.box[2].centre());
  const bool positive = second[0] > 0.0 && second[1] > 0.0 && second[2] > 0.0;
  const bool negative = second[0] < 0.0 && second[1] < 0.0 && second[2] < 0.0;
  if (!positive && !negative)
    throw UsageError("bad_value",
                     "problem.terms: a problem of three dimensions needs xx, yy and zz with coefficients of one sign (at the centre of the "
                     "box they are " +
                         std::to_string(second[0]) + ", " + std::to_string(second[1]) + ", " + std::to_string(second[2]) + ")");
}

} // namespace

bool is_spatial(const ProblemText& text) { return text.box.size() == 6; }

double SpaceProblem::reaction(double u) const {
  double value = 0.0;
  for (std::size_t n = powers.size(); n-- > 0;) value = value * u + powers[n];
  return value;
}

double SpaceProblem::reaction_slope(double u) const {
  double value = 0.0;
  for (std::size_t n = powers.size(); n-- > 1;) value = value * u + static_cast<double>(n) * powers[n];
  return value;
}

bool SpaceProblem::nonlinear() const {
  return powers.size() > 2 && std::any_of(powers.begin() + 2, powers.end(), [](double c) { return c != 0.0; });
}

bool SpaceProblem::constant_coefficients() const {
  return std::all_of(terms.begin(), terms.end(), [](const SpaceTerm& term) { return term.coefficient.is_constant(); });
}

Problem SpaceProblem::on_plane(std::array<int, 2> axes, double rest) const {
  const auto a = static_cast<std::size_t>(axes[0]);
  const auto b = static_cast<std::size_t>(axes[1]);
  Problem plane;
  plane.dimensions = 2;
  plane.box = {box[a], box[b]};
  for (const SpaceTerm& term : terms)
    if (term.order[3 - a - b] == 0)
      plane.terms.push_back({.order = {term.order[a], term.order[b]}, .coefficient = term.coefficient.on_plane(axes, rest)});
  plane.powers = powers;
  plane.source = source.on_plane(axes, rest);
  plane.faces = FaceData(boundary.on_plane(axes, rest), plane.box, {{{true, true}, {true, true}}});
  return plane;
}

SpaceProblem to_space_problem(const ProblemText& text) {
  if (!is_spatial(text)) throw UsageError("bad_value", "problem.box: found " + std::to_string(text.box.size()) + " numbers; three dimensions need 6");
  SpaceProblem problem;
  problem.box = to_space_box(text.box);
  for (const std::string& term : text.terms) {
    const TermText parts = to_term_text(term, 3);
    if (*std::max_element(parts.order.begin(), parts.order.end()) > highest_derivative)
      throw UsageError("bad_value", "problem.terms: \"" + term + "\": in three dimensions derivatives go to the second order");
    problem.terms.push_back({.order = parts.order, .coefficient = Expression(parts.coefficient, "problem.terms", 3)});
  }
  problem.powers = text.powers;
  if (problem.powers.size() > 1 && problem.powers[1] != 0.0) {
    problem.terms.push_back({.order = {0, 0, 0}, .coefficient = Expression(with_all_digits(problem.powers[1]), "problem.powers", 3)});
    problem.powers[1] = 0.0;
  }
  problem.source = Expression(text.source, "problem.source", 3);
  problem.boundary = Expression(text.boundary, "problem.boundary", 3);
  for (const char* face : {"x_low", "x_high", "y_low", "y_high", "z_low", "z_high"})
    if (std::find(text.faces.begin(), text.faces.end(), face) == text.faces.end())
      throw UsageError("bad_value", std::string("problem.faces: ") + face + " is missing; in three dimensions all six faces need data");
  require_elliptic(problem);
  return problem;
}

} // namespace ansatz::solvers::gp
