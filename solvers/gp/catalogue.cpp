// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/space_problem.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>

#include <algorithm>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

constexpr double tau = 2.0 * std::numbers::pi;
const std::vector<double> line_2pi{0.0, tau};
const std::vector<double> line_1{0.0, 1.0};
const std::vector<double> square_2pi{0.0, tau, 0.0, tau};
const std::vector<double> square_1{0.0, 1.0, 0.0, 1.0};
const std::vector<std::string> second{"xx: 1"};
const std::vector<std::string> laplacian{"xx: 1", "yy: 1"};
const std::vector<std::string> all_faces{"x_low", "x_high", "y_low", "y_high"};
const std::vector<double> none{};
const std::vector<std::string> none_given{};
const std::vector<double> cubic{0.0, -1.0, 0.0, 1.0}; // u^3 - u

/// u^3 - u of a formula.
std::string reaction(const std::string& u) { return " + (" + u + ")^3 - (" + u + ")"; }

/// `text` with x replaced by another variable; no function of these formulas has an x in its name.
std::string of(const std::string& text, char variable) {
  std::string result = text;
  std::replace(result.begin(), result.end(), 'x', variable);
  return result;
}

ProblemText dirichlet(const char* name, const char* summary, const std::vector<double>& box, const std::vector<double>& powers,
                      const std::string& exact, const std::string& source, std::array<int, 2> points) {
  return {.name = name,
          .summary = summary,
          .box = box,
          .terms = box.size() == 2 ? second : laplacian,
          .powers = powers,
          .source = powers.empty() ? source : source + reaction(exact),
          .boundary = exact,
          .faces = all_faces,
          .exact = exact,
          .points = points};
}

std::vector<ProblemText> one_dimension() {
  const std::string p1 = "sin(100*x)";
  const std::string p2 = "sin(x) + 0.1*sin(20*x) + 0.05*sin(100*x)";
  const std::string p2c = "sin(x) + 0.1*sin(20*x) + 0.05*cos(100*x)";
  const std::string p3 = "sin(6*x)*cos(100*x)";
  const std::string f1 = "-10000*sin(100*x)";
  const std::string f3 = "-(11236*sin(106*x) - 8836*sin(94*x))/2";
  return {dirichlet("P1", "u'' = f, one high frequency", line_2pi, none, p1, f1, {400, 1}),
          dirichlet("P2", "u'' = f, three scales", line_1, none, p2, "-sin(x) - 40*sin(20*x) - 500*sin(100*x)", {200, 1}),
          dirichlet("P2c", "P2 with a cosine", line_1, none, p2c, "-sin(x) - 40*sin(20*x) - 500*cos(100*x)", {200, 1}),
          dirichlet("P3", "u'' = f, a modulated wave", line_2pi, none, p3, f3, {400, 1}),
          dirichlet("P4", "u'' = f, a growing wave", line_2pi, none, "x*sin(200*x)", "400*cos(200*x) - 40000*x*sin(200*x)", {900, 1}),
          dirichlet("P5", "u'' = f, a wave on a parabola", line_1, none, "sin(500*x) - 2*(x-0.5)^2", "-250000*sin(500*x) - 4", {200, 1}),
          dirichlet("A1", "u'' + u(u^2-1) = f, P1's solution", line_2pi, cubic, p1, f1, {400, 1}),
          dirichlet("A2", "u'' + u(u^2-1) = f, P3's solution", line_2pi, cubic, p3, f3, {400, 1})};
}

const ProblemText& find_in(const std::vector<ProblemText>& list, const std::string& name) {
  return *std::find_if(list.begin(), list.end(), [&](const ProblemText& text) { return text.name == name; });
}

ProblemText allen_cahn_two_scales(const char* name, const std::string& a, std::array<int, 2> points) {
  const std::string s1 = "sin(2*pi*" + a + "*x)*cos(2*pi*" + a + "*y)";
  const std::string s2 = "sin(2*pi*x)*cos(2*pi*y)";
  return dirichlet(name, "Laplace u + u^3 - u = f, two scales", square_1, cubic, s1 + " + " + s2, "-8*pi^2*(" + a + "^2*" + s1 + " + " + s2 + ")",
                   points);
}

std::vector<ProblemText> two_dimensions() {
  const std::string h = "sin(6*x)*cos(20*x)";
  const std::string q = "-(676*sin(26*x) - 196*sin(14*x))/2";
  const std::string g = "(sin(x) + 0.1*sin(20*x) + cos(100*x))";
  const std::string g2 = "(-sin(x) - 40*sin(20*x) - 10000*cos(100*x))";
  ProblemText v1{.name = "V1",
                 .summary = "200 u_x + u_t = 0, inflow and initial data only",
                 .box = square_1,
                 .terms = {"x: 200", "t: 1"},
                 .source = "0",
                 .boundary = "sin(x - 200*t)",
                 .faces = {"x_low", "y_low"},
                 .exact = "sin(x - 200*t)",
                 .points = {40, 200}};
  return {dirichlet("P6", "Laplace u = f, one high frequency on a large box", square_2pi, none, "sin(100*x)*sin(100*y)",
                    "-20000*sin(100*x)*sin(100*y)", {400, 400}),
          dirichlet("P7", "Laplace u = f, a sum of modulated waves", square_2pi, none, h + " + " + of(h, 'y'), q + " + " + of(q, 'y'), {200, 200}),
          dirichlet("P8", "Laplace u = f, one high frequency", square_1, none, "sin(100*x)*cos(100*y)", "-20000*sin(100*x)*cos(100*y)", {200, 200}),
          dirichlet("A3", "Laplace u + u(u^2-1) = f, three scales", square_1, cubic, g + "*" + of(g, 'y'),
                    g2 + "*" + of(g, 'y') + " + " + g + "*" + of(g2, 'y'), {60, 60}),
          allen_cahn_two_scales("A4", "20", {80, 80}),
          allen_cahn_two_scales("A4a15", "15", {80, 80}),
          v1};
}

/// Forty to two hundred noisy sensors; coefficients start off their true values 80.3^2 and 200.
std::vector<ProblemText> with_observations() {
  ProblemText i1 =
      dirichlet("I1", "u'' + k2 u = f, k2 unknown, 40 noisy sensors", line_2pi, none, "sin(100*x)", "(80.3^2 - 10000)*sin(100*x)", {400, 1});
  i1.terms = {"xx: 1", "u: k2"};
  i1.unknowns = {"k2: 6000, 0, 9900"};
  i1.boundary = "0";
  i1.sensors = 40;
  ProblemText i2{.name = "I2",
                 .summary = "beta u_x + u_t = 0, beta unknown, inflow data, 200 noisy sensors",
                 .box = square_1,
                 .terms = {"x: beta", "t: 1"},
                 .unknowns = {"beta: 180, 100, 400"},
                 .source = "0",
                 .boundary = "sin(x - 200*t)",
                 .faces = {"x_low"},
                 .exact = "sin(x - 200*t)",
                 .points = {16, 40},
                 .sensors = 200};
  const std::vector<ProblemText> forward = one_dimension();
  ProblemText i3 = find_in(forward, "P3");
  i3.name = "I3";
  i3.summary = "P3 without boundary data, 60 noisy sensors";
  i3.faces = none_given;
  i3.boundary = "0";
  i3.sensors = 60;
  std::vector<ProblemText> list{i1, i2, i3};
  for (ProblemText& text : list) text.noise = 0.01;
  return list;
}

} // namespace

const std::vector<ProblemText>& catalogue() {
  static const std::vector<ProblemText> all = [] {
    std::vector<ProblemText> list = one_dimension();
    for (ProblemText& text : two_dimensions()) list.push_back(std::move(text));
    for (ProblemText& text : with_observations()) list.push_back(std::move(text));
    return list;
  }();
  return all;
}

const ProblemText& find_problem(const std::string& name) {
  std::vector<std::string> names;
  for (const auto* list : {&catalogue(), &space_catalogue()})
    for (const ProblemText& text : *list) {
      if (text.name == name) return text;
      names.push_back(text.name);
    }
  throw UsageError("bad_value", "problem.name: \"" + name + "\" is not known" + did_you_mean(name, names));
}

} // namespace ansatz::solvers::gp
