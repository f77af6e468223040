// SPDX-License-Identifier: Apache-2.0
/// Learned weights: classical bit for bit where they are 0, the reference with any others, and what they are for: fewer iterations.
#include "../../data/fixture.hpp"
#include "unfold.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/shipped_file.hpp>
#include <ansatz/learning/training_state.hpp>
#include <ansatz/solvers/poisson/right_hand_side.hpp>
#include <ansatz/solvers/poisson/scene.hpp>
#include <ansatz/solvers/poisson/solve.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace multigrid_test;
using ansatz::tests::Scratch;

std::vector<Geometry> some_geometries() {
  return {mixture(3, 80, 10), mixture(4, 95, 3), plates(4, 1, true), plates(3, 1, false), channels(), blocks(), closed_box(), open_box(), pond(18)};
}

/// Largest relative difference of couplings and diagonals; infinite where one of them is missing.
double difference_of(const Graph& fast, const reference::Operator& truth) {
  double worst = fast.diagonal.size() == truth.node.size() ? 0.0 : HUGE_VAL;
  for (const auto& [u, node] : truth.node) {
    const auto d = fast.diagonal.find(u);
    if (d == fast.diagonal.end()) return HUGE_VAL;
    worst = std::max(worst, std::abs(d->second - node.diagonal()) / (1.0 + node.diagonal()));
    for (const auto& [v, w] : node.weight) {
      const auto found = fast.weight.find({u, v});
      if (found == fast.weight.end()) return HUGE_VAL;
      worst = std::max(worst, std::abs(found->second - w) / w);
    }
  }
  return worst;
}

int iterations(const ansatz::solvers::PressureOperator& A, bool smooth, const std::string& solver, const std::string& direction) {
  const ansatz::solvers::ClosedComponents closed(A);
  Vec v = nullptr;
  petsc_check(DMCreateGlobalVector(A.flags().dm(), &v));
  const Vector b(v);
  petsc_check(VecDuplicate(v, &v));
  const Vector x(v);
  if (smooth)
    ansatz::solvers::divergence_rhs(A, closed, b.get());
  else
    ansatz::solvers::random_rhs(A, closed, 1, b.get());
  const auto result = ansatz::solvers::solve(A, b.get(), x.get(), {.solver = solver, .direction = direction});
  BOOST_CHECK(result.converged);
  BOOST_CHECK_EQUAL(result.direction, solver == "mgcg" && direction == "classical" ? "" : direction);
  return result.iterations;
}

/// A named scene on a communicator.
struct Domain {
  Domain(const std::string& name, int n, MPI_Comm comm)
      : scene(ansatz::solvers::named_scene(name, {n, n, n})), dm(ansatz::solvers::create_dm(comm, scene.grid)) {
    flags = ansatz::solvers::cell_flags(scene, dm).flags;
    A = std::make_unique<PressureOperator>(*flags);
  }
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;
  ~Domain() {
    A.reset();
    flags.reset();
    DMDestroy(&dm);
  }
  ansatz::solvers::Scene scene;
  DM dm;
  std::unique_ptr<CellFlags> flags;
  std::unique_ptr<PressureOperator> A;
};

const std::array scenes = {"s8w", "dam-break", "box", "closed", "tw0", "tw1", "tw3"};

} // namespace

BOOST_AUTO_TEST_SUITE(weights)

BOOST_AUTO_TEST_CASE(all_zero_is_the_classical_cycle_bit_for_bit) {
  for (const Geometry& g : some_geometries())
    for (const CycleType type : {CycleType::v, CycleType::w}) {
      const System s({18, 17, 35}, g.kind);
      const OptionList options = option_list(cycle_options(Smoother::red_black, type, 2));
      const Array r = s.random(81);

      const Array classical = Multigrid(s, options).apply(r), initial = Multigrid(s, options, std::make_shared<CycleWeights>()).apply(r);

      BOOST_TEST_CONTEXT(g << ": " << text(options)) BOOST_CHECK_EQUAL(largest_difference(classical, initial), 0.0);
    }
}

BOOST_AUTO_TEST_CASE(levels_equal_the_reference) {
  const auto w = random_weights(1);
  for (const std::array<int, 3> cells : {std::array{18, 17, 35}, std::array{33, 17, 34}})
    for (const Geometry& g : some_geometries()) BOOST_TEST_CONTEXT(g << " on " << cells[0] << " x " << cells[1] << " x " << cells[2]) {
        const System s(cells, g.kind);
        const Hierarchy fast = fast_hierarchy(s, w.get());
        const auto truth = reference_hierarchy(s, cells, w.get());

        BOOST_REQUIRE_EQUAL(fast.levels().size(), truth.size());
        for (std::size_t l = 0; l < truth.size(); ++l)
          BOOST_CHECK_LE(difference_of(unfold(fast.comm(), fast.levels()[l]), truth[l]), 1e-5); // some fifty roundings and those of the features
      }
}

BOOST_AUTO_TEST_CASE(cycle_equals_plain_loops) {
  const auto w = random_weights(2);
  for (const Geometry& g : some_geometries())
    for (const CycleType type : {CycleType::v, CycleType::w}) {
      const std::array<int, 3> cells = {18, 17, 35};
      const System s(cells, g.kind);
      CycleOptions o = cycle_options(Smoother::red_black, type, 2);
      const Array r = compatible(s, s.random(82));

      const Array fast = Multigrid(s, option_list(o), w).apply(r);

      o.weights = w;
      const auto levels = reference_hierarchy(s, cells, w.get());
      const reference::Cycle cycle(levels, o);
      Array in, truth(s.size(), 0.0);
      for (const auto& [u, node] : levels.front().node) in.push_back(r[s.index(u.i, u.j, u.k)]);
      const Array out = cycle.apply(in);
      std::size_t n = 0;
      for (const auto& [u, node] : levels.front().node) truth[s.index(u.i, u.j, u.k)] = out[n++];
      BOOST_TEST_CONTEXT(g) BOOST_CHECK_LE(largest(compatible(s, difference(fast, truth))), 20000.0 * rounding * largest(truth));
    }
}

BOOST_AUTO_TEST_CASE(compiled_in_are_those_of_the_model_file) {
  const CycleWeights compiled = CycleWeights::shipped(), file = CycleWeights::read(ansatz::shipped_file("models/cycle.h5"));
  const auto a = compiled.arena().parameters(), b = file.arena().parameters();

  BOOST_CHECK_EQUAL_COLLECTIONS(a.begin(), a.end(), b.begin(), b.end());
}

BOOST_AUTO_TEST_CASE(shipped_weights_save_iterations) {
  int classical = 0, learned = 0;
  for (const char* name : scenes)
    for (const int n : {32, 64}) {
      if (n == 64 && rank_count() > 1) continue;
      const Domain d(name, n, PETSC_COMM_WORLD);
      for (const bool smooth : {false, true}) BOOST_TEST_CONTEXT(name << ' ' << n << (smooth ? " smooth" : " rough")) {
          const int before = iterations(*d.A, smooth, "mgcg", "classical"), after = iterations(*d.A, smooth, "mgcg", "learned");
          classical += before;
          learned += after;

          BOOST_CHECK_LE(after, before);
        }
    }
  BOOST_CHECK_LE(learned, 0.85 * classical);
}

BOOST_AUTO_TEST_CASE(ranks_and_loops_do_not_matter) {
  for (const char* name : scenes) BOOST_TEST_CONTEXT(name) {
      const Domain here(name, 32, PETSC_COMM_SELF), everywhere(name, 32, PETSC_COMM_WORLD);
      const int alone = iterations(*here.A, true, "mgcg", "learned");

      BOOST_CHECK_LE(std::abs(iterations(*everywhere.A, true, "mgcg", "learned") - alone), 1);
      BOOST_CHECK_LE(iterations(*everywhere.A, true, "dcdm", "learned"), alone + 2); // without the full multigrid start
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  const Scratch scratch;
  const System s({8, 8, 8}, open_box().kind);
  const Vector b = s.vector(s.random(83)), x = s.zero();
  const auto refused = [&](const std::string& file, const char* phrase) {
    BOOST_CHECK_EXCEPTION((void)ansatz::solvers::solve(s.A(), b.get(), x.get(), {.solver = "mgcg", .direction = "learned", .weights = file}),
                          ansatz::FileError, [&](const ansatz::FileError& e) { return std::string(e.what()).find(phrase) != std::string::npos; });
  };
  if (rank_count() == 1) {
    CycleWeights bad;
    bad.arena().parameters()[3] = std::nan("");
    ansatz::learning::save_model(scratch / "nan.h5", CycleWeights::model, bad.arena(), {}, {});
    ansatz::learning::save_model(scratch / "other.h5", "from64", bad.arena(), {}, {});

    refused(scratch / "nan.h5", "NaN");
    refused(scratch / "other.h5", "from64");
  }
  refused(scratch / "none.h5", "none.h5");
  BOOST_CHECK_THROW(Multigrid(s, option_list(cycle_options(Smoother::jacobi, CycleType::v, 2)), random_weights(1)), ansatz::InternalError);
}

BOOST_AUTO_TEST_SUITE_END()
