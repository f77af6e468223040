// SPDX-License-Identifier: Apache-2.0
/// A partial differential equation on a box of one or two dimensions with data on whole faces:
///   sum_k beta_k a_k(x, y) d^i/dx^i d^j/dy^j u + N(u) = f(x, y),   N(u) = sum_n c_n u^n,   u = g on the faces named,
/// beta_k 1, or a number that is not known and to be estimated from observations.
/// A problem of one dimension has a second axis of length 1 with one point, on which nothing depends: the same code serves both.
/// The exact solution, where it is known, is in no Problem: a solver cannot see it.
/// Errors: UsageError `bad_value`.  Threads: as Expression.  MPI: none.  Ownership: values.
#pragma once

#include <ansatz/solvers/gp/expression.hpp>
#include <ansatz/solvers/gp/features.hpp>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace ansatz::solvers::gp {

/// beta a(x, y) d^i/dx^i d^j/dy^j
struct Term {
  std::array<int, 2> order{};
  Expression coefficient{};
  int unknown = -1; ///< index of beta among the problem's unknowns; -1: beta is 1
};

/// A coefficient that is not known, and where its estimate may lie.
struct Unknown {
  std::string name{};
  double start = 0.0;
  double low = 0.0;
  double high = 0.0;
};

enum class Side { low, high };

/// One face of the box: x = low and so on.
struct Face {
  int axis = 0;
  Side side = Side::low;
};

/// Boundary values, to be had on the faces where they are given and nowhere else.
class FaceData {
public:
  FaceData() = default;
  FaceData(Expression g, std::array<Interval, 2> box, std::array<std::array<bool, 2>, 2> given) : g_(std::move(g)), box_(box), given_(given) {}
  [[nodiscard]] bool given(Face face) const { return given_[static_cast<std::size_t>(face.axis)][face.side == Side::low ? 0 : 1]; }
  [[nodiscard]] bool any() const;
  /// g on the face, at `along` of the other axis. Throws InternalError where the face has no data.
  [[nodiscard]] double operator()(Face face, double along) const;

private:
  Expression g_;
  std::array<Interval, 2> box_{};
  std::array<std::array<bool, 2>, 2> given_{};
};

struct Problem {
  int dimensions = 1;
  std::array<Interval, 2> box{};
  std::vector<Term> terms{};
  std::vector<Unknown> unknowns{};
  std::vector<double> powers{}; ///< c_0, c_1, ... of N; c_1 is 0, since c_1 u is one of the terms
  Expression source{};
  FaceData faces{};

  [[nodiscard]] bool nonlinear() const; ///< N has powers above 1
  /// N and its derivative.
  [[nodiscard]] double reaction(double u) const;
  [[nodiscard]] double reaction_slope(double u) const;
  /// True where every a_k is a number.
  [[nodiscard]] bool constant_coefficients() const;
};

/// A problem as text, and how well its answer is known.
struct ProblemText {
  std::string name = "custom";
  std::string summary{};
  std::vector<double> box{0.0, 1.0};                                    ///< x_low, x_high[, y_low, y_high[, z_low, z_high]]
  std::vector<std::string> terms{"xx: 1"};                              ///< "DERIVATIVE: COEFFICIENT", as in "xx: 1", "t: 1", "u: sin(x)"
  std::vector<std::string> unknowns{};                                  ///< "NAME: START, LOW, HIGH"; a term may begin with "NAME" or "NAME *"
  std::vector<double> powers{};                                         ///< of N
  std::string source = "0";                                             ///< f
  std::string boundary = "0";                                           ///< g
  std::vector<std::string> faces{"x_low", "x_high", "y_low", "y_high"}; ///< and z_low, z_high; those of axes that are not there are passed over
  std::string exact{};                                                  ///< for verification only; empty: not known
  std::array<int, 2> points{200, 1};                                    ///< a grid that suits it
  int sensors = 0;                                                      ///< noisy values of `exact` at random places; 0: none
  double noise = 0.0;                                                   ///< their standard deviation
  int depth = 1;                                                        ///< its points along z
};

/// "DERIVATIVE: COEFFICIENT" taken apart; letters x, y (t in two dimensions), z.
struct TermText {
  std::array<int, 3> order{};
  std::string coefficient{};
};
[[nodiscard]] TermText to_term_text(const std::string& text, int dimensions);
/// With all digits, as a formula reads it.
[[nodiscard]] std::string with_all_digits(double value);

/// Reads every formula of a problem of one or two dimensions (three: space_problem.hpp). Throws UsageError naming the configuration key.
[[nodiscard]] Problem to_problem(const ProblemText& text);

/// Where the unknowns start.
[[nodiscard]] std::vector<double> starts_of(const Problem& problem);

/// The problem with numbers in place of its unknowns.
[[nodiscard]] Problem at_coefficients(const Problem& problem, const std::vector<double>& values);

/// The published test problems: P1..P8, A1..A4, V1 and variants, and those with observations: I1..I3 (docs/gp.md).
[[nodiscard]] const std::vector<ProblemText>& catalogue();
/// One of them, or of those in three dimensions.
[[nodiscard]] const ProblemText& find_problem(const std::string& name);

} // namespace ansatz::solvers::gp
