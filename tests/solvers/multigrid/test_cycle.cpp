// SPDX-License-Identifier: Apache-2.0
/// The fast cycle and the full multigrid start against plain loops in double, on every smoother, cycle type and number of sweeps.
#include "support.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace multigrid_test;

// Error allowed, in units of u max|z| with u = 2^-24. The largest one seen is 248 on small grids and 2568 on larger ones, both for perforated plates,
// whose long channels of one cell give A condition numbers of many thousands; 60 otherwise. A wrong coefficient at one cell shows as 1e5 and more.
constexpr double small_grid = 1000.0;
constexpr double large_grid = 10000.0;

/// One system, its reference levels and a right-hand side.
struct Problem {
  Problem(std::array<int, 3> cells, const Geometry& g)
      : name(g.name + " on " + std::to_string(cells[0]) + " x " + std::to_string(cells[1]) + " x " + std::to_string(cells[2])), s(cells, g.kind),
        levels(reference_hierarchy(s, cells)), r(compatible(s, s.random(1))) {}

  /// M r or the full multigrid start in double, for r scaled and rounded as the fast cycle gets it.
  [[nodiscard]] Array reference_values(const CycleOptions& o, bool full_multigrid = false) const {
    const reference::Cycle cycle(levels, o);
    const double scale = norm(r);
    Array in;
    for (const auto& [u, node] : levels.front().node) in.push_back(static_cast<double>(static_cast<float>(r[s.index(u.i, u.j, u.k)] / scale)));
    const Array out = full_multigrid ? cycle.full_multigrid(in) : cycle.apply(in);
    Array z(s.size(), 0.0);
    std::size_t n = 0;
    for (const auto& [u, node] : levels.front().node) z[s.index(u.i, u.j, u.k)] = scale * out[n++];
    return z;
  }
  /// Largest error in units of u max|truth|, constants on closed components apart: they are what rounding makes of 0/0.
  [[nodiscard]] double error(const Array& fast, const Array& truth) const {
    return largest(compatible(s, difference(fast, truth))) / (rounding * largest(truth));
  }
  void compare(const CycleOptions& o, double bound) const {
    BOOST_TEST_CONTEXT(name << ": " << text(option_list(o))) {
      if (norm(r) == 0.0) return;

      const Array fast = Multigrid(s, option_list(o)).apply(r);

      BOOST_CHECK_LE(error(fast, reference_values(o)), bound);
    }
  }

  std::string name;
  System s;
  std::vector<reference::Operator> levels;
  Array r;
};

/// Every smoother, type and number of sweeps comes up as `number` counts.
CycleOptions some_options(std::size_t number) {
  CycleOptions o = cycle_options(static_cast<Smoother>(number % 3), static_cast<CycleType>(number / 3 % 3), static_cast<int>(1 + number % 4));
  o.fused = number % 5 != 0;
  return o;
}

} // namespace

BOOST_AUTO_TEST_SUITE(cycle)

BOOST_AUTO_TEST_CASE(every_size_equals_plain_loops) {
  const auto all = geometries();
  for_small_sizes([&](std::size_t n, std::array<int, 3> cells) { Problem(cells, all[n % all.size()]).compare(some_options(n), small_grid); });
}

BOOST_AUTO_TEST_CASE(every_option_equals_plain_loops) {
  const Problem p({19, 13, 16}, mixture(21, 80, 8));
  for (const Smoother smoother : {Smoother::red_black, Smoother::chebyshev, Smoother::jacobi})
    for (const CycleType type : {CycleType::v, CycleType::w, CycleType::f})
      for (const int sweeps : {1, 2, 3, 8}) p.compare(cycle_options(smoother, type, sweeps), small_grid);
}

BOOST_AUTO_TEST_CASE(distributed_levels_equal_plain_loops) {
  // On 2 and 4 ranks the first levels are distributed; 35 makes the DMDA cut at an odd cell, which the hierarchy moves.
  std::size_t number = 0;
  for (const Geometry& g : {mixture(3, 80, 10), mixture(4, 95, 3), plates(4, 1, true), plates(5, 0, false), channels(), blocks(), pond(20)})
    Problem({18, 17, 35}, g).compare(some_options(number++), large_grid);
  Problem({33, 17, 18}, plates(4, 1, true)).compare({}, large_grid);
  Problem({20, 18, 36}, mixture(22, 85, 2)).compare({}, large_grid);
}

BOOST_AUTO_TEST_CASE(full_multigrid_start_equals_plain_loops) {
  for (const Geometry& g : {mixture(3, 80, 10), plates(4, 1, true), plates(3, 1, false), channels(), closed_box(), pond(20), one_cell(true)})
    BOOST_TEST_CONTEXT(g) {
      const Problem p({18, 9, 17}, g);

      const Outcome start = run(p.s, p.r, {.max_iterations = 0});

      BOOST_CHECK_EQUAL(start.iterations, 0);
      BOOST_CHECK_LE(p.error(start.x, p.reference_values({}, true)), small_grid);
      BOOST_CHECK_CLOSE(start.history.front(), norm(difference(p.r, p.s.apply(start.x))), 1e-6);
    }
}

BOOST_AUTO_TEST_SUITE_END()
