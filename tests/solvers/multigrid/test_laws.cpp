// SPDX-License-Identifier: Apache-2.0
/// Laws of the cycle as an operator: symmetry, definiteness, null space, linearity, the symmetries of the cube, fused sweeps against plain ones.
#include "support.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace multigrid_test;

constexpr std::array smoothers = {Smoother::red_black, Smoother::chebyshev, Smoother::jacobi};

/// The matrix Q M Q over the unknowns of a system, Q taking out the mean of every closed component; row-major.
Array dense_cycle(const System& s, const OptionList& options, std::vector<std::size_t>& unknowns, const Weights& weights = nullptr) {
  s.for_each_cell([&](int i, int j, int k) {
    if (s.unknown(i, j, k)) unknowns.push_back(s.index(i, j, k));
  });
  const Multigrid M(s, options, weights);
  const std::size_t n = unknowns.size();
  Array dense(n * n);
  for (std::size_t c = 0; c < n; ++c) {
    Array unit(s.size(), 0.0);
    unit[unknowns[c]] = 1.0;
    const Array column = compatible(s, M.apply(compatible(s, unit)));
    for (std::size_t r = 0; r < n; ++r) dense[r * n + c] = column[unknowns[r]];
  }
  return dense;
}

/// Number of eigenvalues of a symmetric matrix below `shift`: negative pivots of S - shift I (Sylvester's law of inertia).
int eigenvalues_below(Array S, std::size_t n, double shift) {
  int negative = 0;
  for (std::size_t p = 0; p < n; ++p) S[p * n + p] -= shift;
  for (std::size_t p = 0; p < n; ++p) {
    negative += S[p * n + p] < 0.0;
    for (std::size_t r = p + 1; r < n; ++r) {
      const double factor = S[r * n + p] / S[p * n + p];
      for (std::size_t c = p; c < n; ++c) S[r * n + c] -= factor * S[p * n + c];
    }
  }
  return negative;
}

double largest_asymmetry(const Array& S, std::size_t n) {
  double worst = 0.0;
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t c = 0; c < r; ++c) worst = std::max(worst, std::abs(S[r * n + c] - S[c * n + r]));
  return worst;
}

/// One of the 48 symmetries of the cube: axes permuted, then reflected.
struct Symmetry {
  std::array<int, 3> axis;
  std::array<bool, 3> flip;
  [[nodiscard]] std::array<int, 3> operator()(int i, int j, int k, int n) const {
    const std::array<int, 3> from = {i, j, k};
    std::array<int, 3> to{};
    for (std::size_t a = 0; a < 3; ++a) {
      const int c = from[static_cast<std::size_t>(axis[a])];
      to[a] = flip[a] ? n - 1 - c : c;
    }
    return to;
  }
  /// On an even grid each reflection exchanges red and black.
  [[nodiscard]] bool keeps_colours() const { return (flip[0] + flip[1] + flip[2]) % 2 == 0; }
};
std::vector<Symmetry> cube_symmetries() {
  std::vector<Symmetry> all;
  std::array<int, 3> axis = {0, 1, 2};
  do
    for (int f = 0; f < 8; ++f) all.push_back({axis, {(f & 1) != 0, (f & 2) != 0, (f & 4) != 0}});
  while (std::next_permutation(axis.begin(), axis.end()));
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(cycle_laws)

BOOST_AUTO_TEST_CASE(symmetric_and_positive) {
  for (const Geometry& g : {pond(17), mixture(31, 80, 8), plates(4, 1, true), closed_box(), channels()}) {
    const System s({17, 9, 18}, g.kind);
    for (const CycleType type : {CycleType::v, CycleType::w})
      for (const Smoother smoother : smoothers)
        for (const int sweeps : {1, 2, 3}) {
          const OptionList options = option_list(cycle_options(smoother, type, sweeps));
          BOOST_TEST_CONTEXT(g << ": " << text(options)) {
            const Multigrid M(s, options);
            const Array x = compatible(s, s.random(41)), y = compatible(s, s.random(42));
            const Array Mx = M.apply(x), My = M.apply(y);

            BOOST_CHECK_LE(std::abs(dot(x, My) - dot(y, Mx)), 100.0 * rounding * (norm(x) * norm(My) + norm(y) * norm(Mx)));
            BOOST_CHECK_GT(dot(x, Mx), 0.0);
          }
        }
  }
}

BOOST_AUTO_TEST_CASE(linear_and_homogeneous) {
  const System s({17, 9, 18}, mixture(32, 80, 8).kind);
  for (const CycleType type : {CycleType::v, CycleType::w, CycleType::f})
    for (const Smoother smoother : smoothers) {
      const OptionList options = option_list(cycle_options(smoother, type, 2));
      BOOST_TEST_CONTEXT(text(options)) {
        const Multigrid M(s, options);
        const Array x = compatible(s, s.random(43)), y = compatible(s, s.random(44));
        Array combination(x.size()), small(x);
        for (std::size_t c = 0; c < x.size(); ++c) combination[c] = 2.5 * x[c] - 0.3 * y[c];
        for (double& v : small) v *= 1e-60;

        const Array Mx = M.apply(x), My = M.apply(y), Mc = M.apply(combination), Ms = M.apply(small);

        Array expected(x.size());
        for (std::size_t c = 0; c < x.size(); ++c) expected[c] = 2.5 * Mx[c] - 0.3 * My[c];
        BOOST_CHECK_LE(largest(compatible(s, difference(expected, Mc))), 1000.0 * rounding * largest(Mc));
        for (double& v : expected) v = 0.0;
        BOOST_CHECK_EQUAL(largest(M.apply(expected)), 0.0);
        for (std::size_t c = 0; c < x.size(); ++c) expected[c] = 1e-60 * Mx[c];
        BOOST_CHECK_LE(largest_difference(Ms, expected), 1000.0 * rounding * 1e-60 * largest(Mx)); // f32 alone ends at 1e-45
      }
    }
}

BOOST_AUTO_TEST_CASE(dense_cycle_is_semidefinite_with_the_null_space_of_the_matrix, *boost::unit_test::precondition(one_rank)) {
  for (const Geometry& g : {pond(8), mixture(33, 80, 6), plates(4, 1, true), plates(3, 1, false), plates(4, 0, false), closed_box(), channels()})
    for (const std::array<int, 3> cells : {std::array{6, 6, 6}, std::array{5, 7, 8}, std::array{8, 8, 8}})
      for (const CycleType type : {CycleType::v, CycleType::w})
        for (const Smoother smoother : smoothers) {
          if (cells[0] == 8 && (type != CycleType::v || smoother != Smoother::red_black)) continue; // an elimination takes 20 ms
          const OptionList options = option_list(cycle_options(smoother, type, 2));
          BOOST_TEST_CONTEXT(g << " on " << cells[0] << " x " << cells[1] << " x " << cells[2] << ": " << text(options)) {
            const System s(cells, g.kind);
            const ansatz::solvers::ClosedComponents closed(s.A());
            std::vector<std::size_t> unknowns;
            const Array S = dense_cycle(s, options, unknowns);

            BOOST_CHECK_LE(largest_asymmetry(S, unknowns.size()), 100.0 * rounding * largest(S));
            // The spectrum of A ends at 12, so M's begins at about 1/12; 0.02 is far from that and from rounding.
            BOOST_CHECK_EQUAL(eigenvalues_below(S, unknowns.size(), -0.02), 0);
            BOOST_CHECK_EQUAL(eigenvalues_below(S, unknowns.size(), 0.02), closed.count());
          }
        }
}

BOOST_AUTO_TEST_CASE(any_weights_keep_the_cycle_symmetric_and_semidefinite, *boost::unit_test::precondition(one_rank)) {
  unsigned seed = 0;
  for (const Geometry& g : {pond(8), mixture(33, 80, 6), plates(4, 1, true), closed_box(), channels()})
    for (const std::array<int, 3> cells : {std::array{6, 6, 6}, std::array{5, 7, 8}})
      for (const CycleType type : {CycleType::v, CycleType::w}) {
        const OptionList options = option_list(cycle_options(Smoother::red_black, type, 2));
        BOOST_TEST_CONTEXT(g << " on " << cells[0] << " x " << cells[1] << " x " << cells[2] << ": " << text(options) << ", seed " << seed) {
          const System s(cells, g.kind);
          const ansatz::solvers::ClosedComponents closed(s.A());
          std::vector<std::size_t> unknowns;
          const Array S = dense_cycle(s, options, unknowns, random_weights(seed++));

          BOOST_CHECK_LE(largest_asymmetry(S, unknowns.size()), 100.0 * rounding * largest(S));
          BOOST_CHECK_EQUAL(eigenvalues_below(S, unknowns.size(), -0.02), 0);
          BOOST_CHECK_EQUAL(eigenvalues_below(S, unknowns.size(), 0.02), closed.count());
        }
      }
}

BOOST_AUTO_TEST_CASE(fused_sweeps_equal_plain_ones_bit_for_bit, *boost::unit_test::precondition(one_rank)) {
  for (const auto& [cells, g] : {std::pair{std::array{300, 66, 4}, mixture(34, 90, 4)}, std::pair{std::array{257, 37, 5}, plates(4, 1, true)},
                                 std::pair{std::array{21, 22, 40}, pond(22)}, std::pair{std::array{5, 300, 5}, mixture(35, 80, 6)}}) {
    const System s(cells, g.kind); // wide rows make several bands, and eight sweeps narrow ones
    const Array r = s.random(45);
    for (const CycleType type : {CycleType::v, CycleType::w})
      for (const int sweeps : {1, 2, 8}) {
        CycleOptions o = cycle_options(Smoother::red_black, type, sweeps);
        const Array fused = Multigrid(s, option_list(o)).apply(r);
        o.fused = false;
        const Array plain = Multigrid(s, option_list(o)).apply(r);

        BOOST_TEST_CONTEXT(g << ": " << text(option_list(o))) BOOST_CHECK_EQUAL(largest_difference(fused, plain), 0.0);
      }
    const Weights weights = random_weights(7);
    CycleOptions o;
    const Array fused = Multigrid(s, option_list(o), weights).apply(r);
    o.fused = false;
    BOOST_TEST_CONTEXT(g << ", weights") BOOST_CHECK_EQUAL(largest_difference(fused, Multigrid(s, option_list(o), weights).apply(r)), 0.0);
  }
}

BOOST_AUTO_TEST_CASE(turned_and_reflected_systems_behave_alike, *boost::unit_test::precondition(one_rank)) {
  constexpr int n = 16;
  const Geometry g = pond(n);
  const System s({n, n, n}, g.kind);
  const Array b = s.random(46);
  for (const char* smoother : {"redblack", "chebyshev"}) {
    const Krylov solver{.rtol = 1e-10, .options = {{"-pc_voxmg_smoother", smoother}}};
    const Outcome straight = run(s, b, solver);
    for (const Symmetry& turn : cube_symmetries()) {
      std::vector<Cell> kinds(s.size());
      Array turned_b(s.size()), expected(s.size());
      s.for_each_cell([&](int i, int j, int k) {
        const auto [p, q, r] = turn(i, j, k, n);
        kinds[s.index(p, q, r)] = s.kind(i, j, k);
        turned_b[s.index(p, q, r)] = b[s.index(i, j, k)];
        expected[s.index(p, q, r)] = straight.x[s.index(i, j, k)];
      });
      const System turned({n, n, n}, [&](int i, int j, int k) { return kinds[s.index(i, j, k)]; });

      const Outcome o = run(turned, turned_b, solver);

      // Red first or black first is not the same cycle; the others change by rounding only.
      const int allowed = std::string(smoother) == "chebyshev" || turn.keeps_colours() ? 0 : 1;
      BOOST_CHECK_LE(std::abs(o.iterations - straight.iterations), allowed);
      BOOST_CHECK_LE(norm(difference(o.x, expected)), 1e-8 * norm(expected)); // 1e-10 times the condition number of some 1e2
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
