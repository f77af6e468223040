// SPDX-License-Identifier: Apache-2.0
/// The promise of flat iteration counts: named scenes and a mesh, rough and smooth right-hand sides, doubled grids, 1, 2 and 4 ranks.
#include "support.hpp"

#include <ansatz/solvers/poisson/right_hand_side.hpp>
#include <ansatz/solvers/poisson/scene.hpp>
#include <ansatz/solvers/poisson/solve.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <numbers>
#include <sstream>

#include <unistd.h>

namespace {

using namespace multigrid_test;
using ansatz::solvers::Scene;
using ansatz::solvers::SolveResult;

/// A body with two ears in OFF format: three ellipsoids that overlap, as in scans stitched together.
class EaredBody {
public:
  EaredBody() {
    path_ = std::filesystem::temp_directory_path() / ("ansatz_eared_body_" + std::to_string(::getpid()) + ".off");
    std::ofstream(path_) << text();
  }
  EaredBody(const EaredBody&) = delete;
  EaredBody& operator=(const EaredBody&) = delete;
  ~EaredBody() { std::filesystem::remove(path_); }
  [[nodiscard]] std::string path() const { return path_.string(); }

private:
  static std::string text() {
    std::ostringstream vertices, triangles;
    int count = 0, faces = 0;
    for (const auto& [x, y, z, a, b, c] :
         {std::array{0.0, 0.0, 0.0, 1.0, 0.7, 0.8}, std::array{0.6, 0.25, 0.9, 0.12, 0.2, 0.6}, std::array{0.6, -0.25, 0.9, 0.12, 0.2, 0.6}}) {
      constexpr int around = 24, along = 12;
      for (int v = 0; v <= along; ++v)
        for (int u = 0; u < around; ++u) {
          const double theta = std::numbers::pi * v / along, phi = 2 * std::numbers::pi * u / around;
          vertices << x + a * std::sin(theta) * std::cos(phi) << ' ' << y + b * std::sin(theta) * std::sin(phi) << ' ' << z + c * std::cos(theta)
                   << '\n';
          if (v == along) continue;
          const int p = count + around * v + u, q = count + around * v + (u + 1) % around;
          triangles << "3 " << p << ' ' << p + around << ' ' << q << "\n3 " << q << ' ' << p + around << ' ' << q + around << '\n';
          faces += 2;
        }
      count += around * (along + 1);
    }
    return "OFF\n" + std::to_string(count) + ' ' + std::to_string(faces) + " 0\n" + vertices.str() + triangles.str();
  }
  std::filesystem::path path_;
};

struct Domain {
  explicit Domain(const Scene& scene, MPI_Comm comm = PETSC_COMM_WORLD) : dm(ansatz::solvers::create_dm(comm, scene.grid)) {
    flags = ansatz::solvers::cell_flags(scene, dm).flags;
    A = std::make_unique<PressureOperator>(*flags);
    closed = std::make_unique<ansatz::solvers::ClosedComponents>(*A);
  }
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;
  ~Domain() {
    closed.reset();
    A.reset();
    flags.reset();
    DMDestroy(&dm);
  }
  [[nodiscard]] Vector vector() const {
    Vec v = nullptr;
    petsc_check(DMCreateGlobalVector(dm, &v));
    return Vector(v);
  }
  [[nodiscard]] Vector right_hand_side(bool smooth) const {
    Vector b = vector();
    if (smooth)
      ansatz::solvers::divergence_rhs(*A, *closed, b.get());
    else
      ansatz::solvers::random_rhs(*A, *closed, 1, b.get());
    return b;
  }
  DM dm;
  std::unique_ptr<CellFlags> flags;
  std::unique_ptr<PressureOperator> A;
  std::unique_ptr<ansatz::solvers::ClosedComponents> closed;
};

int iterations(const Domain& d, bool smooth) {
  const Vector b = d.right_hand_side(smooth), x = d.vector();
  const SolveResult result = ansatz::solvers::solve(*d.A, b.get(), x.get(), {.solver = "mgcg", .rtol = 1e-6});
  BOOST_CHECK_EQUAL(result.reason, "converged_rtol");
  BOOST_CHECK_LE(result.relative_residual, 1e-6);
  return result.iterations;
}

/// Iterations measured with W(2,2) red-black and the full multigrid start at 32^3 and 64^3; one more is allowed.
struct Expected {
  std::string scene;
  std::array<int, 2> rough, smooth;
};
const std::vector<Expected> expected = {{"s8w", {4, 5}, {5, 5}},    {"dam-break", {5, 4}, {6, 5}}, {"box", {5, 5}, {6, 6}},
                                        {"closed", {3, 3}, {4, 4}}, {"tw0", {5, 5}, {6, 6}},       {"tw1", {5, 5}, {6, 6}},
                                        {"tw3", {5, 6}, {6, 6}},    {"eared body", {5, 5}, {6, 6}}};

Scene scene_of(const std::string& name, int n, const EaredBody& body) {
  return name == "eared body" ? ansatz::solvers::mesh_scene(body.path(), {n, n, n}) : ansatz::solvers::named_scene(name, {n, n, n});
}

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Norm of the part of `all` (natural order) that this rank owns in v, minus v, and of v, over all ranks.
double relative_difference(const Domain& d, Vec v, const Array& all) {
  const auto& box = d.flags->box();
  const auto& n = d.flags->grid().cells;
  const double* a = nullptr;
  std::array<double, 2> sums{};
  petsc_check(VecGetArrayRead(v, &a));
  std::size_t own = 0;
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i, ++own) {
        const double truth = all[at(i + box.start[0]) + at(n[0]) * (at(j + box.start[1]) + at(n[1]) * at(k + box.start[2]))];
        sums[0] += (a[own] - truth) * (a[own] - truth);
        sums[1] += truth * truth;
      }
  petsc_check(VecRestoreArrayRead(v, &a));
  MPI_Allreduce(MPI_IN_PLACE, sums.data(), 2, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD);
  return std::sqrt(sums[0] / sums[1]);
}

} // namespace

BOOST_AUTO_TEST_SUITE(counts)

BOOST_AUTO_TEST_CASE(iterations_stay_flat_when_the_grid_is_refined, *boost::unit_test::precondition(one_rank)) {
  const EaredBody body;
  for (const Expected& e : expected) {
    const Domain coarse(scene_of(e.scene, 32, body)), fine(scene_of(e.scene, 64, body));
    for (const bool smooth : {false, true}) BOOST_TEST_CONTEXT(e.scene << (smooth ? ", smooth" : ", rough")) {
        const auto& measured = smooth ? e.smooth : e.rough;

        const std::array found = {iterations(coarse, smooth), iterations(fine, smooth)};

        BOOST_CHECK_LE(found[0], measured[0] + 1);
        BOOST_CHECK_LE(found[1], measured[1] + 1);
        BOOST_CHECK_LE(found[1], found[0] + 1);
        BOOST_CHECK_LE(found[1], e.scene.starts_with("tw") ? 14 : 10);
      }
  }
}

BOOST_AUTO_TEST_CASE(two_million_cells, *boost::unit_test::precondition(one_rank)) {
  const Domain d(ansatz::solvers::named_scene("s8w", {128, 128, 128}));

  BOOST_CHECK_EQUAL(d.A->unknowns(), 1878640);
  BOOST_CHECK_LE(iterations(d, false), 5);
  BOOST_CHECK_LE(iterations(d, true), 6);
}

BOOST_AUTO_TEST_CASE(ranks_change_neither_counts_nor_solution) {
  const EaredBody body;
  for (const Expected& e : expected)
    for (const bool smooth : {false, true}) BOOST_TEST_CONTEXT(e.scene << (smooth ? ", smooth" : ", rough")) {
        const Domain here(scene_of(e.scene, 32, body), PETSC_COMM_SELF), everywhere(scene_of(e.scene, 32, body));
        const Vector b_here = here.right_hand_side(smooth), x_here = here.vector();
        const Vector b = everywhere.right_hand_side(smooth), x = everywhere.vector();

        const auto alone = ansatz::solvers::solve(*here.A, b_here.get(), x_here.get(), {.solver = "mgcg", .rtol = 1e-12});
        const auto shared = ansatz::solvers::solve(*everywhere.A, b.get(), x.get(), {.solver = "mgcg", .rtol = 1e-12});

        const double* a = nullptr;
        petsc_check(VecGetArrayRead(x_here.get(), &a));
        const Array truth(a, a + 32 * 32 * 32);
        petsc_check(VecRestoreArrayRead(x_here.get(), &a));
        BOOST_CHECK_LE(relative_difference(everywhere, x.get(), truth), 1e-10);
        BOOST_CHECK_LE(std::abs(alone.iterations - shared.iterations), 1);
        BOOST_CHECK_LE(std::abs(iterations(everywhere, smooth) - (smooth ? e.smooth : e.rough)[0]), 1);
      }
}

BOOST_AUTO_TEST_SUITE_END()
