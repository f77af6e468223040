// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/problem.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace ansatz::solvers::gp {

namespace {

constexpr int highest_derivative = 4;

const std::vector<std::string> face_names{"x_low", "x_high", "y_low", "y_high", "z_low", "z_high"};

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

constexpr double narrowest_box = 1e-6; // of its coordinates: places on it then keep ten digits

/// "NAME: START, LOW, HIGH"
Unknown to_unknown(const std::string& text) {
  const auto refuse = [&](const std::string& rule) { throw UsageError("bad_value", "problem.unknowns: \"" + text + "\": " + rule); };
  Unknown unknown;
  const auto colon = text.find(':');
  if (colon == std::string::npos) refuse("must be \"NAME: START, LOW, HIGH\"");
  unknown.name = trimmed(text.substr(0, colon));
  if (unknown.name.empty() || unknown.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != std::string::npos)
    refuse("a name is made of letters, digits and _");
  if (const std::string coordinates = "xyztu"; unknown.name.size() == 1 && coordinates.find(unknown.name) != std::string::npos)
    refuse("x, y, z, t and u have a meaning of their own; give the coefficient another name");
  std::array<double, 3> numbers{};
  std::string rest = text.substr(colon + 1);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto comma = rest.find(',');
    if ((comma == std::string::npos) != (i == 2)) refuse("three numbers are needed: start, lowest, highest");
    const std::string word = trimmed(rest.substr(0, comma));
    numbers[i] = Expression(word, "problem.unknowns", 1)(0.0);
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
  }
  unknown.start = numbers[0];
  unknown.low = numbers[1];
  unknown.high = numbers[2];
  if (!(unknown.low < unknown.high) || unknown.start < unknown.low || unknown.start > unknown.high)
    refuse("the start must lie between the lowest and the highest value");
  return unknown;
}

/// Takes "NAME" or "NAME *" from the front of a coefficient; returns the index of the name, or -1.
int take_unknown(std::string& coefficient, const std::vector<Unknown>& unknowns) {
  const std::string text = trimmed(coefficient);
  for (std::size_t i = 0; i < unknowns.size(); ++i) {
    if (!text.starts_with(unknowns[i].name)) continue;
    const std::string rest = trimmed(text.substr(unknowns[i].name.size()));
    if (!rest.empty() && rest.front() != '*') continue;
    coefficient = rest.empty() ? "1" : rest.substr(1);
    return static_cast<int>(i);
  }
  return -1;
}

Term to_term(const std::string& text, int dimensions, const std::vector<Unknown>& unknowns) {
  TermText parts = to_term_text(text, dimensions);
  Term term;
  term.order = {parts.order[0], parts.order[1]};
  if (term.order[0] > highest_derivative || term.order[1] > highest_derivative)
    throw UsageError("bad_value", "problem.terms: \"" + text + "\": derivatives go to the fourth order");
  term.unknown = take_unknown(parts.coefficient, unknowns);
  term.coefficient = Expression(parts.coefficient, "problem.terms", dimensions);
  return term;
}

std::array<Interval, 2> to_box(const std::vector<double>& box) {
  if (box.size() != 2 && box.size() != 4)
    throw UsageError("bad_value", "problem.box: found " + std::to_string(box.size()) + " numbers; must be x_low,x_high or x_low,x_high,y_low,y_high");
  std::array<Interval, 2> axes{};
  for (std::size_t axis = 0; 2 * axis < box.size(); ++axis) {
    axes[axis] = {box[2 * axis], box[2 * axis + 1] - box[2 * axis]};
    if (!(axes[axis].length > 0.0) || !std::isfinite(axes[axis].length))
      throw UsageError("bad_value", "problem.box: from " + std::to_string(box[2 * axis]) + " to " + std::to_string(box[2 * axis + 1]) +
                                        "; the upper end must be above the lower one");
    if (axes[axis].length < narrowest_box * std::max(std::abs(box[2 * axis]), std::abs(box[2 * axis + 1])))
      throw UsageError("bad_value", "problem.box: from " + with_all_digits(box[2 * axis]) + " to " + with_all_digits(box[2 * axis + 1]) +
                                        "; too narrow for double precision so far from 0: choose coordinates that begin nearer to it");
  }
  return axes;
}

} // namespace

bool FaceData::any() const {
  return std::any_of(given_.begin(), given_.end(), [](const auto& sides) { return sides[0] || sides[1]; });
}

double FaceData::operator()(Face face, double along) const {
  if (!given(face)) throw InternalError("internal", "boundary values asked for on a face that has none");
  const Interval& interval = box_[static_cast<std::size_t>(face.axis)];
  const double across = face.side == Side::low ? interval.low : interval.high();
  return face.axis == 0 ? g_(across, along) : g_(along, across);
}

bool Problem::nonlinear() const {
  for (std::size_t n = 2; n < powers.size(); ++n)
    if (powers[n] != 0.0) return true;
  return false;
}

double Problem::reaction(double u) const {
  double value = 0.0;
  for (std::size_t n = powers.size(); n-- > 0;) value = value * u + powers[n];
  return value;
}

double Problem::reaction_slope(double u) const {
  double value = 0.0;
  for (std::size_t n = powers.size(); n-- > 1;) value = value * u + static_cast<double>(n) * powers[n];
  return value;
}

bool Problem::constant_coefficients() const {
  return std::all_of(terms.begin(), terms.end(), [](const Term& term) { return term.coefficient.is_constant(); });
}

std::string with_all_digits(double value) {
  std::array<char, 40> text{};
  (void)std::snprintf(text.data(), text.size(), "%.17g", value);
  return text.data();
}

TermText to_term_text(const std::string& text, int dimensions) {
  const auto colon = text.find(':');
  const auto refuse = [&](const std::string& rule) { throw UsageError("bad_value", "problem.terms: \"" + text + "\": " + rule); };
  if (colon == std::string::npos) refuse("must be \"DERIVATIVE: COEFFICIENT\", as in \"xx: 1\" or \"u: sin(x)\"");
  const std::string derivative = trimmed(text.substr(0, colon));
  if (derivative.empty()) refuse("the derivative is missing; \"u\" stands for none");
  TermText term{.order = {}, .coefficient = text.substr(colon + 1)};
  if (derivative == "u") return term;
  for (const char letter : derivative) {
    const int axis = letter == 'x' ? 0 : letter == 'y' || (letter == 't' && dimensions == 2) ? 1 : letter == 'z' ? 2 : 3;
    if (axis >= dimensions)
      refuse(std::string("a derivative by '") + letter + "' needs a box with that axis; letters are x, y and t, or x, y and z in three dimensions");
    ++term.order[static_cast<std::size_t>(axis)];
  }
  return term;
}

Problem to_problem(const ProblemText& text) {
  Problem problem;
  problem.box = to_box(text.box);
  problem.dimensions = text.box.size() == 4 ? 2 : 1;
  if (text.terms.empty()) throw UsageError("bad_value", "problem.terms: empty; an equation needs at least one term such as \"xx: 1\"");
  for (const std::string& unknown : text.unknowns) problem.unknowns.push_back(to_unknown(unknown));
  for (const std::string& term : text.terms) problem.terms.push_back(to_term(term, problem.dimensions, problem.unknowns));
  for (std::size_t i = 0; i < problem.unknowns.size(); ++i)
    if (std::none_of(problem.terms.begin(), problem.terms.end(), [&](const Term& term) { return term.unknown == static_cast<int>(i); }))
      throw UsageError("bad_value", "problem.unknowns: \"" + problem.unknowns[i].name +
                                        "\" is in no term; write it first, as in \"u: " + problem.unknowns[i].name + " * sin(x)\"");
  problem.powers = text.powers;
  if (problem.powers.size() > 1 && problem.powers[1] != 0.0) {
    problem.terms.push_back({.order = {0, 0}, .coefficient = Expression(with_all_digits(problem.powers[1]), "problem.powers", problem.dimensions)});
    problem.powers[1] = 0.0;
  }
  problem.source = Expression(text.source, "problem.source", problem.dimensions);
  std::array<std::array<bool, 2>, 2> given{};
  for (const std::string& name : text.faces) {
    const auto found = std::find(face_names.begin(), face_names.end(), name);
    if (found == face_names.end()) throw UsageError("bad_value", "problem.faces: \"" + name + "\" is no face" + did_you_mean(name, face_names));
    const auto index = static_cast<std::size_t>(found - face_names.begin());
    if (index / 2 < static_cast<std::size_t>(problem.dimensions)) given[index / 2][index % 2] = true;
  }
  problem.faces = FaceData(Expression(text.boundary, "problem.boundary", problem.dimensions), problem.box, given);
  return problem;
}

std::vector<double> starts_of(const Problem& problem) {
  std::vector<double> values(problem.unknowns.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = problem.unknowns[i].start;
  return values;
}

Problem at_coefficients(const Problem& problem, const std::vector<double>& values) {
  Problem fixed = problem;
  fixed.unknowns.clear();
  for (Term& term : fixed.terms) {
    if (term.unknown < 0) continue;
    const std::string value = with_all_digits(values[static_cast<std::size_t>(term.unknown)]);
    term.coefficient = Expression("(" + value + ")*(" + term.coefficient.text() + ")", "problem.terms", problem.dimensions);
    term.unknown = -1;
  }
  return fixed;
}

} // namespace ansatz::solvers::gp
