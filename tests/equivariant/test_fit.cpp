// SPDX-License-Identifier: Apache-2.0
// Fits: data that a potential of this form made are recovered, an exact law is learnt, real molecules are learnt better by more orders, equal runs
// give equal bits.
#include "molecules.hpp"

#include <ansatz/equivariant/potential/fit.hpp>

#include <numeric>

BOOST_AUTO_TEST_SUITE(fit)

using namespace equivariant_test;

namespace {

/// Places first, first + step, ..
Selection every(std::size_t step, std::size_t first, std::size_t count) {
  Selection s;
  for (std::size_t c = first; c < count; c += step) s.push_back(c);
  return s;
}

struct Trained {
  Potential potential;
  FitErrors test;
};

Trained trained(const Molecules& m, const PotentialOptions& options, const Selection& training, const Selection& validation, const Selection& test) {
  Trained t{Potential(options), {}};
  Fit fit(t.potential, m, validation, {});
  fit.fit_offsets(training);
  for (const std::size_t c : training) fit.add(c);
  (void)fit.solve();
  t.test = compare(m, test, predict(t.potential, m, test).molecules);
  return t;
}

/// The G2 molecules, thinned: real data.
Molecules g2() { return ansatz::read_molecules(std::string(ANSATZ_SOURCE_DIR) + "/data/molecules/g2.h5"); }

PotentialOptions small(const Molecules& m, const std::string& product, int order) {
  return {.elements = m.elements(), .cutoff = 4.5, .radial = 6, .degree = 2, .channels = 8, .order = order, .product = product};
}

} // namespace

BOOST_AUTO_TEST_CASE(parameters_that_made_the_data_are_recovered) {
  Molecules m = labelled(60, 100);
  PotentialOptions options{.elements = {1, 8}, .cutoff = 3.0, .radial = 3, .degree = 1, .channels = 8, .order = 2};
  Potential truth(options);
  for (std::size_t i = 0; i < truth.coefficients().size(); ++i) truth.coefficients()[i] = ansatz::learning::normal(1, 1, i);
  truth.offsets()[0] = -13;
  truth.offsets()[1] = -430;
  const Selection all = every(1, 0, m.size());
  const Prediction made = predict(truth, m, all);
  m.energies = made.molecules.energies;
  m.forces = made.molecules.forces;

  const Trained t = trained(m, options, every(2, 0, m.size()), every(4, 1, m.size()), every(4, 3, m.size()));

  // The parameters themselves are not unique: channels overlap. What they say of other molecules is.
  BOOST_TEST(t.test.energy_mae < 1e-5);
  BOOST_TEST(t.test.force_mae < 1e-4);
}

BOOST_AUTO_TEST_CASE(pairs_of_an_exact_law_are_learnt) {
  const Molecules m = labelled(300, 1);

  const Trained t = trained(m, {.elements = {1, 8}, .cutoff = 6.0, .radial = 20, .order = 1}, every(2, 0, 300), every(4, 1, 300), every(4, 3, 300));

  // Forces are up to 20 eV/Angstrom; the law does not end at the cutoff, where it is still 3e-3.
  BOOST_TEST(t.test.force_mae < 2e-2);
  BOOST_TEST(t.test.energy_mae < 5e-3);
}

BOOST_AUTO_TEST_CASE(real_molecules_are_learnt_better_by_more_orders) {
  const Molecules m = g2();
  const auto force = [&](const std::string& product, int order) {
    return trained(m, small(m, product, order), every(12, 0, m.size()), every(60, 1, m.size()), every(60, 7, m.size())).test.force_mae;
  };

  const double pairs = force("gaunt", 1);
  const double triples = force("gaunt", 2);
  const double gaunt = force("gaunt", 4);
  const double clebsch_gordan = force("clebsch_gordan", 4);

  BOOST_TEST_MESSAGE("eV/Angstrom: " << pairs << " " << triples << " " << gaunt << " " << clebsch_gordan);
  BOOST_TEST(triples < 0.8 * pairs);
  BOOST_TEST(gaunt < 0.8 * triples);
  BOOST_TEST(clebsch_gordan < 0.8 * triples);
}

BOOST_AUTO_TEST_CASE(a_trained_potential_keeps_the_symmetries_and_equal_runs_their_bits) {
  const Molecules m = g2();
  const auto once = [&] { return trained(m, small(m, "gaunt", 3), every(40, 0, m.size()), every(80, 1, m.size()), every(80, 7, m.size())); };
  const Trained a = once();
  const Trained b = once();
  const Matrix3 R = rotation_about({0.2, 0.5, -0.4}, 1.3);
  Molecules turned = m;
  for (Vector3& r : turned.positions) {
    const Vector3 old = r;
    for (std::size_t i = 0; i < 3; ++i) r[i] = R[i][0] * old[0] + R[i][1] * old[1] + R[i][2] * old[2] + 1.0;
  }
  const Selection some = every(97, 3, m.size());

  const Molecules before = predict(a.potential, m, some).molecules;
  const Molecules after = predict(a.potential, turned, some).molecules;

  BOOST_TEST(std::equal(a.potential.coefficients().begin(), a.potential.coefficients().end(), b.potential.coefficients().begin()));
  BOOST_TEST(a.test.force_mae == b.test.force_mae);
  for (std::size_t s = 0; s < some.size(); ++s) BOOST_TEST(std::abs(before.energies[s] - after.energies[s]) < 1e-7);
  for (std::size_t i = 0; i < before.forces.size(); ++i)
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const Vector3& f = before.forces[i];
      BOOST_TEST(std::abs(R[axis][0] * f[0] + R[axis][1] * f[1] + R[axis][2] * f[2] - after.forces[i][axis]) < 1e-7);
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_fitted_is_named) {
  const auto fails = [](const std::string& phrase) {
    return [phrase](const ansatz::UsageError& e) { return std::string(e.what()).find(phrase) != std::string::npos; };
  };
  Molecules m = labelled(6, 1);
  Potential potential({.elements = {1, 8}, .channels = 8});
  Potential hydrogen({.elements = {1}, .channels = 8});

  BOOST_CHECK_EXCEPTION(Fit(potential, m, {}, {}), ansatz::UsageError, fails("held back"));
  BOOST_CHECK_EXCEPTION(Fit(potential, m, {0}, {.energy_weight = 0}), ansatz::UsageError, fails("energy weight"));
  BOOST_CHECK_EXCEPTION(Fit(potential, m, {0}, {.ridges = {}}), ansatz::UsageError, fails("ridge"));
  BOOST_CHECK_EXCEPTION(Fit(hydrogen, m, {0}, {}).fit_offsets({1}), ansatz::UsageError, fails("atomic number 8"));
  m.energies.clear();
  m.forces.clear();
  BOOST_CHECK_EXCEPTION(Fit(potential, m, {0}, {}), ansatz::UsageError, fails("no energies"));
}

BOOST_AUTO_TEST_SUITE_END()
