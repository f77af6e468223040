// SPDX-License-Identifier: Apache-2.0
/// Incompressible flow on a voxel grid, one pressure solve a step: smoke around obstacles, or a liquid with a free surface.
///   1 time step from the CFL number, the accelerations and the viscosity           step_size()
///   2 cells: solids where the obstacles are, fluid and air from the level set       obstacle.hpp, level_set.hpp
///   3 advection of velocity and scalars                                             advection.hpp
///   4 gravity or buoyancy, viscosity, vorticity confinement                         forces.hpp
///   5 projection                                                                    projection.hpp
/// Schemes: `projection` is first order in time. `reflection` is second order where the flow is smooth: every second step starts from the velocity reflected
/// at the solenoidal fields, 2 u - u*, and the carrying velocity is extrapolated to the middle of the step.
/// Cite: Chorin, Numerical solution of the Navier-Stokes equations, Math. Comp. 22 (1968); Zehnder, Narain, Thomaszewski, An advection-reflection solver for
/// detail-preserving fluid simulation, ACM TOG 37 (2018); Narain, Zehnder, Thomaszewski, A second-order advection-reflection solver, PACMCGIT 2 (2019).
/// Units: metres, seconds; density and temperature as the sources give them.  Threads: one object per thread.  MPI: construction and step() are collective.
#pragma once

#include <ansatz/solvers/flow/advection.hpp>
#include <ansatz/solvers/flow/obstacle.hpp>
#include <ansatz/solvers/flow/projection.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ansatz::solvers::flow {

enum class Scheme { projection, reflection };

/// A region where density and temperature are held.
struct Source {
  Shape shape;
  double density = 1.0;
  double temperature = 1.0; ///< above the surroundings
};

struct FlowOptions {
  bool liquid = false;                        ///< free surface between fluid and air, no scalars; else smoke
  Scheme scheme = Scheme::projection;         ///< of smoke; a liquid is always projected
  double cfl = 1.0;                           ///< cells a value may travel in a step, in (0, 8]
  double time_step = 0.0;                     ///< s; 0: from the CFL number
  double smallest_step = 1e-9;                ///< s; below it the run is given up
  std::array<double, 3> gravity{0, 0, -9.81}; ///< m/s^2
  double weight = 0.1;                        ///< buoyancy: relative weight of density 1
  double lift = 0.5;                          ///< buoyancy: relative lift of temperature 1
  double viscosity = 0.0;                     ///< kinematic, m^2/s; > 0 means no slip at walls and solids
  double confinement = 0.0;                   ///< vorticity confinement, 0: none
  bool limiter = true;                        ///< keep advected values within their neighbours
  std::array<Wall, 6> walls{};                ///< closed, inflow or open; the scene's open walls are open whatever this says
  std::vector<Motion> obstacles{};            ///< moving solids, at most 60
  std::vector<Source> sources{};              ///< of smoke
  ProjectionOptions projection{};
};

/// One step, as the history keeps it.
struct StepReport {
  std::int64_t step = 0; ///< number of the step, from 1
  double time = 0.0;     ///< at its end
  double dt = 0.0;
  double speed = 0.0;  ///< largest component at its start
  double volume = 0.0; ///< of liquid, m^3; of smoke the sum of density h^3
  ProjectionReport pressure;
  /// Seconds of this rank. `advection`, `forces`, `surface` (level set), `cells` (flags, lists, operator), `project` (right-hand side, gradient, checks)
  struct Seconds {
    double advection = 0.0, forces = 0.0, surface = 0.0, cells = 0.0, project = 0.0;
    [[nodiscard]] double sum() const { return advection + forces + surface + cells + project; }
  } seconds;
};

class Flow {
public:
  /// Fluid at rest in `scene`. Borrows `dm`, of create_dm(comm, scene.grid).
  /// Errors: those of cell_flags(), Obstacle and solvers; UsageError `bad_value` for an inflow that nothing lets out, and for options out of range.
  Flow(DM dm, Scene scene, FlowOptions options);
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;
  ~Flow();

  /// The next step, not beyond time `until`.
  /// Errors: UsageError `bad_value` if a given time step moves values farther than the ghost layer reaches; InternalError of PETSc.
  /// A speed that needs less than the smallest step, or is not finite, is reported as `diverged` or `nan` and nothing is done.
  [[nodiscard]] StepReport step(double until);

  [[nodiscard]] const FlowOptions& options() const noexcept { return options_; }
  [[nodiscard]] const MacGrid& mac() const noexcept { return *mac_; }
  [[nodiscard]] const Boundary& boundary() const noexcept { return *boundary_; }
  [[nodiscard]] const Projection& projection() const noexcept { return *projection_; }
  [[nodiscard]] double time() const noexcept { return time_; }
  [[nodiscard]] std::int64_t steps() const noexcept { return steps_; }
  [[nodiscard]] const std::vector<std::string>& remarks() const noexcept { return remarks_; }
  /// Kinds of the own cells now, x fastest.
  [[nodiscard]] std::span<const std::uint8_t> kinds() const noexcept { return kinds_; }

  [[nodiscard]] const Velocity& velocity() const noexcept { return u_; }
  [[nodiscard]] const Field& density() const noexcept { return density_; }
  [[nodiscard]] const Field& temperature() const noexcept { return temperature_; }
  [[nodiscard]] const Field& level_set() const noexcept { return phi_; }
  /// Component of the velocity at the centres of the own cells, 0 in solids.
  [[nodiscard]] std::vector<double> centred(int axis) const;
  /// Amount of liquid or smoke, m^3.
  [[nodiscard]] double volume() const;

  /// Sets the velocity, component `a` at point x, projects it and forgets what came before; for start values.
  void set_velocity(const std::function<double(int a, const std::array<double, 3>& x)>& value);
  /// Sets the density at the centres of cells.
  void set_density(const std::function<double(const std::array<double, 3>& x)>& value);

  /// The state that decides everything to come, for checkpoints: fields on own cells and numbers; the guess is in projection().
  struct State {
    std::vector<std::pair<std::string, Field*>> fields;
    std::vector<std::pair<std::string, double*>> numbers;
    std::vector<std::pair<std::string, std::int64_t*>> counters;
  };
  [[nodiscard]] State state();
  [[nodiscard]] PressureGuess& guess() { return projection_->guess(); }
  /// Equal for equal scenes on equal grids, on any number of ranks. Collective.
  [[nodiscard]] std::int64_t scene_hash() const;
  /// To be called after the state has been changed from outside.
  void restored();

private:
  void make_static_cells();
  void make_sources();
  void refresh_cells(double time);
  void require_outlet();
  [[nodiscard]] double speed() const;
  [[nodiscard]] double next_step(double speed, double until);
  [[nodiscard]] double acceleration() const;
  [[nodiscard]] double step_size(double speed, double until) const;
  [[nodiscard]] double fixed_step(double speed, double until) const;
  void carry(double dt, StepReport& report);
  void carry_surface(double dt);
  void push(double dt);
  void project(double dt, StepReport& report);
  void feed();
  void reflect(const Velocity& before);
  [[nodiscard]] bool reflecting() const { return options_.scheme == Scheme::reflection && !options_.liquid; }

  Scene scene_;
  FlowOptions options_;
  std::vector<std::string> remarks_;
  std::unique_ptr<MacGrid> mac_;
  std::unique_ptr<Boundary> boundary_;
  std::unique_ptr<Projection> projection_;
  std::unique_ptr<Advection> advection_;
  std::vector<Obstacle> obstacles_;
  std::vector<std::uint8_t> fixed_kinds_; ///< the scene without moving solids
  std::vector<std::uint8_t> kinds_;
  std::vector<std::uint8_t> bodies_;
  struct Feed {
    std::vector<std::size_t> cells; ///< entries of fields
    double density, temperature;
  };
  std::vector<Feed> feeds_;

  double time_ = 0.0;
  std::int64_t steps_ = 0;
  double volume_ = 0.0;      ///< of liquid, kept
  double before_dt_ = 0.0;   ///< of the step before; 0: none
  std::int64_t pending_ = 0; ///< 1: reflected_ is what the next step carries
  Velocity u_, before_, reflected_, scratch_, old_;
  Field density_, temperature_, phi_;
  std::array<Field, 2> work_;
};

} // namespace ansatz::solvers::flow
