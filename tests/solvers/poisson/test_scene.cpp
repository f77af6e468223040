// SPDX-License-Identifier: Apache-2.0
/// Named scenes against published cell counts, right-hand sides, and closed components against a flood fill.
#include "support.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/poisson/components.hpp>
#include <ansatz/solvers/poisson/right_hand_side.hpp>
#include <ansatz/solvers/poisson/scene.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace poisson_test;
namespace solvers = ansatz::solvers;

std::int64_t fluid_cells(const solvers::Scene& scene) {
  DM dm = solvers::create_dm(PETSC_COMM_WORLD, scene.grid);
  const auto cells = solvers::cell_flags(scene, dm);
  DMDestroy(&dm);
  return cells.flags->fluid_cells();
}

/// Closed components by flood fill over all cells: number per cell, -1 elsewhere.
std::vector<int> flood(const System& s, std::array<int, 3> n, int& count) {
  std::vector<int> label(s.size(), -1);
  std::vector<char> seen(s.size(), 0);
  count = 0;
  s.for_each_cell([&](int i, int j, int k) {
    if (!s.unknown(i, j, k) || seen[s.index(i, j, k)]) return;
    std::vector<std::array<int, 3>> cells = {{i, j, k}};
    seen[s.index(i, j, k)] = 1;
    bool open = false;
    for (std::size_t c = 0; c < cells.size(); ++c)
      for (std::size_t a = 0; a < 3; ++a)
        for (int d : {-1, 1}) {
          auto next = cells[c];
          next[a] += d;
          if (next[a] < 0 || next[a] >= n[a]) continue;
          open = open || s.kind(next[0], next[1], next[2]) == Cell::air;
          if (s.kind(next[0], next[1], next[2]) != Cell::fluid || seen[s.index(next[0], next[1], next[2])]) continue;
          seen[s.index(next[0], next[1], next[2])] = 1;
          cells.push_back(next);
        }
    if (open) return;
    for (const auto& c : cells) label[s.index(c[0], c[1], c[2])] = count;
    ++count;
  });
  return label;
}

/// project() and incompatibility() against means over the flood fill.
void compare_components(std::array<int, 3> n, const Kind& kind, int expected = -1) {
  const System s(n, kind);
  const solvers::ClosedComponents closed(s.A());
  int count = 0;
  const auto label = flood(s, n, count);
  const Array v = s.random(5, true);
  const Vector w = s.vector(v);
  std::vector<double> sum(static_cast<std::size_t>(count), 0.0), size(sum);
  for (std::size_t c = 0; c < v.size(); ++c)
    if (label[c] >= 0) {
      sum[static_cast<std::size_t>(label[c])] += v[c];
      size[static_cast<std::size_t>(label[c])] += 1.0;
    }
  Array truth = v;
  for (std::size_t c = 0; c < v.size(); ++c)
    if (label[c] >= 0) truth[c] -= sum[static_cast<std::size_t>(label[c])] / size[static_cast<std::size_t>(label[c])];

  const double removed = closed.incompatibility(w.get());
  closed.project(w.get());

  BOOST_TEST(closed.count() == count);
  if (expected >= 0) BOOST_TEST(count == expected);
  BOOST_TEST(std::abs(removed - norm(difference(v, truth))) < 1e-12 * (1.0 + norm(v)));
  BOOST_TEST(largest_difference(s.natural(w.get()), truth) < 1e-13);
  BOOST_TEST(closed.incompatibility(w.get()) < 1e-13);
}

} // namespace

BOOST_AUTO_TEST_SUITE(scene)

BOOST_AUTO_TEST_CASE(s8w_counts) {
  BOOST_TEST(fluid_cells(solvers::named_scene("s8w", {32, 32, 32})) == 29386);
  BOOST_TEST(fluid_cells(solvers::named_scene("s8w", {64, 64, 64})) == 234847);
  BOOST_TEST(fluid_cells(solvers::named_scene("s8w", {128, 128, 128})) == 1878640);
}

BOOST_AUTO_TEST_CASE(counts_of_simple_scenes) {
  BOOST_TEST(fluid_cells(solvers::named_scene("closed", {16, 8, 4})) == 16 * 8 * 4);
  BOOST_TEST(fluid_cells(solvers::named_scene("box", {16, 8, 4})) == 16 * 8 * 3);
  for (const char* name : {"tw0", "tw1", "tw3"}) BOOST_TEST(fluid_cells(solvers::named_scene(name, {16, 16, 16})) == 16 * 16 * 14 + 4);
  // 0.4 * 20 and 0.6 * 20 layers of cells.
  BOOST_TEST(fluid_cells(solvers::named_scene("dam-break", {20, 20, 20})) == 8 * 20 * 12);
  for (const auto& info : solvers::scene_names()) BOOST_TEST(fluid_cells(solvers::named_scene(info.name, {16, 16, 16})) > 0);
}

BOOST_AUTO_TEST_CASE(later_shapes_win) {
  auto scene = solvers::named_scene("closed", {8, 8, 8});
  scene.shapes.push_back({Cell::solid, solvers::Box{{0, 0, 0}, {1, 1, 0.5}}});
  scene.shapes.push_back({Cell::fluid, solvers::Box{{0, 0, 0}, {0.5, 1, 0.5}}});
  BOOST_TEST(fluid_cells(scene) == 512 - 128);
  // Discs of cells with centres within 2.9 cells of the axis: 24 of them, 4 layers.
  scene.shapes = {{Cell::solid, solvers::Cylinder{{0.5, 0.5, 0.5}, 2.9 / 8, 0.5, 2}}};
  BOOST_TEST(fluid_cells(scene) == 512 - 4 * 24);
}

BOOST_AUTO_TEST_CASE(foolish_scenes) {
  BOOST_CHECK_EXCEPTION(solvers::named_scene("s9w", {8, 8, 8}), ansatz::UsageError,
                        [](const auto& e) { return std::string(e.what()).find("s8w") != std::string::npos; });
  BOOST_CHECK_THROW(solvers::named_scene("box", {8, 0, 8}), ansatz::UsageError);
  auto scene = solvers::named_scene("closed", {8, 8, 8});
  scene.shapes = {{Cell::solid, solvers::Box{{0, 0, 0}, {1, 1, 1}}}};
  BOOST_CHECK_THROW(fluid_cells(scene), ansatz::UsageError);
  scene.shapes = {{Cell::solid, solvers::Sphere{{0.5, 0.5, 0.5}, -1.0}}};
  BOOST_CHECK_THROW(fluid_cells(scene), ansatz::UsageError);
  scene.shapes = {{Cell::solid, solvers::MeshShape{"absent.off", 0.5, {}}}};
  BOOST_CHECK_THROW(fluid_cells(scene), ansatz::FileError);
}

BOOST_AUTO_TEST_CASE(closed_components) {
  compare_components(
      {8, 8, 8}, [](int, int, int) { return Cell::fluid; }, 1);
  // A channel that winds through the rows of every plane, through all blocks.
  compare_components(
      {9, 9, 8}, [](int i, int j, int) { return j % 2 == 0 || i == (j % 4 == 1 ? 8 : 0) ? Cell::fluid : Cell::solid; }, 1);
  compare_components(
      {8, 8, 9}, [](int i, int, int k) { return k % 2 == 0 || (i == (k % 4 == 1 ? 7 : 0)) ? Cell::fluid : Cell::solid; }, 1);
  // Pairs of cells, all closed; isolated cells are no components.
  compare_components(
      {12, 8, 8}, [](int i, int j, int k) { return i % 3 < 2 && j % 2 == 0 && k % 2 == 0 ? Cell::fluid : Cell::solid; }, 4 * 4 * 4);
  compare_components(
      {8, 8, 8}, [](int i, int j, int k) { return (i + j + k) % 2 ? Cell::fluid : Cell::solid; }, 0);
  // Air at one end opens the whole channel.
  compare_components(
      {9, 9, 8},
      [](int i, int j, int k) {
        if (i == 0 && j == 0 && k == 0) return Cell::air;
        return j % 2 == 0 || i == (j % 4 == 1 ? 8 : 0) ? Cell::fluid : Cell::solid;
      },
      0);
  for (unsigned seed : {1U, 2U, 3U}) compare_components({11, 10, 9}, random_cells(seed, 0));
  for (unsigned seed : {1U, 2U, 3U}) compare_components({11, 10, 9}, random_cells(seed, 1));
}

BOOST_AUTO_TEST_CASE(right_hand_sides) {
  for (unsigned air : {0U, 2U}) {
    const System s({13, 11, 9}, random_cells(4, air));
    const System alone({13, 11, 9}, random_cells(4, air), PETSC_COMM_SELF);
    const solvers::ClosedComponents closed(s.A()), closed_alone(alone.A());
    const Vector b = s.zero(), c = alone.zero();
    for (const bool noise : {true, false}) {
      const auto make = [&](const System& t, const solvers::ClosedComponents& k, Vec v) {
        noise ? solvers::random_rhs(t.A(), k, 7, v) : solvers::divergence_rhs(t.A(), k, v);
      };
      make(s, closed, b.get());
      make(alone, closed_alone, c.get());
      const Array v = s.natural(b.get());
      BOOST_TEST(largest_difference(v, alone.natural(c.get())) < 1e-13); // the same on any number of ranks
      BOOST_TEST(closed.incompatibility(b.get()) < 1e-13);
      BOOST_TEST(norm(v) > 1.0 / 13);
      s.for_each_cell([&](int i, int j, int k) {
        if (!s.unknown(i, j, k) && v[s.index(i, j, k)] != 0.0) BOOST_ERROR("entry on an identity row");
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(divergence_is_compatible_by_itself) {
  // No flow through walls and solids: outflows of a closed component cancel face by face, before any projection.
  const System s({10, 9, 8},
                 [](int i, int j, int k) { return (i - 5) * (i - 5) + (j - 4) * (j - 4) + (k - 4) * (k - 4) < 6 ? Cell::solid : Cell::fluid; });
  const System open({10, 9, 8}, [&](int i, int j, int k) { return k == 7 ? Cell::air : s.kind(i, j, k); });
  const solvers::ClosedComponents closed(s.A()), none(open.A());
  const Vector b = s.zero(), c = s.zero();
  solvers::divergence_rhs(s.A(), none, b.get());
  solvers::divergence_rhs(s.A(), closed, c.get());

  BOOST_TEST(closed.count() == 1);
  BOOST_TEST(closed.incompatibility(b.get()) < 1e-13);
  BOOST_TEST(largest_difference(s.natural(b.get()), s.natural(c.get())) < 1e-13);
}

BOOST_AUTO_TEST_CASE(noise_is_normal) {
  const System s({40, 40, 40}, [](int, int, int k) { return k == 39 ? Cell::air : Cell::fluid; });
  const solvers::ClosedComponents closed(s.A());
  const Vector b = s.zero(), other = s.zero();
  solvers::random_rhs(s.A(), closed, 1, b.get());
  solvers::random_rhs(s.A(), closed, 2, other.get());
  const Array v = s.natural(b.get());
  const double n = 40 * 40 * 39;
  double sum = 0.0, fourth = 0.0, along = 0.0;
  for (std::size_t c = 0; c < v.size(); ++c) {
    sum += v[c];
    fourth += v[c] * v[c] * v[c] * v[c];
    if (c + 1 < v.size()) along += v[c] * v[c + 1];
  }
  // Five standard deviations: 1, sqrt 2, sqrt 96 and 1 times 1/sqrt n.
  const double sd = 5.0 / std::sqrt(n);
  BOOST_TEST(std::abs(sum / n) < sd);
  BOOST_TEST(std::abs(dot(v, v) / n - 1.0) < sd * std::sqrt(2.0));
  BOOST_TEST(std::abs(fourth / n - 3.0) < sd * std::sqrt(96.0));
  BOOST_TEST(std::abs(along / n) < sd);
  BOOST_TEST(std::abs(dot(v, s.natural(other.get())) / n) < sd);
}

BOOST_AUTO_TEST_SUITE_END()
