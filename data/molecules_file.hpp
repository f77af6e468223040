// SPDX-License-Identifier: Apache-2.0
/// Sets of molecules with energies and forces, under /molecules of a file of content "molecules"; layout: docs/formats.md. data/molecules/ holds one
/// and the script that made it.
/// Errors: FileError as ResultFile and open_file; `file_format` for shapes that do not fit, offsets that do not ascend, atomic numbers outside 1..118
/// and values that are not finite, naming object and place; UsageError `bad_value` for molecules that cannot be written.
/// Threads: one.  MPI: local; read on each rank.  Memory: the whole set.
#pragma once

#include <ansatz/data/records.hpp>
#include <ansatz/data/staged_file.hpp>

#include <array>
#include <span>
#include <string>
#include <vector>

namespace ansatz {

struct Molecules {
  std::string reference{};                        ///< what computed the labels, free text
  std::vector<std::size_t> offsets{0};            ///< atoms offsets[c] .. offsets[c+1]-1 are configuration c
  std::vector<int> numbers{};                     ///< atomic numbers
  std::vector<std::array<double, 3>> positions{}; ///< Angstrom
  std::vector<double> energies{};                 ///< eV, one a configuration; empty: no labels
  std::vector<std::array<double, 3>> forces{};    ///< eV/Angstrom; empty: no labels
  std::vector<std::size_t> kinds{};               ///< which molecule, place in kind_names; empty: not said
  std::vector<std::string> kind_names{};

  [[nodiscard]] std::size_t size() const { return offsets.size() - 1; }
  [[nodiscard]] std::size_t atoms(std::size_t c) const { return offsets[c + 1] - offsets[c]; }
  [[nodiscard]] bool labelled() const { return !energies.empty() && !forces.empty(); }
  [[nodiscard]] std::span<const int> numbers_of(std::size_t c) const { return std::span(numbers).subspan(offsets[c], atoms(c)); }
  [[nodiscard]] std::span<const std::array<double, 3>> positions_of(std::size_t c) const {
    return std::span(positions).subspan(offsets[c], atoms(c));
  }
  [[nodiscard]] std::span<const std::array<double, 3>> forces_of(std::size_t c) const { return std::span(forces).subspan(offsets[c], atoms(c)); }
  /// The atomic numbers that occur, ascending.
  [[nodiscard]] std::vector<int> elements() const;
};

[[nodiscard]] Molecules read_molecules(const std::string& path);

void write_molecules(const std::string& path, const Molecules& molecules, const Meta& meta, PublishOptions options = {});

} // namespace ansatz
