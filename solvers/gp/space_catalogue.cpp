// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/space_problem.hpp>

#include <algorithm>

namespace ansatz::solvers::gp {

namespace {

const std::vector<std::string> all_faces{"x_low", "x_high", "y_low", "y_high", "z_low", "z_high"};
const std::vector<std::string> laplacian{"xx: 1", "yy: 1", "zz: 1"};

std::string of(std::string text, char variable) {
  std::replace(text.begin(), text.end(), 's', variable);
  std::replace(text.begin(), text.end(), '$', 's');
  return text;
}

ProblemText one_wave() {
  const std::string u = "sin(50*x)*sin(40*y)*sin(30*z)";
  return {.name = "C1",
          .summary = "Laplace u = f in three dimensions, one high frequency an axis",
          .box = {0, 1, 0, 1, 0, 1},
          .terms = laplacian,
          .source = "-5000*" + u,
          .boundary = u,
          .faces = all_faces,
          .exact = u,
          .points = {100, 100},
          .depth = 100};
}

ProblemText three_scales() {
  // $ is the letter s of a function's name, s the variable.
  const std::string h = "($in(s) + 0.1*$in(20*s) + co$(60*s))";
  const std::string h2 = "(-$in(s) - 40*$in(20*s) - 3600*co$(60*s))";
  const std::string u = "0.2*" + of(h, 'x') + "*" + of(h, 'y') + "*" + of(h, 'z');
  const std::string linear = "0.2*(" + of(h2, 'x') + "*" + of(h, 'y') + "*" + of(h, 'z') + " + " + of(h, 'x') + "*" + of(h2, 'y') + "*" + of(h, 'z') +
                             " + " + of(h, 'x') + "*" + of(h, 'y') + "*" + of(h2, 'z') + ")";
  return {.name = "C2",
          .summary = "Laplace u + u^3 - u = f in three dimensions, three scales an axis",
          .box = {0, 1, 0, 1, 0, 1},
          .terms = laplacian,
          .powers = {0.0, -1.0, 0.0, 1.0},
          .source = linear + " + (" + u + ")^3 - " + u,
          .boundary = u,
          .faces = all_faces,
          .exact = u,
          .points = {80, 80},
          .depth = 80};
}

} // namespace

const std::vector<ProblemText>& space_catalogue() {
  static const std::vector<ProblemText> all{one_wave(), three_scales()};
  return all;
}

} // namespace ansatz::solvers::gp
