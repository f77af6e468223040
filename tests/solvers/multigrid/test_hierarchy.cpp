// SPDX-License-Identifier: Apache-2.0
/// Coarse operators of the fast hierarchy: entry by entry against the reference, and the exact laws they obey.
#include "unfold.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace multigrid_test;

/// delta is a product of one factor kappa a level and sums of at most 8 parts a level; parts of second unknowns are subtracted again.
double delta_bound(const reference::Node& node, std::size_t depth) { return 16.0 * rounding * static_cast<double>(depth) * (1.0 + node.diagonal()); }

/// Differences between a level and the reference: couplings (dyadic numbers, so exact) and diagonals beyond rounding.
int differences(const Graph& fast, const reference::Operator& truth, std::size_t depth) {
  int wrong = fast.diagonal.size() == truth.node.size() ? 0 : 1;
  std::size_t couplings = 0;
  for (const auto& [u, node] : truth.node) {
    const auto d = fast.diagonal.find(u);
    if (d == fast.diagonal.end() || !(std::abs(d->second - node.diagonal()) <= delta_bound(node, depth))) ++wrong;
    couplings += node.weight.size();
    for (const auto& [v, w] : node.weight) {
      const auto found = fast.weight.find({u, v});
      if (found == fast.weight.end() || found->second != w) ++wrong;
    }
  }
  return wrong + (couplings == fast.weight.size() ? 0 : 1);
}

void compare(std::array<int, 3> cells, const Geometry& g) {
  BOOST_TEST_CONTEXT(g << " on " << cells[0] << " x " << cells[1] << " x " << cells[2]) {
    const System s(cells, g.kind);
    const Hierarchy fast = fast_hierarchy(s);
    const auto truth = reference_hierarchy(s, cells);

    BOOST_REQUIRE_EQUAL(fast.levels().size(), truth.size());
    for (std::size_t l = 0; l < truth.size(); ++l) {
      BOOST_TEST_INFO("level " << l);
      BOOST_CHECK_EQUAL(differences(unfold(fast.comm(), fast.levels()[l]), truth[l], l), 0);
    }
  }
}

/// delta of an unknown: row sum of the fast operator.
double row_sum(const Graph& graph, const Unknown& u) {
  double sum = graph.diagonal.at(u);
  for (const auto& [pair, w] : graph.weight)
    if (pair.first == u) sum -= w;
  return sum;
}

} // namespace

BOOST_AUTO_TEST_SUITE(hierarchy)

BOOST_AUTO_TEST_CASE(every_size_equals_the_reference) {
  const auto all = geometries();
  for_small_sizes([&](std::size_t n, std::array<int, 3> cells) { compare(cells, all[n % all.size()]); });
}

BOOST_AUTO_TEST_CASE(every_geometry_equals_the_reference) {
  for (const std::array<int, 3> cells : {std::array{10, 16, 19}, std::array{33, 6, 5}, std::array{3, 34, 3}})
    for (const Geometry& g : geometries())
      if (fits(cells)) compare(cells, g);
}

BOOST_AUTO_TEST_CASE(second_unknowns_appear_on_several_levels) {
  const std::array<int, 3> cells = {33, 17, 34};
  const System s(cells, plates(4, 1, true).kind);
  const auto truth = reference_hierarchy(s, cells);

  int levels = 0;
  for (const auto& level : truth) levels += level.node.rbegin()->first.sheet;

  BOOST_CHECK_GE(levels, 2);
  compare(cells, plates(4, 1, true));
  compare(cells, plates(3, 1, true));
}

BOOST_AUTO_TEST_CASE(row_sums_are_dirichlet_strengths) {
  for (const Geometry& g : {mixture(11, 85, 8), pond(20), plates(4, 1, true)}) BOOST_TEST_CONTEXT(g) {
      const System s({20, 18, 21}, g.kind);
      const Hierarchy fast = fast_hierarchy(s);
      const auto truth = reference_hierarchy(s, {20, 18, 21});

      for (std::size_t l = 0; l < truth.size(); ++l) {
        const Graph graph = unfold(fast.comm(), fast.levels()[l]);
        std::map<Unknown, double> sums = graph.diagonal;
        for (const auto& [pair, w] : graph.weight) sums[pair.first] -= w;
        for (const auto& [u, node] : truth[l].node) BOOST_REQUIRE_SMALL(sums.at(u) - node.delta, delta_bound(node, l) + 1e-300);
      }
    }
}

BOOST_AUTO_TEST_CASE(closed_domain_keeps_its_constant) {
  for (const Geometry& g : {closed_box(), mixture(12, 70, 0)}) BOOST_TEST_CONTEXT(g) {
      const System s({18, 17, 16}, g.kind);
      const Hierarchy fast = fast_hierarchy(s);

      for (const Level& level : fast.levels()) {
        const Graph graph = unfold(fast.comm(), level);
        std::map<Unknown, double> sums = graph.diagonal;
        for (const auto& [pair, w] : graph.weight) sums[pair.first] -= w;
        for (const auto& [u, sum] : sums) BOOST_REQUIRE_EQUAL(sum, 0.0); // dyadic: no rounding
      }
    }
}

BOOST_AUTO_TEST_CASE(couplings_are_symmetric_and_positive) {
  const System s({20, 18, 21}, mixture(13, 80, 5).kind);
  const Hierarchy fast = fast_hierarchy(s);

  for (const Level& level : fast.levels()) {
    const Graph graph = unfold(fast.comm(), level);
    for (const auto& [pair, w] : graph.weight) {
      BOOST_REQUIRE_GT(w, 0.0);
      BOOST_REQUIRE_EQUAL(w, graph.weight.at({pair.second, pair.first}));
    }
  }
}

BOOST_AUTO_TEST_CASE(flat_surface_and_interior_have_their_exact_strengths) {
  // Air in layers k = 0..7, so that the surface is a coarse face on levels 0..3.
  const System s({32, 32, 32}, [](int, int, int k) { return k < 8 ? Cell::air : Cell::fluid; });
  const Hierarchy fast = fast_hierarchy(s);

  for (int l = 0; l <= 3; ++l) BOOST_TEST_CONTEXT("level " << l) {
      const Graph graph = unfold(fast.comm(), fast.levels()[static_cast<std::size_t>(l)]);
      const int surface = 8 >> l;
      const double exact = std::pow(4.0, l) * 2.0 / (std::pow(2.0, l) + 1.0); // 1, 8/3, 6.4, 128/9: area 4^l over distance (2^l + 1)/2
      const Unknown wet{0, surface, 1, 1}, above{0, surface + 1, 1, 1}, aside{0, surface, 2, 1};

      BOOST_CHECK_CLOSE(row_sum(graph, wet), exact, 1e-4);
      BOOST_CHECK_SMALL(row_sum(graph, above), 1e-300);
      BOOST_CHECK_EQUAL(graph.weight.at({wet, above}), std::pow(2.0, l));
      BOOST_CHECK_EQUAL(graph.weight.at({wet, aside}), std::pow(2.0, l));
    }
}

BOOST_AUTO_TEST_CASE(plate_inside_a_coarse_cell_keeps_both_sides_apart) {
  // The layers k = 8 and k = 10 around the plate get a common parent on level 2.
  const System s({16, 16, 16}, [](int, int, int k) { return k == 9 ? Cell::solid : Cell::fluid; });
  const Hierarchy fast = fast_hierarchy(s);

  for (std::size_t l = 0; l < fast.levels().size(); ++l) {
    const Graph graph = unfold(fast.comm(), fast.levels()[l]);
    for (const auto& [pair, w] : graph.weight) {
      const auto& [u, v] = pair;
      const auto above = [&](const Unknown& x) { return x.sheet == 1 || (x.k << l) > 9; };
      BOOST_REQUIRE_EQUAL(above(u), above(v));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
