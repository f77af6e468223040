// SPDX-License-Identifier: Apache-2.0
#include "training.hpp"

#include <ansatz/apps/common/gnuplot.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <vector>

namespace ansatz::apps {

namespace {

using nlohmann::json;

/// Step, loss, mean of the last losses (at most a hundred).
void write_losses(const std::vector<double>& losses, std::ostream& out) {
  constexpr std::size_t window = 100;
  double sum = 0.0;
  out << "$loss << EOD\n";
  for (std::size_t i = 0; i < losses.size(); ++i) {
    sum += losses[i] - (i >= window ? losses[i - window] : 0.0);
    out << i + 1 << ' ' << losses[i] << ' ' << sum / static_cast<double>(std::min(i + 1, window)) << '\n';
  }
  out << "EOD\n";
}

} // namespace

bool draw_training(const json& model, const std::string& path) {
  const std::vector<double> losses = model.at("loss_history");
  const std::vector<double> steps = model.at("validation_steps");
  const std::vector<double> found = model.at("validation_history");
  if (losses.empty()) return false;
  std::ostringstream body;
  body.precision(9);
  write_losses(losses, body);
  body << "$validation << EOD\n";
  for (std::size_t i = 0; i < found.size(); ++i) body << steps[i] << ' ' << found[i] << '\n';
  body << "EOD\nset grid lc rgb '#dddddd' lw 1\nset border lc rgb '#444444'\nset tics nomirror\nset lmargin 11\nset xrange [0:*]\n"
       << "set multiplot layout " << (found.empty() ? 1 : 2) << ",1 title " << gnuplot_text("Training of " + model.at("name").get<std::string>())
       << " font ',14'\nset key top right opaque box lc rgb '#cccccc' samplen 2\nset ylabel 'loss'\n"
       << "plot $loss using 1:2 with lines lw 1 lc rgb '#9ecae1' title 'a step', $loss using 1:3 with lines lw 2 lc rgb '#0072B2' title 'running "
          "mean'\n";
  if (!found.empty())
    body << "set xlabel 'step'\nset ylabel 'validation'\nplot $validation using 1:2 with linespoints lw 2 pt 7 ps 0.7 lc rgb '#D55E00' title "
            "'residual left by an iteration, held-out scenes'\n";
  body << "unset multiplot\n";
  draw_png(path, 760, found.empty() ? 420 : 720, body.str());
  return true;
}

} // namespace ansatz::apps
