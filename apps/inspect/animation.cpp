// SPDX-License-Identifier: Apache-2.0
#include "animation.hpp"

#include "plots.hpp"
#include "render.hpp"

#include <ansatz/apps/common/gnuplot.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/result_reader.hpp>
#include <ansatz/data/series_reader.hpp>

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>

namespace ansatz::apps {

namespace {

using nlohmann::json;

/// A file that gnuplot reads and that is gone afterwards.
class Raw {
public:
  template <class T>
  Raw(std::string path, const std::vector<T>& values) : path_(std::move(path)) {
    std::ofstream out(path_, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
    if (!out.flush()) throw FileError("file_write", path_ + ": cannot be written");
  }
  ~Raw() { (void)unlink(path_.c_str()); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  [[nodiscard]] std::string name() const { return gnuplot_text(path_); }

private:
  std::string path_;
};

bool has(const ResultReader& file, const std::string& field) {
  const auto names = file.fields();
  return std::find(names.begin(), names.end(), field) != names.end();
}

double densest_of(const SeriesReader& series) {
  double densest = 0.0;
  for (const SeriesFrame& frame : series.frames()) {
    const ResultReader file(frame.path);
    if (!has(file, "density")) continue;
    for (const double value : file.read_field("density").values)
      if (std::isfinite(value)) densest = std::max(densest, value);
  }
  return densest;
}

Volume read_volume(const ResultReader& file, double densest) {
  const Grid grid = file.grid();
  Volume volume{.cells = {static_cast<int>(grid.x.size()), static_cast<int>(grid.y.size()), static_cast<int>(grid.z.size())}, .densest = densest};
  const bool flags = has(file, "flags");
  if (!flags && densest <= 0.0)
    throw UsageError("bad_value", file.path() + ": holds neither density above 0 nor flags; --frames draws smoke or the surface of a fluid");
  if (flags) {
    const Field kinds = file.read_field("flags");
    volume.kind.assign(kinds.values.begin(), kinds.values.end());
  }
  if (densest > 0.0) {
    const Field density = file.read_field("density");
    volume.density.assign(density.values.begin(), density.values.end());
    for (float& value : volume.density)
      if (!std::isfinite(value)) value = 0.0F;
  }
  return volume;
}

/// The plane y = const through the middle: density, or 1 in fluid; NaN in obstacles and, with smoke, in air.
std::vector<float> middle_plane(const Volume& v) {
  std::vector<float> plane;
  const auto nx = static_cast<std::size_t>(v.cells[0]);
  const auto ny = static_cast<std::size_t>(v.cells[1]);
  for (std::size_t k = 0; k < static_cast<std::size_t>(v.cells[2]); ++k)
    for (std::size_t i = 0; i < nx; ++i) {
      const std::size_t c = i + nx * (ny / 2 + ny * k);
      const int kind = v.kind.empty() ? 2 : v.kind[c];
      const bool hidden = kind == 1 || (kind == 3 && !v.density.empty());
      const float value = v.density.empty() ? (kind == 2 ? 1.0F : 0.0F) : v.density[c];
      plane.push_back(hidden ? std::numeric_limits<float>::quiet_NaN() : value);
    }
  return plane;
}

std::string caption(const SeriesFrame& frame) {
  std::array<char, 80> text{};
  (void)std::snprintf(text.data(), text.size(), "t = %.4g s   (step %lld)", frame.time, static_cast<long long>(frame.step));
  return text.data();
}

std::string picture_of(const Image& image, const Raw& raw) {
  return "plot " + raw.name() + " binary array=(" + std::to_string(image.width) + "," + std::to_string(image.height) +
         ") flipy format='%uchar' using 1:2:3 with rgbimage notitle\n";
}

std::string draw_frame(const std::string& folder, const SeriesFrame& frame, const Grid& grid, const Volume& volume, const Image& image) {
  std::string number = std::to_string(frame.number);
  number.insert(0, 4 - std::min<std::size_t>(4, number.size()), '0');
  std::string path = folder + "/frame_" + number + ".png";
  const Raw view(path + ".rgb.part", image.rgb);
  const Raw plane(path + ".plane.part", middle_plane(volume));
  const double hx = grid.x.size() > 1 ? grid.x[1] - grid.x[0] : 1.0;
  const double hz = grid.z.size() > 1 ? grid.z[1] - grid.z[0] : 1.0;
  std::ostringstream body;
  body.precision(9);
  body << palette_text() << "set multiplot title " << gnuplot_text(caption(frame))
       << " font ',13'\nset size 0.5,0.92\nset origin 0,0\nunset border\nunset tics\n"
       << "set lmargin 1\nset rmargin 1\nset tmargin 0\nset bmargin 1\nset size ratio -1\nset xrange [0:" << image.width - 1
       << "]\nset yrange [0:" << image.height - 1 << "]\n"
       << picture_of(image, view)
       << "set origin 0.5,0\nset lmargin 9\nset rmargin 9\nset bmargin 4\nset border lc rgb '#444444'\nset tics out nomirror\nset xlabel 'x ["
       << grid.units << "]'\nset ylabel 'z [" << grid.units << "]'\nset xrange [" << grid.x.front() - hx / 2 << ':' << grid.x.back() + hx / 2
       << "]\nset yrange [" << grid.z.front() - hz / 2 << ':' << grid.z.back() + hz / 2
       << "]\nset cbrange [0:" << (volume.density.empty() ? 1.0 : volume.densest)
       << "]\nset format cb '%.3g'\nset title 'y = " << grid.y[grid.y.size() / 2] << ' ' << grid.units
       << (volume.density.empty() ? ": fluid" : ": density")
       << "'\nset object 1 rectangle from graph 0,0 to graph 1,1 behind fc rgb '#969696' fs solid noborder\nplot " << plane.name()
       << " binary array=(" << volume.cells[0] << ',' << volume.cells[2] << ") origin=(" << grid.x.front() << ',' << grid.z.front() << ") dx=" << hx
       << " dy=" << hz << " format='%float' with image notitle\nunset multiplot\n";
  draw_png(path, 1100, 520, body.str());
  return path;
}

void draw_animation(const std::string& path, const SeriesReader& series, double densest) {
  constexpr std::size_t most = 120; // pictures; more would make files nobody waits for
  constexpr int longest = 360;      // pixels
  constexpr int strip = 24;         // pixels for the caption
  const auto& frames = series.frames();
  const std::size_t stride = (frames.size() + most - 1) / most;
  std::vector<std::unique_ptr<Raw>> raws;
  std::ostringstream body;
  Image image;
  for (std::size_t f = 0; f < frames.size(); f += stride) {
    image = render(read_volume(ResultReader(frames[f].path), densest), longest);
    raws.push_back(std::make_unique<Raw>(path + "." + std::to_string(f) + ".part", image.rgb));
    body << "set label 1 " << gnuplot_text(caption(frames[f])) << " at screen 0.02,screen " << 1.0 - 0.5 * strip / (image.height + strip)
         << " front tc rgb '#b4b8be'\n"
         << picture_of(image, *raws.back());
  }
  // Letters stand on one colour: over smoke each shade of their edges would need another of the 256.
  std::ostringstream head;
  head << "unset border\nunset tics\nset lmargin at screen 0\nset rmargin at screen 1\nset bmargin at screen 0\nset tmargin at screen "
       << image.height / static_cast<double>(image.height + strip) << "\nset xrange [-0.5:" << image.width - 0.5
       << "]\nset yrange [-0.5:" << image.height - 0.5 << "]\n";
  draw_gif(path, image.width, image.height + strip, head.str() + body.str());
}

void draw_history(const json& history, const std::string& path) {
  const json& columns = history.at("columns");
  const std::size_t rows = (columns.size() + 1) / 2;
  std::ostringstream body;
  body.precision(17);
  body << "$data << EOD\n";
  const std::size_t records = history.at("time").size();
  for (std::size_t r = 0; r < records; ++r) {
    body << history.at("time")[r].get<double>();
    for (const json& column : columns) {
      const json& value = column.at("values")[r];
      body << ' ' << (value.is_number() ? value.dump() : "NaN");
    }
    body << '\n';
  }
  body << "EOD\nunset key\nset grid lc rgb '#dddddd' lw 1\nset border lc rgb '#444444'\nset tics nomirror font ',9'\nset xlabel 'time [s]'\nset "
          "lmargin 12\n"
       << "set multiplot layout " << rows << ",2 title 'History' font ',14'\n";
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const json& column = columns[c];
    constexpr double decades = 1e3; // above this the small values of a linear axis cannot be read
    const bool numbers = column.at("min").is_number();
    const double least = numbers ? column.at("min").get<double>() : 0.0;
    const double greatest = numbers ? column.at("max").get<double>() : 1.0;
    body << (least > 0 && greatest > decades * least ? "set logscale y\nset format y '%.0e'\n" : "unset logscale y\nset format y '%.4g'\n");
    body << "set title " << gnuplot_text(column.at("name").get<std::string>() + " [" + column.at("units").get<std::string>() + "]")
         << "\nplot $data using 1:" << c + 2 << " with lines lw 2 lc rgb '#0072B2'\n";
  }
  body << "unset multiplot\n";
  draw_png(path, 1100, 60 + 260 * static_cast<int>(rows), body.str());
}

} // namespace

std::vector<std::string> draw_series(const json& report, const std::string& folder, bool frames) {
  make_folder(folder);
  std::vector<std::string> pictures;
  if (report.at("history").at("time").size() > 1 && !report.at("history").at("columns").empty()) {
    pictures.push_back(folder + "/history.png");
    draw_history(report.at("history"), pictures.back());
  }
  const SeriesReader series(report.at("file"));
  if (!frames || series.frames().empty()) return pictures;
  const double densest = densest_of(series);
  constexpr int longest = 480; // pixels
  for (const SeriesFrame& frame : series.frames()) {
    const ResultReader file(frame.path);
    const Volume volume = read_volume(file, densest);
    pictures.push_back(draw_frame(folder, frame, file.grid(), volume, render(volume, longest)));
  }
  pictures.push_back(folder + "/animation.gif");
  draw_animation(pictures.back(), series, densest);
  return pictures;
}

} // namespace ansatz::apps
