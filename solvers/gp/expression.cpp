// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/expression.hpp>

#include <ansatz/data/error.hpp>

#include <muParser.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ansatz::solvers::gp {

struct Expression::Parser {
  mu::Parser formula{};
  std::string text{};
  std::string what{};
  std::array<double, 3> at{};
  std::array<bool, 3> depends{};
};

namespace {

[[noreturn]] void unknown_name(const std::string& what, const std::string& text, const std::string& name, int dimensions) {
  throw UsageError("bad_value", what + ": \"" + text + "\": \"" + name + "\" is not known; variables are x" +
                                    (dimensions == 2   ? ", y and t (y by another name)"
                                     : dimensions == 3 ? ", y and z"
                                                       : "") +
                                    ", the constant is pi");
}

} // namespace

Expression::Expression(const std::string& text, const std::string& what, int dimensions) : parser_(std::make_shared<Parser>()) {
  parser_->text = text;
  parser_->what = what;
  try {
    mu::Parser& formula = parser_->formula;
    formula.ClearConst();
    formula.DefineConst("pi", std::numbers::pi);
    std::array<double, 3>& at = parser_->at;
    formula.DefineVar("x", at.data());
    if (dimensions > 1) formula.DefineVar("y", &at[1]);
    if (dimensions == 2) formula.DefineVar("t", &at[1]);
    if (dimensions > 2) formula.DefineVar("z", &at[2]);
    formula.SetExpr(text);
    for (const auto& [name, address] : formula.GetUsedVar()) {
      const auto axis = std::find_if(at.begin(), at.end(), [address = address](const double& coordinate) { return &coordinate == address; });
      if (axis == at.end()) unknown_name(what, text, name, dimensions);
      parser_->depends[static_cast<std::size_t>(axis - at.begin())] = true;
    }
    (void)formula.Eval();
  } catch (const mu::Parser::exception_type& error) {
    throw UsageError("bad_value", what + ": \"" + text + "\": " + error.GetMsg());
  }
}

double Expression::operator()(double x, double y, double z) const {
  const std::array<double, 3> arguments{x, y, plane_ ? rest_ : z};
  std::array<double, 3>& at = parser_->at;
  for (std::size_t i = 0; i < 3; ++i) at[static_cast<std::size_t>(place_[i])] = arguments[i];
  const double value = parser_->formula.Eval();
  if (!std::isfinite(value))
    throw UsageError("bad_value", parser_->what + ": \"" + parser_->text + "\" is " + std::to_string(value) + " at (" + std::to_string(at[0]) + ", " +
                                      std::to_string(at[1]) + ", " + std::to_string(at[2]) + "); it must be finite on the whole box");
  return value;
}

Matrix Expression::at(std::span<const double> x, std::span<const double> y) const {
  Matrix values(static_cast<int>(x.size()), static_cast<int>(y.size()));
  for (int j = 0; j < values.cols; ++j)
    for (int i = 0; i < values.rows; ++i) values(i, j) = (*this)(x[static_cast<std::size_t>(i)], y[static_cast<std::size_t>(j)]);
  return values;
}

bool Expression::depends_on(int axis) const {
  return !(plane_ && axis == 2) && parser_->depends[static_cast<std::size_t>(place_[static_cast<std::size_t>(axis)])];
}

Expression Expression::on_plane(std::array<int, 2> axes, double rest) const {
  Expression plane = *this;
  plane.place_ = {axes[0], axes[1], 3 - axes[0] - axes[1]};
  plane.rest_ = rest;
  plane.plane_ = true;
  return plane;
}

const std::string& Expression::text() const { return parser_->text; }

} // namespace ansatz::solvers::gp
