// SPDX-License-Identifier: Apache-2.0
#include "fit_report.hpp"

#include <ansatz/apps/common/gnuplot.hpp>

#include <cstdio>
#include <sstream>

namespace ansatz::apps {

std::string head_of_fits() { return "potential       parameters  trained s  us/atom   energy meV/atom: MAE    RMSE   force meV/A: MAE    RMSE"; }

std::string line_of(const FitRow& row) {
  const equivariant::FitErrors& e = row.stages.back().test;
  char line[200];
  std::snprintf(line, sizeof line, "%-16s %9zu %10.1f %8.1f %22.2f %7.2f %18.1f %7.1f", row.name.c_str(), row.parameters, row.training_seconds,
                row.microseconds_per_atom, 1e3 * e.energy_mae, 1e3 * e.energy_rmse, 1e3 * e.force_mae, 1e3 * e.force_rmse);
  return line;
}

Tree tree_of(const FitRow& row) {
  Tree tree = Tree::object();
  tree["potential"] = Tree::of(row.name);
  tree["parameters"] = Tree::of(static_cast<std::int64_t>(row.parameters));
  tree["training_seconds"] = Tree::of(row.training_seconds);
  tree["microseconds_per_atom"] = Tree::of(row.microseconds_per_atom);
  Tree stages = Tree::list();
  for (const FitStage& s : row.stages) {
    Tree stage = Tree::object();
    stage["training_molecules"] = Tree::of(static_cast<std::int64_t>(s.training));
    stage["test_molecules"] = Tree::of(static_cast<std::int64_t>(s.test.molecules));
    stage["ridge"] = Tree::of(s.ridge);
    stage["energy_mae_ev_per_atom"] = Tree::of(s.test.energy_mae);
    stage["energy_rmse_ev_per_atom"] = Tree::of(s.test.energy_rmse);
    stage["force_mae_ev_per_angstrom"] = Tree::of(s.test.force_mae);
    stage["force_rmse_ev_per_angstrom"] = Tree::of(s.test.force_rmse);
    stages.items.push_back(stage);
  }
  tree["stages"] = stages;
  return tree;
}

void draw_fits(const std::string& path, const std::vector<FitRow>& rows, const std::vector<std::array<double, 3>>& wanted,
               const std::vector<std::array<double, 3>>& found) {
  std::ostringstream body;
  body << "set encoding utf8\nset grid\nset multiplot layout 1,2\n";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    body << "$row" << r << " << EOD\n";
    for (const FitStage& s : rows[r].stages) body << s.training << ' ' << 1e3 * s.test.force_mae << ' ' << 1e3 * s.test.energy_mae << '\n';
    body << "EOD\n";
  }
  body << "$forces << EOD\n";
  for (std::size_t i = 0; i < wanted.size(); ++i)
    for (std::size_t axis = 0; axis < 3; ++axis) body << wanted[i][axis] << ' ' << found[i][axis] << '\n';
  body << "EOD\nset logscale xy\nset key bottom left\nset xlabel 'molecules trained on'\nset ylabel 'mean error: forces meV/Å (solid), energies "
          "meV/atom (dashed)'\nplot ";
  for (std::size_t r = 0; r < rows.size(); ++r)
    body << (r > 0 ? ", " : "") << "$row" << r << " using 1:2 with linespoints lw 2 lc " << r + 1 << " title " << gnuplot_text(rows[r].name)
         << ", $row" << r << " using 1:3 with linespoints dt 2 lc " << r + 1 << " notitle";
  body << "\nunset logscale\nset key top left\nset xlabel 'force wanted, eV/Å'\nset ylabel 'force found, eV/Å'\n"
       << "plot $forces using 1:2 with dots lc 1 title " << gnuplot_text(rows.front().name) << ", x lc rgb 'black' notitle\nunset multiplot\n";
  draw_png(path, 1200, 560, body.str());
}

} // namespace ansatz::apps
