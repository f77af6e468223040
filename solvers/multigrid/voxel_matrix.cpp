// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/multigrid/voxel_matrix.hpp>

#include <ansatz/solvers/petsc.hpp>
#include <ansatz/solvers/poisson/pressure_operator.hpp>

#include <petscdmda.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ansatz::solvers::multigrid {
namespace {

struct Grid3 {
  std::array<PetscInt, 3> start{};
  std::array<PetscInt, 3> n{};
};

Partition ownership(DM dm, Grid3& own) {
  PetscInt dim = 0;
  PetscInt dof = 0;
  std::array<PetscInt, 3> blocks{1, 1, 1};
  petsc_check(
      DMDAGetInfo(dm, &dim, nullptr, nullptr, nullptr, &blocks[0], &blocks[1], &blocks[2], &dof, nullptr, nullptr, nullptr, nullptr, nullptr));
  if (dof != 1)
    throw UsageError("bad_value", "voxel matrix: the DMDA has " + std::to_string(dof) + " unknowns a cell; the pressure operator has one");
  std::array<const PetscInt*, 3> widths{};
  petsc_check(DMDAGetOwnershipRanges(dm, &widths[0], &widths[1], &widths[2]));
  Partition partition;
  for (std::size_t a = 0; a < 3; ++a) {
    partition.cut[a].push_back(0);
    for (PetscInt b = 0; b < blocks[a]; ++b)
      partition.cut[a].push_back(partition.cut[a].back() + (static_cast<PetscInt>(a) < dim ? static_cast<int>(widths[a][b]) : 1));
  }
  petsc_check(DMDAGetCorners(dm, &own.start[0], &own.start[1], &own.start[2], &own.n[0], &own.n[1], &own.n[2]));
  return partition;
}

/// Reads the codes off an assembled matrix, row by row.
class MatrixReader {
public:
  MatrixReader(Mat A, DM dm, VoxelMatrix& out, const Grid3& own) : A_(A), dm_(dm), out_(out), own_(own) {
    petsc_check(DMDAGetGhostCorners(dm, &ghost_.start[0], &ghost_.start[1], &ghost_.start[2], &ghost_.n[0], &ghost_.n[1], &ghost_.n[2]));
    ISLocalToGlobalMapping map = nullptr;
    petsc_check(DMGetLocalToGlobalMapping(dm, &map));
    petsc_check(ISLocalToGlobalMappingGetIndices(map, &global_));
    map_ = map;
    petsc_check(MatGetOwnershipRange(A, &first_row_, nullptr));
  }
  ~MatrixReader() { ISLocalToGlobalMappingRestoreIndices(map_, &global_); }
  MatrixReader(const MatrixReader&) = delete;
  MatrixReader& operator=(const MatrixReader&) = delete;

  void run() {
    const std::size_t cells = static_cast<std::size_t>(own_.n[0]) * static_cast<std::size_t>(own_.n[1]) * static_cast<std::size_t>(own_.n[2]);
    find_scale_and_unknowns();
    out_.codes.assign(cells, 0);
    out_.identity.assign(cells, 1.0);
    PetscInt row = first_row_;
    for (PetscInt k = 0; k < own_.n[2]; ++k)
      for (PetscInt j = 0; j < own_.n[1]; ++j)
        for (PetscInt i = 0; i < own_.n[0]; ++i, ++row)
          if (problem_.empty()) read_row(row, {own_.start[0] + i, own_.start[1] + j, own_.start[2] + k});
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

private:
  /// The scale, and 1 in `unknown_` for every cell of the block and its ghosts whose row has off-diagonal entries.
  void find_scale_and_unknowns() {
    double largest = 0.0;
    PetscInt last_row = 0;
    petsc_check(MatGetOwnershipRange(A_, nullptr, &last_row));
    Vec own = nullptr;
    Vec ghosted = nullptr;
    PetscScalar* mark = nullptr;
    petsc_check(DMGetGlobalVector(dm_, &own));
    petsc_check(DMGetLocalVector(dm_, &ghosted));
    petsc_check(VecZeroEntries(own));
    petsc_check(VecGetArray(own, &mark));
    for (PetscInt row = first_row_; row < last_row; ++row) {
      PetscInt n = 0;
      const PetscInt* columns = nullptr;
      const PetscScalar* values = nullptr;
      petsc_check(MatGetRow(A_, row, &n, &columns, &values));
      for (PetscInt c = 0; c < n; ++c) {
        if (columns[c] == row || values[c] == 0.0) continue;
        largest = std::max(largest, -values[c]);
        mark[row - first_row_] = 1.0;
      }
      petsc_check(MatRestoreRow(A_, row, &n, &columns, &values));
    }
    petsc_check(VecRestoreArray(own, &mark));
    petsc_check(DMGlobalToLocal(dm_, own, INSERT_VALUES, ghosted));
    petsc_check(VecGetArray(ghosted, &mark));
    unknown_.assign(mark, mark + static_cast<std::ptrdiff_t>(ghost_.n[0]) * ghost_.n[1] * ghost_.n[2]);
    petsc_check(VecRestoreArray(ghosted, &mark));
    petsc_check(DMRestoreLocalVector(dm_, &ghosted));
    petsc_check(DMRestoreGlobalVector(dm_, &own));
    MPI_Allreduce(MPI_IN_PLACE, &largest, 1, MPI_DOUBLE, MPI_MAX, PetscObjectComm(reinterpret_cast<PetscObject>(A_)));
    if (largest > 0.0) out_.scale = largest;
  }

  /// Position of a neighbouring cell in the block with its ghosts, -1 outside the grid.
  [[nodiscard]] PetscInt neighbour(std::array<PetscInt, 3> cell) const {
    for (std::size_t a = 0; a < 3; ++a)
      if (cell[a] < ghost_.start[a] || cell[a] >= ghost_.start[a] + ghost_.n[a]) return -1;
    return (cell[0] - ghost_.start[0]) + ghost_.n[0] * ((cell[1] - ghost_.start[1]) + ghost_.n[1] * (cell[2] - ghost_.start[2]));
  }

  void read_row(PetscInt row, const std::array<PetscInt, 3>& cell) {
    std::array<PetscInt, 6> allowed{}; // rows of the face neighbours, -1 outside the grid
    std::array<bool, 6> expected{};    // those that are unknowns
    for (std::size_t a = 0; a < 3; ++a)
      for (int side = 0; side < 2; ++side) {
        auto next = cell;
        next[a] += side ? 1 : -1;
        const PetscInt at = neighbour(next);
        allowed[2 * a + static_cast<std::size_t>(side)] = at < 0 ? -1 : global_[at];
        expected[2 * a + static_cast<std::size_t>(side)] = at >= 0 && unknown_[static_cast<std::size_t>(at)] > 0.0;
      }
    PetscInt n = 0;
    const PetscInt* columns = nullptr;
    const PetscScalar* values = nullptr;
    petsc_check(MatGetRow(A_, row, &n, &columns, &values));
    double diagonal = 0.0;
    int coupled = 0;
    for (PetscInt c = 0; c < n; ++c) {
      if (columns[c] == row) {
        diagonal = values[c];
        continue;
      }
      if (values[c] == 0.0) continue;
      ++coupled;
      const auto side = static_cast<std::size_t>(std::find(allowed.begin(), allowed.end(), columns[c]) - allowed.begin());
      if (side == allowed.size())
        complain(row, "couples to column " + std::to_string(columns[c]) + ", which is no face neighbour");
      else if (!std::exchange(expected[side], false))
        complain(row, "couples to column " + std::to_string(columns[c]) + ", whose own row couples to nothing (the matrix must be symmetric)");
      else if (std::abs(values[c] + out_.scale) > tolerance * out_.scale)
        complain(row, "has the off-diagonal entry " + std::to_string(values[c]) + " where " + std::to_string(-out_.scale) +
                          " is expected (all face weights must be equal)");
    }
    petsc_check(MatRestoreRow(A_, row, &n, &columns, &values));
    for (std::size_t side = 0; side < 6; ++side)
      if (coupled > 0 && expected[side])
        complain(row, "does not couple to row " + std::to_string(allowed[side]) + ", an unknown beside it (a wall needs a cell of its own)");
    const auto own = static_cast<std::size_t>(row - first_row_);
    const double multiple = diagonal / out_.scale;
    if (coupled == 0)
      out_.identity[own] = diagonal > 0.0 ? diagonal : 1.0;
    else if (!(std::abs(multiple - std::round(multiple)) <= tolerance * multiple) || multiple < coupled - tolerance || multiple > 6 + tolerance)
      complain(row, "has the diagonal entry " + std::to_string(diagonal) + ", which is not a whole multiple of " + std::to_string(out_.scale) +
                        " between its number of neighbours, " + std::to_string(coupled) + ", and 6");
    else
      out_.codes[own] = static_cast<std::uint8_t>(std::lround(multiple));
  }

  void complain(PetscInt row, const std::string& what) {
    if (problem_.empty()) problem_ = "the seven-point pressure matrix of a voxel grid is needed: row " + std::to_string(row) + " " + what;
  }

  static constexpr double tolerance = 1e-9; // entries are small multiples of one number; rounding in their assembly stays far below
  Mat A_;
  DM dm_;
  VoxelMatrix& out_;
  Grid3 own_;
  Grid3 ghost_;
  ISLocalToGlobalMapping map_ = nullptr;
  const PetscInt* global_ = nullptr;
  PetscInt first_row_ = 0;
  std::vector<PetscScalar> unknown_;
  std::string problem_;
};

} // namespace

VoxelMatrix recognise(Mat A, DM dm) {
  VoxelMatrix result;
  if (const PressureOperator* op = PressureOperator::from_mat(A)) {
    Grid3 own;
    result.partition = ownership(op->flags().dm(), own);
    const LocalBox& box = op->flags().box();
    const auto codes = op->diagonal();
    result.codes.resize(static_cast<std::size_t>(box.own_cells()));
    auto to = result.codes.begin();
    for (int k = 0; k < box.n[2]; ++k)
      for (int j = 0; j < box.n[1]; ++j) to = std::copy_n(codes.begin() + box.index(0, j, k), box.n[0], to);
    return result;
  }
  if (!dm) petsc_check(MatGetDM(A, &dm));
  PetscBool is_da = PETSC_FALSE;
  if (dm) petsc_check(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(dm), DMDA, &is_da));
  if (!is_da)
    throw UsageError("bad_value",
                     "voxel matrix: neither the matrix nor the solver has a DMDA, so cells have no neighbours; use KSPSetDM or DMCreateMatrix");
  PetscBool assembled = PETSC_FALSE;
  petsc_check(MatHasOperation(A, MATOP_GET_ROW, &assembled));
  if (!assembled)
    throw UsageError("bad_value", "voxel matrix: the matrix offers no rows to read the cells from; give an assembled matrix or a PressureOperator");
  Grid3 own;
  result.partition = ownership(dm, own);
  std::string problem;
  {
    MatrixReader reader(A, dm, result, own);
    reader.run();
    problem = reader.problem();
  }
  int bad = !problem.empty();
  MPI_Allreduce(MPI_IN_PLACE, &bad, 1, MPI_INT, MPI_MAX, PetscObjectComm(reinterpret_cast<PetscObject>(A)));
  if (bad)
    throw UsageError("bad_value", problem.empty() ? "voxel matrix: another rank holds a row that is no row of a voxel pressure matrix" : problem);
  return result;
}

} // namespace ansatz::solvers::multigrid
