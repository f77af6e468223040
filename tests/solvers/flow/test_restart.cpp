// SPDX-License-Identifier: Apache-2.0
// A run that was cut and went on against one that was not: the same bits.
#include "support.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/solvers/flow/flow_checkpoint.hpp>

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <filesystem>

using namespace ansatz;
using namespace ansatz::solvers;
using namespace ansatz::solvers::flow;

namespace {

const std::string path = "flow_restart_test_checkpoint.h5";

bool same_bits(Flow& a, Flow& b) {
  int same = 1;
  const Flow::State left = a.state();
  const Flow::State right = b.state();
  for (std::size_t f = 0; f < left.fields.size(); ++f)
    over_own(a.mac().box(), [&](int, int, int, std::size_t at) {
      if (std::memcmp(&(*left.fields[f].second)[at], &(*right.fields[f].second)[at], sizeof(double)) != 0) same = 0;
    });
  MPI_Allreduce(MPI_IN_PLACE, &same, 1, MPI_INT, MPI_MIN, PETSC_COMM_WORLD);
  return same == 1 && a.time() == b.time();
}

void cut_and_compare(const Scene& scene, const FlowOptions& options, int before, int after) {
  Setup whole(scene, options);
  for (int s = 0; s < before; ++s) (void)whole->step(for_ever);
  {
    CheckpointWriter file(PETSC_COMM_WORLD, path, {});
    save(*whole, file);
    file.publish();
  }
  Setup continued(scene, options);
  load(*continued, CheckpointReader(PETSC_COMM_WORLD, path));
  BOOST_TEST(same_bits(*whole, *continued));

  for (int s = 0; s < after; ++s) {
    (void)whole->step(for_ever);
    (void)continued->step(for_ever);
  }

  BOOST_TEST(same_bits(*whole, *continued));
}

void remove_files() {
  on_rank_0(PETSC_COMM_WORLD, [] {
    for (const char* name : {"flow_restart_test_checkpoint.h5", "flow_restart_test_checkpoint_prev.h5"}) std::filesystem::remove(name);
  });
}

} // namespace

BOOST_AUTO_TEST_SUITE(restart)

BOOST_AUTO_TEST_CASE(smoke_goes_on_with_the_same_bits) {
  for (const Guess guess : {Guess::zero, Guess::previous, Guess::fischer})
    for (const int before : {3, 4}) { // in the middle of a reflection, and between two
      FlowOptions options = plume_options();
      options.scheme = Scheme::reflection;
      options.projection.guess = guess;
      cut_and_compare(plume_scene(12), options, before, 3);
    }
  remove_files();
}

BOOST_AUTO_TEST_CASE(a_liquid_with_a_body_goes_on_with_the_same_bits) {
  FlowOptions options = liquid_options();
  options.obstacles.push_back({.shape = {Cell::solid, Sphere{{0.6, 0.5, 0.3}, 0.15}}, .velocity = {-0.5, 0, 0.1}});
  cut_and_compare(named_scene("dam-break", {16, 12, 12}), options, 5, 4);
  remove_files();
}

BOOST_AUTO_TEST_CASE(a_checkpoint_of_another_flow_is_refused) {
  Setup flow(plume_scene(12), plume_options());
  {
    CheckpointWriter file(PETSC_COMM_WORLD, path, {});
    save(*flow, file);
    file.publish();
  }
  const auto refused = [&](const Scene& scene, const FlowOptions& options) {
    Setup other(scene, options);
    try {
      load(*other, CheckpointReader(PETSC_COMM_WORLD, path));
    } catch (const UsageError& error) {
      return std::string(error.what()).find("another flow") != std::string::npos;
    }
    return false;
  };

  BOOST_TEST(refused(plume_scene(16), plume_options()));
  BOOST_TEST(refused(named_scene("box", {12, 12, 12}), plume_options()));
  BOOST_TEST(refused(plume_scene(12), liquid_options()));
  remove_files();
}

BOOST_AUTO_TEST_SUITE_END()
