// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/flow/flow.hpp>

#include <ansatz/solvers/flow/level_set.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers::flow {
namespace {

constexpr auto solid = static_cast<std::uint8_t>(Cell::solid);
constexpr auto fluid = static_cast<std::uint8_t>(Cell::fluid);
constexpr auto air = static_cast<std::uint8_t>(Cell::air);

void check(const FlowOptions& o) {
  if (!(o.cfl > 0.0 && o.cfl <= 8.0)) throw UsageError("bad_value", "cfl " + std::to_string(o.cfl) + ": must be above 0 and at most 8");
  if (!(o.viscosity >= 0.0)) throw UsageError("bad_value", "viscosity " + std::to_string(o.viscosity) + ": must not be negative");
  if (o.obstacles.size() > 60) throw UsageError("bad_value", std::to_string(o.obstacles.size()) + " moving obstacles: at most 60");
  if (o.liquid && std::any_of(o.walls.begin(), o.walls.end(), [](const Wall& w) { return w.kind == WallKind::inflow; }))
    throw UsageError("bad_value", "walls: an inflow belongs to smoke; a liquid starts from what the scene fills");
}

} // namespace

Flow::Flow(DM dm, Scene scene, FlowOptions options) : scene_(std::move(scene)), options_(std::move(options)) {
  check(options_);
  for (std::size_t w = 0; w < 6; ++w)
    if (scene_.open[w]) options_.walls[w].kind = WallKind::open;
  mac_ = std::make_unique<MacGrid>(dm, scene_.grid, static_cast<int>(std::ceil(options_.cfl)) + 2);
  boundary_ = std::make_unique<Boundary>(*mac_, options_.walls, options_.viscosity > 0.0);
  projection_ = std::make_unique<Projection>(*mac_, *boundary_, options_.projection);
  advection_ = std::make_unique<Advection>(*mac_, *boundary_);
  for (const Motion& motion : options_.obstacles) obstacles_.emplace_back(motion);
  for (Velocity* v : {&u_, &scratch_})
    for (Field& f : *v) f = mac_->make();
  if (reflecting())
    for (Velocity* v : {&before_, &reflected_})
      for (Field& f : *v) f = mac_->make();
  if (options_.liquid) {
    for (Field* f : {&phi_, work_.data(), &work_[1]}) *f = mac_->make();
  } else {
    for (Field* f : {&density_, &temperature_}) *f = mac_->make();
  }
  make_static_cells();
  make_sources();
  refresh_cells(0.0);
  require_outlet();
  boundary_->complete(u_);
  if (!options_.liquid) feed();
  volume_ = volume();
}

Flow::~Flow() = default;

void Flow::make_static_cells() {
  SceneCells cells = cell_flags(scene_, mac_->pressure_dm());
  remarks_ = std::move(cells.remarks);
  const FieldBox& box = mac_->box();
  fixed_kinds_.clear();
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i) {
        const Cell kind = cells.flags->at(i, j, k);
        fixed_kinds_.push_back(static_cast<std::uint8_t>(kind));
        if (options_.liquid) phi_[static_cast<std::size_t>(box.index(i, j, k))] = (kind == Cell::fluid ? -0.5 : 0.5) * scene_.grid.spacing;
      }
  kinds_ = fixed_kinds_;
  bodies_.assign(kinds_.size(), 0);
  if (!options_.liquid) return;
  boundary_->set_cells(kinds_, bodies_);
  boundary_->complete_scalar(phi_, -1);
  redistance(*mac_, *boundary_, phi_, 20, work_);
}

void Flow::make_sources() {
  for (const Source& source : options_.sources) {
    // The shape painted into an empty scene; air, so that it cannot be mistaken for the background.
    Scene alone{.grid = scene_.grid, .shapes = {source.shape}, .surface = {}, .open = {}};
    alone.shapes[0].paint = Cell::air;
    const SceneCells cells = cell_flags(alone, mac_->pressure_dm());
    Feed feed{.cells = {}, .density = source.density, .temperature = source.temperature};
    const FieldBox& box = mac_->box();
    for (int k = 0; k < box.n[2]; ++k)
      for (int j = 0; j < box.n[1]; ++j)
        for (int i = 0; i < box.n[0]; ++i)
          if (cells.flags->at(i, j, k) == Cell::air) feed.cells.push_back(static_cast<std::size_t>(box.index(i, j, k)));
    if (mac_->sum(static_cast<double>(feed.cells.size())) == 0.0)
      throw UsageError("bad_value", "sources: one covers no cell of the grid; make it larger or move it into the box");
    feeds_.push_back(std::move(feed));
  }
}

/// Kinds of cells at a time, with all that hangs on them.
void Flow::refresh_cells(double time) {
  const std::vector<std::uint8_t> old_kinds = kinds_;
  const std::vector<std::uint8_t> old_bodies = bodies_;
  const FieldBox& box = mac_->box();
  kinds_ = fixed_kinds_;
  bodies_.assign(kinds_.size(), 0);
  if (options_.liquid) {
    std::size_t at = 0;
    for (int k = 0; k < box.n[2]; ++k)
      for (int j = 0; j < box.n[1]; ++j)
        for (int i = 0; i < box.n[0]; ++i, ++at)
          if (kinds_[at] != solid) kinds_[at] = phi_[static_cast<std::size_t>(box.index(i, j, k))] < 0.0 ? fluid : air;
  }
  std::vector<RigidVelocity> motion;
  for (std::size_t b = 0; b < obstacles_.size(); ++b) {
    obstacles_[b].paint(scene_.grid, box, time, static_cast<std::uint8_t>(b + 1), kinds_, bodies_);
    motion.push_back(obstacles_[b].velocity(time));
  }
  int changed = boundary_->kinds().empty() || kinds_ != old_kinds || bodies_ != old_bodies;
  MPI_Allreduce(MPI_IN_PLACE, &changed, 1, MPI_INT, MPI_MAX, mac_->comm());
  if (changed != 0) boundary_->set_cells(kinds_, bodies_);
  boundary_->set_motion(motion);
  (void)projection_->set_cells(kinds_);
}

/// What flows in through walls must have a way out, or no velocity is solenoidal.
void Flow::require_outlet() {
  boundary_->bind(u_);
  if (projection_->incompatibility(u_) > 1e-9)
    throw UsageError("bad_value", "walls: fluid flows in and has no way out; open a wall (scene.open), or take the inflow away");
}

double Flow::volume() const {
  if (options_.liquid) return liquid_volume(*mac_, *boundary_, phi_);
  const FieldBox& box = mac_->box();
  double sum = 0.0;
  std::size_t at = 0;
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i, ++at) sum += kinds_[at] == solid ? 0.0 : density_[static_cast<std::size_t>(box.index(i, j, k))];
  return mac_->sum(sum) * std::pow(scene_.grid.spacing, 3);
}

std::vector<double> Flow::centred(int axis) const {
  const FieldBox& box = mac_->box();
  const auto a = static_cast<std::size_t>(axis);
  std::vector<double> all;
  all.reserve(kinds_.size());
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i) {
        const auto at = static_cast<std::size_t>(box.index(i, j, k));
        const auto next = at + static_cast<std::size_t>(box.stride[a]);
        all.push_back(kinds_[all.size()] == solid ? 0.0 : 0.5 * (u_[a][at] + u_[a][next]));
      }
  return all;
}

void Flow::set_velocity(const std::function<double(int, const std::array<double, 3>&)>& value) {
  const FieldBox& box = mac_->box();
  for (int a = 0; a < 3; ++a)
    for (int k = 0; k < box.n[2]; ++k)
      for (int j = 0; j < box.n[1]; ++j)
        for (int i = 0; i < box.n[0]; ++i)
          u_[static_cast<std::size_t>(a)][static_cast<std::size_t>(box.index(i, j, k))] = value(a, mac_->position(a, i, j, k));
  boundary_->bind(u_);
  for (Field& f : u_) mac_->exchange(f);
  (void)(*projection_)(u_, 1.0);
  boundary_->complete(u_);
  before_dt_ = 0.0;
  pending_ = 0;
}

void Flow::set_density(const std::function<double(const std::array<double, 3>&)>& value) {
  const FieldBox& box = mac_->box();
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i) density_[static_cast<std::size_t>(box.index(i, j, k))] = value(mac_->position(centre_place, i, j, k));
  boundary_->complete_scalar(density_, 0);
}

std::int64_t Flow::scene_hash() const {
  const FieldBox& box = mac_->box();
  const auto& n = scene_.grid.cells;
  std::uint64_t sum = 0; // a sum does not know in which order the cells were visited
  std::size_t at = 0;
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i, ++at) {
        const auto cell =
            static_cast<std::uint64_t>((i + box.start[0]) + std::int64_t{n[0]} * ((j + box.start[1]) + std::int64_t{n[1]} * (k + box.start[2])));
        std::uint64_t mixed = (4 * cell + fixed_kinds_[at]) * 0x9e3779b97f4a7c15ULL;
        mixed = (mixed ^ (mixed >> 31)) * 0xbf58476d1ce4e5b9ULL;
        sum += mixed ^ (mixed >> 29);
      }
  MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_UINT64_T, MPI_SUM, mac_->comm());
  return static_cast<std::int64_t>(sum >> 1);
}

Flow::State Flow::state() {
  State s;
  const std::array<std::string, 3> axes = {"x", "y", "z"};
  for (std::size_t a = 0; a < 3; ++a) {
    s.fields.emplace_back("velocity_" + axes[a], &u_[a]);
    if (!reflecting()) continue;
    s.fields.emplace_back("velocity_before_" + axes[a], &before_[a]);
    s.fields.emplace_back("velocity_reflected_" + axes[a], &reflected_[a]);
  }
  if (options_.liquid) {
    s.fields.emplace_back("level_set", &phi_);
  } else {
    s.fields.emplace_back("density", &density_);
    s.fields.emplace_back("temperature", &temperature_);
  }
  s.numbers = {{"time", &time_}, {"volume", &volume_}, {"dt_before", &before_dt_}};
  s.counters = {{"steps", &steps_}, {"reflection_pending", &pending_}};
  return s;
}

void Flow::restored() {
  refresh_cells(time_);
  if (options_.liquid) {
    boundary_->complete_scalar(phi_, -1);
  } else {
    boundary_->complete_scalar(density_, 0);
    boundary_->complete_scalar(temperature_, 1);
  }
  boundary_->complete(u_);
  if (!reflecting()) return;
  boundary_->complete(before_);
  if (pending_ != 0) boundary_->complete(reflected_);
}

} // namespace ansatz::solvers::flow
