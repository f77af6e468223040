// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <ansatz/data/error.hpp>

namespace ansatz::apps {

AppDescription train_description() {
  using K = OptionKind;
  AppDescription app{.name = "ansatz-train",
                     .summary = "Train what proposes search directions, a network or the multigrid cycle, on random scenes.",
                     .options = {},
                     .examples = {}};
  app.options = {
      {.path = "task",
       .kind = K::choice,
       .fallback = "\"network\"",
       .sentence = "what is trained: a network that sees the residual, or the weights of the multigrid cycle",
       .choices = {"network", "cycle"},
       .flag = "--task"},
      {.path = "model",
       .kind = K::choice,
       .fallback = "\"from64\"",
       .sentence = "network of task network",
       .choices = {"from64", "from128"},
       .flag = "--model"},
      {.path = "scenes.sizes",
       .kind = K::integer_list,
       .fallback = "[16]",
       .sentence = "even numbers of cells along an axis, drawn at random",
       .minimum = 8,
       .maximum = 256,
       .min_length = 1,
       .flag = "--sizes"},
      {.path = "train.steps",
       .kind = K::integer,
       .fallback = "16",
       .sentence = "steps of Adam; the learning rate falls to 0 over them",
       .minimum = 1,
       .maximum = 1e9,
       .flag = "--steps"},
      {.path = "train.geometries",
       .kind = K::integer,
       .fallback = "4",
       .sentence = "random scenes a step: a power of two and a multiple of the ranks",
       .minimum = 1,
       .maximum = 65536,
       .flag = "--geometries"},
      {.path = "train.samples",
       .kind = K::integer,
       .fallback = "1",
       .sentence = "right-hand sides a scene",
       .minimum = 1,
       .maximum = 65536,
       .flag = "--samples"},
      {.path = "train.rate",
       .kind = K::real,
       .fallback = "1e-3",
       .sentence = "learning rate at the start",
       .minimum = 0,
       .open_minimum = true,
       .flag = "--rate"},
      {.path = "train.clip",
       .kind = K::real,
       .fallback = "1.0",
       .sentence = "largest norm of a gradient",
       .minimum = 0,
       .open_minimum = true,
       .flag = "--clip"},
      {.path = "validation.every",
       .kind = K::integer,
       .fallback = "8",
       .sentence = "steps between validations",
       .minimum = 1,
       .maximum = 1e9,
       .flag = "--validate-every"},
      {.path = "validation.problems", .kind = K::integer, .fallback = "6", .sentence = "held-out problems", .minimum = 1, .maximum = 65536},
      {.path = "validation.iterations",
       .kind = K::integer,
       .fallback = "10",
       .sentence = "iterations of the loop for each; task cycle: those of its loss too",
       .minimum = 1,
       .maximum = 10000},
  };
  app.examples = {"ansatz-train",
                  "ansatz-train --config from64.json --output from64.h5",
                  "mpirun -n 2 ansatz-train --sizes 16,24,32 --steps 2000 --geometries 8 --samples 2 --output net.h5 --checkpoint-every 60",
                  "ansatz-train --restart net_checkpoint.h5",
                  "ansatz-train --task cycle --config cycle.json --output cycle.h5",
                  "ansatz-poisson --solver dcdm --direction published --weights net.h5"};
  app.lists = {{"networks", {{"from64", "97,457 parameters, looks 22 cells far"}, {"from128", "152,881 parameters, looks 34 cells far"}}}};
  return app;
}

solvers::training::TrainingOptions training_options(const Config& config) {
  solvers::training::TrainingOptions o{.model = config.get_text("model"),
                                       .sizes = {},
                                       .geometries = static_cast<int>(config.get_int("train.geometries")),
                                       .samples = static_cast<int>(config.get_int("train.samples")),
                                       .steps = config.get_int("train.steps"),
                                       .rate = config.get_real("train.rate"),
                                       .clip = config.get_real("train.clip"),
                                       .held_out = static_cast<int>(config.get_int("validation.problems")),
                                       .iterations = static_cast<int>(config.get_int("validation.iterations")),
                                       .seed = config.get_int("run.seed")};
  for (const std::int64_t n : config.get_int_list("scenes.sizes")) {
    if (n % 2 != 0)
      throw UsageError("bad_value", "scenes.sizes: found " + std::to_string(n) + "; the network pools pairs of cells, so it must be even");
    o.sizes.push_back(static_cast<int>(n));
  }
  return o;
}

solvers::training::CycleTrainingOptions cycle_options(const Config& config) {
  const solvers::training::TrainingOptions o = training_options(config);
  return {.sizes = o.sizes,
          .geometries = o.geometries,
          .samples = o.samples,
          .steps = o.steps,
          .rate = o.rate,
          .clip = o.clip,
          .held_out = o.held_out,
          .iterations = o.iterations,
          .seed = o.seed};
}

} // namespace ansatz::apps
