// SPDX-License-Identifier: Apache-2.0
// Number formats compared on a network's weights or on fields: bits, errors, speed.
//   ansatz-quantize
//   ansatz-quantize out.h5:/fields/pressure --output table.h5 --png table.png
//   ansatz-quantize fashion_cnn.h5 --network-bits 3,4
//   ansatz-quantize model.h5 --methods "uniform:b=4,channel,calib=mse power:b=4,channel codebook:b=4,channel"
#include "network_methods.hpp"
#include "report.hpp"
#include "zfp_format.hpp"

#include <ansatz/apps/common/timing.hpp>
#include <ansatz/apps/common/zfp.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/instruction_set.hpp>
#include <ansatz/data/shipped_file.hpp>
#include <ansatz/data/version.hpp>

#include <cmath>
#include <optional>
#include <sstream>

namespace {

using namespace ansatz;
using namespace ansatz::apps;

/// One of every kind, and the pairs whose comparison tells something.
const std::vector<std::string>& all_methods() {
  static const std::vector<std::string> all{"f32",
                                            "bf16",
                                            "fp8-e4m3",
                                            "fp8-e5m2",
                                            "dfp",
                                            "dfp:s=2",
                                            "dfp:b=8,channel",
                                            "bfp:w=16,B=32",
                                            "bfp:w=8,B=32",
                                            "fixed:W=16,Q=RND_CONV,O=SAT",
                                            "fixed:W=8,Q=RND_CONV,O=SAT",
                                            "uniform:b=8",
                                            "uniform:b=8,asym",
                                            "uniform:b=8,channel",
                                            "uniform:b=8,calib=percentile",
                                            "uniform:b=8,calib=entropy",
                                            "uniform:b=8,calib=moving_average",
                                            "uniform:b=8,calib=pact",
                                            "uniform:b=8,calib=mse",
                                            "power:b=8,a=0.5,clip=max",
                                            "power:b=8",
                                            "codebook:b=8",
                                            "uniform:b=4,channel",
                                            "uniform:b=4,channel,calib=mse",
                                            "uniform:b=4,group=32",
                                            "power:b=4,a=0.5,clip=max,channel",
                                            "power:b=4,channel",
                                            "codebook:b=4,channel",
                                            "ternary:channel",
                                            "binary:channel",
                                            "ebq:rel=1e-3",
                                            "ebq:rel=1e-5",
                                            "lmul",
                                            "lmul:form=formula",
                                            "lmul:k=3",
                                            "lmul:comp=3"};
  return all;
}

std::vector<Option> options() {
  using K = OptionKind;
  return {
      {.path = "source",
       .kind = K::path,
       .fallback = "\"\"",
       .sentence = "HDF5 file, or FILE:DATASET; empty: the direction network that comes with Ansatz",
       .flag = "source"},
      {.path = "methods", .kind = K::text, .fallback = "\"all\"", .sentence = "all, or formats with blanks between them", .flag = "--methods"},
      {.path = "output", .kind = K::path, .fallback = "\"\"", .sentence = "result file (HDF5); empty: none", .flag = "--output"},
      {.path = "overwrite", .kind = K::boolean, .fallback = "false", .sentence = "replace files that exist", .flag = "--overwrite"},
      {.path = "store",
       .kind = K::path,
       .fallback = "\"\"",
       .sentence = "file for the codes of all formats, packed (HDF5); empty: none",
       .flag = "--store"},
      {.path = "png", .kind = K::path, .fallback = "\"\"", .sentence = "picture of error against bits, drawn with gnuplot", .flag = "--png"},
      {.path = "repeats",
       .kind = K::integer,
       .fallback = "3",
       .sentence = "timings, of which the median counts",
       .minimum = 1,
       .maximum = 1000,
       .flag = "--repeats"},
      {.path = "seconds",
       .kind = K::real,
       .fallback = "0.005",
       .sentence = "least length of a timing",
       .minimum = 0,
       .maximum = 10,
       .unit = "s",
       .flag = "--seconds"},
  };
}

AppDescription description() {
  AppDescription app{.name = "ansatz-quantize",
                     .summary = "Compare number formats on the weights of a network or on fields: bits, errors, speed, accuracy of a classifier.",
                     .options = options(),
                     .examples = {"ansatz-quantize", "ansatz-quantize out.h5:/fields/pressure --output table.h5 --png table.png",
                                  "ansatz-quantize model.h5 --methods \"uniform:b=4,channel,calib=mse power:b=4,channel\""},
                     .solves = false};
  NamedList formats{.title = "formats", .entries = {}};
  for (Option& option : network_options()) app.options.push_back(std::move(option));
  for (const quant::FormatName& f : quant::format_names()) formats.entries.emplace_back(f.name, f.sentence);
  formats.entries.emplace_back("zfp", std::string("zfp at a tolerance, a peer") + (has_zfp() ? "" : "; not in this build"));
  app.lists = {formats};
  return app;
}

std::vector<std::unique_ptr<quant::TensorFormat>> formats_of(const std::string& text) {
  std::vector<std::string> names;
  std::istringstream words(text);
  for (std::string word; words >> word;) names.push_back(word);
  if (names.empty())
    throw UsageError("bad_value", "--methods is empty; give all, or formats such as \"uniform:b=8 bf16\" (--list shows their names)");
  if (names.size() == 1 && names.front() == "all") names = all_methods();
  std::vector<std::unique_ptr<quant::TensorFormat>> formats;
  formats.reserve(names.size());
  for (const std::string& name : names) formats.push_back(names_zfp(name) ? make_zfp(name) : quant::make_format(name));
  return formats;
}

void require_finite(const std::vector<Tensor>& tensors) {
  for (const Tensor& t : tensors)
    for (std::size_t i = 0; i < t.values.size(); ++i)
      if (!std::isfinite(t.values[i]))
        throw UsageError("bad_value", t.name + ": value " + std::to_string(i) + " is " + std::to_string(t.exact[i]) +
                                          "; formats are compared on finite numbers within the range of float32");
}

Outcome body(RunContext& run) {
  if (run.ranks > 1) throw UsageError("usage", "ansatz-quantize measures one process; start it without mpirun");
  const auto formats = formats_of(run.config.get_text("methods")); // before the file: a wrong name must not wait for it
  std::string source = run.config.get_text("source");
  if (source.empty()) source = shipped_file("models/from64.h5");
  const std::vector<Tensor> tensors = read_tensors(run.comm, source);
  require_finite(tensors);
  std::size_t values = 0;
  for (const Tensor& t : tensors) values += t.values.size();
  const std::string set(name(instruction_set()));
  run.progress.say(source + ": " + std::to_string(tensors.size()) + " tensors, " + std::to_string(values) + " values; kernels " + set);
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  run.summary.set("kernels", Tree::of(set));
  run.summary.set("values", Tree::of(static_cast<std::int64_t>(values)));
  std::optional<Store> store;
  if (const std::string& path = run.config.get_text("store"); !path.empty())
    store.emplace(run.comm, path, run.config.get_bool("overwrite"), meta_of(run));
  const MeasureOptions measuring{
      .repeats = static_cast<int>(run.config.get_int("repeats")), .seconds = run.config.get_real("seconds"), .store = store ? &*store : nullptr};
  const auto network = NetworkMethods::of(run, source);
  std::vector<Row> rows;
  for (const auto& format : formats) {
    rows.push_back(measure(tensors, *format, measuring));
    if (network) network->add_columns(*format, rows.back());
    if (rows.size() == 1) run.progress.say(heading(rows.front().extra));
    run.progress.say(line_of(rows.back()));
    run.summary.add_result(tree_of(rows.back()));
  }
  if (network) network->add_methods(run);
  if (store) {
    store->publish();
    run.progress.say("written: " + run.config.get_text("store"));
  }
  if (const std::string& output = run.config.get_text("output"); !output.empty()) {
    write_table(run, output, rows);
    run.progress.say("written: " + output);
  }
  if (const std::string& png = run.config.get_text("png"); !png.empty()) {
    draw_table(png, rows);
    run.progress.say("written: " + png);
  }
  return {ExitCode::answer, "measured"};
}

} // namespace

int main(int argc, char** argv) { return run_app(argc, argv, description(), body); }
