// SPDX-License-Identifier: Apache-2.0
// Products of signals on the sphere: how fast the methods are on this machine, and products of a user's data.
//   ansatz-gaunt
//   ansatz-gaunt --full --output table.h5 --png table.png
//   ansatz-gaunt --task fit --molecules data/molecules/g2.h5 --output potential.h5 --picture fit.png
//   ansatz-gaunt --task product --x a.h5:/x --y b.h5:/y --irreps1 8x0e+8x1o --irreps2 0e+1o --irreps3 8x0e+8x1o+8x2e --output z.h5
#include "tasks.hpp"

#include <ansatz/apps/common/surroundings.hpp>
#include <ansatz/equivariant/gaunt/kernels.hpp>
#include <ansatz/equivariant/gaunt/product.hpp>

namespace {

using namespace ansatz;
using namespace ansatz::apps;

struct Task {
  std::string name, sentence;
  std::vector<Option> options;
  Outcome (*body)(RunContext&);
};

std::vector<Task> tasks() {
  return {{"table", "time and error of the methods, degree by degree", table_options(), run_table},
          {"product", "multiply two batches of features from HDF5 files", product_options(), run_product},
          {"fit", "fit an interatomic potential to energies and forces of molecules", fit_options(), run_fit}};
}

/// Options of all tasks; those that several use.
std::vector<Option> common() {
  using K = OptionKind;
  std::vector<std::string> kernels = {"best"};
  for (const auto* k : equivariant::available_kernels<float>()) kernels.emplace_back(k->name);
  std::vector<std::string> names;
  for (const Task& task : tasks()) names.push_back(task.name);
  return {
      {.path = "task", .kind = K::choice, .fallback = "\"table\"", .sentence = "what to do", .choices = names, .flag = "--task"},
      {.path = "output", .kind = K::path, .fallback = "\"\"", .sentence = "result file (HDF5); empty: none", .flag = "--output"},
      {.path = "overwrite", .kind = K::boolean, .fallback = "false", .sentence = "replace files that exist", .flag = "--overwrite"},
      {.path = "kernels", .kind = K::choice, .fallback = "\"best\"", .sentence = "instruction set", .choices = kernels, .flag = "--kernels"},
      {.path = "threads",
       .kind = K::integer,
       .fallback = "1",
       .sentence = "threads of each rank",
       .minimum = 1,
       .maximum = 1024,
       .flag = "--threads"},
      {.path = "seed", .kind = K::integer, .fallback = "1", .sentence = "seed of random numbers", .minimum = 0, .flag = "--seed"},
  };
}

AppDescription description() {
  AppDescription app{.name = "ansatz-gaunt",
                     .summary = "Multiply signals on the sphere (Gaunt tensor products) and measure how fast.",
                     .options = common(),
                     .examples = {"ansatz-gaunt", "ansatz-gaunt --full --output table.h5 --png table.png",
                                  "ansatz-gaunt --task fit --molecules data/molecules/g2.h5 --output potential.h5 --picture fit.png",
                                  "ansatz-gaunt --task product --x a.h5:/x --y b.h5:/y --irreps1 8x0e+8x1o --irreps2 0e+1o --irreps3 8x0e+8x1o+8x2e "
                                  "--output z.h5"},
                     .solves = false};
  NamedList list{.title = "tasks", .entries = {}};
  for (const Task& task : tasks()) {
    app.options.insert(app.options.end(), task.options.begin(), task.options.end());
    list.entries.emplace_back(task.name, task.sentence);
  }
  app.lists = {list};
  return app;
}

Outcome body(RunContext& run) {
  for (const Task& task : tasks())
    if (task.name == run.config.get_text("task")) return task.body(run);
  throw InternalError("internal", "a task without a body");
}

} // namespace

namespace ansatz::apps {

Meta meta_of(const RunContext& run) {
  Meta meta;
  meta.seed = run.config.get_int("seed");
  meta.threads = run.config.get_int("threads");
  meta.config_json = run.config.to_json();
  meta.command_line = run.command_line;
  meta.libraries = libraries();
  return meta;
}

} // namespace ansatz::apps

int main(int argc, char** argv) { return run_app(argc, argv, description(), body); }
