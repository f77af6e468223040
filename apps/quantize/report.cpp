// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <ansatz/apps/common/gnuplot.hpp>
#include <ansatz/apps/common/timing.hpp>
#include <ansatz/data/array_file.hpp>
#include <ansatz/data/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <sstream>
#include <utility>

namespace ansatz::apps {

namespace {

double rate(double bytes, const std::vector<double>& seconds) { return seconds.empty() ? 0.0 : 1e-9 * bytes / quantile(seconds, 0.5); }

double extra_of(const Row& row, const std::string& name) {
  for (const auto& [key, value] : row.extra)
    if (key == name) return value;
  return std::numeric_limits<double>::quiet_NaN();
}

} // namespace

std::string heading(const std::vector<std::pair<std::string, double>>& extra) {
  std::string text = "method                                    bits  max error   bound      rms     SNR dB  products   enc GB/s  dec GB/s";
  for (const auto& [name, value] : extra) text += "  " + name;
  return text;
}

std::string line_of(const Row& row) {
  char line[200];
  std::snprintf(line, sizeof line, "%-39s %6.2f  %.2e  %.2e  %.2e  %6.1f  %.2e   %7.2f   %7.2f", row.method.c_str(), row.bits_per_value,
                row.max_error, row.error_bound, row.rms_error, row.snr, row.product_error, rate(row.encode_bytes, row.encode_seconds),
                rate(row.encode_bytes, row.decode_seconds));
  std::string text = line;
  for (const auto& [name, value] : row.extra) {
    std::snprintf(line, sizeof line, "  %*.3g", static_cast<int>(name.size()), value);
    text += line;
  }
  return text;
}

Tree tree_of(const Row& row) {
  Tree e = Tree::object();
  e["method"] = Tree::of(row.method);
  e["bits_per_value"] = Tree::of(row.bits_per_value);
  e["bytes"] = Tree::of(row.bytes);
  e["max_error"] = Tree::of(row.max_error);
  e["error_bound"] = Tree::of(row.error_bound);
  e["rms_error"] = Tree::of(row.rms_error);
  e["snr_db"] = Tree::of(row.snr);
  e["product_error"] = Tree::of(row.product_error);
  e["fit_seconds"] = Tree::of(row.fit_seconds);
  e["encode_seconds"] = statistics(row.encode_seconds);
  e["decode_seconds"] = statistics(row.decode_seconds);
  e["encode_gbytes_per_second"] = Tree::of(rate(row.encode_bytes, row.encode_seconds));
  e["decode_gbytes_per_second"] = Tree::of(rate(row.encode_bytes, row.decode_seconds));
  for (const auto& [name, value] : row.extra) e[name] = Tree::of(value);
  return e;
}

Meta meta_of(const RunContext& run) {
  Meta meta;
  meta.config_json = run.config.to_json();
  meta.command_line = run.command_line;
  return meta;
}

void write_table(RunContext& run, const std::string& path, const std::vector<Row>& rows) {
  ArrayFile file(run.comm, path, {.overwrite = run.config.get_bool("overwrite")});
  file.write_meta(meta_of(run));
  std::vector<std::string> methods;
  methods.reserve(rows.size());
  for (const Row& row : rows) methods.push_back(row.method);
  file.write_column("method", methods, "number format");
  const auto column = [&](const std::string& name, const char* units, const char* what, auto&& value) {
    std::vector<double> values;
    values.reserve(rows.size());
    for (const Row& row : rows) values.push_back(value(row));
    file.write_column(name, values, units, what);
  };
  column("bits_per_value", "1", "bits a value, scales included", [](const Row& r) { return r.bits_per_value; });
  column("bytes", "byte", "codes and parameters in memory", [](const Row& r) { return r.bytes; });
  column("max_error", "1", "largest error over largest magnitude", [](const Row& r) { return r.max_error; });
  column("error_bound", "1", "guaranteed error over largest magnitude", [](const Row& r) { return r.error_bound; });
  column("rms_error", "1", "error over values, 2-norms", [](const Row& r) { return r.rms_error; });
  column("snr", "dB", "-20 log10 of rms_error", [](const Row& r) { return r.snr; });
  column("product_error", "1", "error of products over products, 2-norms", [](const Row& r) { return r.product_error; });
  column("fit", "s", "choice of scales", [](const Row& r) { return r.fit_seconds; });
  column("encode", "s", "encoding, median", [](const Row& r) { return quantile(r.encode_seconds, 0.5); });
  column("decode", "s", "decoding, median", [](const Row& r) { return quantile(r.decode_seconds, 0.5); });
  if (!rows.empty())
    for (const auto& [name, value] : rows.front().extra)
      column(name, "1", "see docs/quant.md", [&, key = name](const Row& r) { return extra_of(r, key); });
  file.publish();
}

void draw_table(const std::string& path, const std::vector<Row>& rows) {
  std::vector<const Row*> sorted;
  for (const Row& row : rows)
    if (row.rms_error > 0.0) sorted.push_back(&row);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Row* a, const Row* b) {
    return std::pair(a->bits_per_value, a->rms_error) < std::pair(b->bits_per_value, b->rms_error);
  });
  if (sorted.empty())
    throw UsageError("bad_value", "--png: every format keeps these numbers exactly, so that there is no error to draw; leave it out");
  std::map<std::string, std::string> families;
  std::ostringstream front, names; // what no other format beats in bits and error, with the names that do not cover one another
  double least = std::numeric_limits<double>::infinity(), named = least;
  for (const Row* row : sorted) {
    std::ostringstream point;
    point << row->bits_per_value << ' ' << row->rms_error << " \"" << row->method << "\"\n";
    families[row->method.substr(0, row->method.find(':'))] += point.str();
    if (row->rms_error < least) front << point.str();
    if (row->rms_error < 0.7 * named) names << point.str();
    if (row->rms_error < 0.7 * named) named = row->rms_error;
    least = std::min(least, row->rms_error);
  }
  std::ostringstream body, plot;
  body << "set logscale y\nset format y '%.0e'\nset grid\nset key outside right top noenhanced\nset xlabel 'bits a value'\n"
          "set ylabel 'rms error, relative'\nset xrange [0:36]\nset offsets 0, 0, graph 0.05, graph 0.05\n$front << EOD\n"
       << front.str() << "EOD\n$names << EOD\n"
       << names.str() << "EOD\n";
  plot << "plot $front using 1:2 with steps lc rgb 'gray' notitle, $names using 1:2:3 with labels noenhanced left offset 0.8,0.5 font ',8' notitle";
  int number = 0;
  for (const auto& [name, points] : families) {
    body << "$family" << ++number << " << EOD\n" << points << "EOD\n";
    plot << ", $family" << number << " using 1:2 with points pt " << number << " lc " << number << " ps 1.3 title '" << name << "'";
  }
  draw_png(path, 1000, 700, body.str() + plot.str() + "\n");
}

} // namespace ansatz::apps
