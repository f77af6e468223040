// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/multigrid/coarsen.hpp>

#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <tuple>

namespace ansatz::solvers::multigrid {
namespace {

using Cell3 = std::array<int, 3>;
using Index = std::ptrdiff_t;

constexpr std::array<Cell3, 3> unit = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

/// Everything the irregular part of a coarsening needs to know about the fine level.
class FineView {
public:
  FineView(const Level& level, const AlignedVector<float>& delta) : level_(level), delta_(delta) {}

  [[nodiscard]] Index index(const Cell3& c) const { return level_.box.index(c[0], c[1], c[2]); }
  [[nodiscard]] bool exists(Index i) const { return level_.code.empty() ? level_.diagonal[at(i)] > 0.0F : level_.code[at(i)] > 0; }
  /// Weight of the face between `c` and its lower neighbour along `axis`.
  [[nodiscard]] float lower(const Cell3& c, std::size_t axis) const {
    const Index i = index(c);
    if (!level_.code.empty()) {
      const Index j = index({c[0] - unit[axis][0], c[1] - unit[axis][1], c[2] - unit[axis][2]});
      return exists(i) && exists(j) ? 1.0F : 0.0F;
    }
    return level_.weight[axis][at(i)];
  }
  /// delta of a structured unknown.
  [[nodiscard]] float delta(const Cell3& c) const {
    const Index i = index(c);
    if (level_.code.empty()) return delta_[at(i)];
    if (!exists(i)) return 0.0F;
    float fluid = 0.0F;
    for (std::size_t a = 0; a < 3; ++a) fluid += lower(c, a) + lower({c[0] + unit[a][0], c[1] + unit[a][1], c[2] + unit[a][2]}, a);
    return static_cast<float>(level_.code[at(i)]) - fluid;
  }

private:
  const Level& level_;
  const AlignedVector<float>& delta_;
};

/// Children of coarse cell (I,J,K) that exist, as bits: bit dx + 2 dy + 4 dz.
unsigned children_of(const FineView& fine, const SplitBox& b, const Cell3& coarse) {
  unsigned bits = 0;
  for (int o = 0; o < 8; ++o) {
    const Cell3 c = {2 * coarse[0] + (o & 1), 2 * coarse[1] + (o >> 1 & 1), 2 * coarse[2] + (o >> 2)};
    if (c[0] < b.n[0] && c[1] < b.n[1] && c[2] < b.n[2] && fine.exists(fine.index(c))) bits |= 1U << o;
  }
  return bits;
}

/// Which unknowns of the fine level belong to the second component of their parent, on this rank's block and its ghosts.
struct Sheets {
  std::vector<std::uint8_t> cell;   ///< per structured index, then per extra: 0 or 1
  std::vector<Cell3> second;        ///< own structured unknowns with 1
  std::vector<Cell3> split_parents; ///< own coarse cells with two unknowns
};

/// Components of the unknowns inside coarse cells. A set of cells is connected if flooding from its first member reaches all.
class Splitter {
public:
  Splitter(const Level& level, const FineView& fine, const std::vector<std::uint8_t>& one_component)
      : level_(level), fine_(fine), one_component_(one_component) {
    for (std::size_t e = 0; e < level.extra_cells.size(); ++e) extra_of_[level.extra_cells[e]] = static_cast<int>(level.box.size + e);
    for (std::size_t s = 0; s < level.rows.row.size(); ++s) row_of_[level.rows.row[s]] = static_cast<int>(s);
  }

  [[nodiscard]] Sheets run() {
    Sheets sheets;
    sheets.cell.assign(level_.box.size + at(level_.extras + level_.ghost_extras), 0);
    const SplitBox& c = level_.arriving;
    auto regular = one_component_.begin();
    for (int K = 0; K < c.n[2]; ++K)
      for (int J = 0; J < c.n[1]; ++J)
        for (int I = 0; I < c.n[0]; ++I)
          if (*regular++ == 0 || !extra_of_.empty()) visit({I, J, K}, sheets);
    return sheets;
  }

private:
  void visit(const Cell3& coarse, Sheets& sheets) {
    const unsigned bits = children_of(fine_, level_.box, coarse);
    members_.clear();
    for (int o = 0; o < 8; ++o) {
      const Cell3 c = {2 * coarse[0] + (o & 1), 2 * coarse[1] + (o >> 1 & 1), 2 * coarse[2] + (o >> 2)};
      if (c[0] >= level_.box.n[0] || c[1] >= level_.box.n[1] || c[2] >= level_.box.n[2]) continue;
      const auto i = static_cast<int>(fine_.index(c));
      if (bits >> o & 1U) members_.push_back({c, i, o});
      if (const auto e = extra_of_.find(i); e != extra_of_.end()) members_.push_back({c, e->second, o});
    }
    const std::size_t reached = flood();
    if (reached == members_.size()) return;
    sheets.split_parents.push_back(coarse);
    for (const Member& m : members_)
      if (!m.reached) {
        sheets.cell[at(m.index)] = 1;
        if (at(m.index) < level_.box.size) sheets.second.push_back(m.cell);
      }
  }

  struct Member {
    Cell3 cell;
    int index;
    int octant;
    bool reached = false;
  };

  std::size_t flood() {
    std::vector<std::size_t>& stack = stack_;
    stack.clear();
    std::size_t reached = 0;
    if (members_.empty()) return 0;
    members_[0].reached = true;
    stack.push_back(0);
    while (!stack.empty()) {
      const std::size_t u = stack.back();
      stack.pop_back();
      ++reached;
      for (std::size_t v = 0; v < members_.size(); ++v)
        if (!members_[v].reached && connected(members_[u], members_[v])) {
          members_[v].reached = true;
          stack.push_back(v);
        }
    }
    return reached;
  }

  [[nodiscard]] bool connected(const Member& u, const Member& v) const {
    const int differ = u.octant ^ v.octant;
    if (differ != 1 && differ != 2 && differ != 4) return false;
    if (at(u.index) < level_.box.size && at(v.index) < level_.box.size) {
      const auto axis = static_cast<std::size_t>(differ >> 1); // 1, 2, 4 -> 0, 1, 2
      return fine_.lower(u.octant & differ ? u.cell : v.cell, axis) > 0.0F;
    }
    const auto found = row_of_.find(u.index);
    if (found == row_of_.end()) return false;
    const ExtraRows& rows = level_.rows;
    const auto s = at(found->second);
    for (auto t = at(rows.begin[s]); t < at(rows.begin[s + 1]); ++t)
      if (rows.column[t] == v.index) return true;
    return false;
  }

  const Level& level_;
  const FineView& fine_;
  const std::vector<std::uint8_t>& one_component_;
  std::map<int, int> extra_of_;
  std::map<int, int> row_of_;
  std::vector<Member> members_;
  std::vector<std::size_t> stack_;
};

/// Moves couplings and Dirichlet strengths of unknowns in second components from the structured arrays to explicit couplings.
class Rerouter {
public:
  Rerouter(Level& level, const FineView& fine, const AlignedVector<float>& delta, const Sheets& sheets, float kappa, CoarseOperator& op)
      : level_(level), fine_(fine), delta_(delta), sheets_(sheets), kappa_(kappa), op_(op) {
    const Cell3 n = level.arriving_partition.cells();
    cells_ = n;
    for (const Cell3& c : sheets.split_parents) op.extras.push_back({global(c), 0, 0, 0.0F});
    std::sort(op.extras.begin(), op.extras.end(), [](const ExtraUnknown& a, const ExtraUnknown& b) { return a.cell < b.cell; });
    for (std::size_t e = 0; e < op.extras.size(); ++e) {
      op.extras[e].arriving = static_cast<int>(level.arriving.size + e);
      extra_of_[op.extras[e].cell] = e;
    }
  }

  void run() {
    for (const Cell3& c : candidates()) reroute_faces(c);
    for (const Cell3& c : sheets_.second) {
      const float d = kappa_ * fine_.delta(c);
      op_.delta[parent_index(c)] -= d;
      op_.extras[extra_of_.at(global(parent(c)))].delta += d;
      move(static_cast<int>(fine_.index(c)), c, true);
    }
    reroute_rows();
    for (std::size_t e = 0; e < at(level_.extras); ++e) {
      const int i = static_cast<int>(level_.box.size + e);
      const Cell3 c = level_.box.cell(level_.extra_cells[e]);
      const float d = kappa_ * delta_[at(i)];
      if (sheets_.cell[at(i)])
        op_.extras[extra_of_.at(global(parent(c)))].delta += d;
      else
        op_.delta[parent_index(c)] += d;
      move(i, c, false);
    }
    merge();
  }

private:
  /// Local coarse cell of a local fine cell; blocks start at even cells, so ghosts map right too.
  [[nodiscard]] static Cell3 parent(const Cell3& c) { return {c[0] >> 1, c[1] >> 1, c[2] >> 1}; }
  [[nodiscard]] std::size_t parent_index(const Cell3& c) const {
    const Cell3 p = parent(c);
    return at(level_.arriving.index(p[0], p[1], p[2]));
  }
  [[nodiscard]] std::int64_t global(const Cell3& coarse) const {
    const Cell3& s = level_.arriving.start;
    return (coarse[0] + s[0]) + std::int64_t{cells_[0]} * ((coarse[1] + s[1]) + std::int64_t{cells_[1]} * (coarse[2] + s[2]));
  }
  void couple(const Cell3& i, int sheet_i, const Cell3& j, int sheet_j, float weight) {
    op_.couplings.push_back({global(parent(i)), global(parent(j)), sheet_i, sheet_j, weight});
  }

  /// Own structured unknowns with a face towards, or being, a second-component unknown.
  [[nodiscard]] std::vector<Cell3> candidates() const {
    std::vector<Cell3> list = sheets_.second;
    const auto consider = [&](const Cell3& c) {
      const Cell3& n = level_.box.n;
      if (c[0] >= 0 && c[1] >= 0 && c[2] >= 0 && c[0] < n[0] && c[1] < n[1] && c[2] < n[2] && fine_.exists(fine_.index(c))) list.push_back(c);
    };
    const auto around = [&](const Cell3& c) {
      for (const Cell3& u : unit) {
        consider({c[0] - u[0], c[1] - u[1], c[2] - u[2]});
        consider({c[0] + u[0], c[1] + u[1], c[2] + u[2]});
      }
    };
    for (const Cell3& c : sheets_.second) around(c);
    if (level_.distributed) for_ghosts(around);
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    return list;
  }
  template <class Visit>
  void for_ghosts(Visit&& visit) const {
    const Cell3& n = level_.box.n;
    for (std::size_t a = 0; a < 3; ++a)
      for (const int side : {-1, n[a]}) {
        Cell3 lo = {0, 0, 0};
        Cell3 hi = n;
        lo[a] = side;
        hi[a] = side + 1;
        for (int k = lo[2]; k < hi[2]; ++k)
          for (int j = lo[1]; j < hi[1]; ++j)
            for (int i = lo[0]; i < hi[0]; ++i)
              if (sheets_.cell[at(level_.box.index(i, j, k))]) visit({i, j, k});
      }
  }

  void reroute_faces(const Cell3& c) {
    const int own = sheets_.cell[at(fine_.index(c))];
    for (std::size_t a = 0; a < 3; ++a)
      for (const int direction : {-1, 1}) {
        const Cell3 other = {c[0] + direction * unit[a][0], c[1] + direction * unit[a][1], c[2] + direction * unit[a][2]};
        const float w = 0.5F * fine_.lower(direction < 0 ? c : other, a);
        const int sheet = sheets_.cell[at(fine_.index(other))];
        if (w <= 0.0F || parent(c) == parent(other) || (own == 0 && sheet == 0)) continue;
        if (direction < 0) op_.weight[a][parent_index(c)] = kept(parent(c), a); // the coarse face is stored with the upper coarse cell
        couple(c, own, other, sheet, w);
      }
  }

  /// Coupling of the first unknowns across a coarse cell's lower face. Summed anew: subtracting what goes elsewhere could leave a rounding error where nothing is left,
  /// which would join fluids that do not touch.
  [[nodiscard]] float kept(const Cell3& coarse, std::size_t a) const {
    float sum = 0.0F;
    for (int o = 0; o < 4; ++o) {
      Cell3 c = {2 * coarse[0], 2 * coarse[1], 2 * coarse[2]};
      c[(a + 1) % 3] += o & 1;
      c[(a + 2) % 3] += o >> 1;
      if (c[0] >= level_.box.n[0] || c[1] >= level_.box.n[1] || c[2] >= level_.box.n[2]) continue;
      const Cell3 below = {c[0] - unit[a][0], c[1] - unit[a][1], c[2] - unit[a][2]};
      if (sheets_.cell[at(fine_.index(c))] == 0 && sheets_.cell[at(fine_.index(below))] == 0) sum += 0.5F * fine_.lower(c, a);
    }
    return sum;
  }

  /// Couplings of the fine level's own extra rows.
  void reroute_rows() {
    const ExtraRows& rows = level_.rows;
    for (std::size_t s = 0; s < rows.row.size(); ++s)
      for (auto t = at(rows.begin[s]); t < at(rows.begin[s + 1]); ++t) {
        const int i = rows.row[s];
        const int j = rows.column[t];
        const Cell3 ci = place(i);
        const Cell3 cj = place(j);
        if (parent(ci) == parent(cj)) continue;
        const int si = sheets_.cell[at(i)];
        const int sj = sheets_.cell[at(j)];
        const float w = 0.5F * rows.weight[t];
        if (si || sj) {
          couple(ci, si, cj, sj, w);
          continue;
        }
        for (std::size_t a = 0; a < 3; ++a)
          if (ci[a] > cj[a]) op_.weight[a][parent_index(ci)] += w;
      }
  }
  [[nodiscard]] Cell3 place(int unknown) const {
    return level_.box.cell(at(unknown) < level_.box.size ? unknown : level_.extra_cells[at(unknown) - level_.box.size]);
  }

  void move(int index, const Cell3& c, bool structured) {
    const int sheet = sheets_.cell[at(index)];
    const auto parent_at = static_cast<std::int32_t>(parent_index(c));
    const std::int32_t coarse = sheet ? op_.extras[extra_of_.at(global(parent(c)))].arriving : parent_at;
    level_.moved.push_back(
        {index, structured ? parent_at : -1, coarse, static_cast<std::int8_t>(c[0] & 1), static_cast<std::int8_t>((c[0] + c[1] + c[2]) & 1)});
  }

  void merge() {
    auto& list = op_.couplings;
    const auto key = [](const Coupling& c) { return std::tuple(c.row_cell, c.row_sheet, c.column_cell, c.column_sheet); };
    std::stable_sort(list.begin(), list.end(), [&](const Coupling& a, const Coupling& b) { return key(a) < key(b); });
    std::size_t kept = 0;
    for (std::size_t t = 0; t < list.size(); ++t) {
      if (kept > 0 && key(list[kept - 1]) == key(list[t]))
        list[kept - 1].weight += list[t].weight;
      else
        list[kept++] = list[t];
    }
    list.resize(kept);
  }

  Level& level_;
  const FineView& fine_;
  const AlignedVector<float>& delta_;
  const Sheets& sheets_;
  float kappa_;
  CoarseOperator& op_;
  Cell3 cells_{};
  std::map<std::int64_t, std::size_t> extra_of_;
};

} // namespace

CoarseOperator coarsen(MPI_Comm comm, Level& fine, const AlignedVector<float>& delta, int depth) {
  const auto kappa = static_cast<float>((std::exp2(depth) + 1.0) / (std::exp2(depth + 1) + 1.0));
  int rank = 0;
  MPI_Comm_rank(comm, &rank);
  fine.arriving_partition = fine.partition.coarsened();
  fine.arriving = split_box(fine.arriving_partition, rank);
  CoarsePlanes planes = coarsen_planes(fine, delta, kappa);
  CoarseOperator op;
  op.weight = std::move(planes.weight);
  op.delta = std::move(planes.delta);
  op.children = std::move(planes.children);

  const FineView view(fine, delta);
  Sheets sheets = Splitter(fine, view, planes.one_component).run();
  int irregular = !sheets.split_parents.empty() || fine.extras > 0;
  if (fine.distributed) MPI_Allreduce(MPI_IN_PLACE, &irregular, 1, MPI_INT, MPI_MAX, comm);
  if (!irregular) return op;
  if (fine.distributed) {
    fine.halo->exchange(MPI_BYTE, sheets.cell.data());
    if (fine.extra_halo) broadcast(fine.extra_halo.get(), MPI_BYTE, sheets.cell.data(), sheets.cell.data());
  }
  Rerouter(fine, view, delta, sheets, kappa, op).run();
  for (ExtraUnknown& e : op.extras) e.rank = rank;
  fine.arriving_extras = static_cast<int>(op.extras.size());
  return op;
}

} // namespace ansatz::solvers::multigrid
