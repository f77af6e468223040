// SPDX-License-Identifier: Apache-2.0
/// A level of the fast hierarchy as the graph the reference uses, collected from all ranks. Only this file of the tests knows how a level is stored.
#pragma once

#include "support.hpp"

#include <ansatz/solvers/multigrid/hierarchy.hpp>

namespace multigrid_test {

using ansatz::solvers::multigrid::Hierarchy;
using ansatz::solvers::multigrid::Level;
using reference::Unknown;

/// One entry of the matrix of a level: a_ii if both unknowns agree, else w_ij.
struct Entry {
  Unknown row, column;
  double value;
};

/// Entries of this rank's rows.
inline std::vector<Entry> own_entries(const Level& level) {
  const auto& box = level.box;
  const auto at = [](std::ptrdiff_t i) { return static_cast<std::size_t>(i); };
  const auto diagonal = [&](std::ptrdiff_t i) {
    return level.code.empty() ? static_cast<double>(level.diagonal[at(i)]) : static_cast<double>(level.code[at(i)]);
  };
  const auto place = [&](std::array<int, 3> c, int sheet) { return Unknown{sheet, c[2] + box.start[2], c[1] + box.start[1], c[0] + box.start[0]}; };
  const auto unknown = [&](std::ptrdiff_t i) {
    return at(i) < box.size ? place(box.cell(i), 0) : place(box.cell(level.extra_cells[at(i) - box.size]), 1);
  };
  std::vector<Entry> entries;
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i) {
        const auto own = box.index(i, j, k);
        if (diagonal(own) <= 0.0) continue;
        entries.push_back({unknown(own), unknown(own), diagonal(own)});
        for (std::size_t a = 0; a < 3; ++a)
          for (const int side : {-1, 1}) {
            std::array<int, 3> next = {i, j, k};
            next[a] += side;
            const auto other = box.index(next[0], next[1], next[2]);
            const double w =
                level.code.empty() ? static_cast<double>(level.weight[a][at(side < 0 ? own : other)]) : (diagonal(other) > 0.0 ? 1.0 : 0.0);
            if (w != 0.0) entries.push_back({unknown(own), place(next, 0), w});
          }
      }
  for (int e = 0; e < level.extras; ++e) {
    const auto own = static_cast<std::ptrdiff_t>(box.size) + e;
    entries.push_back({unknown(own), unknown(own), diagonal(own)});
  }
  const auto& rows = level.rows;
  for (std::size_t s = 0; s < rows.row.size(); ++s)
    for (auto t = at(rows.begin[s]); t < at(rows.begin[s + 1]); ++t)
      entries.push_back({unknown(rows.row[s]), unknown(rows.column[t]), static_cast<double>(rows.weight[t])});
  return entries;
}

struct Graph {
  std::map<Unknown, double> diagonal;
  std::map<std::pair<Unknown, Unknown>, double> weight;
};

inline Graph unfold(MPI_Comm comm, const Level& level) {
  const std::vector<Entry> own = own_entries(level);
  int ranks = 1;
  MPI_Comm_size(comm, &ranks);
  const int bytes = static_cast<int>(own.size() * sizeof(Entry));
  std::vector<int> counts(static_cast<std::size_t>(ranks)), offsets(static_cast<std::size_t>(ranks) + 1, 0);
  MPI_Allgather(&bytes, 1, MPI_INT, counts.data(), 1, MPI_INT, comm);
  for (std::size_t r = 0; r < counts.size(); ++r) offsets[r + 1] = offsets[r] + counts[r];
  std::vector<Entry> all(static_cast<std::size_t>(offsets.back()) / sizeof(Entry));
  MPI_Allgatherv(own.data(), bytes, MPI_BYTE, all.data(), counts.data(), offsets.data(), MPI_BYTE, comm);
  Graph graph;
  for (const Entry& e : all) {
    if (e.row == e.column)
      graph.diagonal[e.row] += e.value;
    else
      graph.weight[{e.row, e.column}] += e.value;
  }
  return graph;
}

inline Hierarchy fast_hierarchy(const System& s, const CycleWeights* weights = nullptr) {
  const auto matrix = ansatz::solvers::multigrid::recognise(s.A().shell(), nullptr);
  return {PetscObjectComm(reinterpret_cast<PetscObject>(s.flags().dm())), matrix.partition, matrix.codes, weights};
}

} // namespace multigrid_test
