// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>

using namespace ansatz::solvers;
using namespace ansatz::solvers::flow;

namespace {

/// Error of the steady Taylor-Green vortex after `time`, in the 2-norm over cells.
double vortex_error(int n, Scheme scheme, double time, bool limiter, double cfl) {
  const Setup setup(closed_box({n, n, 1}));
  FlowOptions options = still();
  options.scheme = scheme;
  options.limiter = limiter;
  options.cfl = cfl;
  options.projection.tolerance = 1e-10;
  Flow flow(setup.dm(), setup.scene(), options);
  flow.set_velocity(vortex);
  while (flow.time() < time * (1 - 1e-12)) {
    const StepReport report = flow.step(time);
    BOOST_REQUIRE(report.pressure.converged);
  }
  return velocity_error(flow, vortex);
}

} // namespace

BOOST_AUTO_TEST_SUITE(exact)

BOOST_AUTO_TEST_CASE(order_of_schemes) {
  for (const bool limiter : {false, true})
    for (const Scheme scheme : {Scheme::projection, Scheme::reflection}) {
      double before = 0.0;
      for (const int n : {16, 32, 64, 128}) {
        const double error = vortex_error(n, scheme, 1.0, limiter, 1.0);
        std::printf("limiter %d scheme %d n %d error %.3e order %.2f\n", limiter, static_cast<int>(scheme), n, error, std::log2(before / error));
        before = error;
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()
