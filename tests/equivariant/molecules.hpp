// SPDX-License-Identifier: Apache-2.0
/// Small molecules at random, with labels by an exact law: the energy of a sum over pairs and triples in closed form, its forces by hand.
#pragma once

#include <ansatz/data/molecules_file.hpp>
#include <ansatz/equivariant/harmonics/rotation.hpp>
#include <ansatz/learning/random.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>
#include <string>

namespace equivariant_test {

using namespace ansatz::equivariant;
using ansatz::Molecules;

/// Folder under the system's temporary one, removed at the end.
class Folder {
public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ansatz_potential_XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
  std::string path_;
};

/// Positions of a bent chain, about 1.2 apart and a little disordered.
inline std::vector<Vector3> chain(std::size_t atoms, std::uint64_t seed) {
  std::vector<Vector3> positions;
  for (std::size_t i = 0; i < atoms; ++i) {
    const auto noise = [&](std::size_t axis) { return 0.12 * ansatz::learning::normal(seed, 7, 3 * i + axis); };
    positions.push_back({1.0 * static_cast<double>(i) + noise(0), (i % 2 == 0 ? 0.0 : 0.7) + noise(1), (i % 3 == 0 ? 0.5 : 0.0) + noise(2)});
  }
  return positions;
}

/// Adds the Morse pair energy of atoms a and b, the depth by their elements.
inline double add_pair(std::span<const int> numbers, std::span<const Vector3> r, std::size_t a, std::size_t b, std::span<Vector3> forces) {
  const Vector3 d{r[b][0] - r[a][0], r[b][1] - r[a][1], r[b][2] - r[a][2]};
  const double length = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
  const double depth = 0.2 * static_cast<double>(numbers[a] + numbers[b]);
  const double decay = std::exp(-1.5 * (length - 1.2));
  const double slope = depth * 3.0 * (decay - decay * decay);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    forces[b][axis] -= slope * d[axis] / length;
    forces[a][axis] += slope * d[axis] / length;
  }
  return depth * (decay * decay - 2 * decay);
}

/// Labelled molecules of 3..5 atoms of H and O.
inline Molecules labelled(std::size_t count, std::uint64_t seed) {
  Molecules m;
  m.reference = "Morse pairs";
  m.kind_names = {"odd", "even"};
  for (std::size_t c = 0; c < count; ++c) {
    const std::size_t atoms = 3 + c % 3;
    const auto positions = chain(atoms, seed + c);
    std::vector<int> numbers;
    for (std::size_t i = 0; i < atoms; ++i) numbers.push_back((i + c) % 3 == 0 ? 8 : 1);
    std::vector<Vector3> forces(atoms);
    double energy = 0;
    for (std::size_t a = 0; a < atoms; ++a) {
      energy += numbers[a] == 8 ? -75.0 : -0.5;
      for (std::size_t b = a + 1; b < atoms; ++b) energy += add_pair(numbers, positions, a, b, forces);
    }
    m.numbers.insert(m.numbers.end(), numbers.begin(), numbers.end());
    m.positions.insert(m.positions.end(), positions.begin(), positions.end());
    m.forces.insert(m.forces.end(), forces.begin(), forces.end());
    m.energies.push_back(energy);
    m.kinds.push_back(c % 2);
    m.offsets.push_back(m.numbers.size());
  }
  return m;
}

} // namespace equivariant_test
