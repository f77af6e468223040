// SPDX-License-Identifier: Apache-2.0
/// Every solver of the table on the same systems, against known solutions and a dense factorisation.
#include "support.hpp"

#include <ansatz/solvers/poisson/solve.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace poisson_test;
using ansatz::solvers::pressure_solvers;
using ansatz::solvers::SolveOptions;
using ansatz::solvers::SolveResult;

std::vector<std::string> general_solvers() {
  std::vector<std::string> names;
  for (const auto& info : pressure_solvers())
    if (info.name != "fft") names.push_back(info.name);
  return names;
}

/// Spheres under a wavy free surface.
Cell spheres(int i, int j, int k, int n) {
  const std::array<double, 3> p = {(i + 0.5) / n, (j + 0.5) / n, (k + 0.5) / n};
  for (const auto& [x, y, z, r] : {std::array{0.95, 0.9, 0.12, 0.2}, std::array{0.24, 0.4, 0.35, 0.15}, std::array{0.6, 0.3, 0.7, 0.13}})
    if (std::hypot(p[0] - x, p[1] - y, p[2] - z) < r) return Cell::solid;
  return p[2] > 0.9 + 0.05 * std::sin(7 * p[0]) * std::cos(5 * p[1]) ? Cell::air : Cell::fluid;
}
Kind spheres(int n) {
  return [n](int i, int j, int k) { return spheres(i, j, k, n); };
}

/// Closed components of a small system by flood fill: number per cell, -1 elsewhere.
std::vector<int> closed_components(const System& s, int& count) {
  std::vector<int> label(s.size(), -1);
  const Array A = s.dense();
  std::vector<std::vector<std::size_t>> members;
  for (std::size_t seed = 0; seed < s.size(); ++seed) {
    bool isolated = A[seed * s.size() + seed] == 1.0;
    for (std::size_t c = 0; c < s.size(); ++c) isolated = isolated && (c == seed || A[seed * s.size() + c] == 0.0);
    if (label[seed] >= 0 || isolated) continue;
    members.push_back({seed});
    label[seed] = static_cast<int>(members.size()) - 1;
    for (std::size_t next = 0; next < members.back().size(); ++next)
      for (std::size_t c = 0; c < s.size(); ++c)
        if (A[members.back()[next] * s.size() + c] < 0.0 && label[c] < 0) {
          label[c] = label[seed];
          members.back().push_back(c);
        }
  }
  count = 0;
  for (const auto& component : members) {
    double row_sums = 0.0;
    for (const std::size_t r : component)
      for (std::size_t c = 0; c < s.size(); ++c) row_sums += A[r * s.size() + c];
    const int number = row_sums == 0.0 ? count++ : -1;
    for (const std::size_t r : component) label[r] = number;
  }
  return label;
}

/// v minus its mean on every closed component.
Array projected(const System& s, Array v) {
  int count = 0;
  const std::vector<int> label = closed_components(s, count);
  Array sum(static_cast<std::size_t>(count), 0.0), cells(sum);
  for (std::size_t c = 0; c < v.size(); ++c)
    if (label[c] >= 0) {
      sum[static_cast<std::size_t>(label[c])] += v[c];
      cells[static_cast<std::size_t>(label[c])] += 1.0;
    }
  for (std::size_t c = 0; c < v.size(); ++c)
    if (label[c] >= 0) v[c] -= sum[static_cast<std::size_t>(label[c])] / cells[static_cast<std::size_t>(label[c])];
  return v;
}

/// A^+ b: Gaussian elimination on A + (indicator indicator') of every closed component, b and x without means.
Array dense_solution(const System& s, const Array& b) {
  const std::size_t n = s.size();
  Array A = s.dense();
  Array x = projected(s, b);
  int count = 0;
  const std::vector<int> label = closed_components(s, count);
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t c = 0; c < n; ++c)
      if (label[r] >= 0 && label[r] == label[c]) A[r * n + c] += 1.0;
  for (std::size_t p = 0; p < n; ++p) // positive definite: no pivoting
    for (std::size_t r = p + 1; r < n; ++r) {
      const double factor = A[r * n + p] / A[p * n + p];
      if (factor == 0.0) continue;
      for (std::size_t c = p; c < n; ++c) A[r * n + c] -= factor * A[p * n + c];
      x[r] -= factor * x[p];
    }
  for (std::size_t p = n; p-- > 0;) {
    for (std::size_t c = p + 1; c < n; ++c) x[p] -= A[p * n + c] * x[c];
    x[p] /= A[p * n + p];
  }
  return projected(s, x);
}

struct Outcome {
  SolveResult result;
  Array x;
};
Outcome run(const System& s, const Array& b, const SolveOptions& options, const Array& guess = {}) {
  const Vector rhs = s.vector(b);
  const Vector x = guess.empty() ? s.zero() : s.vector(guess);
  SolveResult result = ansatz::solvers::solve(s.A(), rhs.get(), x.get(), options);
  return {std::move(result), s.natural(x.get())};
}
double true_residual(const System& s, const Outcome& o, const Array& b) { return norm(difference(s.apply(o.x), b)) / norm(b); }

} // namespace

BOOST_AUTO_TEST_SUITE(solve)

BOOST_AUTO_TEST_CASE(every_solver_finds_a_known_solution) {
  const System s({16, 16, 16}, spheres(16));
  const Array p = s.random(1);
  const Array b = s.apply(p);

  for (const std::string& name : general_solvers()) BOOST_TEST_CONTEXT(name) {
      const Outcome o = run(s, b, {.solver = name, .rtol = 1e-11});

      BOOST_CHECK(o.result.converged);
      BOOST_CHECK_EQUAL(o.result.reason, "converged_rtol");
      BOOST_CHECK_EQUAL(o.result.solver, name);
      BOOST_CHECK_LE(o.result.relative_residual, 1e-11);
      BOOST_CHECK_CLOSE(o.result.relative_residual, true_residual(s, o, b), 1.0);
      BOOST_CHECK_LE(norm(difference(o.x, p)), 1e-8 * norm(p));
      BOOST_CHECK_EQUAL(o.result.unknowns, s.A().unknowns());
      BOOST_CHECK_EQUAL(o.result.history.size(), static_cast<std::size_t>(o.result.iterations) + 1);
      BOOST_CHECK_LE(o.result.history.back(), 1e-11);
    }
}

BOOST_AUTO_TEST_CASE(every_solver_agrees_with_a_dense_factorisation) {
  // Several components, closed and open ones, and isolated cells.
  const Kind cells = random_cells(3, 1);
  const System s({6, 8, 9}, [&](int i, int j, int k) {
    return k == 4 || (i == 3 && k < 4) ? Cell::solid : (k < 4 && cells(i, j, k) == Cell::air ? Cell::fluid : cells(i, j, k));
  });
  int closed = 0;
  closed_components(s, closed);
  const Array b = projected(s, s.random(2));
  const Array truth = dense_solution(s, b);
  BOOST_REQUIRE_GT(closed, 1);
  BOOST_REQUIRE_GT(s.A().isolated_cells(), 0);

  for (const std::string& name : general_solvers()) BOOST_TEST_CONTEXT(name) {
      const Outcome o = run(s, b, {.solver = name, .rtol = 1e-11});

      BOOST_CHECK_EQUAL(o.result.reason, "converged_rtol");
      BOOST_CHECK_LE(norm(difference(o.x, truth)), 1e-8 * norm(truth));
    }
}

BOOST_AUTO_TEST_CASE(closed_box) {
  const System s({10, 8, 9}, [](int, int, int) { return Cell::fluid; });
  const Array b = projected(s, s.random(3));
  const Array truth = dense_solution(s, b);

  for (const auto& info : pressure_solvers()) BOOST_TEST_CONTEXT(info.name) {
      const Outcome o = run(s, b, {.solver = info.name, .rtol = 1e-11});

      BOOST_CHECK_EQUAL(o.result.reason, "converged_rtol");
      BOOST_CHECK_LE(norm(difference(o.x, truth)), 1e-8 * norm(truth));
    }

  MatNullSpace left = nullptr;
  petsc_check(MatGetNullSpace(s.A().shell(), &left));
  BOOST_CHECK(left == nullptr);
}

BOOST_AUTO_TEST_CASE(incompatible_right_hand_side) {
  const System s({10, 8, 9}, [](int, int, int) { return Cell::fluid; });
  Array b = projected(s, s.random(4));
  for (double& v : b) v += 0.1;
  const Array truth = dense_solution(s, b); // least squares

  for (const auto& info : pressure_solvers()) BOOST_TEST_CONTEXT(info.name) {
      const Outcome o = run(s, b, {.solver = info.name, .rtol = 1e-10});

      BOOST_CHECK_EQUAL(o.result.reason, "inconsistent");
      BOOST_CHECK(!o.result.converged);
      BOOST_CHECK_LE(norm(difference(o.x, truth)), 1e-7 * norm(truth));
      BOOST_CHECK_CLOSE(o.result.relative_residual, 0.1 * std::sqrt(static_cast<double>(s.size())) / norm(b), 1e-6);
    }

  const Outcome constant = run(s, Array(s.size(), 1.0), {});
  BOOST_CHECK_EQUAL(constant.result.reason, "inconsistent");
  BOOST_CHECK_EQUAL(norm(constant.x), 0.0);
}

BOOST_AUTO_TEST_CASE(slightly_incompatible_is_within_the_tolerance) {
  const System s({10, 8, 9}, [](int, int, int) { return Cell::fluid; });
  Array b = projected(s, s.random(4));
  const double size = norm(b);
  for (double& v : b) v += 0.99e-6 * size / std::sqrt(static_cast<double>(s.size()));

  for (const auto& info : pressure_solvers()) BOOST_TEST_CONTEXT(info.name) {
      const Outcome o = run(s, b, {.solver = info.name, .rtol = 1e-6});

      BOOST_CHECK_EQUAL(o.result.reason, "converged_rtol");
      BOOST_CHECK_LE(o.result.relative_residual, 1e-6);
    }
}

BOOST_AUTO_TEST_CASE(tolerances_are_kept) {
  const System s({12, 11, 13}, spheres(12));
  const Array b = s.random(5);

  for (const char* name : {"mgcg", "dcdm", "cg", "pfmg"})
    for (const double rtol : {1e-1, 1e-3, 1e-6, 1e-9, 1e-12}) BOOST_TEST_CONTEXT(name << ' ' << rtol) {
        const Outcome o = run(s, b, {.solver = name, .rtol = rtol});

        BOOST_CHECK(o.result.converged);
        BOOST_CHECK_LE(true_residual(s, o, b), rtol * (1.0 + 1e-12));
      }
}

BOOST_AUTO_TEST_CASE(below_the_floor_nothing_is_claimed) {
  const System s({12, 11, 13}, spheres(12));
  const Array b = s.random(5);

  for (const std::string& name : general_solvers()) BOOST_TEST_CONTEXT(name) {
      const Outcome o = run(s, b, {.solver = name, .rtol = 1e-18});

      BOOST_CHECK(!o.result.converged);
      BOOST_CHECK(o.result.reason == "stagnated" || o.result.reason == "max_iterations");
      BOOST_CHECK_SMALL(o.result.relative_residual, 1e-11); // the answer is as good as doubles allow all the same
    }
}

BOOST_AUTO_TEST_CASE(nothing_to_solve) {
  const System s({8, 8, 8}, spheres(8));

  for (const std::string& name : general_solvers()) BOOST_TEST_CONTEXT(name) {
      const Outcome o = run(s, Array(s.size(), 0.0), {.solver = name, .zero_guess = false}, s.random(6));

      BOOST_CHECK(o.result.converged);
      BOOST_CHECK_EQUAL(o.result.iterations, 0);
      BOOST_CHECK_EQUAL(o.result.relative_residual, 0.0);
      BOOST_CHECK_EQUAL(norm(o.x), 0.0);
    }
}

BOOST_AUTO_TEST_CASE(not_a_number) {
  const System s({8, 8, 8}, spheres(8));

  for (const double bad : {std::nan(""), HUGE_VAL})
    for (const std::string& name : general_solvers()) BOOST_TEST_CONTEXT(name << ' ' << bad) {
        Array b = s.random(7);
        b[s.index(3, 3, 1)] = bad;
        BOOST_REQUIRE(s.unknown(3, 3, 1));

        const Outcome o = run(s, b, {.solver = name});

        BOOST_CHECK_EQUAL(o.result.reason, "nan");
        BOOST_CHECK(!o.result.converged);
        BOOST_CHECK_EQUAL(norm(o.x), 0.0);
      }
}

BOOST_AUTO_TEST_CASE(iterations_are_limited) {
  const System s({16, 16, 16}, spheres(16));
  const Array b = s.random(8);

  for (const std::string& name : general_solvers())
    for (const int limit : {0, 1, 2}) BOOST_TEST_CONTEXT(name << ' ' << limit) {
        const Outcome o = run(s, b, {.solver = name, .rtol = 1e-13, .max_iterations = limit});

        BOOST_CHECK_EQUAL(o.result.reason, "max_iterations");
        BOOST_CHECK_EQUAL(o.result.iterations, limit);
        BOOST_CHECK(!o.result.converged);
        BOOST_CHECK_CLOSE(o.result.relative_residual, true_residual(s, o, b), 1e-6);
      }
}

BOOST_AUTO_TEST_CASE(guess_is_used) {
  const System s({16, 16, 16}, spheres(16));
  const Array p = s.random(9);
  const Array b = s.apply(p);
  Array guess = s.random(10, true); // also where there is no unknown
  Array with_rubbish = p;
  for (std::size_t c = 0; c < guess.size(); ++c) {
    if (p[c] == 0.0) with_rubbish[c] = guess[c];
    guess[c] = p[c] + 1e-4 * guess[c];
  }

  for (const std::string& name : general_solvers()) BOOST_TEST_CONTEXT(name) {
      const Outcome exact = run(s, b, {.solver = name, .zero_guess = false}, with_rubbish);
      const Outcome cold = run(s, b, {.solver = name, .rtol = 1e-9});
      const Outcome near = run(s, b, {.solver = name, .rtol = 1e-9, .zero_guess = false}, guess);

      BOOST_CHECK_EQUAL(exact.result.iterations, 0);
      BOOST_CHECK(exact.result.converged);
      BOOST_CHECK(near.result.converged);
      BOOST_CHECK_LT(near.result.iterations, cold.result.iterations);
      BOOST_CHECK_LE(norm(difference(near.x, p)), 1e-6 * norm(p));
    }
}

BOOST_AUTO_TEST_CASE(monitor_sees_the_history_and_stops) {
  const System s({16, 16, 16}, spheres(16));
  const Array b = s.random(11);

  for (const std::string& name : general_solvers()) BOOST_TEST_CONTEXT(name) {
      std::vector<double> seen;
      const auto record = [&](int iteration, double residual) {
        BOOST_CHECK_EQUAL(iteration, static_cast<int>(seen.size()));
        seen.push_back(residual);
        return true;
      };
      const Outcome o = run(s, b, {.solver = name, .monitor = record});
      const Outcome stopped = run(s, b, {.solver = name, .monitor = [](int iteration, double) { return iteration < 2; }});

      BOOST_REQUIRE_EQUAL(seen.size(), o.result.history.size());
      for (std::size_t i = 0; i < seen.size(); ++i) BOOST_CHECK_CLOSE(seen[i], o.result.history[i], 1e-6); // dcdm logs a recomputed norm
      BOOST_CHECK_EQUAL(stopped.result.reason, "stopped");
      BOOST_CHECK_EQUAL(stopped.result.iterations, 2);
      BOOST_CHECK(!stopped.result.converged);
    }
}

BOOST_AUTO_TEST_CASE(ranks_agree) {
  const System here({16, 16, 16}, spheres(16), PETSC_COMM_SELF);
  const System s({16, 16, 16}, spheres(16));
  const Array b = s.random(12);

  for (const char* name : {"mgcg", "dcdm", "cg"}) BOOST_TEST_CONTEXT(name) {
      const Outcome alone = run(here, b, {.solver = name, .rtol = 1e-12});
      const Outcome shared = run(s, b, {.solver = name, .rtol = 1e-12});

      BOOST_CHECK_LE(std::abs(alone.result.iterations - shared.result.iterations), 1);
      BOOST_CHECK_LE(norm(difference(alone.x, shared.x)), 1e-10 * norm(alone.x));
    }
}

BOOST_AUTO_TEST_CASE(absolute_tolerance) {
  const System s({8, 8, 8}, spheres(8));
  const Array b = s.random(13);

  const Outcome o = run(s, b, {.solver = "mgcg", .rtol = 1e-12, .atol = 1e-3 * norm(b)});

  BOOST_CHECK(o.result.converged);
  BOOST_CHECK_EQUAL(o.result.reason, "converged_atol");
  BOOST_CHECK_LE(o.result.relative_residual, 1e-3);
}

BOOST_AUTO_TEST_CASE(options_of_the_user_win_and_ours_leave_no_trace) {
  const System s({16, 16, 16}, spheres(16));
  const Array b = s.random(14);
  const auto database = [] {
    char* text = nullptr;
    petsc_check(PetscOptionsGetAll(nullptr, &text));
    std::string all(text);
    petsc_check(PetscFree(text));
    return all;
  };
  const std::string before = database();

  for (const std::string& name : general_solvers()) {
    BOOST_CHECK(run(s, b, {.solver = name}).result.converged);
    BOOST_CHECK_EQUAL(database(), before);
  }
  petsc_check(PetscOptionsSetValue(nullptr, "-ksp_max_it", "3"));
  petsc_check(PetscOptionsSetValue(nullptr, "-pc_pfmg_num_pre_relax", "1"));
  const Outcome limited = run(s, b, {.solver = "cg"});
  run(s, b, {.solver = "pfmg"});
  PetscBool still = PETSC_FALSE;
  petsc_check(PetscOptionsHasName(nullptr, nullptr, "-pc_pfmg_num_pre_relax", &still));
  petsc_check(PetscOptionsClearValue(nullptr, "-ksp_max_it"));
  petsc_check(PetscOptionsClearValue(nullptr, "-pc_pfmg_num_pre_relax"));

  BOOST_CHECK_EQUAL(limited.result.iterations, 3);
  BOOST_CHECK_EQUAL(limited.result.reason, "max_iterations");
  BOOST_CHECK(still);
}

BOOST_AUTO_TEST_CASE(foolish_inputs) {
  const System s({8, 8, 8}, spheres(8));
  const Array b = s.random(15);
  const auto refused = [&](const SolveOptions& options, const Array& rhs, const std::string& phrase) {
    try {
      run(s, rhs, options);
    } catch (const ansatz::UsageError& e) {
      BOOST_TEST_INFO(e.what());
      BOOST_CHECK(std::string(e.what()).find(phrase) != std::string::npos);
      return;
    }
    BOOST_ERROR("accepted: " + phrase);
  };
  Array in_solid = b;
  s.for_each_cell([&](int i, int j, int k) {
    if (s.kind(i, j, k) == Cell::solid) in_solid[s.index(i, j, k)] = 1.0;
  });

  refused({.solver = "mgcgg"}, b, "did you mean \"mgcg\"");
  refused({.solver = ""}, b, "no such solver");
  refused({.rtol = 0.0}, b, "rtol");
  refused({.rtol = 1.0}, b, "rtol");
  refused({.rtol = std::nan("")}, b, "rtol");
  refused({.atol = -1.0}, b, "atol");
  refused({.max_iterations = -1}, b, "max_iterations");
  refused({.solver = "mgcg"}, in_solid, "no unknown");
  for (const auto& info : pressure_solvers())
    if (info.name == "fft") refused({.solver = "fft"}, b, "choose mgcg");
}

BOOST_AUTO_TEST_CASE(a_kept_solver_gives_the_same_answers_without_a_second_set_up) {
  const System s({12, 12, 12}, spheres(12));
  for (const std::string& name : general_solvers()) {
    const SolveOptions options{.solver = name, .rtol = 1e-8};
    ansatz::solvers::PressureSolver kept(s.A(), options);
    for (const unsigned seed : {1U, 2U}) {
      const Vector b = s.vector(s.random(seed));
      const Vector x = s.zero();
      const Vector y = s.zero();

      const SolveResult first = ansatz::solvers::solve(s.A(), b.get(), x.get(), options);
      const SolveResult again = kept.solve(b.get(), y.get());

      BOOST_TEST(again.converged);
      BOOST_TEST(again.iterations == first.iterations);
      BOOST_TEST((seed == 1U || again.setup_seconds == 0.0));
      petsc_check(VecAXPY(y.get(), -1.0, x.get()));
      PetscReal difference = 0.0;
      petsc_check(VecNorm(y.get(), NORM_INFINITY, &difference));
      BOOST_TEST(difference < 1e-12); // messages of library solvers may add up in another order
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
