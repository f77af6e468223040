// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/flow/boundary.hpp>

#include <ansatz/solvers/poisson/cell_flags.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers::flow {
namespace {

/// What is known of an entry.
enum Status : std::uint8_t { known, unknown, bound, outside };

constexpr auto wall_kind = static_cast<std::uint8_t>(Cell::wall);
constexpr auto solid_kind = static_cast<std::uint8_t>(Cell::solid);
constexpr auto fluid_kind = static_cast<std::uint8_t>(Cell::fluid);

Status face_status(std::uint8_t low, std::uint8_t high) {
  if (low == wall_kind || high == wall_kind) return outside;
  if (low == solid_kind && high == solid_kind) return unknown;
  if (low == solid_kind || high == solid_kind) return bound;
  return low == fluid_kind || high == fluid_kind ? known : unknown;
}

Status cell_status(std::uint8_t kind) { return kind == wall_kind ? outside : kind == solid_kind ? unknown : known; }

} // namespace

double RigidVelocity::at(int axis, const std::array<double, 3>& x) const noexcept {
  const auto a = static_cast<std::size_t>(axis);
  const std::size_t b = (a + 1) % 3;
  const std::size_t c = (a + 2) % 3;
  return velocity[a] + spin[b] * (x[c] - centre[c]) - spin[c] * (x[b] - centre[b]);
}

Boundary::Boundary(const MacGrid& mac, const std::array<Wall, 6>& walls, bool no_slip) : mac_(mac), walls_(walls), no_slip_(no_slip) {}

void Boundary::set_cells(std::span<const std::uint8_t> kinds, std::span<const std::uint8_t> bodies) {
  exchange_kinds(kinds, bodies);
  for (int place = 0; place <= centre_place; ++place) make_lists(place);
}

void Boundary::exchange_kinds(std::span<const std::uint8_t> kinds, std::span<const std::uint8_t> bodies) {
  const FieldBox& box = mac_.box();
  Field coded(box.size, static_cast<double>(wall_kind));
  std::size_t at = 0;
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i, ++at)
        coded[static_cast<std::size_t>(box.index(i, j, k))] = kinds[at] + 4.0 * (bodies.empty() ? 0 : bodies[at]);
  mac_.exchange(coded);
  kinds_.resize(box.size);
  bodies_.resize(box.size);
  for (std::size_t i = 0; i < box.size; ++i) {
    const int code = static_cast<int>(coded[i]);
    kinds_[i] = static_cast<std::uint8_t>(code % 4);
    bodies_[i] = static_cast<std::uint8_t>(code / 4);
  }
}

/// Status of every entry; bound faces go into their list.
std::vector<std::uint8_t> Boundary::classify(int place) {
  const FieldBox& box = mac_.box();
  std::vector<std::uint8_t> status(box.size, outside);
  const bool face = place < centre_place;
  const std::ptrdiff_t back = face ? box.stride[static_cast<std::size_t>(place)] : 0;
  Fixed& list = lists_[static_cast<std::size_t>(place)].bound;
  for (auto at = back; at < static_cast<std::ptrdiff_t>(box.size); ++at) {
    const auto here = static_cast<std::size_t>(at);
    const auto low = static_cast<std::size_t>(at - back);
    status[here] = face ? face_status(kinds_[low], kinds_[here]) : cell_status(kinds_[here]);
    if (status[here] != bound) continue;
    list.entry.push_back(static_cast<std::int32_t>(at));
    list.body.push_back(bodies_[kinds_[here] == solid_kind ? here : low]);
  }
  return status;
}

void Boundary::make_lists(int place) {
  Lists& lists = lists_[static_cast<std::size_t>(place)];
  lists = {};
  std::vector<std::uint8_t> status = classify(place);
  std::vector<std::int32_t> left;
  for (std::size_t i = 0; i < status.size(); ++i) {
    if (status[i] != unknown) continue;
    if (place < centre_place && no_slip_ && kinds_[i] == solid_kind) {
      lists.rest.entry.push_back(static_cast<std::int32_t>(i));
      status[i] = bound;
    } else {
      left.push_back(static_cast<std::int32_t>(i));
    }
  }
  if (place < centre_place) {
    auto& active = active_[static_cast<std::size_t>(place)];
    active.resize(status.size());
    std::transform(status.begin(), status.end(), active.begin(), [](std::uint8_t s) { return static_cast<std::uint8_t>(s == known); });
  }
  make_layers(status, std::move(left), place);
  for (const std::int32_t entry : lists.rest.entry) lists.rest.body.push_back(bodies_[static_cast<std::size_t>(entry)]);
  lists.bound.value.assign(lists.bound.entry.size(), 0.0);
  lists.rest.value.assign(lists.rest.entry.size(), 0.0);
}

/// As many layers as kernels look beyond the fluid, one less than there are ghosts: what becomes of the outermost face depends on a cell that is not here.
void Boundary::make_layers(std::vector<std::uint8_t>& status, std::vector<std::int32_t> left, int place) {
  const FieldBox& box = mac_.box();
  Lists& lists = lists_[static_cast<std::size_t>(place)];
  const auto size = static_cast<std::ptrdiff_t>(box.size);
  for (int depth = 0; depth < box.ghost - 1 && !left.empty(); ++depth) {
    Layer layer;
    std::vector<std::int32_t> later;
    for (const std::int32_t entry : left) {
      const std::size_t before = layer.source.size();
      for (const std::ptrdiff_t stride : box.stride)
        for (const std::ptrdiff_t next : {entry - stride, entry + stride})
          if (next >= 0 && next < size && status[static_cast<std::size_t>(next)] == known) layer.source.push_back(static_cast<std::int32_t>(next));
      if (layer.source.size() == before) {
        later.push_back(entry);
        continue;
      }
      layer.target.push_back(entry);
      layer.first.push_back(static_cast<std::int32_t>(before));
    }
    layer.first.push_back(static_cast<std::int32_t>(layer.source.size()));
    for (const std::int32_t entry : layer.target) status[static_cast<std::size_t>(entry)] = known;
    lists.layers.push_back(std::move(layer));
    left = std::move(later);
  }
  lists.rest.entry.insert(lists.rest.entry.end(), left.begin(), left.end());
}

void Boundary::set_motion(std::span<const RigidVelocity> bodies) {
  const FieldBox& box = mac_.box();
  largest_motion_ = 0.0;
  for (int place = 0; place < centre_place; ++place)
    for (Fixed* list : {&lists_[static_cast<std::size_t>(place)].bound, &lists_[static_cast<std::size_t>(place)].rest})
      for (std::size_t e = 0; e < list->entry.size(); ++e) {
        list->value[e] = 0.0;
        if (list->body[e] == 0) continue;
        const std::ptrdiff_t at = list->entry[e];
        const auto k = at / box.stride[2];
        const auto j = at % box.stride[2] / box.stride[1];
        const auto i = at % box.stride[1];
        const auto local = [&](std::ptrdiff_t index) { return static_cast<int>(index) - box.ghost; };
        list->value[e] = bodies[list->body[e] - std::size_t{1}].at(place, mac_.position(place, local(i), local(j), local(k)));
        largest_motion_ = std::max(largest_motion_, std::abs(list->value[e]));
      }
}

void Boundary::extend(Field& f, const Lists& lists) const {
  for (const Fixed* list : {&lists.bound, &lists.rest})
    for (std::size_t e = 0; e < list->entry.size(); ++e) f[static_cast<std::size_t>(list->entry[e])] = list->value[e];
  for (const Layer& layer : lists.layers)
    for (std::size_t t = 0; t < layer.target.size(); ++t) {
      double sum = 0.0;
      for (auto s = static_cast<std::size_t>(layer.first[t]); s < static_cast<std::size_t>(layer.first[t + 1]); ++s)
        sum += f[static_cast<std::size_t>(layer.source[s])];
      f[static_cast<std::size_t>(layer.target[t])] = sum / (layer.first[t + 1] - layer.first[t]);
    }
}

void Boundary::complete(Field& f, int place) const {
  mac_.exchange(f);
  extend(f, lists_[static_cast<std::size_t>(place)]);
  mac_.exchange(f);
  fill_walls(f, place, -1);
}

void Boundary::complete(Velocity& u) const {
  for (int place = 0; place < centre_place; ++place) complete(u[static_cast<std::size_t>(place)], place);
}

void Boundary::complete_scalar(Field& f, int scalar) const {
  mac_.exchange(f);
  extend(f, lists_[centre_place]);
  mac_.exchange(f);
  fill_walls(f, centre_place, scalar);
}

void Boundary::bind(Velocity& u) const {
  for (std::size_t place = 0; place < 3; ++place) {
    const Fixed& list = lists_[place].bound;
    for (std::size_t e = 0; e < list.entry.size(); ++e) u[place][static_cast<std::size_t>(list.entry[e])] = list.value[e];
    for (int side = 0; side < 2; ++side) bind_wall(u[place], 2 * static_cast<int>(place) + side);
  }
}

/// Visits the rows of entries along `axis`, ghosts of the other axes included: visit(entry at index 0).
template <class Visit>
void Boundary::over_wall(int axis, Visit&& visit) const {
  const FieldBox& box = mac_.box();
  const auto a = static_cast<std::size_t>(axis);
  const std::size_t b = a == 0 ? 1 : 0; // the axis with the smaller stride inside
  const std::size_t c = a == 2 ? 1 : 2;
  for (int m = -box.ghost; m < box.n[c] + box.ghost; ++m)
    for (int l = -box.ghost; l < box.n[b] + box.ghost; ++l) visit(box.base + l * box.stride[b] + m * box.stride[c]);
}

/// The normal velocity at one wall.
void Boundary::bind_wall(Field& f, int wall) const {
  const int axis = wall / 2;
  const int side = wall % 2;
  if (!mac_.at_wall(axis, side)) return;
  const auto a = static_cast<std::size_t>(axis);
  const Wall& w = walls_[static_cast<std::size_t>(wall)];
  const std::ptrdiff_t stride = mac_.box().stride[a];
  const std::ptrdiff_t face = side == 0 ? 0 : mac_.box().n[a] * stride;
  const std::ptrdiff_t inner = face + (side == 0 ? stride : -stride);
  const double value = w.kind == WallKind::inflow ? w.velocity[a] : 0.0;
  over_wall(axis, [&](std::ptrdiff_t at) {
    f[static_cast<std::size_t>(at + face)] = w.kind == WallKind::open ? f[static_cast<std::size_t>(at + inner)] : value;
  });
}

void Boundary::fill_walls(Field& f, int place, int scalar) const {
  for (int axis = 0; axis < 3; ++axis) {
    if (place == axis)
      for (int side = 0; side < 2; ++side) bind_wall(f, 2 * axis + side);
    for (int side = 0; side < 2; ++side)
      if (mac_.at_wall(axis, side)) fill_wall(f, place, scalar, 2 * axis + side);
  }
}

void Boundary::fill_wall(Field& f, int place, int scalar, int wall) const {
  const FieldBox& box = mac_.box();
  const auto a = static_cast<std::size_t>(wall / 2);
  const bool high = wall % 2 == 1;
  const bool normal = place == wall / 2;
  const Wall& w = walls_[static_cast<std::size_t>(wall)];
  const auto component = static_cast<std::size_t>(std::min(place, 2));
  const double given = place < centre_place ? w.velocity[component] : scalar >= 0 ? w.scalars[static_cast<std::size_t>(scalar)] : 0.0;
  const bool imposed = w.kind == WallKind::inflow && (place < centre_place || scalar >= 0);
  const bool odd = normal || (no_slip_ && place < centre_place && mac_.grid().cells[a] > 1);
  const double about = normal ? 0.0 : given; // the value on the wall, for odd continuations
  // Ghost m = 1, 2, ... lies beyond the face at the wall (normal component) or beyond the outermost value (the rest).
  const std::ptrdiff_t stride = high ? -box.stride[a] : box.stride[a];
  const std::ptrdiff_t wall_entry = high ? (normal ? box.n[a] : box.n[a] - 1) * box.stride[a] : 0;
  const int ghosts = high && normal ? box.ghost - 1 : box.ghost;
  for (int m = 1; m <= ghosts; ++m) {
    const int mirror = normal ? std::min(m, box.n[a]) : std::min(m - 1, box.n[a] - 1);
    over_wall(wall / 2, [&](std::ptrdiff_t at) {
      const double inside = f[static_cast<std::size_t>(at + wall_entry + (w.kind == WallKind::closed ? mirror * stride : 0))];
      double value = inside;
      if (imposed)
        value = given;
      else if (w.kind == WallKind::closed && odd)
        value = 2.0 * about - inside;
      f[static_cast<std::size_t>(at + wall_entry - m * stride)] = value;
    });
  }
}

} // namespace ansatz::solvers::flow
