// SPDX-License-Identifier: Apache-2.0
/// What surrounds the fluid: walls of the box, solids that may move, the free surface. It completes a field beyond the fluid, so that kernels need no masks.
///   faces    active: between a fluid cell and a fluid or air cell; what the projection sets
///            bound:  between a solid and another cell; the normal velocity of the solid
///            free:   the rest; averages of known neighbours, layer by layer away from the fluid (solids with no slip: the velocity of the solid)
///   cells    solid ones get averages in the same way, so that scalars have no gradient into a solid
///   walls    closed: mirrored (normal component odd, the rest even: free slip; with no slip the rest is odd about the wall's velocity)
///            inflow: the given values;  open: constant continuation
/// Cite: Bridson, Fluid Simulation for Computer Graphics, 2nd ed., 2015, chapters 2 and 5.
/// Cost: lists of the entries beside the fluid, made by set_cells(), so that completing costs as much as the surface has cells.
/// Threads: one object per thread.  MPI: set_cells() and complete() are collective.
#pragma once

#include <ansatz/solvers/flow/mac_grid.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace ansatz::solvers::flow {

enum class WallKind { closed, inflow, open };

struct Wall {
  WallKind kind = WallKind::closed;
  std::array<double, 3> velocity{}; ///< m/s; of a closed wall only the part along it counts, and only with no slip
  std::array<double, 2> scalars{};  ///< density and temperature that come in with an inflow
};

/// v(x) = velocity + spin x (x - centre)
struct RigidVelocity {
  std::array<double, 3> velocity{}; ///< m/s
  std::array<double, 3> spin{};     ///< 1/s
  std::array<double, 3> centre{};   ///< m

  [[nodiscard]] double at(int axis, const std::array<double, 3>& x) const noexcept;
};

class Boundary {
public:
  /// \param walls  x low, x high, y low, y high, z low, z high  \param no_slip  for viscous flow; an axis of one cell slips all the same
  Boundary(const MacGrid& mac, const std::array<Wall, 6>& walls, bool no_slip);

  /// \param kinds   Cell values of the own cells, x fastest
  /// \param bodies  number of the body of every solid own cell, 0 for solids at rest; empty: all at rest
  void set_cells(std::span<const std::uint8_t> kinds, std::span<const std::uint8_t> bodies);
  /// Velocities of the bodies 1, 2, ...
  void set_motion(std::span<const RigidVelocity> bodies);
  /// The largest normal velocity of a solid on this rank.
  [[nodiscard]] double largest_motion() const noexcept { return largest_motion_; }

  /// Ghosts, solids, air and walls of a velocity component (place 0 to 2).
  void complete(Field& f, int place) const;
  void complete(Velocity& u) const;
  /// The same for a scalar; `scalar` numbers Wall::scalars, < 0: no inflow of it.
  void complete_scalar(Field& f, int scalar) const;
  /// Sets bound faces and the normal velocity at walls; own faces and the face behind the last cell.
  void bind(Velocity& u) const;

  /// 1 for active faces, layout of the fields.
  [[nodiscard]] std::span<const std::uint8_t> active(int place) const noexcept { return active_[static_cast<std::size_t>(place)]; }
  /// Cell kinds with ghosts.
  [[nodiscard]] std::span<const std::uint8_t> kinds() const noexcept { return kinds_; }
  [[nodiscard]] const std::array<Wall, 6>& walls() const noexcept { return walls_; }
  [[nodiscard]] bool no_slip() const noexcept { return no_slip_; }

private:
  /// Entries that become averages of entries known before.
  struct Layer {
    std::vector<std::int32_t> target, first, source;
  };
  /// Entries with a value of their own.
  struct Fixed {
    std::vector<std::int32_t> entry;
    std::vector<std::uint8_t> body;
    std::vector<double> value;
  };
  /// Lists of one place.
  struct Lists {
    Fixed bound; ///< faces of solids
    Fixed rest;  ///< free entries out of reach of every layer
    std::vector<Layer> layers;
  };

  void exchange_kinds(std::span<const std::uint8_t> kinds, std::span<const std::uint8_t> bodies);
  void make_lists(int place);
  [[nodiscard]] std::vector<std::uint8_t> classify(int place);
  void make_layers(std::vector<std::uint8_t>& status, std::vector<std::int32_t> unknown, int place);
  void extend(Field& f, const Lists& lists) const;
  void fill_walls(Field& f, int place, int scalar) const;
  void fill_wall(Field& f, int place, int scalar, int wall) const;
  void bind_wall(Field& f, int wall) const;
  template <class Visit>
  void over_wall(int axis, Visit&& visit) const;

  const MacGrid& mac_;
  std::array<Wall, 6> walls_;
  bool no_slip_;
  std::vector<std::uint8_t> kinds_;
  std::vector<std::uint8_t> bodies_;
  std::array<std::vector<std::uint8_t>, 3> active_;
  std::array<Lists, 4> lists_;
  double largest_motion_ = 0.0;
};

} // namespace ansatz::solvers::flow
