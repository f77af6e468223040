// SPDX-License-Identifier: Apache-2.0
// PC "dcdmnet" against the network evaluated on the whole box by plain loops in double, on any number of ranks; files it must refuse.
#include "../../data/fixture.hpp"
#include "support.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/learning/training_state.hpp>
#include <ansatz/solvers/dcdm/dcdmnet.hpp>
#include <ansatz/solvers/dcdm/network_direction.hpp>
#include <ansatz/solvers/poisson/right_hand_side.hpp>
#include <ansatz/solvers/poisson/scene.hpp>
#include <ansatz/solvers/poisson/solve.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>
#include <map>
#include <utility>

namespace dcdm_test {

namespace {

namespace as = ansatz::solvers;
namespace al = ansatz::learning;
using ansatz::tests::Scratch;

struct System {
  DM dm = nullptr;
  std::unique_ptr<as::CellFlags> flags;
  std::unique_ptr<as::PressureOperator> A;
  Vec b = nullptr;

  explicit System(const std::string& scene, std::array<int, 3> cells) {
    const as::Scene s = as::named_scene(scene, cells);
    dm = as::create_dm(PETSC_COMM_WORLD, s.grid);
    flags = as::cell_flags(s, dm).flags;
    A = std::make_unique<as::PressureOperator>(*flags);
    petsc_check(DMCreateGlobalVector(dm, &b));
    as::random_rhs(*A, as::ClosedComponents(*A), 5, b);
  }
  System(const System&) = delete;
  System& operator=(const System&) = delete;
  ~System() {
    VecDestroy(&b);
    A.reset();
    flags.reset();
    DMDestroy(&dm);
  }
};

/// A vector of the DMDA on every rank, x fastest over the whole grid.
Array whole(DM dm, Vec v) {
  Vec natural = nullptr;
  petsc_check(DMDACreateNaturalVector(dm, &natural));
  petsc_check(DMDAGlobalToNaturalBegin(dm, v, INSERT_VALUES, natural));
  petsc_check(DMDAGlobalToNaturalEnd(dm, v, INSERT_VALUES, natural));
  Array all = gather(natural);
  petsc_check(VecDestroy(&natural));
  return all;
}

struct PcResult {
  PetscErrorCode set_up = 0;
  PetscErrorCode apply = 0;
  Array z;
};

PcResult apply_pc(const System& system, Vec r, const std::string& weights, const std::string& model = "", const std::string& precision = "f32") {
  as::register_dcdmnet();
  OptionList list{{"-pc_dcdmnet_precision", precision}};
  if (!weights.empty()) list.push_back({"-pc_dcdmnet_weights", weights});
  if (!model.empty()) list.push_back({"-pc_dcdmnet_model", model});
  const Options options(list);
  PcResult result;
  PC pc = nullptr;
  Vec z = nullptr;
  petsc_check(VecDuplicate(r, &z));
  petsc_check(PCCreate(PETSC_COMM_WORLD, &pc));
  petsc_check(PCSetType(pc, as::dcdmnet_pc_type));
  petsc_check(PCSetOperators(pc, system.A->shell(), system.A->shell()));
  petsc_check(PCSetFromOptions(pc));
  petsc_check(PetscPushErrorHandler(PetscReturnErrorHandler, nullptr));
  result.set_up = PCSetUp(pc);
  if (result.set_up == 0) result.apply = PCApply(pc, r, z);
  petsc_check(PetscPopErrorHandler());
  if (result.set_up == 0 && result.apply == 0) result.z = whole(system.dm, z);
  petsc_check(PCDestroy(&pc));
  petsc_check(VecDestroy(&z));
  return result;
}

/// Writes a network with random weights and biases, as every rank reads it.
std::string random_model(const Scratch& folder, const std::string& name, float bias = 0.05F) {
  al::Arena<float> arena(al::direction_network<float>(name).layout);
  al::initialise(arena, 3);
  for (const al::Block& block : arena.layout().blocks())
    if (block.name.ends_with(".bias")) std::fill(arena.parameters(block).begin(), arena.parameters(block).end(), bias);
  const std::string path = folder / (name + ".h5");
  if (ansatz::rank_of(MPI_COMM_WORLD) == 0) al::save_model(path, name, arena, {}, {});
  MPI_Barrier(MPI_COMM_WORLD);
  return path;
}

/// |r| m f(r / |r|) from the definition: whole box, loops in double, sides filled up to even numbers.
Array definition(const System& system, const std::string& path, const std::string& name, const Array& r, const Array& unknown) {
  const auto net = al::direction_network<double>(name, al::make_convolution_kernels<double>("reference"));
  const as::TrainedNetwork trained = as::read_trained_network(path, name);
  al::Arena<double> arena(net.layout);
  std::copy(trained.arena.parameters().begin(), trained.arena.parameters().end(), arena.parameters().begin());
  const auto& n = system.flags->grid().cells;
  const al::Shape shape{1, 1, (n[2] + 1) / 2 * 2, (n[1] + 1) / 2 * 2, (n[0] + 1) / 2 * 2};
  double size = 0.0;
  for (double v : r) size += v * v;
  size = std::sqrt(size);
  Array box(static_cast<std::size_t>(shape.size()), 0.0), z(r.size(), 0.0);
  const auto visit = [&](auto&& f) {
    std::size_t c = 0;
    for (int k = 0; k < n[2]; ++k)
      for (int j = 0; j < n[1]; ++j)
        for (int i = 0; i < n[0]; ++i, ++c) f(c, static_cast<std::size_t>(shape.index(0, 0, k, j, i)));
  };
  visit([&](std::size_t c, std::size_t at) { box[at] = r[c] / size; });
  const auto out = al::evaluate<double>(net.chain, {al::from_plain<double>(al::Memory::real(), shape, box)}, std::as_const(arena).parameters());
  visit([&](std::size_t c, std::size_t at) { z[c] = unknown[c] > 0.0 ? size * out.front().values()[at] : r[c]; });
  return z;
}

Array unknowns(const System& system) {
  Vec v = nullptr;
  petsc_check(VecDuplicate(system.b, &v));
  petsc_check(VecSet(v, 0.0));
  double* a = nullptr;
  petsc_check(VecGetArray(v, &a));
  const as::LocalBox& box = system.flags->box();
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i) *a++ = system.A->diagonal()[static_cast<std::size_t>(box.index(i, j, k))] > 0 ? 1.0 : 0.0;
  a -= box.own_cells();
  petsc_check(VecRestoreArray(v, &a));
  Array all = whole(system.dm, v);
  petsc_check(VecDestroy(&v));
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(network_direction)

BOOST_AUTO_TEST_CASE(is_the_masked_network_of_the_normalised_residual_on_any_number_of_ranks) {
  struct Row {
    const char* model;
    const char* scene;
    std::array<int, 3> cells;
  };
  // Longer than twice the reach plus a block, so that blocks do not see the whole box; odd sides; blocks thinner than the reach.
  for (const auto& [model, scene, cells] :
       {Row{"from64", "s8w", {12, 10, 60}}, Row{"from64", "s8w", {11, 13, 9}}, Row{"from128", "dam-break", {8, 8, 20}}}) {
    const Scratch folder;
    const System system(scene, cells);
    const std::string path = random_model(folder, model);
    const Array truth = definition(system, path, model, whole(system.dm, system.b), unknowns(system));

    const PcResult got = apply_pc(system, system.b, path);

    BOOST_TEST(got.set_up == 0);
    BOOST_TEST(got.apply == 0);
    BOOST_TEST(relative_difference(got.z, truth) <= 1e-5, scene); // 22 layers in single precision
  }
}

BOOST_AUTO_TEST_CASE(scales_with_the_residual) {
  const Scratch folder;
  const System system("s8w", {8, 8, 8});
  const std::string path = random_model(folder, "from64");
  const Array one = apply_pc(system, system.b, path).z;
  petsc_check(VecScale(system.b, 0x1p40)); // a power of two: bit for bit
  Array large = apply_pc(system, system.b, path).z;
  for (double& v : large) v *= 0x1p-40;
  BOOST_TEST(large == one);
  petsc_check(VecSet(system.b, 0.0));
  BOOST_TEST(apply_pc(system, system.b, path).z == Array(512, 0.0));
}

BOOST_AUTO_TEST_CASE(residuals_that_are_not_finite_are_refused) {
  const Scratch folder;
  const System system("box", {8, 8, 8});
  const std::string path = random_model(folder, "from64");
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    petsc_check(VecSetValue(system.b, 0, bad, INSERT_VALUES));
    petsc_check(VecAssemblyBegin(system.b));
    petsc_check(VecAssemblyEnd(system.b));
    BOOST_TEST(apply_pc(system, system.b, path).apply == PETSC_ERR_ARG_WRONG);
  }
}

BOOST_AUTO_TEST_CASE(files_that_do_not_fit_are_refused) {
  const Scratch folder;
  const std::string from64 = random_model(folder, "from64");
  const auto says = [](const auto& body, const std::string& phrase) {
    try {
      body();
    } catch (const ansatz::Error& error) {
      return std::string(error.what()).find(phrase) != std::string::npos;
    }
    return false;
  };
  if (ansatz::rank_of(MPI_COMM_WORLD) == 0) {
    ansatz::Model other{.name = "from64", .version = al::parameters_version + 1};
    ansatz::write_model(folder / "newer.h5", other, {});
    other = {.name = "voxmg-weights"};
    ansatz::write_model(folder / "other.h5", other, {});
  }
  random_model(folder, "from128", std::numeric_limits<float>::quiet_NaN());

  BOOST_TEST(says([&] { (void)as::read_trained_network(from64, "from128"); }, "holds model from64 version 1, wanted is from128"));
  BOOST_TEST(says([&] { (void)as::read_trained_network(folder / "newer.h5", ""); }, "version 2, wanted is from64 version 1"));
  BOOST_TEST(says([&] { (void)as::read_trained_network(folder / "other.h5", ""); }, "no direction network is called voxmg-weights"));
  BOOST_TEST(says([&] { (void)as::read_trained_network(folder / "from128.h5", ""); }, "NaN"));
  BOOST_TEST(says([&] { (void)as::read_trained_network("", "from128"); }, "models/from128.h5"));
  const System system("box", {8, 8, 8});
  BOOST_TEST(apply_pc(system, system.b, from64, "from128").set_up != 0);
}

/// |v|_A of the difference of two arrays, relative to that of the second: what decides how much a noisy direction costs.
double noise(const System& system, const Array& z, const Array& exact) {
  const auto energy = [&](const Array& v) {
    const auto& n = system.flags->grid().cells;
    Vec x = nullptr;
    Vec y = nullptr;
    petsc_check(VecDuplicate(system.b, &x));
    petsc_check(VecDuplicate(system.b, &y));
    double* a = nullptr;
    petsc_check(VecGetArray(x, &a));
    const as::LocalBox& box = system.flags->box();
    for (int k = 0; k < box.n[2]; ++k)
      for (int j = 0; j < box.n[1]; ++j)
        for (int i = 0; i < box.n[0]; ++i)
          *a++ = v[static_cast<std::size_t>(((k + box.start[2]) * n[1] + j + box.start[1]) * n[0] + i + box.start[0])];
    a -= box.own_cells();
    petsc_check(VecRestoreArray(x, &a));
    system.A->apply(x, y);
    double square = 0.0;
    petsc_check(VecDot(x, y, &square));
    petsc_check(VecDestroy(&x));
    petsc_check(VecDestroy(&y));
    return std::sqrt(square);
  };
  Array difference = z;
  for (std::size_t i = 0; i < z.size(); ++i) difference[i] -= exact[i];
  return energy(difference) / energy(exact);
}

BOOST_AUTO_TEST_CASE(sixteen_bits_are_as_good_as_single_precision_on_recorded_residuals) {
  const System system("s8w", {24, 24, 24});
  Vec x = nullptr;
  Vec r = nullptr;
  petsc_check(VecDuplicate(system.b, &x));
  petsc_check(VecDuplicate(system.b, &r));
  for (const int steps : {0, 3, 8}) {
    (void)as::solve(*system.A, system.b, x, {.solver = "dcdm", .direction = "published", .rtol = 1e-8, .max_iterations = steps});
    system.A->apply(x, r);
    petsc_check(VecAYPX(r, -1.0, system.b));
    const Array exact = apply_pc(system, r, "").z;

    const auto d = [&](const char* precision) { return noise(system, apply_pc(system, r, "", "", precision).z, exact); };

    // At most 5 % more iterations up to a factor of 0.9 a step need d <= 0.01; eight bits of weights are rounded 2^7 times as coarsely as sixteen.
    BOOST_TEST(d("dfp16") <= 0.01, steps << " steps: " << d("dfp16"));
    for (const char* precision : {"w8a16", "int8", "bf16", "lmul"})
      BOOST_TEST(d(precision) <= 0.6, precision << " after " << steps << " steps: " << d(precision));
  }
  petsc_check(VecDestroy(&x));
  petsc_check(VecDestroy(&r));
}

BOOST_AUTO_TEST_CASE(precisions_that_do_not_exist_are_refused) {
  const System system("box", {8, 8, 8});
  Vec x = nullptr;
  petsc_check(VecDuplicate(system.b, &x));
  BOOST_TEST(apply_pc(system, system.b, "", "", "int4").set_up != 0);
  BOOST_CHECK_THROW((void)as::solve(*system.A, system.b, x, {.solver = "dcdm", .direction = "published", .direction_format = "int4"}),
                    ansatz::UsageError);
  petsc_check(VecDestroy(&x));
}

/// Work of `count` directions whose residual falls by `factor` each, in thousandths of an evaluation in f32.
struct LadderRun {
  as::PrecisionLadder ladder;
  std::map<std::string, int> cost{{"f32", 1000}, {"dfp16", 700}, {"w8a16", 600}, {"int8", 400}}; ///< what evaluations really take
  double residual = 1.0;
  int work = 0;
  std::map<std::string, int> done;

  /// \param claimed  what the trial says, for a price of `price`
  void steps(int count, double factor, int price, const std::vector<as::PrecisionLadder::Rung>& claimed) {
    for (int i = 0; i < count; ++i, residual *= factor) {
      if (ladder.trial_is_due(price / 1000.0)) {
        work += price;
        ladder.judge(price / 1000.0, claimed);
      }
      const std::string precision = ladder.precision(residual);
      ++done[precision];
      work += cost.at(precision);
      ladder.spent(cost.at(precision));
    }
  }
};

BOOST_AUTO_TEST_CASE(the_ladder_takes_what_is_least_work_once_a_trial_is_earned) {
  const std::vector<as::PrecisionLadder::Rung> rungs{{"dfp16", 0.7, 1e-3}, {"w8a16", 0.6, 0.1}, {"int8", 0.4, 1.5}};
  LadderRun run;

  run.steps(40, 0.5, 150, rungs); // 8 evaluations earn 0.15 of one

  BOOST_TEST(run.done["f32"] == 8);
  BOOST_TEST(run.done["w8a16"] == 32); // 0.6 (1 + 0.01), the others 0.7 and 0.4 (1 + 2.25)
  BOOST_TEST(run.work == 8 * 1000 + 150 + 32 * 600);
}

BOOST_AUTO_TEST_CASE(the_ladder_never_works_two_percent_more_than_single_precision) {
  for (const int count : {1, 6, 10, 51, 400})
    for (const int price : {5, 20, 40, 150, 1400})
      for (const int really : {400, 940, 1000, 1010, 1300}) // what was claimed to be 900 or 1000
        for (const double claimed : {0.9, 1.0}) {
          LadderRun run;
          run.cost["int8"] = really;
          run.steps(count, 0.7, price, {{"dfp16", 1.2, 0.0}, {"w8a16", 0.5, std::numeric_limits<double>::quiet_NaN()}, {"int8", claimed, 0.01}});

          const int slip = claimed < 0.95 ? std::max(really - 1000, 0) : 0; // the evaluation that shows that the claim was wrong
          BOOST_TEST(run.work <= count * 1020 + slip, count << " directions, price " << price << ", really " << really << ": " << run.work);
          if (claimed > 0.95) BOOST_TEST(run.done["int8"] == 0);
        }
}

BOOST_AUTO_TEST_CASE(the_ladder_climbs_where_the_residual_lags_and_begins_anew_with_a_new_solve) {
  const std::vector<as::PrecisionLadder::Rung> rungs{{"int8", 0.4, 0.1}};
  LadderRun run;
  run.steps(12, 0.5, 20, rungs); // as fast as it ever was
  BOOST_TEST(run.done["int8"] == 11);

  run.steps(10, 0.6, 20, rungs); // log 0.6 / log 0.5 = 0.74 < 0.8
  BOOST_TEST(run.ladder.precision(run.residual) == "f32");
  BOOST_TEST(run.ladder.precision(20 * run.residual) == "int8");
}

BOOST_AUTO_TEST_CASE(the_shipped_network_solves) {
  const System system("s8w", {16, 16, 16});
  Vec x = nullptr;
  petsc_check(VecDuplicate(system.b, &x));

  const as::SolveResult net = as::solve(*system.A, system.b, x, {.solver = "dcdm", .direction = "published", .rtol = 1e-4});
  const as::SolveResult none = as::solve(*system.A, system.b, x, {.solver = "dcdm", .direction = "none", .rtol = 1e-4});

  BOOST_TEST(net.converged);
  BOOST_TEST(net.direction == "published");
  for (const char* format : {"dfp16", "ladder"}) {
    const as::SolveResult low =
        as::solve(*system.A, system.b, x, {.solver = "dcdm", .direction = "published", .direction_format = format, .rtol = 1e-4});
    BOOST_TEST(low.converged);
    BOOST_TEST(low.direction_format == format);
    BOOST_TEST(low.seconds_per_direction > 0.0);
    // Two iterations of 16^3 are more than the 5 % of the rule.
    BOOST_TEST(low.iterations <= net.iterations + 2, format << ": " << low.iterations << " steps, single precision " << net.iterations);
  }
  BOOST_TEST(none.converged);
  // It knows the start of a solve: six iterations leave less than those of conjugate gradients.
  BOOST_TEST(net.history.at(6) < 0.7 * none.history.at(6), net.history.at(6) << " " << none.history.at(6));
  BOOST_CHECK_THROW((void)as::solve(*system.A, system.b, x, {.solver = "dcdm", .direction = "publish"}), ansatz::UsageError);
  BOOST_CHECK_THROW((void)as::solve(*system.A, system.b, x, {.solver = "dcdm", .direction = "published", .weights = "absent.h5"}), ansatz::FileError);
  petsc_check(VecDestroy(&x));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace dcdm_test
