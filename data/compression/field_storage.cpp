// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/collective.hpp>
#include <ansatz/data/compression/block_float.hpp>
#include <ansatz/data/compression/field_storage.hpp>
#include <ansatz/data/compression/filter.hpp>
#include <ansatz/data/error.hpp>

#include <algorithm>
#include <limits>

namespace ansatz::compression {

namespace {

using hdf5::checked;
using hdf5::Place;

constexpr std::int64_t storage_version = 1;
constexpr unsigned deflate_level = 4; // beyond it zlib takes several times as long for 1 or 2 % of shuffled integers

struct Extremes {
  double least = 0;
  double greatest = 0;
  bool any_nan = false;
};

/// Of the finite values on all ranks; 0 and 0 if there are none.
Extremes extremes(MPI_Comm comm, std::span<const double> values) {
  constexpr double none = std::numeric_limits<double>::infinity();
  std::array<double, 3> most{-none, -none, 0}; // greatest, minus least, NaN there
  for (const double x : values) {
    if (std::isnan(x)) most[2] = 1;
    if (!std::isfinite(x)) continue;
    most[0] = std::max(most[0], x);
    most[1] = std::max(most[1], -x);
  }
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, most.data(), static_cast<int>(most.size()), MPI_DOUBLE, MPI_MAX, comm), "MPI_Allreduce");
  if (most[0] < -most[1]) return {0, 0, most[2] > 0};
  return {-most[1], most[0], most[2] > 0};
}

double absolute_bound(const std::string& field, const Compression& wanted, const Extremes& range) {
  if (wanted.kind == Compression::Bound::absolute) return wanted.bound;
  if (wanted.kind == Compression::Bound::residual)
    throw UsageError("bad_value", "field " + field + ": residual= is for solutions of a linear system; give abs= or rel=");
  // A constant field has no range: the least normal number keeps it exactly and stays a bound.
  const double bound = wanted.bound * (0.5 * range.greatest - 0.5 * range.least) * 2;
  return std::clamp(bound, std::numeric_limits<double>::min(), std::numeric_limits<double>::max());
}

} // namespace

FieldPlan plan_field(MPI_Comm comm, const std::string& field, std::span<const double> values, const Compression& wanted) {
  const Extremes range = extremes(comm, values);
  FieldPlan plan;
  FieldStorage& s = plan.storage;
  plan.coding = {.method = wanted.method, .width = wanted.width};
  s.level = wanted.level == Compression::Level::plain ? "plain" : "packed";
  if (wanted.method == Method::bfp) {
    s.format = "bfp";
    s.predictor = "none";
    s.error_bound = block_float_bound(wanted.width, std::max(std::fabs(range.least), std::fabs(range.greatest)));
    return plan;
  }
  s.format = "ebq";
  s.error_bound = plan.coding.eps = absolute_bound(field, wanted, range);
  s.predictor = s.level == "plain" ? "none" : wanted.method == Method::interp ? "interp" : "lorenzo";
  s.has_fill = s.level == "plain" && range.any_nan;
  if (s.level == "plain") s.scale = plain_scale(field, range.least, range.greatest, s.error_bound);
  return plan;
}

void set_filters(hid_t create, const FieldPlan& plan, const std::vector<hsize_t>& chunk, const Place& place) {
  if (plan.storage.level == "plain") {
    checked(H5Pset_shuffle(create), "setting the shuffle", place);
    checked(H5Pset_deflate(create, deflate_level), "setting deflate", place);
    return;
  }
  register_filter();
  const FilterParameters p = filter_parameters(plan.coding, sizeof(double), {chunk.begin(), chunk.end()});
  checked(H5Pset_filter(create, filter_id, H5Z_FLAG_MANDATORY, p.size(), p.data()), "setting the compression filter", place);
}

void write_storage(hid_t dataset, const FieldStorage& s, unsigned bfp_width, const Place& place) {
  using hdf5::write_attribute;
  write_attribute(dataset, "ansatz_format", s.format, place);
  write_attribute(dataset, "format_version", storage_version, place);
  write_attribute(dataset, "level", s.level, place);
  write_attribute(dataset, "predictor", s.predictor, place);
  write_attribute(dataset, "bits", s.bits, place);
  write_attribute(dataset, "error_bound", s.error_bound, place);
  write_attribute(dataset, "error_max_measured", s.error_max_measured, place);
  write_attribute(dataset, "rounding", "nearest_even", place);
  write_attribute(dataset, "original_type", "float64", place);
  if (s.format == "bfp") {
    write_attribute(dataset, "block", static_cast<std::int64_t>(float_block), place);
    write_attribute(dataset, "width", static_cast<std::int64_t>(bfp_width), place);
  }
  if (s.level != "plain") return; // a reader that knows CF would apply these to values that are unpacked already
  write_attribute(dataset, "scale_factor", s.scale.scale_factor, place);
  write_attribute(dataset, "add_offset", s.scale.add_offset, place);
  if (!s.has_fill) return;
  const hdf5::Type type(H5Dget_type(dataset), "type", place);
  const hdf5::Space scalar(H5Screate(H5S_SCALAR), "describing an attribute", place);
  const hdf5::Attribute fill(H5Acreate2(dataset, "_FillValue", type.get(), scalar.get(), H5P_DEFAULT, H5P_DEFAULT), "creating _FillValue", place);
  const std::int32_t value = s.scale.fill();
  checked(H5Awrite(fill.get(), H5T_NATIVE_INT32, &value), "writing _FillValue", place);
}

std::optional<FieldStorage> read_storage(hid_t dataset, const Place& place) {
  if (!hdf5::has_attribute(dataset, "ansatz_format", place)) return std::nullopt;
  if (const auto version = hdf5::read_integer(dataset, "format_version", place); version > storage_version)
    throw FileError("file_format", place.file + ": " + place.object + " is stored in version " + std::to_string(version) +
                                       " of its format; read it with the release that wrote it");
  FieldStorage s{.format = hdf5::read_text(dataset, "ansatz_format", place),
                 .level = hdf5::read_text(dataset, "level", place),
                 .predictor = hdf5::read_text(dataset, "predictor", place),
                 .bits = hdf5::read_number(dataset, "bits", place),
                 .error_bound = hdf5::read_number(dataset, "error_bound", place),
                 .error_max_measured = hdf5::read_number(dataset, "error_max_measured", place)};
  if (s.level != "plain") return s;
  const hdf5::Type type(H5Dget_type(dataset), "type", place);
  s.scale = {hdf5::read_number(dataset, "scale_factor", place), hdf5::read_number(dataset, "add_offset", place),
             static_cast<unsigned>(8 * H5Tget_size(type.get()))};
  s.has_fill = hdf5::has_attribute(dataset, "_FillValue", place);
  return s;
}

void unpack(const FieldStorage& storage, std::span<double> values) {
  if (storage.level != "plain") return;
  for (double& x : values) x = storage.scale.value(static_cast<std::int32_t>(x));
}

double largest_error(std::span<const double> values, std::span<const double> read) {
  double most = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i]))
      most = std::isfinite(read[i]) ? std::max(most, std::fabs(values[i] - read[i])) : std::numeric_limits<double>::infinity();
    else if (std::isnan(values[i]) ? !std::isnan(read[i]) : values[i] != read[i])
      most = std::numeric_limits<double>::infinity();
  }
  return most;
}

} // namespace ansatz::compression
