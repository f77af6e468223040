// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/poisson/system_file.hpp>

#include <ansatz/data/error.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::solvers {

namespace {

MPI_Comm comm_of(DM dm) { return PetscObjectComm(reinterpret_cast<PetscObject>(dm)); }

std::string extent(const std::array<std::int64_t, 3>& dims) { // z, y, x
  return std::to_string(dims[2]) + " x " + std::to_string(dims[1]) + " x " + std::to_string(dims[0]);
}

/// This rank's block of a field on the grid of `dm`.
std::vector<double> read_own(const ResultReader& file, const std::string& name, const Grid& grid, DM dm) {
  const auto fields = file.fields();
  if (std::find(fields.begin(), fields.end(), name) == fields.end())
    throw FileError("file_format", file.path() + ": holds no field " + name + "; a pressure system is the fields flags and rhs");
  const Field field = file.describe(name);
  if (field.location != "cell")
    throw FileError("file_format", file.path() + ": the field " + name + " has its values at each " + field.location + "; must be cell");
  if (field.dims != std::array<std::int64_t, 3>{grid.cells[2], grid.cells[1], grid.cells[0]})
    throw UsageError("bad_value", file.path() + ": the field " + name + " has " + extent(field.dims) + " cells; must be " +
                                      extent({grid.cells[2], grid.cells[1], grid.cells[0]}) + ", those of the grid");
  PetscInt x = 0, y = 0, z = 0, nx = 0, ny = 0, nz = 0;
  petsc_check(DMDAGetCorners(dm, &x, &y, &z, &nx, &ny, &nz));
  return file.read_block(name, {z, y, x}, {nz, ny, nx});
}

/// Distance of neighbouring points; 0 for a single one. Coordinates are rounded, hence the tolerance.
double spacing(const std::string& path, const char* axis, const std::vector<double>& points) {
  if (points.size() < 2) return 0.0;
  const double h = (points.back() - points.front()) / static_cast<double>(points.size() - 1);
  constexpr double tolerance = 1e-6;
  for (std::size_t i = 1; i < points.size(); ++i)
    if (!(std::abs(points[i] - points[i - 1] - h) <= tolerance * h)) // also NaN, and coordinates that fall
      throw UsageError("bad_value", path + ": /grid/" + axis + " goes from " + std::to_string(points[i - 1]) + " to " + std::to_string(points[i]) +
                                        " where the mean step is " + std::to_string(h) + "; cells must be cubes of one size");
  return h;
}

} // namespace

Grid read_grid(const ResultReader& file) {
  const ansatz::Grid axes = file.grid();
  const std::array<const std::vector<double>*, 3> points{&axes.x, &axes.y, &axes.z};
  constexpr std::array<const char*, 3> names{"x", "y", "z"};
  Grid grid;
  for (std::size_t a = 0; a < 3; ++a) {
    grid.cells[a] = static_cast<int>(points[a]->size());
    const double h = spacing(file.path(), names[a], *points[a]);
    if (grid.spacing == 0.0) grid.spacing = h;
    if (h != 0.0 && std::abs(h - grid.spacing) > 1e-6 * grid.spacing)
      throw UsageError("bad_value", file.path() + ": cells are " + std::to_string(grid.spacing) + " long and " + std::to_string(h) + " along " +
                                        names[a] + "; must be cubes");
  }
  if (grid.spacing == 0.0) grid.spacing = 1.0;
  for (std::size_t a = 0; a < 3; ++a) grid.origin[a] = points[a]->front() - 0.5 * grid.spacing;
  return grid;
}

std::unique_ptr<CellFlags> read_flags(const ResultReader& file, const Grid& grid, DM dm) {
  const std::vector<double> values = read_own(file, "flags", grid, dm);
  agree(comm_of(dm), [&] {
    const auto bad = std::find_if(values.begin(), values.end(), [](double v) { return v != 1 && v != 2 && v != 3; });
    if (bad != values.end())
      throw UsageError("bad_value", file.path() + ": the field flags holds " + std::to_string(*bad) + "; must be 1 solid, 2 fluid or 3 air");
  });
  const std::vector<std::uint8_t> own(values.begin(), values.end());
  auto flags = std::make_unique<CellFlags>(dm, grid, own);
  if (flags->fluid_cells() == 0) throw UsageError("bad_value", file.path() + ": no cell is fluid, so there is nothing to solve");
  return flags;
}

void read_rhs(const ResultReader& file, const PressureOperator& A, Vec b) {
  const CellFlags& flags = A.flags();
  const LocalBox& box = flags.box();
  const std::vector<double> values = read_own(file, "rhs", flags.grid(), flags.dm());
  agree(comm_of(flags.dm()), [&] {
    if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); }))
      throw UsageError("bad_value", file.path() + ": the field rhs holds NaN or Inf; every value must be finite");
  });
  double* out = nullptr;
  petsc_check(VecGetArrayWrite(b, &out));
  std::size_t at = 0;
  // Identity rows hold no unknown; there b must be 0.
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j)
      for (int i = 0; i < box.n[0]; ++i, ++at) out[at] = A.diagonal()[static_cast<std::size_t>(box.index(i, j, k))] == 0 ? 0.0 : values[at];
  petsc_check(VecRestoreArrayWrite(b, &out));
}

} // namespace ansatz::solvers
