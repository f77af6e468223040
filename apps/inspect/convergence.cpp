// SPDX-License-Identifier: Apache-2.0
#include "convergence.hpp"

#include <ansatz/apps/common/gnuplot.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

namespace ansatz::apps {

namespace {

using nlohmann::json;

/// Distinguishable also for colour-blind readers. Cite: Okabe and Ito, Color Universal Design (2008).
constexpr const char* colours = "array colour[8] = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000', '#882255']\n";

bool timed(const json& run) { return !run.at("history").empty() && run.at("history_seconds").size() == run.at("history").size(); }

void write_data(const json& runs, std::ostream& out) {
  int n = 0;
  for (const json& run : runs) {
    out << "$run" << ++n << " << EOD\n";
    for (std::size_t i = 0; i < run.at("history").size(); ++i) {
      const json& residual = run.at("history")[i];
      // A residual of exactly zero has no place on a logarithmic axis.
      const bool drawable = residual.is_number() && residual.get<double>() > 0;
      out << i << ' ' << (timed(run) ? run.at("history_seconds")[i].get<double>() : 0.0) << ' ';
      if (drawable) {
        out << residual.get<double>() << '\n';
      } else {
        out << "NaN\n";
      }
    }
    out << "EOD\n";
  }
}

void write_panel(const json& runs, int column, bool with_key, std::ostream& out) {
  out << (with_key ? "set key top right opaque box lc rgb '#cccccc' samplen 2\n" : "unset key\n") << "plot ";
  int n = 0;
  for (const json& run : runs) {
    ++n;
    if (run.at("history").empty() || (column == 2 && !timed(run))) continue;
    const std::size_t points = run.at("history").size();
    out << "$run" << n << " using " << column << ":3 with linespoints lw 2 pt 7 ps 0.7 pointinterval " << std::max<std::size_t>(points / 40, 1)
        << " lc rgb colour[" << (n - 1) % 8 + 1 << "] title "
        << gnuplot_text(run.at("solver").get<std::string>() + (run.at("converged").get<bool>() ? "" : " (not converged)")) << ", ";
  }
  out << "tolerance with lines dt 2 lw 1.5 lc rgb '#666666' title 'tolerance'\n";
}

} // namespace

bool draw_convergence(const json& runs, const std::string& path) {
  if (std::none_of(runs.begin(), runs.end(), [](const json& run) { return !run.at("history").empty(); })) return false;
  const bool seconds = std::any_of(runs.begin(), runs.end(), timed);
  std::ostringstream body;
  body.precision(17);
  body << colours;
  write_data(runs, body);
  body << "tolerance = " << runs.front().at("tolerance").get<double>() << "\nif (tolerance <= 0) tolerance = NaN\n"
       << "set logscale y\nset format y '%.0e'\nset grid lc rgb '#dddddd' lw 1\nset border lc rgb '#444444'\nset tics nomirror\nset lmargin 11\n"
       << "set xrange [0:*]\nset ylabel 'relative residual |b - Ax| / |b|'\n"
       << "set multiplot layout 1," << (seconds ? 2 : 1) << " title 'Convergence' font ',14'\nset xlabel 'iterations'\n";
  write_panel(runs, 1, true, body);
  if (seconds) {
    body << "set xlabel 'wall time of the solve [s]'\n";
    write_panel(runs, 2, false, body);
  }
  body << "unset multiplot\n";
  draw_png(path, seconds ? 1200 : 760, 520, body.str());
  return true;
}

} // namespace ansatz::apps
