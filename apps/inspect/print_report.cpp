// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ostream>

namespace ansatz::apps {

namespace {

using nlohmann::json;

/// A number in printf style; JSON has no NaN, so null stands for one.
std::string number(const json& value, const char* format = "%.4g") {
  std::array<char, 64> text{};
  (void)std::snprintf(text.data(), text.size(), format, value.is_number() ? value.get<double>() : std::nan(""));
  return text.data();
}

std::string left(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string right(const std::string& text, std::size_t width) { return std::string(width > text.size() ? width - text.size() : 0, ' ') + text; }

std::string shape(const json& dims) {
  std::string text;
  for (const json& n : dims) text += (text.empty() ? "" : " x ") + std::to_string(n.get<std::int64_t>());
  return text;
}

std::size_t widest(const json& list, const char* key, std::size_t least) {
  for (const json& entry : list) least = std::max(least, entry.at(key).get<std::string>().size());
  return least;
}

void print_meta(const json& meta, std::ostream& out) {
  const auto text = [&](const char* key) { return meta.at(key).get<std::string>(); };
  out << "  written by   " << text("software") << ' ' << text("software_version") << ", commit " << text("git_commit")
      << (meta.at("git_dirty").get<bool>() ? " (modified)" : "") << '\n';
  out << "  on           " << text("host") << ", " << text("date") << ", " << meta.at("ranks") << " ranks x " << meta.at("threads")
      << " threads, seed " << meta.at("seed") << '\n';
  if (!text("command_line").empty()) out << "  command      " << text("command_line") << '\n';
}

void print_solvers(const json& solvers, std::ostream& out) {
  if (solvers.empty()) return;
  const std::size_t width = widest(solvers, "solver", 6) + 2;
  out << "\nSolvers\n  " << left("solver", width) << "iterations  rel. residual  tolerance   rate   setup s   solve s  peak MiB  end\n";
  for (const json& s : solvers) {
    const double first = s.at("history").empty() ? std::nan("") : s.at("history").front().get<double>();
    const double last = s.at("history").empty() ? std::nan("") : s.at("history").back().get<double>();
    // Mean factor per iteration over the recorded history.
    const json rate = std::pow(last / first, 1.0 / std::max<double>(1, static_cast<double>(s.at("history").size()) - 1));
    const double peak = s.at("bytes_peak").get<double>() / 1048576.0;
    out << "  " << left(s.at("solver"), width) << right(std::to_string(s.at("iterations").get<std::int64_t>()), 10)
        << right(number(s.at("relative_residual"), "%.3e"), 15) << right(number(s.at("tolerance"), "%.1e"), 11) << right(number(rate, "%.3f"), 7)
        << right(number(s.at("setup_seconds"), "%.3f"), 10) << right(number(s.at("solve_seconds"), "%.3f"), 10) << right(number(peak, "%.1f"), 10)
        << "  " << s.at("reason").get<std::string>() << (s.at("converged").get<bool>() ? "" : "  NOT CONVERGED") << '\n';
  }
}

void print_phases(const json& phases, std::ostream& out) {
  if (phases.empty()) return;
  const std::size_t width = widest(phases, "name", 5) + 2;
  out << "\nPhases (seconds over the ranks)\n  " << left("phase", width) << right("min", 9) << right("mean", 10) << right("max", 10) << '\n';
  for (const json& p : phases)
    out << "  " << left(p.at("name"), width) << right(number(p.at("min"), "%.3f"), 9) << right(number(p.at("mean"), "%.3f"), 10)
        << right(number(p.at("max"), "%.3f"), 10) << '\n';
}

void print_ranges(const char* title, const json& list, const char* dims, std::ostream& out) {
  if (list.empty()) return;
  const std::size_t width = widest(list, "name", 5) + 2;
  out << '\n'
      << title << "\n  " << left("name", width) << left(dims, 18) << left("type", 9) << right("min", 12) << right("mean", 12) << right("max", 12)
      << '\n';
  for (const json& f : list) {
    out << "  " << left(f.at("name"), width) << left(shape(f.contains("dims") ? f.at("dims") : f.at("shape")), 18) << left(f.at("type"), 9)
        << right(number(f.at("min")), 12) << right(number(f.at("mean")), 12) << right(number(f.at("max")), 12);
    if (f.contains("units")) out << "  " << f.at("units").get<std::string>() << "  " << f.at("long_name").get<std::string>();
    if (f.at("not_finite") != 0) out << "  NOT FINITE: " << f.at("not_finite") << " values";
    out << '\n';
  }
}

void print_storage(const json& fields, std::ostream& out) {
  const auto stored = [](const json& f) { return f.contains("storage"); };
  if (std::none_of(fields.begin(), fields.end(), stored)) return;
  const std::size_t width = widest(fields, "name", 5) + 2;
  out << "\nCompressed fields\n  " << left("name", width) << left("format", 22) << right("bits", 8) << right("ratio", 8) << right("bound", 12)
      << right("measured", 12) << '\n';
  for (const json& f : fields) {
    if (!stored(f)) continue;
    const json& s = f.at("storage");
    const auto text = [&](const char* key) { return s.at(key).get<std::string>(); };
    out << "  " << left(f.at("name"), width) << left(text("format") + " " + text("level") + " " + text("predictor"), 22)
        << right(number(s.at("bits"), "%.2f"), 8) << right(number(s.at("ratio"), "%.1f"), 8) << right(number(s.at("error_bound")), 12)
        << right(number(s.at("error_max_measured")), 12) << '\n';
  }
}

void print_grid(const json& grid, std::ostream& out) {
  out << "\nGrid\n  " << shape(grid.at("dims")) << " points (z, y, x)";
  for (const char* axis : {"x", "y", "z"})
    if (!grid.at(axis).empty()) out << "; " << axis << " " << number(grid.at(axis)[0]) << " to " << number(grid.at(axis)[1]);
  out << ' ' << grid.at("units").get<std::string>() << '\n';
}

void print_series(const json& frames, const json& history, std::ostream& out) {
  const auto span = [](const json& first, const json& last, const char* key) { return number(first.at(key)) + " to " + number(last.at(key)); };
  out << "\nFrames\n  ";
  if (frames.empty()) {
    out << "none yet\n";
  } else {
    const json& first = frames.front();
    const json& last = frames.back();
    out << frames.size() << ": " << first.at("number") << " to " << last.at("number") << "; time " << span(first, last, "time") << " s; step "
        << first.at("step") << " to " << last.at("step") << "; " << first.at("file").get<std::string>() << " ...\n";
  }
  const json& columns = history.at("columns");
  out << "\nHistory (" << history.at("step").size() << " records)\n";
  if (columns.empty() || history.at("step").empty()) return;
  const std::size_t width = widest(columns, "name", 5) + 2;
  out << "  " << left("name", width) << right("first", 12) << right("last", 12) << right("min", 12) << right("mean", 12) << right("max", 12) << '\n';
  for (const json& c : columns) {
    out << "  " << left(c.at("name"), width) << right(number(c.at("values").front()), 12) << right(number(c.at("values").back()), 12)
        << right(number(c.at("min")), 12) << right(number(c.at("mean")), 12) << right(number(c.at("max")), 12) << "  "
        << c.at("units").get<std::string>() << "  " << c.at("long_name").get<std::string>();
    if (c.at("not_finite") != 0) out << "  NOT FINITE: " << c.at("not_finite") << " values";
    out << '\n';
  }
}

} // namespace

void print_report(const json& report, std::ostream& out) {
  out << report.at("file").get<std::string>() << ": " << report.at("content").get<std::string>() << '\n';
  print_meta(report.at("meta"), out);
  if (report.contains("frames")) print_series(report.at("frames"), report.at("history"), out);
  if (report.contains("results")) print_solvers(report.at("results"), out);
  if (report.contains("phases")) print_phases(report.at("phases"), out);
  if (report.contains("grid")) print_grid(report.at("grid"), out);
  if (report.contains("fields")) print_ranges("Fields (z, y, x)", report.at("fields"), "points", out);
  if (report.contains("fields")) print_storage(report.at("fields"), out);
  if (report.contains("model")) {
    out << "\nModel " << report.at("model").at("name").get<std::string>() << ", version " << report.at("model").at("version") << ", "
        << report.at("model").at("loss_history").size() << " losses recorded\n";
    print_ranges("Arrays", report.at("model").at("arrays"), "shape", out);
  }
  if (report.contains("datasets")) {
    out << (report.at("content") == "checkpoint" ? "\nState\n" : "\nDatasets\n");
    for (const json& d : report.at("datasets")) out << "  " << left(d.at("name"), 24) << shape(d.at("shape")) << '\n';
  }
  if (report.contains("verified")) {
    const json& v = report.at("verified");
    out << "\nVerified: " << v.at("datasets") << " datasets, " << v.at("attributes") << " attributes, " << v.at("bytes")
        << " bytes, every checksum right\n";
  }
  if (report.contains("pictures"))
    for (const json& picture : report.at("pictures")) out << "\nPicture: " << picture.get<std::string>();
  if (report.contains("pictures")) out << '\n';
}

} // namespace ansatz::apps
