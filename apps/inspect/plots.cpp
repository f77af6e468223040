// SPDX-License-Identifier: Apache-2.0
#include "plots.hpp"

#include "convergence.hpp"
#include "training.hpp"

#include <ansatz/apps/common/gnuplot.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/result_reader.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <limits>
#include <sstream>

namespace ansatz::apps {

namespace {

using nlohmann::json;

/// Values of /fields/flags (docs/formats.md).
constexpr int solid = 1;
constexpr int air = 3;
constexpr std::size_t most_points = 512;

/// A plane of the grid: horizontal and vertical axis, and the axis it cuts. Axes count 0 = z, 1 = y, 2 = x.
struct Plane {
  std::size_t across;
  std::size_t up;
  std::size_t cut;
};

struct Slice {
  std::vector<double> across, up; ///< coordinates of the points kept
  std::vector<double> values;     ///< [up][across]
  double at = 0;                  ///< coordinate of the cut
};

const std::array<const char*, 3> axis_name{"z", "y", "x"};

const std::vector<double>& axis(const Grid& grid, std::size_t a) {
  if (a == 0) return grid.z;
  return a == 1 ? grid.y : grid.x;
}

Slice read_slice(const ResultReader& file, const Grid& grid, const std::string& name, const Plane& plane) {
  std::array<std::int64_t, 3> start{};
  std::array<std::int64_t, 3> count{};
  for (std::size_t a = 0; a < 3; ++a) count[a] = static_cast<std::int64_t>(axis(grid, a).size());
  start[plane.cut] = count[plane.cut] / 2;
  count[plane.cut] = 1;
  const auto all = file.read_block(name, start, count);
  const std::size_t n = axis(grid, plane.across).size();
  const std::size_t m = axis(grid, plane.up).size();
  const std::size_t step_n = (n + most_points - 1) / most_points;
  const std::size_t step_m = (m + most_points - 1) / most_points;
  Slice slice;
  slice.at = axis(grid, plane.cut)[static_cast<std::size_t>(start[plane.cut])];
  for (std::size_t i = 0; i < n; i += step_n) slice.across.push_back(axis(grid, plane.across)[i]);
  for (std::size_t j = 0; j < m; j += step_m) {
    slice.up.push_back(axis(grid, plane.up)[j]);
    // The horizontal axis of all three planes is the faster one in the file.
    for (std::size_t i = 0; i < n; i += step_n) slice.values.push_back(all[j * n + i]);
  }
  return slice;
}

/// Edges of the cells around the points: half way between neighbours.
std::vector<double> edges(const std::vector<double>& points) {
  std::vector<double> between;
  const double first = points.size() > 1 ? points[1] - points[0] : 1.0;
  const double last = points.size() > 1 ? points.back() - points[points.size() - 2] : 1.0;
  between.push_back(points.front() - first / 2);
  for (std::size_t i = 1; i < points.size(); ++i) between.push_back((points[i - 1] + points[i]) / 2);
  between.push_back(points.back() + last / 2);
  return between;
}

void write_slice(const Slice& slice, const Slice* flags, int n, std::ostream& out) {
  const auto x = edges(slice.across);
  const auto y = edges(slice.up);
  out << "$slice" << n << " << EOD\n";
  for (std::size_t j = 0; j < slice.up.size(); ++j)
    for (std::size_t i = 0; i < slice.across.size(); ++i) {
      const std::size_t at = j * slice.across.size() + i;
      const int kind = flags ? static_cast<int>(flags->values[at]) : 2;
      const double value = slice.values[at];
      out << slice.across[i] << ' ' << slice.up[j] << ' ' << x[i] << ' ' << x[i + 1] << ' ' << y[j] << ' ' << y[j + 1] << ' ' << kind << ' ';
      if (std::isfinite(value)) {
        out << value << '\n';
      } else {
        out << "NaN\n";
      }
    }
  out << "EOD\n";
}

bool even(const std::vector<double>& points) {
  if (points.size() < 3) return true;
  const double step = (points.back() - points.front()) / static_cast<double>(points.size() - 1);
  for (std::size_t i = 1; i < points.size(); ++i)
    if (std::abs(points[i] - points[i - 1] - step) > 1e-6 * std::abs(step)) return false;
  return true;
}

void write_panel(const Slice& slice, const Plane& plane, const std::string& units, int n, std::ostream& out) {
  const auto x = edges(slice.across);
  const auto y = edges(slice.up);
  std::ostringstream at;
  at.precision(4);
  at << slice.at;
  const std::string name = "$slice" + std::to_string(n);
  // A coordinate that falls along its axis keeps its direction: the smaller value is left or below.
  out << "set title " << gnuplot_text(std::string(axis_name[plane.cut]) + " = " + at.str() + ' ' + units) << "\nset xlabel "
      << gnuplot_text(std::string(axis_name[plane.across]) + " [" + units + "]") << "\nset ylabel "
      << gnuplot_text(std::string(axis_name[plane.up]) + " [" + units + "]") << "\nset xrange [" << std::min(x.front(), x.back()) << ':'
      << std::max(x.front(), x.back()) << "]\nset yrange [" << std::min(y.front(), y.back()) << ':' << std::max(y.front(), y.back()) << "]\n";
  // A box whose first coordinate is no number is left out; one whose colour is no number would be black.
  const auto boxes = [&](const std::string& where, const std::string& colour) {
    return name + " using (" + where + " ? $1 : NaN):2:3:4:5:6:" + colour + " with boxxyerror fs solid 1 noborder ";
  };
  if (even(slice.across) && even(slice.up) && slice.across.size() > 1 && slice.up.size() > 1) {
    out << "plot " << name << " using 1:2:($7 == 2 || $7 == 0 ? $8 : NaN) with image notitle, " << name << " using 1:2:($7 == " << solid
        << " ? 150 : 222):($7 == " << solid << " ? 150 : 233):($7 == " << solid << " ? 150 : 242):($7 == " << solid << " || $7 == " << air
        << " ? 255 : 0) with rgbalpha notitle\n";
  } else {
    out << "plot " << boxes("($7 == 2 || $7 == 0) && $8 == $8", "8") << "fc palette notitle, "
        << boxes("$7 == " + std::to_string(solid), "(0x969696)") << "fc rgb variable notitle, " << boxes("$7 == " + std::to_string(air), "(0xdee9f2)")
        << "fc rgb variable notitle\n";
  }
}

/// A field on one line of points as a curve; values of one sign over many orders of magnitude on a logarithmic axis.
bool draw_line(const ResultReader& file, const Grid& grid, const json& field, const std::string& path) {
  std::size_t along = 3;
  for (std::size_t a = 0; a < 3; ++a)
    if (axis(grid, a).size() > 1) along = along == 3 ? a : 4;
  if (along > 2) return false;
  std::array<std::int64_t, 3> count{};
  for (std::size_t a = 0; a < 3; ++a) count[a] = static_cast<std::int64_t>(axis(grid, a).size());
  const auto values = file.read_block(field.at("name"), {}, count);
  double least = std::numeric_limits<double>::infinity();
  double greatest = 0.0;
  for (const double value : values) {
    if (!(value > 0.0)) continue;
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
  const bool positive = std::all_of(values.begin(), values.end(), [](double value) { return value >= 0.0; });
  std::ostringstream body;
  body.precision(17);
  body << "$line << EOD\n";
  for (std::size_t i = 0; i < values.size(); ++i) {
    body << axis(grid, along)[i] << ' ';
    if (std::isfinite(values[i])) {
      body << values[i] << '\n';
    } else {
      body << "NaN\n";
    }
  }
  const std::string unit = field.at("units");
  body << "EOD\nset title " << gnuplot_text(field.at("long_name").get<std::string>()) << " font ',14'\nset xlabel "
       << gnuplot_text(std::string(axis_name[along]) + " [" + grid.units + "]") << "\nset ylabel "
       << gnuplot_text(unit.empty() ? "" : "[" + unit + "]")
       << "\nset grid lc rgb '#dddddd'\nset tics out nomirror font ',9'\nset border 3 lc rgb '#444444'\nset format y '%.3g'\n";
  if (positive && greatest > 1e3 * least) body << "set logscale y\n";
  body << "plot [" << std::min(axis(grid, along).front(), axis(grid, along).back()) << ':'
       << std::max(axis(grid, along).front(), axis(grid, along).back()) << "] $line using 1:2 with lines lw 1.5 lc rgb '#31688e' notitle\n";
  draw_png(path, 900, 420, body.str());
  return true;
}

/// False, drawing nothing, for a grid without a plane.
bool draw_field(const ResultReader& file, const Grid& grid, const json& field, bool has_flags, const std::string& path) {
  constexpr std::array<Plane, 3> planes{{{2, 1, 0}, {2, 0, 1}, {1, 0, 2}}};
  std::ostringstream data;
  std::ostringstream panels;
  data.precision(9);
  panels.precision(9);
  int drawn = 0;
  double least = std::numeric_limits<double>::infinity();
  double greatest = -least;
  for (const Plane& plane : planes) {
    // A grid of one layer has one plane worth looking at.
    if (axis(grid, plane.across).size() < 2 || axis(grid, plane.up).size() < 2) continue;
    const std::string name = field.at("name");
    const Slice slice = read_slice(file, grid, name, plane);
    Slice flags;
    if (has_flags) flags = read_slice(file, grid, "flags", plane);
    for (std::size_t i = 0; i < slice.values.size(); ++i) {
      const int kind = has_flags ? static_cast<int>(flags.values[i]) : 2;
      if (!std::isfinite(slice.values[i]) || kind == solid || kind == air) continue;
      least = std::min(least, slice.values[i]);
      greatest = std::max(greatest, slice.values[i]);
    }
    ++drawn;
    write_slice(slice, has_flags ? &flags : nullptr, drawn, data);
    write_panel(slice, plane, grid.units, drawn, panels);
  }
  if (drawn == 0) return false;
  if (!(least < greatest)) { // one value, or none: gnuplot wants an interval
    least = std::isfinite(least) ? least - 0.5 : 0.0;
    greatest = least + 1.0;
  }
  std::ostringstream body;
  body.precision(9);
  const std::string unit = field.at("units");
  body << palette_text() << data.str() << "set cbrange [" << least << ':' << greatest << "]\nset cblabel "
       << gnuplot_text(unit.empty() ? "" : "[" + unit + "]")
       << "\nset size ratio -1\nset tics out nomirror font ',9'\nset border lc rgb '#444444'\nset format cb '%.3g'\nset multiplot layout 1," << drawn
       << " title "
       << gnuplot_text(field.at("long_name").get<std::string>() + ": middle planes" + (has_flags ? "   (grey: solid, pale blue: air)" : ""))
       << " font ',14'\n"
       << panels.str() << "unset multiplot\n";
  draw_png(path, drawn == 1 ? 720 : 500 * drawn, 480, body.str());
  return true;
}

} // namespace

const char* palette_text() {
  return "set palette defined (0 '#440154', 0.125 '#472d7b', 0.25 '#3b528b', 0.375 '#2c728e', 0.5 '#21918c', 0.625 '#28ae80', 0.75 '#5ec962', "
         "0.875 '#addc30', 1 '#fde725')\n";
}

void make_folder(const std::string& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) throw FileError("file_open", folder + ": " + problem.message() + "; give a folder that can be written");
}

std::vector<std::string> draw_pictures(const json& report, const std::string& folder) {
  make_folder(folder);
  std::vector<std::string> pictures;
  if (report.contains("model")) {
    const std::string picture = folder + "/training.png";
    if (draw_training(report.at("model"), picture)) pictures.push_back(picture);
    return pictures;
  }
  const std::string curve = folder + "/convergence.png";
  if (draw_convergence(report.at("results"), curve)) pictures.push_back(curve);
  const ResultReader file(report.at("file"));
  const json& fields = report.at("fields");
  if (fields.empty()) return pictures;
  const Grid grid = file.grid();
  const bool has_flags = std::any_of(fields.begin(), fields.end(), [](const json& f) { return f.at("name") == "flags" && f.at("type") == "uint8"; });
  for (const json& field : fields) {
    if (field.at("type") != "float64") continue;
    const std::string picture = folder + "/field_" + field.at("name").get<std::string>() + ".png";
    if (draw_field(file, grid, field, has_flags, picture) || draw_line(file, grid, field, picture)) pictures.push_back(picture);
  }
  return pictures;
}

} // namespace ansatz::apps
