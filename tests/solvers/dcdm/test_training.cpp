// SPDX-License-Identifier: Apache-2.0
// What a direction network is trained on, and a training that is cut and shared out.
#include "../../data/fixture.hpp"
#include "support.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/solvers/dcdm/training/cycle_training.hpp>
#include <ansatz/solvers/dcdm/training/direction_training.hpp>
#include <ansatz/solvers/dcdm/training/random_scene.hpp>
#include <ansatz/solvers/dcdm/training/right_hand_sides.hpp>
#include <ansatz/solvers/dcdm/training/ritz.hpp>

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <numbers>
#include <numeric>

namespace dcdm_test {

namespace {

using namespace ansatz::solvers::training;
using ansatz::tests::Scratch;

double dot(const Array& a, const Array& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

const TrainingOptions small{.sizes = {8}, .geometries = 4, .samples = 1, .steps = 60, .rate = 2e-3, .held_out = 4, .iterations = 5, .seed = 2};

/// True only if it is true on every rank.
bool everywhere(bool here) {
  int all = here ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  return all == 1;
}

const CycleTrainingOptions small_cycle{.sizes = {16}, .geometries = 2, .steps = 12, .rate = 0.1, .held_out = 6, .seed = 3};

template <class Training>
bool same_bits(const Training& a, const Training& b) {
  const auto p = a.arena().parameters(), q = b.arena().parameters();
  return std::memcmp(p.data(), q.data(), p.size_bytes()) == 0 && a.progress().loss_history == b.progress().loss_history &&
         a.progress().validation_history == b.progress().validation_history && a.progress().best_parameters == b.progress().best_parameters;
}

} // namespace

BOOST_AUTO_TEST_SUITE(training)

BOOST_AUTO_TEST_CASE(scenes_are_of_all_kinds_and_have_unknowns) {
  const std::vector<int> sizes{8, 16};
  int closed = 0, surfaces = 0, cubes = 0;
  for (int n = 0; n < 60; ++n) {
    Stream stream(1, "scenes", n);
    const ansatz::solvers::Scene scene = random_scene(stream, sizes);
    const Problem problem(scene);
    BOOST_TEST(problem.A().unknowns() > 0);
    surfaces += scene.surface ? 1 : 0;
    closed += problem.closed().count() > 0 ? 1 : 0;
    const auto& c = scene.grid.cells;
    cubes += c[0] == c[1] && c[1] == c[2] ? 1 : 0;
  }
  BOOST_TEST(closed > 5);
  BOOST_TEST(surfaces > 15);
  BOOST_TEST(surfaces < 45);
  BOOST_TEST(cubes < 60);
  Stream stream(1, "scenes", 0);
  for (const std::vector<int>& bad : {std::vector<int>{}, std::vector<int>{9}, std::vector<int>{4}})
    BOOST_CHECK_THROW((void)random_scene(stream, bad), ansatz::UsageError);
}

BOOST_AUTO_TEST_CASE(ritz_pairs_of_a_box_are_its_eigenpairs_at_the_ends) {
  ansatz::solvers::Scene scene = ansatz::solvers::named_scene("closed", {8, 8, 8});
  scene.open.fill(true);
  const Problem problem(scene); // 6^3 cells of fluid in air: eigenvalues sum of 2 - 2 cos(pi k / 7), k = 1..6
  Stream stream(1, "ritz", 0);
  const RitzPairs pairs(problem, stream, 60);
  const double pi = std::numbers::pi;

  BOOST_TEST(std::abs(pairs.values().front() - 3 * (2 - 2 * std::cos(pi / 7))) <= 1e-10);
  BOOST_TEST(std::abs(pairs.values().back() - 3 * (2 - 2 * std::cos(6 * pi / 7))) <= 1e-10);
  Array first(pairs.values().size(), 0.0), Aq(problem.cells());
  first[0] = 1.0;
  const Array q = pairs.combine(first);
  problem.apply(q, Aq);
  BOOST_TEST(std::abs(dot(q, q) - 1.0) <= 1e-12);
  for (std::size_t i = 0; i < q.size(); ++i) BOOST_REQUIRE_SMALL(Aq[i] - pairs.values().front() * q[i], 1e-6);
}

BOOST_AUTO_TEST_CASE(right_hand_sides_are_normalised_and_compatible) {
  for (int n = 0; n < 12; ++n) {
    Stream stream(3, "sides", n);
    const Problem problem(random_scene(stream, std::vector<int>{8, 16}));
    for (int source = 0; source < sources; ++source) {
      const Array b = right_hand_side(problem, static_cast<Source>(source), stream);
      Array projected = b;
      problem.project(projected);
      BOOST_TEST(std::abs(dot(b, b) - 1.0) <= 1e-12);
      BOOST_TEST(relative_difference(projected, b) <= 1e-12);
    }
  }
}

BOOST_AUTO_TEST_CASE(low_modes_are_smoother_than_noise) {
  const Problem problem(ansatz::solvers::named_scene("box", {16, 16, 16}));
  const auto roughness = [&](Source source) {
    Stream stream(4, "rough", 0);
    const Array b = right_hand_side(problem, source, stream);
    Array Ab(b.size());
    problem.apply(b, Ab);
    return dot(b, Ab);
  };
  BOOST_TEST(roughness(Source::low_modes) < 0.7 * roughness(Source::noise));
  BOOST_TEST(roughness(Source::divergence) < 0.7 * roughness(Source::noise));
}

BOOST_AUTO_TEST_CASE(the_loop_with_the_inverse_needs_one_iteration) {
  const Problem problem(ansatz::solvers::named_scene("box", {8, 8, 8}));
  Stream stream(5, "inverse", 0);
  Array x(problem.cells()), b(x.size());
  for (double& v : x) v = stream.normal();
  problem.project(x);
  problem.apply(x, b);

  const Array r = residual_after(
      problem, [&](std::span<const double>, std::span<double> z) { std::copy(x.begin(), x.end(), z.begin()); }, b, 1);

  BOOST_TEST(std::sqrt(dot(r, r)) <= 1e-12 * std::sqrt(dot(b, b)));
}

BOOST_AUTO_TEST_CASE(ranks_and_restarts_do_not_change_the_bits) {
  const Scratch folder;
  DirectionTraining whole(MPI_COMM_WORLD, small), alone(MPI_COMM_SELF, small), first(MPI_COMM_WORLD, small), second(MPI_COMM_WORLD, small);
  const auto advance = [](DirectionTraining& t) {
    (void)t.step();
    (void)t.validate();
  };
  for (int i = 0; i < 4; ++i) {
    advance(whole);
    advance(alone);
    if (i < 2) advance(first);
  }

  first.save(folder / "cut.h5", {});
  second.load(folder / "cut.h5");
  advance(second);
  advance(second);

  BOOST_TEST(everywhere(same_bits(whole, alone)));
  BOOST_TEST(everywhere(same_bits(whole, second)));
  BOOST_TEST(second.progress().step == 4);
}

BOOST_AUTO_TEST_CASE(training_lowers_loss_and_validation) {
  TrainingOptions options = small;
  options.samples = 2;
  options.steps = 80;
  options.rate = 3e-3;
  options.seed = 1;
  DirectionTraining t(MPI_COMM_WORLD, options);
  const double before = t.validate();
  while (t.progress().step < 40) (void)t.step();
  const double after = t.validate();

  const Array& loss = t.progress().loss_history;
  const double first = std::accumulate(loss.begin(), loss.begin() + 10, 0.0) / 10;
  const double last = std::accumulate(loss.end() - 10, loss.end(), 0.0) / 10;
  BOOST_TEST(everywhere(last < 0.75 * first), first << " -> " << last);
  BOOST_TEST(everywhere(after < 0.95 * before), before << " -> " << after);
  BOOST_TEST(t.best() == after);
}

BOOST_AUTO_TEST_CASE(the_best_parameters_are_kept_also_if_they_are_the_first) {
  TrainingOptions wild = small;
  wild.rate = 0.3; // nothing learns at this rate
  DirectionTraining t(MPI_COMM_WORLD, wild);
  const double before = t.validate();
  const Array initial(t.arena().parameters().begin(), t.arena().parameters().end());
  for (int i = 0; i < 3; ++i) (void)t.step();
  const double after = t.validate();

  BOOST_TEST(everywhere(!(after < before)));
  const auto best = t.best_arena();
  BOOST_TEST(everywhere(std::equal(initial.begin(), initial.end(), best.parameters().begin())));
}

BOOST_AUTO_TEST_CASE(cycle_starts_classical_and_the_loss_is_that_of_the_loop) {
  using ansatz::solvers::multigrid::CycleWeights;
  Stream stream(6, "cycle", 0);
  const Problem problem(random_scene(stream, std::vector<int>{16}));
  CycleSample sample(problem, right_hand_side(problem, Source::noise, stream));

  const double classical = sample.loss(nullptr, 2), initial = sample.loss(std::make_shared<CycleWeights>(), 2), longer = sample.loss(nullptr, 3);

  BOOST_TEST(classical == initial);
  BOOST_TEST(classical < -1.0);           // an iteration leaves less than a third
  BOOST_TEST(3 * longer < 2 * classical); // the energy error falls at every iteration
}

BOOST_AUTO_TEST_CASE(cycle_training_lowers_the_validation) {
  CycleTraining t(MPI_COMM_WORLD, small_cycle);
  const double before = t.validate();
  while (t.progress().step < small_cycle.steps) (void)t.step();
  const double after = t.validate();

  BOOST_TEST(everywhere(after < 0.8 * before), before << " -> " << after);
  BOOST_TEST(t.best() == after);
}

BOOST_AUTO_TEST_CASE(ranks_and_restarts_do_not_change_the_bits_of_a_cycle) {
  const Scratch folder;
  CycleTraining whole(MPI_COMM_WORLD, small_cycle), alone(MPI_COMM_SELF, small_cycle), first(MPI_COMM_WORLD, small_cycle);
  for (CycleTraining* t : {&whole, &alone, &first}) {
    (void)t->step();
    (void)t->validate();
  }
  first.save(folder / "cut.h5", {});
  CycleTraining second(MPI_COMM_WORLD, small_cycle);
  second.load(folder / "cut.h5");
  for (CycleTraining* t : {&whole, &alone, &second}) {
    (void)t->step();
    (void)t->validate();
  }

  BOOST_TEST(everywhere(same_bits(whole, alone)));
  BOOST_TEST(everywhere(same_bits(whole, second)));
  CycleTrainingOptions bad = small_cycle;
  bad.iterations = 0;
  BOOST_CHECK_THROW((void)CycleTraining(MPI_COMM_WORLD, bad), ansatz::UsageError);
}

BOOST_AUTO_TEST_CASE(bad_options) {
  for (const auto& change : std::vector<std::function<void(TrainingOptions&)>>{
           [](auto& o) { o.sizes = {7}; }, [](auto& o) { o.samples = 0; }, [](auto& o) { o.steps = 0; }, [](auto& o) { o.rate = 0.0; },
           [](auto& o) { o.model = "from32"; }, [](auto& o) { o.held_out = 0; }}) {
    TrainingOptions bad = small;
    change(bad);
    BOOST_CHECK_THROW((void)DirectionTraining(MPI_COMM_WORLD, bad), ansatz::UsageError);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace dcdm_test
