// SPDX-License-Identifier: Apache-2.0
// The time step of flow.hpp.
#include <ansatz/solvers/flow/flow.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/flow/forces.hpp>
#include <ansatz/solvers/flow/level_set.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

namespace ansatz::solvers::flow {
namespace {

/// Seconds since the last call.
class Lap {
public:
  double operator()() {
    const double now = MPI_Wtime();
    return now - std::exchange(last_, now);
  }

private:
  double last_ = MPI_Wtime();
};

std::string text(double value) {
  std::array<char, 32> buffer{};
  (void)std::snprintf(buffer.data(), buffer.size(), "%.6g", value);
  return buffer.data();
}

} // namespace

double Flow::acceleration() const {
  double g = 0.0;
  for (const double a : options_.gravity) g = std::max(g, std::abs(a));
  if (options_.liquid) return g;
  double most = 0.0;
  for (const Source& s : options_.sources) most = std::max(most, std::abs(options_.weight * s.density) + std::abs(options_.lift * s.temperature));
  return g * most;
}

double Flow::step_size(double speed, double until) const {
  const double h = scene_.grid.spacing;
  const double left = until - time_;
  if (options_.time_step > 0.0) return fixed_step(speed, until);
  // A step dt from speed v under acceleration g travels less than (v + g dt) dt: at rest, where v says nothing, sqrt(cfl h / g) is the time for a CFL length.
  const double g = acceleration();
  double dt = options_.cfl * h / std::max(speed + std::sqrt(options_.cfl * h * g), std::numeric_limits<double>::min());
  if (options_.viscosity > 0.0) {
    const auto axes = std::count_if(scene_.grid.cells.begin(), scene_.grid.cells.end(), [](int n) { return n > 1; });
    dt = std::min(dt, 0.9 * h * h / (2.0 * static_cast<double>(std::max<std::ptrdiff_t>(axes, 1)) * options_.viscosity));
  }
  if (dt >= left) return left;
  return dt > 0.5 * left ? 0.5 * left : dt; // two equal last steps instead of one and a tiny one
}

double Flow::fixed_step(double speed, double until) const {
  const double dt = options_.time_step;
  const double cells = speed * dt / scene_.grid.spacing;
  if (cells > options_.cfl * (1.0 + 1e-12))
    throw UsageError("bad_value", "time.step " + text(dt) + " s: at time " + text(time_) + " s the flow moves " + text(cells) +
                                      " cells in it, and the CFL number allows " + text(options_.cfl) +
                                      "; use a smaller step, a larger --cfl, or leave it out");
  return std::min(dt, until - time_);
}

double Flow::speed() const {
  double inflow = 0.0;
  for (const Wall& w : options_.walls)
    for (const double v : w.velocity) inflow = std::max(inflow, std::abs(v));
  // What moves must not overtake its own wake.
  return std::max({inflow, mac_->largest(boundary_->largest_motion()), largest_speed(*mac_, *boundary_, u_)});
}

/// The time step; both halves of a reflection are equally long, and a flow that has become too fast for it, or an end in between, gives it up.
double Flow::next_step(double speed, double until) {
  const double dt = step_size(speed, until);
  if (pending_ != 0 && before_dt_ <= std::min(1.25 * dt, until - time_)) return before_dt_;
  pending_ = 0;
  return dt;
}

StepReport Flow::step(double until) {
  Lap lap;
  StepReport report;
  report.step = steps_ + 1;
  report.time = time_;
  report.speed = speed();
  if (!std::isfinite(report.speed)) {
    report.pressure.reason = "nan";
    return report;
  }
  const double dt = next_step(report.speed, until);
  report.dt = dt;
  if (dt < options_.smallest_step && time_ + dt < until) {
    report.pressure.reason = "diverged";
    return report;
  }
  report.seconds.cells += lap();
  carry(dt, report);
  (void)lap();
  push(dt);
  report.seconds.forces += lap();
  if (!obstacles_.empty() || options_.liquid) refresh_cells(time_ + dt);
  if (options_.liquid) boundary_->complete_scalar(phi_, -1); // beyond the solids as they are now
  report.seconds.cells += lap();
  project(dt, report);
  report.seconds.project += lap() - report.pressure.setup_seconds - report.pressure.solve_seconds;
  if (!options_.liquid) feed();
  before_dt_ = dt;
  time_ += dt;
  ++steps_;
  report.time = time_;
  report.volume = volume();
  report.seconds.forces += lap();
  return report;
}

void Flow::project(double dt, StepReport& report) {
  boundary_->bind(u_);
  for (Field& f : u_) mac_->exchange(f);
  if (reflecting() && pending_ == 0) scratch_ = u_;
  report.pressure = (*projection_)(u_, dt);
  if (reflecting()) reflect(scratch_);
  boundary_->complete(u_);
}

/// The projected velocity mirrors the one before it: what the projection took away is taken away once more, which centres its impulse in time.
void Flow::reflect(const Velocity& before) {
  if (pending_ != 0) {
    pending_ = 0;
    return;
  }
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t i = 0; i < u_[a].size(); ++i) reflected_[a][i] = 2.0 * u_[a][i] - before[a][i];
    boundary_->complete(reflected_[a], static_cast<int>(a));
  }
  pending_ = 1;
}

void Flow::carry(double dt, StepReport& report) {
  Lap lap;
  if (options_.liquid) {
    carry_surface(dt);
    report.seconds.surface += lap();
  }
  const Velocity* carrier = &u_;
  Velocity& moved = pending_ != 0 ? reflected_ : u_;
  if (reflecting()) {
    // The velocity in the middle of the step, from those at its start and a step before.
    const double ahead = before_dt_ > 0.0 ? 0.5 * dt / before_dt_ : 0.0;
    for (std::size_t a = 0; a < 3; ++a)
      for (std::size_t i = 0; i < u_[a].size(); ++i) scratch_[a][i] = u_[a][i] + ahead * (u_[a][i] - before_[a][i]);
    before_ = u_;
    carrier = &scratch_;
  }
  std::vector<Carried> all;
  all.reserve(5);
  for (int a = 0; a < 3; ++a) all.push_back({.field = &moved[static_cast<std::size_t>(a)], .place = a});
  if (!options_.liquid) {
    all.push_back({.field = &density_, .place = centre_place, .scalar = 0});
    all.push_back({.field = &temperature_, .place = centre_place, .scalar = 1});
  }
  if (options_.viscosity > 0.0 || options_.confinement > 0.0) old_ = u_;
  (*advection_)(*carrier, dt, all, options_.limiter);
  if (pending_ != 0) u_ = reflected_;
  if (!options_.liquid) {
    boundary_->complete_scalar(density_, 0);
    boundary_->complete_scalar(temperature_, 1);
  }
  report.seconds.advection += lap();
}

void Flow::carry_surface(double dt) {
  const std::array<Carried, 1> surface{Carried{.field = &phi_}};
  (*advection_)(u_, dt, surface, true);
  boundary_->complete_scalar(phi_, -1);
  redistance(*mac_, *boundary_, phi_, 6, work_);
  (void)control_volume(*mac_, *boundary_, volume_, phi_);
}

void Flow::push(double dt) {
  if (options_.liquid)
    add_gravity(*mac_, options_.gravity, dt, u_);
  else
    add_buoyancy(*mac_, options_.gravity, options_.weight, options_.lift, density_, temperature_, dt, u_);
  if (options_.viscosity > 0.0) add_viscosity(*mac_, options_.viscosity, old_, dt, u_);
  if (options_.confinement > 0.0) add_confinement(*mac_, *boundary_, options_.confinement, old_, dt, u_);
}

void Flow::feed() {
  for (const Feed& feed : feeds_)
    for (const std::size_t cell : feed.cells) {
      density_[cell] = feed.density;
      temperature_[cell] = feed.temperature;
    }
  boundary_->complete_scalar(density_, 0);
  boundary_->complete_scalar(temperature_, 1);
}

} // namespace ansatz::solvers::flow
