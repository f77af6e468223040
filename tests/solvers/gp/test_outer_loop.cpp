// SPDX-License-Identifier: Apache-2.0
// Spectral lines mended by the outer loop.
#include "posed.hpp"

#include <numbers>

using namespace gp_tests;

BOOST_AUTO_TEST_SUITE(gp_outer_loop)

BOOST_AUTO_TEST_CASE(the_outer_loop_mends_lines) {
  Posed posed = pose(find_problem("P3"), 1);
  const double unit = 2.0 / std::pow(2.0 * std::numbers::pi, 2);
  const auto lines = [&](const std::vector<double>& frequencies) {
    AxisModel model{.lines = {{.weight = 0.1, .rate = unit}}};
    for (const double m : frequencies) model.lines.push_back({.weight = 0.1, .rate = 1e-3 * unit, .frequency = m});
    posed.models = {model, AxisModel{}};
  };
  const auto case_of = [&](const char* what, const std::vector<double>& frequencies) {
    lines(frequencies);
    const double before = error_of(posed, solve(posed, {.optimise = false}));
    const InferenceResult result = solve(posed);
    const double after = error_of(posed, result);
    BOOST_TEST_MESSAGE(what << ": error " << before << " before, " << after << " after; " << words(result.outer.changes) << words(result.warnings));
    BOOST_TEST(after < 1e-9, what << ": " << after << " " << words(result.outer.changes));
    const auto& found = result.outer.theta.models[0].lines;
    for (const double truth : {94.0, 106.0})
      BOOST_TEST(std::any_of(found.begin(), found.end(), [&](const Line& line) { return std::abs(line.frequency - truth) < 1e-3; }),
                 what << " " << truth);
    return found.size();
  };

  BOOST_TEST(case_of("0.1 % off", {94.0 * 1.001, 106.0 * 0.999}) == 3U);
  BOOST_TEST(case_of("one missing", {106.0}) == 3U);
  BOOST_TEST(case_of("one spurious", {94.0, 106.0, 61.3}) == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
