// SPDX-License-Identifier: Apache-2.0
// Potentials with random parameters: symmetries, forces as differences of the energy, the linear equations, invariants against Gaunt integrals and
// quadrature.
#include "molecules.hpp"

#include <ansatz/equivariant/gaunt/coefficients.hpp>
#include <ansatz/equivariant/potential/potential_file.hpp>

#include <algorithm>

BOOST_AUTO_TEST_SUITE(potential)

using namespace equivariant_test;

namespace {

constexpr std::size_t width = lanes<double>;

Potential random_potential(const std::string& product, int order) {
  Potential potential({.elements = {1, 8}, .cutoff = 3.0, .radial = 5, .degree = 2, .channels = 16, .order = order, .product = product});
  for (std::size_t i = 0; i < potential.coefficients().size(); ++i) potential.coefficients()[i] = 0.1 * ansatz::learning::normal(3, 1, i);
  // No second offset, so that free atoms have exactly the first.
  for (const std::size_t element : {std::size_t{1}, std::size_t{2}}) potential.coefficients()[element * potential.features() - 1] = 0;
  potential.offsets()[0] = -13.0;
  potential.offsets()[1] = -430.0;
  return potential;
}

struct Result {
  double energy;
  std::vector<Vector3> forces;
};

Result run(const Potential& potential, const std::vector<int>& numbers, const std::vector<Vector3>& positions) {
  Potential::Workspace work;
  Result r{0, std::vector<Vector3>(positions.size())};
  r.energy = potential.evaluate(numbers, positions, r.forces, work);
  return r;
}

Vector3 turned(const Matrix3& R, const Vector3& v) {
  Vector3 out{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) out[i] += R[i][j] * v[j];
  return out;
}

double largest(const std::vector<Vector3>& forces) {
  double most = 0;
  for (const Vector3& f : forces)
    for (const double v : f) most = std::max(most, std::abs(v));
  return most;
}

const std::vector<int> numbers{8, 1, 1, 8, 1, 1};
const auto every_potential = [] {
  std::vector<Potential> all;
  for (const char* product : {"gaunt", "clebsch_gordan"})
    for (const int order : {1, 2, 3, 4}) all.push_back(random_potential(product, order));
  return all;
};

} // namespace

BOOST_AUTO_TEST_CASE(forces_are_minus_the_gradient_of_the_energy) {
  const auto positions = chain(numbers.size(), 11);

  for (const Potential& potential : every_potential()) {
    const Result r = run(potential, numbers, positions);
    for (std::size_t i = 0; i < numbers.size(); ++i)
      for (std::size_t axis = 0; axis < 3; ++axis) {
        // Differences of order 4: the step's error is below 1e-9 of the forces, that of rounding of the energy, near -900, about 1e-13 / 1e-3.
        constexpr double h = 1e-3;
        const auto at = [&](double steps) {
          auto moved = positions;
          moved[i][axis] += steps * h;
          return run(potential, numbers, moved).energy;
        };
        const double slope = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);

        BOOST_TEST(std::abs(r.forces[i][axis] + slope) < 2e-8 * std::max(1.0, largest(r.forces)));
      }
  }
}

BOOST_AUTO_TEST_CASE(energy_is_invariant_and_forces_turn_with_the_molecule) {
  const auto positions = chain(numbers.size(), 5);
  const Matrix3 R = rotation_about({0.3, -0.7, 0.2}, 2.1);

  for (const Potential& potential : every_potential()) {
    const Result before = run(potential, numbers, positions);
    const double scale = std::max(1.0, largest(before.forces));
    for (const double mirror : {1.0, -1.0}) {
      std::vector<Vector3> moved;
      for (const Vector3& r : positions) {
        const Vector3 t = turned(R, r);
        moved.push_back({mirror * t[0] + 3.0, mirror * t[1] - 2.0, mirror * t[2] + 0.5});
      }
      const Result after = run(potential, numbers, moved);

      BOOST_TEST(std::abs(after.energy - before.energy) < 1e-10 * scale);
      for (std::size_t i = 0; i < numbers.size(); ++i)
        for (std::size_t axis = 0; axis < 3; ++axis)
          BOOST_TEST(std::abs(after.forces[i][axis] - mirror * turned(R, before.forces[i])[axis]) < 1e-10 * scale);
    }
  }
}

BOOST_AUTO_TEST_CASE(order_of_atoms_does_not_matter_and_forces_add_up_to_zero) {
  const auto positions = chain(numbers.size(), 8);
  const std::vector<std::size_t> order{4, 0, 5, 3, 1, 2};
  std::vector<int> other_numbers;
  std::vector<Vector3> other_positions;
  for (const std::size_t i : order) {
    other_numbers.push_back(numbers[i]);
    other_positions.push_back(positions[i]);
  }

  for (const Potential& potential : every_potential()) {
    const Result a = run(potential, numbers, positions);
    const Result b = run(potential, other_numbers, other_positions);
    const double scale = std::max(1.0, largest(a.forces));

    BOOST_TEST(std::abs(a.energy - b.energy) < 1e-10 * scale);
    Vector3 sum{};
    for (std::size_t i = 0; i < order.size(); ++i)
      for (std::size_t axis = 0; axis < 3; ++axis) {
        BOOST_TEST(std::abs(b.forces[i][axis] - a.forces[order[i]][axis]) < 1e-10 * scale);
        sum[axis] += a.forces[i][axis];
      }
    for (const double s : sum) BOOST_TEST(std::abs(s) < 1e-10 * scale);
  }
}

BOOST_AUTO_TEST_CASE(far_atoms_do_not_meet_and_the_cutoff_is_smooth) {
  const Potential potential = random_potential("gaunt", 4);
  const auto pair = [&](double r) { return run(potential, {1, 8}, {{0, 0, 0}, {0, r, 0}}); };

  BOOST_TEST(pair(3.0).energy == -443.0);
  BOOST_TEST(pair(50.0).energy == -443.0);
  // Of third order at the cutoff: energies fall by 8 when the gap is halved, forces by 4.
  const double far = 2e-3;
  BOOST_TEST(std::abs(pair(3.0 - far).energy + 443.0) < 1e-5);
  BOOST_TEST(std::abs(pair(3.0 - far).forces[1][1] / pair(3.0 - far / 2).forces[1][1] - 4.0) < 0.1);
}

BOOST_AUTO_TEST_CASE(design_rows_times_coefficients_are_energy_and_forces) {
  const auto positions = chain(numbers.size(), 2);

  for (const Potential& potential : every_potential()) {
    Potential::Workspace work;
    DesignRows rows;
    potential.design(numbers, positions, rows, work);
    const Result r = run(potential, numbers, positions);
    const std::size_t columns = rows.values.size() / rows.rows;
    BOOST_REQUIRE(columns == potential.coefficients().size());
    for (std::size_t row = 0; row < rows.rows; ++row) {
      double sum = row == 0 ? 4 * -13.0 + 2 * -430.0 : 0.0;
      for (std::size_t k = 0; k < columns; ++k) sum += rows.values[row * columns + k] * potential.coefficients()[k];
      const double wanted = row == 0 ? r.energy : r.forces[(row - 1) / 3][(row - 1) % 3];

      BOOST_TEST(std::abs(sum - wanted) < 1e-10 * std::max(1.0, largest(r.forces)));
    }
  }
}

BOOST_AUTO_TEST_CASE(invariants_of_gaunt_products_are_the_integrals_of_powers) {
  // From the exact coefficients: q_k = sum_ij G_ijk x_i x_j.
  constexpr int L = 3;
  const Invariants invariants({.degree = L, .order = 4, .product = "gaunt", .blocks = 1});
  AlignedVector<double> x(signal_size(L) * width);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = ansatz::learning::normal(9, 2, i);
  std::vector<double> y(invariants.count());
  Invariants::Workspace work;
  invariants.evaluate(x, y, work);
  BOOST_REQUIRE(invariants.terms() == 4 + 4 + 7);

  for (std::size_t lane = 0; lane < width; ++lane) {
    std::vector<double> q(signal_size(2 * L));
    for (const SparseCoefficient& g : gaunt_table(L, L, 2 * L))
      q[g.k] += static_cast<double>(g.value) * x[g.i * width + lane] * x[g.j * width + lane];
    for (std::size_t l = 0; l <= 2 * L; ++l) {
      double cube = 0;
      double fourth = 0;
      for (std::size_t i = l * l; i < (l + 1) * (l + 1); ++i) {
        fourth += q[i] * q[i];
        if (l <= L) cube += q[i] * x[i * width + lane];
      }
      BOOST_TEST(std::abs(y[(8 + l) * width + lane] - fourth) < 1e-12 * (1 + std::abs(fourth)));
      if (l <= L) BOOST_TEST(std::abs(y[(4 + l) * width + lane] - cube) < 1e-12 * (1 + std::abs(cube)));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_saved_potential_comes_back_with_the_same_bits) {
  const Folder folder;
  const auto positions = chain(numbers.size(), 4);
  for (const Potential& potential : every_potential()) {
    save_potential(folder / "p.h5", potential, {3.0, 2.0}, {.seed = 1}, {.overwrite = true});
    const Potential back = load_potential(folder / "p.h5");
    const Result a = run(potential, numbers, positions);
    const Result b = run(back, numbers, positions);

    BOOST_TEST(a.energy == b.energy);
    BOOST_TEST((a.forces == b.forces));
  }
}

BOOST_AUTO_TEST_CASE(bad_inputs_are_named) {
  const auto fails = [](const std::string& phrase) {
    return [phrase](const ansatz::Error& e) {
      BOOST_TEST_MESSAGE(e.what());
      return std::string(e.what()).find(phrase) != std::string::npos;
    };
  };
  const Potential potential = random_potential("gaunt", 2);
  using ansatz::FileError;
  using ansatz::UsageError;

  BOOST_CHECK_EXCEPTION((void)run(potential, {1, 6}, {{0, 0, 0}, {1, 0, 0}}), UsageError, fails("atomic number 6; it knows 1, 8"));
  BOOST_CHECK_EXCEPTION((void)run(potential, {1, 8}, {{1, 0, 0}, {1, 0, 0}}), UsageError, fails("in one place"));
  BOOST_CHECK_EXCEPTION((void)run(potential, {1, 8}, {{std::nan(""), 0, 0}, {1, 0, 0}}), UsageError, fails("not finite"));
  BOOST_CHECK_EXCEPTION((void)run(potential, {1}, {{0, 0, 0}, {1, 0, 0}}), UsageError, fails("1 atomic numbers for 2 positions"));
  BOOST_CHECK_EXCEPTION((Potential({.elements = {8, 1}})), UsageError, fails("ascending"));
  BOOST_CHECK_EXCEPTION((Potential({.elements = {}})), UsageError, fails("no elements"));
  BOOST_CHECK_EXCEPTION((Potential({.elements = {1}, .channels = 12})), UsageError, fails("multiple of 8"));
  BOOST_CHECK_EXCEPTION((Potential({.elements = {1}, .order = 5})), UsageError, fails("1..4"));
  BOOST_CHECK_EXCEPTION((Potential({.elements = {1}, .cutoff = -1})), UsageError, fails("cutoff"));
  BOOST_CHECK_EXCEPTION((Potential({.elements = {1}, .radial = 0})), UsageError, fails("1..32"));
  BOOST_CHECK_EXCEPTION((Potential({.elements = {1}, .product = "gant"})), UsageError, fails("did you mean \"gaunt\""));
  const Folder folder;
  ansatz::write_model(folder / "other.h5", {.name = "voxmg-weights"}, {});
  BOOST_CHECK_EXCEPTION((void)load_potential(folder / "other.h5"), FileError, fails("voxmg-weights"));
  ansatz::write_model(folder / "empty.h5", {.name = "potential", .description_json = "{\"elements\": [1]}"}, {});
  BOOST_CHECK_EXCEPTION((void)load_potential(folder / "empty.h5"), FileError, fails("cutoff"));
}

BOOST_AUTO_TEST_SUITE_END()
