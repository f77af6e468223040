// SPDX-License-Identifier: Apache-2.0
// What holds of every flow: divergence, volume, symmetry, the same on any number of ranks, and what is refused.
#include "support.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/flow/transport_kernels.hpp>

#include <boost/test/unit_test.hpp>

using namespace ansatz;
using namespace ansatz::solvers;
using namespace ansatz::solvers::flow;

namespace {

/// Steps while everything that is promised is checked.
void run_checked(Flow& flow, int steps) {
  for (int s = 0; s < steps; ++s) {
    const StepReport report = flow.step(for_ever);
    BOOST_REQUIRE_MESSAGE(report.pressure.converged, report.pressure.reason);
    BOOST_REQUIRE(report.dt * report.pressure.divergence <= 1.01 * flow.options().projection.tolerance);
  }
}

/// max |a - b| over a block of both flows: b lives on one rank, a anywhere.
double difference(const Flow& a, const Flow& b, const Field& of_a, const Field& of_b) {
  double worst = 0.0;
  const FieldBox& here = a.mac().box();
  over_own(here, [&](int i, int j, int k, std::size_t at) {
    const auto other = static_cast<std::size_t>(b.mac().box().index(i + here.start[0], j + here.start[1], k + here.start[2]));
    worst = std::max(worst, std::abs(of_a[at] - of_b[other]));
  });
  return a.mac().largest(worst);
}

std::string refusal(const Scene& scene, const FlowOptions& options) {
  try {
    Setup flow(scene, options);
    (void)flow->step(for_ever);
    (void)flow->step(for_ever);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

bool says(const std::string& text, const char* phrase) { return text.find(phrase) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(laws)

BOOST_AUTO_TEST_CASE(smoke_is_free_of_divergence_with_every_guess_and_scheme) {
  for (const Scheme scheme : {Scheme::projection, Scheme::reflection})
    for (const Guess guess : {Guess::zero, Guess::previous, Guess::fischer}) {
      FlowOptions options = plume_options();
      options.scheme = scheme;
      options.confinement = 0.3;
      options.projection.guess = guess;
      Setup flow(plume_scene(16), options);

      run_checked(*flow, 12);
    }
}

BOOST_AUTO_TEST_CASE(fischer_starts_closer) {
  std::array<double, 2> start{};
  for (const Guess guess : {Guess::zero, Guess::fischer}) {
    FlowOptions options = plume_options();
    options.projection.guess = guess;
    Setup flow(plume_scene(16), options);
    for (int s = 0; s < 20; ++s) start[guess == Guess::zero ? 0 : 1] = flow->step(for_ever).pressure.guess_residual;
  }

  BOOST_TEST(start[0] == 1.0);
  BOOST_TEST(start[1] < 0.3);
}

BOOST_AUTO_TEST_CASE(dam_break_keeps_its_volume) {
  Setup flow(named_scene("dam-break", {32, 16, 16}), liquid_options());
  const double before = flow->volume();

  run_checked(*flow, 60);

  double cells = 0.0;
  for (const std::uint8_t kind : flow->kinds()) cells += kind == static_cast<std::uint8_t>(Cell::fluid) ? 1.0 : 0.0;
  cells = flow->mac().sum(cells) / (32.0 * 32.0 * 32.0);
  BOOST_TEST_MESSAGE("volume " << flow->volume() / before << ", fluid cells " << cells / before);
  BOOST_TEST(std::abs(flow->volume() / before - 1.0) < 0.02);
  BOOST_TEST(std::abs(cells / before - 1.0) < 0.1);
}

BOOST_AUTO_TEST_CASE(bodies_move_the_fluid_around_them) {
  for (const bool liquid : {false, true}) {
    FlowOptions options = liquid ? liquid_options() : still();
    options.time_step = 0.01;
    options.obstacles.push_back(
        {.shape = {Cell::solid, Box{{0.2, 0.4, 0.2}, {0.35, 0.6, 0.6}}}, .velocity = {0.3, 0, 0}, .spin = {0, 0, 2}, .pivot = {0.275, 0.5, 0.4}});
    Scene scene = named_scene("closed", {16, 16, 16});
    if (liquid) scene.surface = FreeSurface{.height = 0.5};
    Setup flow(scene, options);

    run_checked(*flow, 12);

    BOOST_TEST(velocity_error(*flow, [](int, const std::array<double, 3>&) { return 0.0; }) > 0.01);
  }
}

BOOST_AUTO_TEST_CASE(what_flows_in_flows_out) {
  FlowOptions options = still();
  options.walls[0] = {.kind = WallKind::inflow, .velocity = {1, 0, 0}, .scalars = {1.0, 0.0}};
  Scene scene = named_scene("closed", {24, 12, 12});
  scene.open[1] = true;
  scene.shapes.push_back({Cell::solid, Cylinder{.centre = {0.35, 0.25, 0.25}, .radius = 0.08, .height = 1.0, .axis = 2}});
  Setup flow(scene, options);

  run_checked(*flow, 20);

  double out = 0.0; // through the faces before the open wall
  over_own(flow->mac().box(), [&](int i, int, int, std::size_t at) {
    if (i + flow->mac().box().start[0] == 23) out += flow->velocity()[0][at];
  });
  BOOST_TEST(std::abs(flow->mac().sum(out) / (12.0 * 12.0) - 1.0) < 1e-3);
}

BOOST_AUTO_TEST_CASE(a_symmetric_plume_stays_symmetric) {
  FlowOptions options = plume_options();
  options.projection.tolerance = 1e-9;
  Setup flow(plume_scene(16), options, PETSC_COMM_SELF);

  run_checked(*flow, 15);

  double worst = 0.0;
  const FieldBox& box = flow->mac().box();
  over_own(box, [&](int i, int j, int k, std::size_t at) {
    worst = std::max(worst, std::abs(flow->density()[at] - flow->density()[static_cast<std::size_t>(box.index(15 - i, j, k))]));
    worst = std::max(worst, std::abs(flow->density()[at] - flow->density()[static_cast<std::size_t>(box.index(j, i, k))]));
  });
  BOOST_TEST(flow->volume() > 0.0);
  BOOST_TEST(worst < 1e-5); // a limiter may choose the other side where the tolerance of the pressure decides
}

BOOST_AUTO_TEST_CASE(ranks_do_not_matter) {
  FlowOptions options = plume_options();
  options.projection.tolerance = 1e-9;
  Setup together(plume_scene(16), options);
  Setup alone(plume_scene(16), options, PETSC_COMM_SELF);
  FlowOptions wet = liquid_options();
  wet.projection.tolerance = 1e-9;
  Setup wet_together(named_scene("dam-break", {16, 16, 16}), wet);
  Setup wet_alone(named_scene("dam-break", {16, 16, 16}), wet, PETSC_COMM_SELF);

  for (int s = 0; s < 10; ++s)
    for (Setup* flow : {&together, &alone, &wet_together, &wet_alone}) BOOST_REQUIRE((*flow)->step(for_ever).pressure.converged);

  BOOST_TEST(difference(*together, *alone, together->density(), alone->density()) < 1e-6);
  BOOST_TEST(difference(*together, *alone, together->velocity()[2], alone->velocity()[2]) < 1e-6);
  BOOST_TEST(difference(*wet_together, *wet_alone, wet_together->level_set(), wet_alone->level_set()) < 1e-6);
}

BOOST_AUTO_TEST_CASE(steps_of_several_cells) {
  FlowOptions options = plume_options();
  options.cfl = 2.5;
  Setup flow(plume_scene(16), options);

  run_checked(*flow, 10);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused) {
  FlowOptions inflow = still();
  inflow.walls[0] = {.kind = WallKind::inflow, .velocity = {1, 0, 0}};
  BOOST_TEST(says(refusal(named_scene("closed", {8, 8, 8}), inflow), "no way out"));

  FlowOptions filled = plume_options();
  filled.obstacles.push_back({.shape = {Cell::solid, Box{{-1, -1, -1}, {2, 2, 2}}}});
  BOOST_TEST(says(refusal(plume_scene(8), filled), "no fluid cell"));

  FlowOptions hasty = plume_options();
  hasty.time_step = 100.0;
  BOOST_TEST(says(refusal(plume_scene(8), hasty), "CFL"));

  FlowOptions wild = still();
  wild.cfl = -1.0;
  BOOST_TEST(says(refusal(plume_scene(8), wild), "cfl"));

  FlowOptions wet = liquid_options();
  wet.walls[0].kind = WallKind::inflow;
  BOOST_TEST(says(refusal(plume_scene(8), wet), "inflow belongs to smoke"));
}

BOOST_AUTO_TEST_CASE(kernels_agree) {
  // Rows of all lengths around the width of a pack; the table without wide instructions is the reference.
  const auto tables = transport_kernels();
  const TransportKernels& plain = *tables.back();
  for (const double reach : {1.0, 2.0})
    for (const int n : {1, 2, 3, 4, 5, 7, 8, 9, 17}) {
      constexpr std::ptrdiff_t row = 32;
      constexpr std::ptrdiff_t plane = 32 * 8;
      constexpr std::ptrdiff_t at = 3 * plane + 3 * row + 5;
      std::array<std::vector<double>, 5> f;
      for (std::size_t a = 0; a < f.size(); ++a)
        for (std::ptrdiff_t i = 0; i < 8 * plane; ++i) f[a].push_back(std::sin(0.7 * static_cast<double>(i) * static_cast<double>(a + 1)));
      for (int place = 0; place < 4; ++place) {
        std::array<std::vector<double>, 2> result;
        for (const TransportKernels* kernels : {&plain, tables.front()}) {
          auto& out = result[kernels == &plain ? 0 : 1];
          std::vector<double> work(6 * static_cast<std::size_t>(n));
          out.assign(2 * static_cast<std::size_t>(n), 0.0);
          const RowView view{.velocity = {f[0].data() + at, f[1].data() + at, f[2].data() + at},
                             .n = n,
                             .row = row,
                             .plane = plane,
                             .place = place,
                             .courant = 0.9 * reach,
                             .reach = reach,
                             .work = work.data()};
          kernels->trace_back(view);
          kernels->predict(view, f[3].data() + at, out.data());
          kernels->trace(view);
          kernels->correct(view, f[3].data() + at, f[4].data() + at, out.data() + n, place % 2 == 0);
        }
        for (std::size_t i = 0; i < result[0].size(); ++i) BOOST_REQUIRE(std::abs(result[0][i] - result[1][i]) < 1e-12);
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()
