// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/poisson/mesh.hpp>

#include <ansatz/data/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace ansatz::solvers {
namespace {

using Point = std::array<double, 3>;

std::size_t at(std::ptrdiff_t i) { return static_cast<std::size_t>(i); }

bool degenerate(const std::array<int, 3>& t) { return t[0] == t[1] || t[1] == t[2] || t[2] == t[0]; }

using Wide = __int128;

/// Vertices in whole steps of spacing / 2^20, cell (0,0,0)'s lower corner at 0. On integers below 2^40 every test below is exact in 128 bits: side() needs 83,
/// the crossing 126. Equal vertices stay equal, so a closed mesh stays closed; the surface moves by at most 1e-6 of a cell.
constexpr int step_bits = 20;
constexpr std::int64_t step = std::int64_t{1} << step_bits;
using Lattice = std::vector<std::array<std::int64_t, 3>>;

Lattice snap(const TriangleMesh& mesh, const Grid& grid) {
  constexpr double reach = 1 << 20;
  Lattice points(mesh.vertices.size());
  for (std::size_t v = 0; v < points.size(); ++v)
    for (std::size_t a = 0; a < 3; ++a) {
      const double cells = (mesh.vertices[v][a] - grid.origin[a]) / grid.spacing;
      if (!(std::abs(cells) < reach))
        throw UsageError("bad_value", "mesh: vertex " + std::to_string(v) + " lies " + std::to_string(cells) +
                                          " cells from the grid's corner; at most 2^20 are allowed: scale the mesh");
      points[v][a] = std::llround(cells * static_cast<double>(step));
    }
  return points;
}

std::int64_t ray_at(std::int64_t cell) { return cell * step + step / 2; }
Wide divide_up(Wide p, Wide q) { return p / q + (p % q != 0 && (p > 0) == (q > 0) ? 1 : 0); }

/// Rays along one axis of the grid; the other two are called u and v.
class RayCaster {
public:
  RayCaster(const TriangleMesh& mesh, const Lattice& points, std::array<int, 3> start, std::array<int, 3> n, std::size_t axis, bool parity)
      : points_(points), start_(start), n_(n), a_(axis), u_((axis + 1) % 3), v_((axis + 2) % 3), parity_(parity) {
    crossings_.resize(at(n_[u_]) * at(n_[v_]));
    for (const auto& t : mesh.triangles)
      if (!degenerate(t)) add(t);
  }

  /// visit(cell index in the block, inside, ray closed) for every cell.
  template <class Visit>
  void run(Visit&& visit) {
    for (int v = 0; v < n_[v_]; ++v)
      for (int u = 0; u < n_[u_]; ++u) {
        auto& list = crossings_[at(u) + at(n_[u_]) * at(v)];
        std::sort(list.begin(), list.end(), [](const Crossing& p, const Crossing& q) { return p.first < q.first; });
        int total = 0;
        for (const Crossing& c : list) total += c.sign;
        const bool closed = parity_ ? list.size() % 2 == 0 : total == 0;
        std::size_t next = 0;
        int winding = 0;
        std::array<int, 3> cell{};
        cell[u_] = u;
        cell[v_] = v;
        for (int i = 0; i < n_[a_]; ++i) {
          cell[a_] = i;
          for (; next < list.size() && list[next].first <= i; ++next) winding += parity_ ? 1 : list[next].sign;
          visit(at(cell[0]) + at(n_[0]) * (at(cell[1]) + at(n_[1]) * at(cell[2])), parity_ ? winding % 2 != 0 : winding != 0, closed);
        }
      }
  }

private:
  struct Crossing {
    int first; ///< first cell of the block whose centre is at or above the crossing; may lie outside the block
    int sign;
  };

  /// Doubled area of (a, b, ray).
  [[nodiscard]] Wide area(int a, int b, std::int64_t pu, std::int64_t pv) const {
    const auto& p = points_[at(a)];
    const auto& q = points_[at(b)];
    return static_cast<Wide>(q[u_] - p[u_]) * (pv - p[v_]) - static_cast<Wide>(q[v_] - p[v_]) * (pu - p[u_]);
  }
  /// Side of the edge from vertex a to b on which the ray lies; ties as if the ray were moved by (e, e^2).
  [[nodiscard]] int side(int a, int b, Wide area_ab) const {
    if (area_ab != 0) return area_ab > 0 ? 1 : -1;
    const std::int64_t du = points_[at(b)][u_] - points_[at(a)][u_];
    const std::int64_t dv = points_[at(b)][v_] - points_[at(a)][v_];
    if (dv != 0) return dv < 0 ? 1 : -1;
    return du > 0 ? 1 : (du < 0 ? -1 : 0);
  }
  /// First and last ray of the block between two coordinates.
  [[nodiscard]] int first_ray(std::int64_t low, std::size_t axis) const {
    return static_cast<int>(std::max<Wide>(0, divide_up(low - step / 2, step) - start_[axis]));
  }
  [[nodiscard]] int last_ray(std::int64_t high, std::size_t axis) const {
    return static_cast<int>(std::min<Wide>(n_[axis] - 1, divide_up(high - step / 2 + 1, step) - 1 - start_[axis]));
  }

  void add(const std::array<int, 3>& t) {
    const auto& p = points_[at(t[0])];
    const auto& q = points_[at(t[1])];
    const auto& r = points_[at(t[2])];
    const int u0 = first_ray(std::min({p[u_], q[u_], r[u_]}), u_);
    const int u1 = last_ray(std::max({p[u_], q[u_], r[u_]}), u_);
    const int v1 = last_ray(std::max({p[v_], q[v_], r[v_]}), v_);
    for (int v = first_ray(std::min({p[v_], q[v_], r[v_]}), v_); v <= v1; ++v)
      for (int u = u0; u <= u1; ++u) {
        const std::int64_t pu = ray_at(u + start_[u_]);
        const std::int64_t pv = ray_at(v + start_[v_]);
        const Wide wr = area(t[0], t[1], pu, pv);
        const Wide wp = area(t[1], t[2], pu, pv);
        const Wide wq = area(t[2], t[0], pu, pv);
        const int s = side(t[0], t[1], wr);
        if (s == 0 || side(t[1], t[2], wp) != s || side(t[2], t[0], wq) != s) continue;
        // The crossing is the mean of the corners weighted by the areas opposite them; measured from the block's first centre.
        const std::int64_t zero = ray_at(start_[a_]);
        const Wide where = wp * (p[a_] - zero) + wq * (q[a_] - zero) + wr * (r[a_] - zero);
        const Wide first = divide_up(where, (wp + wq + wr) * step);
        crossings_[at(u) + at(n_[u_]) * at(v)].push_back({static_cast<int>(first), s});
      }
  }

  const Lattice& points_;
  std::array<int, 3> start_, n_;
  std::size_t a_, u_, v_;
  bool parity_;
  std::vector<std::vector<Crossing>> crossings_;
};

void bounds(const TriangleMesh& mesh, Point& low, Point& high) {
  low.fill(std::numeric_limits<double>::infinity());
  high.fill(-std::numeric_limits<double>::infinity());
  for (const Point& p : mesh.vertices)
    for (std::size_t a = 0; a < 3; ++a) {
      low[a] = std::min(low[a], p[a]);
      high[a] = std::max(high[a], p[a]);
    }
}

} // namespace

MeshReport check_mesh(const TriangleMesh& mesh) {
  MeshReport report;
  report.triangles = mesh.triangles.size();
  bounds(mesh, report.low, report.high);
  // Position on the surface decides what an edge is, so vertices that a format repeats are merged first.
  std::vector<int> order(mesh.vertices.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int p, int q) { return mesh.vertices[at(p)] < mesh.vertices[at(q)]; });
  std::vector<int> id(order.size());
  for (std::size_t o = 0; o < order.size(); ++o)
    id[at(order[o])] = o > 0 && mesh.vertices[at(order[o])] == mesh.vertices[at(order[o - 1])] ? id[at(order[o - 1])] : order[o];
  struct Use {
    int low, high, direction;
  };
  std::vector<Use> uses;
  for (const auto& triangle : mesh.triangles) {
    const std::array<int, 3> t = {id[at(triangle[0])], id[at(triangle[1])], id[at(triangle[2])]};
    if (degenerate(t)) {
      ++report.degenerate;
      continue;
    }
    for (std::size_t c = 0; c < 3; ++c) {
      const int p = t[c];
      const int q = t[(c + 1) % 3];
      uses.push_back({std::min(p, q), std::max(p, q), p < q ? 1 : -1});
    }
  }
  std::sort(uses.begin(), uses.end(), [](const Use& p, const Use& q) { return std::pair(p.low, p.high) < std::pair(q.low, q.high); });
  for (std::size_t first = 0; first < uses.size();) {
    std::size_t last = first;
    int balance = 0;
    for (; last < uses.size() && uses[last].low == uses[first].low && uses[last].high == uses[first].high; ++last) balance += uses[last].direction;
    report.open_edges += last - first == 1;
    report.crowded_edges += last - first > 2;
    report.flipped_edges += last - first == 2 && balance != 0;
    first = last;
  }
  return report;
}

TriangleMesh placed(const TriangleMesh& mesh, double scale, std::array<double, 3> centre) {
  Point low{}, high{};
  bounds(mesh, low, high);
  TriangleMesh result = mesh;
  for (auto& p : result.vertices)
    for (std::size_t a = 0; a < 3; ++a) p[a] = centre[a] + scale * (p[a] - 0.5 * (low[a] + high[a]));
  return result;
}

std::vector<std::uint8_t> voxelize(const TriangleMesh& mesh, const Grid& grid, std::array<int, 3> start, std::array<int, 3> n) {
  const MeshReport report = check_mesh(mesh);
  const bool parity = report.flipped_edges > 0;
  const Lattice points = snap(mesh, grid);
  std::vector<std::uint8_t> inside(at(n[0]) * at(n[1]) * at(n[2]), 0);
  if (report.open_edges == 0) {
    RayCaster(mesh, points, start, n, 0, parity).run([&](std::size_t cell, bool in, bool) { inside[cell] = in ? 1 : 0; });
    return inside;
  }
  std::vector<std::int8_t> votes(inside.size(), 0);
  for (std::size_t axis = 0; axis < 3; ++axis)
    RayCaster(mesh, points, start, n, axis, parity).run([&](std::size_t cell, bool in, bool closed) {
      if (closed) votes[cell] = static_cast<std::int8_t>(votes[cell] + (in ? 1 : -1));
    });
  for (std::size_t c = 0; c < inside.size(); ++c) inside[c] = votes[c] > 0 ? 1 : 0;
  return inside;
}

} // namespace ansatz::solvers
