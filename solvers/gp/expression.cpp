// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/expression.hpp>

#include <ansatz/data/error.hpp>

#include <muParser.h>

#include <cmath>
#include <numbers>

namespace ansatz::solvers::gp {

struct Expression::Parser {
  mu::Parser formula{};
  std::string text{};
  std::string what{};
  double x = 0.0;
  double y = 0.0;
  bool depends[2] = {false, false};
};

namespace {

[[noreturn]] void unknown_name(const std::string& what, const std::string& text, const std::string& name, int dimensions) {
  throw UsageError("bad_value", what + ": \"" + text + "\": \"" + name + "\" is not known; variables are x" +
                                    (dimensions > 1 ? ", y and t (y by another name)" : "") + ", the constant is pi");
}

} // namespace

Expression::Expression(const std::string& text, const std::string& what, int dimensions) : parser_(std::make_shared<Parser>()) {
  parser_->text = text;
  parser_->what = what;
  try {
    mu::Parser& formula = parser_->formula;
    formula.ClearConst();
    formula.DefineConst("pi", std::numbers::pi);
    formula.DefineVar("x", &parser_->x);
    if (dimensions > 1)
      for (const char* name : {"y", "t"}) formula.DefineVar(name, &parser_->y);
    formula.SetExpr(text);
    for (const auto& [name, address] : formula.GetUsedVar()) {
      if (address != &parser_->x && address != &parser_->y) unknown_name(what, text, name, dimensions);
      parser_->depends[address == &parser_->x ? 0 : 1] = true;
    }
    (void)formula.Eval();
  } catch (const mu::Parser::exception_type& error) {
    throw UsageError("bad_value", what + ": \"" + text + "\": " + error.GetMsg());
  }
}

double Expression::operator()(double x, double y) const {
  parser_->x = x;
  parser_->y = y;
  const double value = parser_->formula.Eval();
  if (!std::isfinite(value))
    throw UsageError("bad_value", parser_->what + ": \"" + parser_->text + "\" is " + std::to_string(value) + " at (" + std::to_string(x) + ", " +
                                      std::to_string(y) + "); it must be finite on the whole box");
  return value;
}

Matrix Expression::at(std::span<const double> x, std::span<const double> y) const {
  Matrix values(static_cast<int>(x.size()), static_cast<int>(y.size()));
  for (int j = 0; j < values.cols; ++j)
    for (int i = 0; i < values.rows; ++i) values(i, j) = (*this)(x[static_cast<std::size_t>(i)], y[static_cast<std::size_t>(j)]);
  return values;
}

bool Expression::depends_on(int axis) const { return parser_->depends[axis]; }

const std::string& Expression::text() const { return parser_->text; }

} // namespace ansatz::solvers::gp
