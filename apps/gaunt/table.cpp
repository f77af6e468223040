// SPDX-License-Identifier: Apache-2.0
#include "measure.hpp"
#include "picture.hpp"
#include "tasks.hpp"

#include <ansatz/apps/common/timing.hpp>
#include <ansatz/data/array_file.hpp>
#include <ansatz/data/version.hpp>
#include <ansatz/equivariant/gaunt/product.hpp>

#include <cstdio>

namespace ansatz::apps {

namespace {

double least_ns(const std::vector<double>& seconds) { return seconds.empty() ? 0.0 : 1e9 * quantile(seconds, 0.0); }
double rate(const Measurement& m) { return m.flops / least_ns(m.product); }
double share(const Measurement& m) { return m.peak > 0.0 ? rate(m) / m.peak : 0.0; }
/// GB/s of factors and result.
double traffic(const Measurement& m, const std::vector<double>& seconds) { return seconds.empty() ? 0.0 : m.bytes / least_ns(seconds); }

std::string line_of(const Measurement& m) {
  char line[200];
  std::snprintf(line, sizeof line, "%3d %3d  %-16s %10.2f %10.2f %10.2f %6.1f %5.2f %6.1f  %.1e", m.degree, m.output_degree, m.method.c_str(),
                least_ns(m.product), 1e9 * quantile(m.product, 0.5), least_ns(m.gradient), rate(m), share(m), traffic(m, m.product), m.error);
  std::string text = line;
  if (m.streamed_product.empty()) return text;
  std::snprintf(line, sizeof line, " %10.2f %10.2f %6.1f", least_ns(m.streamed_product), least_ns(m.streamed_gradient),
                traffic(m, m.streamed_product));
  return text + line;
}

Tree tree_of(const Measurement& m) {
  Tree e = Tree::object();
  e["degree"] = Tree::of(std::int64_t{m.degree});
  e["output_degree"] = Tree::of(std::int64_t{m.output_degree});
  e["method"] = Tree::of(m.method);
  e["kernels"] = Tree::of(m.kernels);
  e["plan_seconds"] = Tree::of(m.plan);
  e["product_seconds"] = statistics(m.product);
  e["gradient_seconds"] = statistics(m.gradient);
  if (!m.streamed_product.empty()) {
    e["streamed_product_seconds"] = statistics(m.streamed_product);
    e["streamed_gradient_seconds"] = statistics(m.streamed_gradient);
  }
  e["bytes"] = Tree::of(m.bytes);
  if (m.flops > 0.0) e["gflops"] = Tree::of(rate(m));
  if (m.flops > 0.0 && m.peak > 0.0) e["share"] = Tree::of(share(m));
  e["peak_gflops"] = Tree::of(m.peak);
  e["error"] = Tree::of(m.error);
  return e;
}

void write_table(RunContext& run, const std::vector<Measurement>& rows) {
  const std::string& path = run.config.get_text("output");
  if (path.empty()) return;
  ArrayFile file(run.comm, path, {.overwrite = run.config.get_bool("overwrite")});
  file.write_meta(meta_of(run));
  const auto whole = [&](const char* name, const char* what, auto&& value) {
    std::vector<std::int64_t> column;
    column.reserve(rows.size());
    for (const Measurement& m : rows) column.push_back(value(m));
    file.write_column(name, column, "1", what);
  };
  const auto real = [&](const char* name, const char* units, const char* what, auto&& value) {
    std::vector<double> column;
    column.reserve(rows.size());
    for (const Measurement& m : rows) column.push_back(value(m));
    file.write_column(name, column, units, what);
  };
  const auto words = [&](const char* name, const char* what, auto&& value) {
    std::vector<std::string> column;
    column.reserve(rows.size());
    for (const Measurement& m : rows) column.push_back(value(m));
    file.write_column(name, column, what);
  };
  whole("degree", "degree of both factors", [](const Measurement& m) { return m.degree; });
  whole("output_degree", "degree of the product", [](const Measurement& m) { return m.output_degree; });
  words("method", "method", [](const Measurement& m) { return m.method; });
  words("kernels", "instruction set", [](const Measurement& m) { return m.kernels; });
  real("plan", "s", "time to make the plan", [](const Measurement& m) { return m.plan; });
  const auto times = [&](const std::string& name, const std::string& what, std::vector<double> Measurement::*samples) {
    for (const auto& [suffix, q] : {std::pair{"", 0.5}, {"_least", 0.0}, {"_q1", 0.25}, {"_q3", 0.75}})
      real((name + suffix).c_str(), "s", what.c_str(),
           [&, q = q](const Measurement& m) { return (m.*samples).empty() ? 0.0 : quantile(m.*samples, q); });
  };
  times("product", "time of a product, data in cache", &Measurement::product);
  times("gradient", "time of both gradients, data in cache", &Measurement::gradient);
  times("streamed_product", "time of a product, data from memory; 0: not measured", &Measurement::streamed_product);
  times("streamed_gradient", "time of both gradients, data from memory; 0: not measured", &Measurement::streamed_gradient);
  real("gflops", "1e9/s", "operations by formula at the least time; 0: no formula", rate);
  real("share", "1", "of the rate of multiply-adds", share);
  real("peak_gflops", "1e9/s", "rate of multiply-adds in the same minutes", [](const Measurement& m) { return m.peak; });
  real("bandwidth", "1e9 byte/s", "factors and result at the least time, data in cache", [](const Measurement& m) { return traffic(m, m.product); });
  real("streamed_bandwidth", "1e9 byte/s", "the same, data from memory", [](const Measurement& m) { return traffic(m, m.streamed_product); });
  real("error", "1", "relative to the product's length", [](const Measurement& m) { return m.error; });
  file.publish();
  run.progress.say("written: " + path);
}

template <class T>
std::vector<Measurement> measure_all(RunContext& run) {
  const Config& config = run.config;
  const bool full = config.get_bool("table.full");
  const auto unless_said = [&](const char* path, auto said, auto for_full) {
    return full && config.origin(path) == Origin::fallback ? for_full : said;
  };
  MeasureOptions options{.methods = config.get_text_list("table.methods"), .kernels = config.get_text("kernels")};
  options.threads = static_cast<int>(config.get_int("threads"));
  options.repeats = static_cast<int>(unless_said("table.repeats", config.get_int("table.repeats"), std::int64_t{15}));
  options.seconds = unless_said("table.seconds", config.get_real("table.seconds"), 0.01);
  options.streaming = full;
  std::mt19937 random(static_cast<std::uint32_t>(config.get_int("seed")));
  std::vector<Measurement> all;
  for (const std::int64_t degree :
       unless_said("table.degrees", config.get_int_list("table.degrees"), std::vector<std::int64_t>{1, 2, 3, 4, 6, 8, 10, 16, 20, 40})) {
    const int L = static_cast<int>(degree);
    for (Measurement& m : measure<T>(L, config.get_bool("table.truncated") ? L : 2 * L, options, random)) {
      run.progress.say(line_of(m));
      run.summary.add_result(tree_of(m));
      all.push_back(std::move(m));
    }
  }
  return all;
}

} // namespace

std::vector<Option> table_options() {
  using K = OptionKind;
  std::string all;
  for (const std::string& name : equivariant::method_names()) all += (all.empty() ? "[\"" : ", \"") + name + "\"";
  return {
      {.path = "table.full",
       .kind = K::boolean,
       .fallback = "false",
       .sentence = "table: degrees to 40, data also from memory, 15 repetitions of 0.01 s",
       .flag = "--full"},
      {.path = "table.degrees",
       .kind = K::integer_list,
       .fallback = "[1, 2, 3, 4, 6, 8, 10]",
       .sentence = "table: degrees of the factors",
       .minimum = 0,
       .maximum = 63,
       .min_length = 1,
       .flag = "--degrees"},
      {.path = "table.methods",
       .kind = K::text_list,
       .fallback = all + "]",
       .sentence = "table: methods to compare; direct is left out above degree 10",
       .min_length = 1,
       .choices = equivariant::method_names(),
       .flag = "--methods"},
      {.path = "table.truncated", .kind = K::boolean, .fallback = "false", .sentence = "table: outputs to L instead of 2L", .flag = "--truncated"},
      {.path = "table.type", .kind = K::choice, .fallback = "\"f32\"", .sentence = "table: precision", .choices = {"f32", "f64"}, .flag = "--type"},
      {.path = "table.repeats", .kind = K::integer, .fallback = "5", .sentence = "table: repetitions", .minimum = 1, .flag = "--repeats"},
      {.path = "table.seconds",
       .kind = K::real,
       .fallback = "0.003",
       .sentence = "table: length of one timing",
       .minimum = 0,
       .unit = "s",
       .flag = "--seconds"},
      {.path = "table.png", .kind = K::path, .fallback = "\"\"", .sentence = "table: picture to draw with gnuplot", .flag = "--png"}};
}

Outcome run_table(RunContext& run) {
  if (run.ranks > 1) throw UsageError("usage", "--task table measures one process; start it without mpirun");
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  run.summary.set("threads", Tree::of(run.config.get_int("threads")));
  const bool full = run.config.get_bool("table.full");
  run.progress.say("A product of two signals; the vjp gives both gradients. Least times but for the median." +
                   std::string(full ? " Streamed: data from memory." : ""));
  run.progress.say("  L  L3  method             least ns  median ns     vjp ns GF/s  share   GB/s  error" +
                   std::string(full ? "   streamed ns     vjp ns   GB/s" : ""));
  const auto rows = run.config.get_text("table.type") == "f64" ? measure_all<double>(run) : measure_all<float>(run);
  write_table(run, rows);
  const std::string& png = run.config.get_text("table.png");
  if (!png.empty()) {
    draw_table(png, rows);
    run.progress.say("written: " + png);
  }
  return {ExitCode::answer, "measured"};
}

} // namespace ansatz::apps
