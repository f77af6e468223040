// SPDX-License-Identifier: Apache-2.0
/// A real function of x, y and z (in two dimensions y is also called t) given as text, evaluated by muParser: + - * / ^, sin, cos, exp, log, sqrt,
/// tanh, ..., pi.
/// Errors: UsageError `bad_value` naming what the text is for, the text, and what muParser objects to; also where a value is not finite.
/// Threads: one thread per object and its copies, which share the parser.  MPI: none.  Ownership: values.
#pragma once

#include <ansatz/solvers/gp/dense.hpp>

#include <array>
#include <memory>
#include <span>
#include <string>

namespace ansatz::solvers::gp {

class Expression {
public:
  Expression() : Expression("0", "", 2) {}
  /// \param what  named in messages: "problem.source"  \param dimensions  1: only x is known; 2: x, y and t; 3: x, y and z
  Expression(const std::string& text, const std::string& what, int dimensions);

  [[nodiscard]] double operator()(double x, double y = 0.0, double z = 0.0) const;
  /// Values at all pairs, a row an x, a column a y.
  [[nodiscard]] Matrix at(std::span<const double> x, std::span<const double> y) const;
  [[nodiscard]] bool depends_on(int axis) const;
  [[nodiscard]] bool is_constant() const { return !depends_on(0) && !depends_on(1) && !depends_on(2); }
  /// The function of two variables on a plane: first and second argument are the coordinates named by `axes`, the third coordinate is `rest`.
  [[nodiscard]] Expression on_plane(std::array<int, 2> axes, double rest) const;
  [[nodiscard]] const std::string& text() const;

private:
  struct Parser;
  std::shared_ptr<Parser> parser_;
  std::array<int, 3> place_{0, 1, 2}; ///< which coordinate an argument is
  double rest_ = 0.0;                 ///< the third argument of a function on a plane
  bool plane_ = false;
};

} // namespace ansatz::solvers::gp
