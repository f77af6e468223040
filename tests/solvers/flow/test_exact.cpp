// SPDX-License-Identifier: Apache-2.0
// Flows whose answer is known: a steady vortex, a liquid at rest, the lid-driven cavity of Ghia, Ghia and Shin.
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace ansatz::solvers;
using namespace ansatz::solvers::flow;
namespace utf = boost::unit_test;

namespace {

/// Error of the vortex at time 1 after `steps` steps.
double vortex_error(int n, int steps, Scheme scheme) {
  FlowOptions options = still();
  options.scheme = scheme;
  options.time_step = 1.0 / steps;
  options.projection.tolerance = 1e-10;
  Setup flow(named_scene("closed", {n, n, 1}), options);
  flow->set_velocity(vortex);
  for (int s = 0; s < steps; ++s) BOOST_REQUIRE(flow->step(2.0).pressure.converged);
  return velocity_error(*flow, vortex);
}

/// Ghia, Ghia and Shin, JCP 48 (1982), Re = 100: u on the vertical, v on the horizontal centre line.
constexpr double ghia_u[][2] = {{0.0547, -0.03717}, {0.0625, -0.04192}, {0.0703, -0.04775}, {0.1016, -0.06434}, {0.1719, -0.10150},
                                {0.2813, -0.15662}, {0.4531, -0.21090}, {0.5, -0.20581},    {0.6172, -0.13641}, {0.7344, 0.00332},
                                {0.8516, 0.23151},  {0.9531, 0.68717},  {0.9609, 0.73722},  {0.9688, 0.78871},  {0.9766, 0.84123}};
constexpr double ghia_v[][2] = {{0.0625, 0.09233},  {0.0703, 0.10091},  {0.0781, 0.10890},  {0.0938, 0.12317},  {0.1563, 0.16077},
                                {0.2266, 0.17507},  {0.2344, 0.17527},  {0.5, 0.05454},     {0.8047, -0.24533}, {0.8594, -0.22445},
                                {0.9063, -0.16914}, {0.9453, -0.10313}, {0.9531, -0.08864}, {0.9609, -0.07391}, {0.9688, -0.05906}};

/// Largest difference from the table along the centre line, in units of the lid's speed; component a along the other axis, on the face in the middle.
double centre_line_error(const Flow& flow, std::size_t a, const double (&table)[15][2]) {
  const int n = flow.mac().grid().cells[0];
  const std::size_t b = 1 - a;
  std::vector<double> line(static_cast<std::size_t>(n), 0.0);
  over_own(flow.mac().box(), [&](int i, int j, int, std::size_t at) {
    const std::array<int, 2> cell = {i + flow.mac().box().start[0], j + flow.mac().box().start[1]};
    if (cell[a] == n / 2) line[static_cast<std::size_t>(cell[b])] = flow.velocity()[a][at];
  });
  MPI_Allreduce(MPI_IN_PLACE, line.data(), n, MPI_DOUBLE, MPI_SUM, flow.mac().comm());
  double worst = 0.0;
  for (const auto& [x, value] : table) {
    const double at = x * n - 0.5;
    const auto low = static_cast<std::size_t>(at);
    const double t = at - static_cast<double>(low);
    worst = std::max(worst, std::abs((1.0 - t) * line[low] + t * line[low + 1] - value));
  }
  return worst;
}

double cavity_error(int n, double time) {
  FlowOptions options = still();
  options.viscosity = 0.01;
  options.walls[3].velocity = {1, 0, 0};
  options.projection.guess = Guess::previous;
  options.projection.tolerance = 1e-6;
  Setup flow(named_scene("closed", {n, n, 1}), options);
  while (flow->time() < time) BOOST_REQUIRE(flow->step(time).pressure.converged);
  const double u = centre_line_error(*flow, 0, ghia_u);
  const double v = centre_line_error(*flow, 1, ghia_v);
  BOOST_TEST_MESSAGE("cavity " << n << "^2: u " << u << ", v " << v);
  return std::max(u, v);
}

} // namespace

BOOST_AUTO_TEST_SUITE(exact)

BOOST_AUTO_TEST_CASE(reflection_is_of_second_order) {
  const double coarse = vortex_error(32, 40, Scheme::reflection);
  const double fine = vortex_error(64, 80, Scheme::reflection);

  BOOST_TEST(std::log2(coarse / fine) >= 1.9);
  BOOST_TEST(fine < 1e-4);
}

BOOST_AUTO_TEST_CASE(projection_is_of_first_order) {
  const double coarse = vortex_error(32, 40, Scheme::projection);
  const double fine = vortex_error(64, 80, Scheme::projection);

  BOOST_TEST(std::log2(coarse / fine) > 0.8);
  BOOST_TEST(std::log2(coarse / fine) < 1.2);
}

BOOST_AUTO_TEST_CASE(a_liquid_at_rest_stays_there) {
  FlowOptions options = liquid_options();
  options.projection.tolerance = 1e-8;
  Scene scene = named_scene("closed", {16, 8, 16});
  scene.surface = FreeSurface{.height = 0.5};
  Setup flow(scene, options);

  for (int s = 0; s < 10; ++s) BOOST_REQUIRE(flow->step(for_ever).pressure.converged);

  BOOST_TEST(velocity_error(*flow, [](int, const std::array<double, 3>&) { return 0.0; }) < 1e-5);
  BOOST_TEST(std::abs(flow->volume() / 0.25 - 1.0) < 1e-9);
}

BOOST_AUTO_TEST_CASE(lid_driven_cavity) { BOOST_TEST(cavity_error(32, 15.0) < 0.02); }

/// Two minutes; run by name: test_flow --run_test=exact/lid_driven_cavity_fine --log_level=message
BOOST_AUTO_TEST_CASE(lid_driven_cavity_fine, *utf::disabled()) { BOOST_TEST(cavity_error(128, 20.0) < 0.02); }

BOOST_AUTO_TEST_SUITE_END()
