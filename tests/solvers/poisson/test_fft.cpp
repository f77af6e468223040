// SPDX-License-Identifier: Apache-2.0
/// The transform solver against the eigenpairs of its boxes and against the operator, and what it refuses.
#include "support.hpp"

#include <ansatz/solvers/poisson/fft.hpp>
#include <ansatz/solvers/poisson/pure_box.hpp>

#include <boost/test/unit_test.hpp>

#include <numbers>

namespace {

using namespace poisson_test;
using ansatz::solvers::FftSolver;
using ansatz::solvers::find_pure_box;

/// A box of fluid with layers of air below and above on every axis.
struct AirBox {
  std::array<int, 3> fluid, below, above;

  [[nodiscard]] std::array<int, 3> cells() const {
    return {fluid[0] + below[0] + above[0], fluid[1] + below[1] + above[1], fluid[2] + below[2] + above[2]};
  }
  [[nodiscard]] Kind kind() const {
    return [*this](int i, int j, int k) {
      const std::array<int, 3> c = {i, j, k};
      for (std::size_t a = 0; a < 3; ++a)
        if (c[a] < below[a] || c[a] >= below[a] + fluid[a]) return Cell::air;
      return Cell::fluid;
    };
  }
  /// Entry of the k-th eigenvector of axis a at fluid cell i, and its eigenvalue.
  [[nodiscard]] double mode(std::size_t a, int k, int i) const {
    const int n = fluid[a];
    constexpr double pi = std::numbers::pi;
    if (below[a] == 0 && above[a] == 0) return std::cos(pi * k * (i + 0.5) / n);
    if (below[a] > 0 && above[a] > 0) return std::sin(pi * (k + 1) * (i + 1) / (n + 1));
    return std::cos((k + 0.5) * pi * ((below[a] > 0 ? n - 1 - i : i) + 0.5) / (n + 0.5));
  }
  [[nodiscard]] double lambda(std::size_t a, int k) const {
    const int n = fluid[a];
    constexpr double pi = std::numbers::pi;
    if (below[a] == 0 && above[a] == 0) return 2.0 - 2.0 * std::cos(pi * k / n);
    if (below[a] > 0 && above[a] > 0) return 2.0 - 2.0 * std::cos(pi * (k + 1) / (n + 1));
    return 2.0 - 2.0 * std::cos((k + 0.5) * pi / (n + 0.5));
  }
};

/// All combinations of wall and air at the six faces, on odd, prime, equal and degenerate numbers of fluid cells.
std::vector<AirBox> boxes() {
  std::vector<AirBox> all;
  for (const std::array<int, 3> fluid : {std::array{7, 5, 6}, std::array{4, 9, 11}, std::array{8, 8, 8}, std::array{1, 6, 3}, std::array{5, 1, 1}})
    for (int faces = 0; faces < 64; ++faces) {
      AirBox box{fluid, {}, {}};
      for (std::size_t a = 0; a < 3; ++a) {
        box.below[a] = (faces >> (2 * a)) & 1 ? 1 + (faces + static_cast<int>(a)) % 2 : 0; // one layer or two
        box.above[a] = (faces >> (2 * a + 1)) & 1;
      }
      if (fits(box.cells())) all.push_back(box);
    }
  return all;
}

Array solve(const System& s, const Array& b) {
  const Vector rhs = s.vector(b);
  const Vector x = s.vector(Array(s.size(), 3.0));
  FftSolver(s.A()).solve(rhs.get(), x.get());
  return s.natural(x.get());
}

std::string describe(const AirBox& b) {
  std::string text;
  for (std::size_t a = 0; a < 3; ++a) text += std::to_string(b.below[a]) + "+" + std::to_string(b.fluid[a]) + "+" + std::to_string(b.above[a]) + " ";
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(fft)

BOOST_AUTO_TEST_CASE(eigenvectors) {
  for (const AirBox& box : boxes()) BOOST_TEST_CONTEXT(describe(box)) {
      const System s(box.cells(), box.kind());
      const std::array<int, 3> k = {box.fluid[0] / 2, box.fluid[1] - 1, box.fluid[2] / 3};
      const double lambda = box.lambda(0, k[0]) + box.lambda(1, k[1]) + box.lambda(2, k[2]);
      if (lambda < 1e-12) continue; // the constant
      Array x(s.size(), 0.0);
      s.for_each_cell([&](int i, int j, int l) {
        if (s.kind(i, j, l) == Cell::fluid)
          x[s.index(i, j, l)] = box.mode(0, k[0], i - box.below[0]) * box.mode(1, k[1], j - box.below[1]) * box.mode(2, k[2], l - box.below[2]);
      });
      Array b = x;
      for (double& v : b) v *= lambda;

      BOOST_CHECK_SMALL(largest_difference(solve(s, b), x), 1e-12);
    }
}

BOOST_AUTO_TEST_CASE(random_solutions) {
  for (const AirBox& box : boxes()) BOOST_TEST_CONTEXT(describe(box)) {
      const System s(box.cells(), box.kind());
      Array p = s.random(11);
      const bool closed = box.cells() == box.fluid;
      if (closed) {
        double mean = 0.0;
        for (const double v : p) mean += v / static_cast<double>(p.size());
        for (double& v : p) v -= mean;
      }
      if (s.A().unknowns() == 0) continue;

      Array x = solve(s, s.apply(p));

      if (closed) {
        double mean = 0.0;
        for (const double v : x) mean += v / static_cast<double>(x.size());
        for (double& v : x) v -= mean;
      }
      BOOST_CHECK_SMALL(largest_difference(x, p), 1e-10);
    }
}

BOOST_AUTO_TEST_CASE(equal_runs_give_equal_bits) {
  const AirBox box{{12, 10, 9}, {0, 0, 0}, {0, 0, 1}};
  const System s(box.cells(), box.kind());
  const Array b = s.random(3);

  BOOST_CHECK(solve(s, b) == solve(s, b));
}

BOOST_AUTO_TEST_CASE(refusals_name_the_first_cell_in_the_way) {
  const auto refusal = [](std::array<int, 3> cells, const Kind& kind) {
    const System s(cells, kind);
    std::string text = find_pure_box(s.flags()).refusal;
    if (text.empty())
      FftSolver(s.A());
    else
      BOOST_CHECK_THROW(FftSolver(s.A()), ansatz::UsageError);
    return text;
  };
  const auto only = [](std::array<int, 3> at, Cell cell) {
    return [=](int i, int j, int k) { return i == at[0] && j == at[1] && k == at[2] ? cell : Cell::fluid; };
  };
  const auto starts = [](const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; };

  BOOST_CHECK(starts(refusal({6, 5, 7}, only({4, 3, 2}, Cell::solid)), "cell (4,3,2) is solid"));
  BOOST_CHECK(starts(refusal({6, 5, 7}, only({5, 4, 6}, Cell::air)), "cell (5,4,6) is air"));
  BOOST_CHECK(starts(refusal({6, 5, 7}, [](int, int, int k) { return k == 6 ? Cell::solid : Cell::fluid; }), "cell (0,0,6) is solid"));
  BOOST_CHECK(starts(refusal({6, 5, 7}, [](int i, int, int k) { return k == 6 && i < 3 ? Cell::air : Cell::fluid; }), "cell (0,0,6) is air"));
  BOOST_CHECK(starts(refusal({6, 5, 7}, [](int, int, int) { return Cell::air; }), "there is no fluid cell"));
  BOOST_CHECK_EQUAL(refusal({6, 5, 7}, [](int i, int, int k) { return k == 6 || i == 0 ? Cell::air : Cell::fluid; }), "");
}

BOOST_AUTO_TEST_SUITE_END()
