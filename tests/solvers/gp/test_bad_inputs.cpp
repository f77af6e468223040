// SPDX-License-Identifier: Apache-2.0
// Foolish inputs and what is said to them.
#include "support.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/gp/chebyshev.hpp>
#include <ansatz/solvers/gp/published.hpp>

#include <boost/test/unit_test.hpp>

using namespace gp_tests;
using ansatz::UsageError;

namespace {

template <class Body>
void refused(const std::string& phrase, Body&& body) {
  try {
    body();
    BOOST_ERROR("not refused: " << phrase);
  } catch (const UsageError& error) {
    BOOST_TEST(std::string(error.what()).find(phrase) != std::string::npos, error.what() << " lacks " << phrase);
  }
}

void refused(const std::string& phrase, const ProblemText& text) {
  refused(phrase, [&] { (void)to_problem(text); });
}

const AxisModel good{.lines = {{.weight = 1.0, .rate = 2.0, .frequency = 0.0}}};

DirectResult with(const DirectOptions& options) { return solve_direct(to_problem({.source = "1"}), options); }

} // namespace

BOOST_AUTO_TEST_SUITE(gp_bad_inputs)

BOOST_AUTO_TEST_CASE(statements) {
  refused("upper end", {.box = {1, 1}});
  refused("found 3 numbers", {.box = {0, 1, 2}});
  refused("empty", {.terms = {}});
  refused("must be \"DERIVATIVE: COEFFICIENT\"", {.terms = {"xx"}});
  refused("the derivative is missing", {.terms = {": 1"}});
  refused("by 'y'", {.terms = {"yy: 1"}});
  refused("by 'z'", {.box = {0, 1, 0, 1}, .terms = {"zz: 1"}});
  refused("fourth order", {.terms = {"xxxxx: 1"}});
  refused("problem.source", {.source = "sin(x"});
  refused("\"y\" is not known", [] { (void)to_problem({.source = "y + 1"}); });
  refused("problem.boundary", {.boundary = "1 +"});
  refused("did you mean \"x_low\"", {.faces = {"xlow"}});
  refused("did you mean \"P1\"", [] { (void)find_problem("P9"); });
  refused("must be finite", [] {
    (void)with({.points = {20, 1}, .models = {good}}), (void)solve_direct(to_problem({.source = "1/(x-1)"}), {.points = {20, 1}, .models = {good}}),
        (void)to_problem({.source = "1/(x-0.5)"}).source(0.5);
  });
  refused("did you mean", [] { (void)to_envelope("matern"); });
}

BOOST_AUTO_TEST_CASE(models) {
  refused("3 points along x", [] { (void)with({.points = {3, 1}, .models = {good}}); });
  refused("no spectral line along x", [] { (void)with({.points = {20, 1}}); });
  refused("gp.delta", [] { (void)with({.points = {20, 1}, .models = {good}, .delta = 0.0}); });
  refused("weight", [] { (void)with({.points = {20, 1}, .models = {AxisModel{.lines = {{.weight = 0.0}}}}}); });
  refused("rate", [] { (void)with({.points = {20, 1}, .models = {AxisModel{.lines = {{.weight = 1.0, .rate = -1.0}}}}}); });
  refused("those of an earlier line", [] {
    const Line line{.weight = 1.0, .rate = 2.0, .frequency = 3.0};
    (void)with({.points = {20, 1}, .models = {AxisModel{.lines = {line, line}}}});
  });
  refused("unknown coefficients", [] { (void)with({.points = {100, 1}, .models = {good}, .most_unknowns = 5}); });
  refused("at least 4", [] { (void)solve_chebyshev(to_problem({}), {3, 1}); });
  refused("do not separate", [] { (void)solve_chebyshev(to_problem({.box = {0, 1, 0, 1}, .terms = {"xx: y", "yy: 1"}}), {9, 9}); });
  refused("constant coefficients", [] { const PublishedModel model(to_problem({.terms = {"xx: x"}}), {}); });
  refused("a Student-t mixture", [] { const PublishedModel model(to_problem({.terms = {"xxx: 1"}}), {}); });
}

BOOST_AUTO_TEST_SUITE_END()
