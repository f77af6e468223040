// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <ansatz/data/error.hpp>

#include <algorithm>

namespace ansatz::apps {

AppDescription train_description() {
  using K = OptionKind;
  AppDescription app{.name = "ansatz-train",
                     .summary = "Train what proposes search directions, a network or the multigrid cycle, or a classifier of images.",
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
       .sentence = "network of task network: search directions, or classes of images",
       .choices = {"from64", "from128", "fashion-cnn", "fashion-mlp", "fashion-transformer", "digits-mlp"},
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
       .sentence = "directions and cycle: steps of Adam; the learning rate falls to 0 over them",
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
      {.path = "train.epochs",
       .kind = K::integer,
       .fallback = "8",
       .sentence = "images: how often each is shown; the learning rate falls to 0 over them",
       .minimum = 1,
       .maximum = 100000,
       .flag = "--epochs"},
      {.path = "train.batch",
       .kind = K::integer,
       .fallback = "128",
       .sentence = "images a step, a multiple of 4",
       .minimum = 4,
       .maximum = 65536,
       .flag = "--batch"},
      {.path = "train.images",
       .kind = K::path,
       .fallback = "\"\"",
       .sentence = "images: folder with their files; empty: where Debian puts them",
       .flag = "--images"},
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
                  "ansatz-train --model fashion-cnn --rate 2e-3 --output fashion_cnn.h5",
                  "ansatz-train --task cycle --config cycle.json --output cycle.h5",
                  "ansatz-poisson --solver dcdm --direction published --weights net.h5"};
  app.lists = {{"networks",
                {{"from64", "97,457 parameters, looks 22 cells far"},
                 {"from128", "152,881 parameters, looks 34 cells far"},
                 {"fashion-cnn", "105,866 parameters, Fashion-MNIST (Debian: dataset-fashion-mnist)"},
                 {"fashion-mlp", "101,770 parameters, Fashion-MNIST"},
                 {"fashion-transformer", "41,674 parameters, Fashion-MNIST"},
                 {"digits-mlp", "2,410 parameters, handwritten digits (Debian: python3-sklearn)"}}}};
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

bool is_classifier(const Config& config) {
  const auto names = learning::image_network_names();
  return std::find(names.begin(), names.end(), config.get_text("model")) != names.end();
}

learning::ClassificationOptions classification_options(const Config& config) {
  return {.model = config.get_text("model"),
          .folder = config.get_text("train.images"),
          .epochs = config.get_int("train.epochs"),
          .batch = config.get_int("train.batch"),
          .chunks = 4,
          .rate = config.get_real("train.rate"),
          .clip = config.get_real("train.clip"),
          .seed = config.get_int("run.seed")};
}

} // namespace ansatz::apps
