// SPDX-License-Identifier: Apache-2.0
#include "picture.hpp"

#include <ansatz/apps/common/gnuplot.hpp>
#include <ansatz/apps/common/timing.hpp>

#include <algorithm>
#include <sstream>

namespace ansatz::apps {

void draw_table(const std::string& path, const std::vector<Measurement>& rows) {
  std::vector<std::string> methods;
  for (const Measurement& m : rows)
    if (std::find(methods.begin(), methods.end(), m.method) == methods.end()) methods.push_back(m.method);
  std::ostringstream body;
  body << "set logscale xy\nset grid\nset key top left\nset xlabel 'degree L'\nset ylabel 'ns a product of two signals'\nset format y '10^{%L}'\n"
       << "set xtics (1, 2, 3, 4, 6, 8, 10, 16, 20, 40)\nset encoding utf8\n";
  for (const std::string& method : methods) {
    body << '$' << method << " << EOD\n";
    for (const Measurement& m : rows)
      if (m.method == method) body << m.degree << ' ' << 1e9 * quantile(m.product, 0.0) << ' ' << 1e9 * quantile(m.gradient, 0.0) << '\n';
    body << "EOD\n";
  }
  body << "plot ";
  for (std::size_t i = 0; i < methods.size(); ++i)
    body << (i > 0 ? ", " : "") << '$' << methods[i] << " using 1:2 with linespoints lw 2 lc " << i + 1 << " title " << gnuplot_text(methods[i])
         << ", $" << methods[i] << " using 1:3 with lines dt 2 lc " << i + 1 << " notitle";
  body << "\n";
  draw_png(path, 900, 600, body.str());
}

} // namespace ansatz::apps
