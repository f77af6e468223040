// SPDX-License-Identifier: Apache-2.0
#include "fit_report.hpp"
#include "tasks.hpp"

#include <ansatz/equivariant/potential/fit.hpp>
#include <ansatz/equivariant/potential/potential_file.hpp>
#include <ansatz/learning/random.hpp>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>

namespace ansatz::apps {

namespace {

using namespace ansatz::equivariant;

struct Split {
  Selection training, validation, test;
};

/// A tenth for the test, a tenth to choose the ridge; configurations or whole molecules. The training set is shuffled, so that its beginnings are
/// samples of it.
Split split(const Molecules& molecules, std::int64_t seed, bool whole) {
  const auto draw = [&](const char* key, std::size_t i) { return learning::uniform(static_cast<std::uint64_t>(seed), learning::key_of(key), i); };
  Split s;
  for (std::size_t c = 0; c < molecules.size(); ++c) {
    const double u = whole ? draw("kind", molecules.kinds[c]) : draw("configuration", c);
    (u < 0.1 ? s.test : u < 0.2 ? s.validation : s.training).push_back(c);
  }
  std::sort(s.training.begin(), s.training.end(), [&](std::size_t a, std::size_t b) { return draw("order", a) < draw("order", b); });
  for (const auto& [name, part] : {std::pair{"test", &s.test}, {"validation", &s.validation}, {"training", &s.training}})
    if (part->empty())
      throw UsageError("bad_value", "--molecules: of " + std::to_string(molecules.size()) + " configurations none falls to the " + name +
                                        " set; give more, or another --seed");
  return s;
}

PotentialOptions options_of(const Config& config, const Molecules& molecules, const std::string& product) {
  const auto number = [&](const char* name) { return static_cast<int>(config.get_int(std::string("fit.") + name)); };
  return {.elements = molecules.elements(),
          .cutoff = config.get_real("fit.cutoff"),
          .radial = number("radial"),
          .degree = number("degree"),
          .channels = number("channels"),
          .order = number("order"),
          .product = product,
          .seed = config.get_int("seed")};
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Trains on growing sets; false if the run is to stop.
bool train(RunContext& run, const Molecules& molecules, const Split& parts, Potential& potential, FitRow& row) {
  const auto start = std::chrono::steady_clock::now();
  Fit fit(potential, molecules, parts.validation, {.energy_weight = run.config.get_real("fit.energy_weight")});
  fit.fit_offsets(parts.training);
  row.parameters = potential.coefficients().size() + potential.offsets().size();
  std::size_t done = 0;
  double testing = 0;
  for (std::size_t share = 16; share > 0; share /= 2) {
    const std::size_t wanted = std::max<std::size_t>(parts.training.size() / share, 1);
    for (; done < wanted; ++done) {
      if (run.stop.poll() > StopReason::write_now) return false;
      fit.add(parts.training[done]);
    }
    const double ridge = fit.solve();
    const auto test_start = std::chrono::steady_clock::now();
    const Prediction found = predict(potential, molecules, parts.test);
    row.stages.push_back({done, ridge, compare(molecules, parts.test, found.molecules)});
    row.microseconds_per_atom = 1e6 * found.seconds / static_cast<double>(found.molecules.numbers.size());
    testing += seconds_since(test_start);
  }
  row.training_seconds = seconds_since(start) - testing;
  return true;
}

/// The offsets alone: what composition tells.
FitRow composition(const Molecules& molecules, const Split& parts, Potential& potential) {
  FitRow row{.name = "composition", .parameters = potential.offsets().size()};
  Fit(potential, molecules, parts.validation, {}).fit_offsets(parts.training);
  const Prediction found = predict(potential, molecules, parts.test);
  row.stages.push_back({parts.training.size(), 0.0, compare(molecules, parts.test, found.molecules)});
  return row;
}

void say(RunContext& run, const FitRow& row) {
  run.progress.say(line_of(row));
  run.summary.add_result(tree_of(row));
}

std::vector<double> losses(const FitRow& row) {
  std::vector<double> all;
  for (const FitStage& s : row.stages) all.push_back(s.test.force_mae);
  return all;
}

Outcome fit_all(RunContext& run, const Molecules& molecules) {
  const bool whole = run.config.get_text("fit.hold_out") == "molecules";
  if (whole && molecules.kinds.empty()) throw UsageError("bad_value", "--hold-out molecules: the file does not say which molecule is which");
  const Split parts = split(molecules, run.config.get_int("seed"), whole);
  run.progress.say(std::to_string(parts.training.size()) + " configurations to train on, " + std::to_string(parts.validation.size()) +
                   " to choose the ridge, " + std::to_string(parts.test.size()) + " to test");
  run.progress.say(head_of_fits());
  PotentialOptions pairs = options_of(run.config, molecules, "gaunt");
  pairs.order = 1;
  pairs.radial = std::max(pairs.radial, 16);
  Potential baseline(pairs);
  say(run, composition(molecules, parts, baseline));
  std::vector<FitRow> rows;
  std::optional<Potential> first;
  for (const std::string& product : run.config.get_text_list("fit.products")) {
    Potential potential(options_of(run.config, molecules, product));
    rows.push_back({.name = product});
    if (!train(run, molecules, parts, potential, rows.back())) return {ExitCode::stopped, to_text(run.stop.reason())};
    say(run, rows.back());
    if (!first) first.emplace(std::move(potential));
  }
  rows.push_back({.name = "pairs"});
  if (!train(run, molecules, parts, baseline, rows.back())) return {ExitCode::stopped, to_text(run.stop.reason())};
  say(run, rows.back());
  const std::string& output = run.config.get_text("output");
  if (!output.empty()) {
    save_potential(output, *first, losses(rows.front()), meta_of(run), {.overwrite = run.config.get_bool("overwrite")});
    run.progress.say("written: " + output + " (" + rows.front().name + ")");
  }
  const std::string& picture = run.config.get_text("fit.picture");
  if (picture.empty()) return {ExitCode::answer, "fitted"};
  std::vector<Vector3> wanted;
  for (const std::size_t c : parts.test) wanted.insert(wanted.end(), molecules.forces_of(c).begin(), molecules.forces_of(c).end());
  draw_fits(picture, rows, wanted, predict(*first, molecules, parts.test).molecules.forces);
  run.progress.say("written: " + picture);
  return {ExitCode::answer, "fitted"};
}

Outcome evaluate(RunContext& run, const Molecules& molecules, const std::string& model) {
  const Potential potential = load_potential(model);
  Selection all(molecules.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const Prediction found = predict(potential, molecules, all);
  if (molecules.labelled()) {
    FitRow row{.name = potential.options().product, .parameters = potential.coefficients().size() + potential.offsets().size()};
    row.microseconds_per_atom = 1e6 * found.seconds / static_cast<double>(std::max<std::size_t>(found.molecules.numbers.size(), 1));
    row.stages.push_back({0, 0.0, compare(molecules, all, found.molecules)});
    run.progress.say(head_of_fits());
    say(run, row);
  }
  const std::string& output = run.config.get_text("output");
  if (output.empty()) return {ExitCode::answer, "evaluated"};
  write_molecules(output, found.molecules, meta_of(run), {.overwrite = run.config.get_bool("overwrite")});
  run.progress.say("written: " + output);
  return {ExitCode::answer, "evaluated"};
}

} // namespace

std::vector<Option> fit_options() {
  using K = OptionKind;
  const auto count = [](const char* name, const char* fallback, const char* sentence, double low, double high) {
    const std::string text = name;
    return Option{.path = "fit." + text,
                  .kind = K::integer,
                  .fallback = fallback,
                  .sentence = std::string("fit: ") + sentence,
                  .minimum = low,
                  .maximum = high,
                  .flag = "--" + text};
  };
  return {{.path = "fit.molecules",
           .kind = K::path,
           .fallback = "\"\"",
           .sentence = "fit: molecules with energies and forces; data/molecules/g2.h5 of the sources holds some",
           .flag = "--molecules"},
          {.path = "fit.model",
           .kind = K::path,
           .fallback = "\"\"",
           .sentence = "fit: evaluate this potential instead; --output takes its energies and forces",
           .flag = "--model"},
          {.path = "fit.products",
           .kind = K::text_list,
           .fallback = "[\"gaunt\", \"clebsch_gordan\"]",
           .sentence = "fit: products to compare; the first one's potential is written",
           .min_length = 1,
           .choices = product_names(),
           .flag = "--products"},
          count("channels", "32", "channels, a multiple of 8", 8, 1024),
          count("degree", "3", "highest degree of the harmonics", 0, 10),
          count("order", "4", "neighbours that act together", 1, 4),
          count("radial", "8", "radial functions", 1, 32),
          {.path = "fit.cutoff",
           .kind = K::real,
           .fallback = "5.0",
           .sentence = "fit: distance from which on atoms do not meet",
           .minimum = 0,
           .open_minimum = true,
           .unit = "Angstrom",
           .flag = "--cutoff"},
          {.path = "fit.energy_weight",
           .kind = K::real,
           .fallback = "30.0",
           .sentence = "fit: weight of an atom's energy against a force",
           .minimum = 0,
           .open_minimum = true,
           .unit = "Angstrom",
           .flag = "--energy-weight"},
          {.path = "fit.hold_out",
           .kind = K::choice,
           .fallback = "\"configurations\"",
           .sentence = "fit: what is kept for the test",
           .choices = {"configurations", "molecules"},
           .flag = "--hold-out"},
          {.path = "fit.picture", .kind = K::path, .fallback = "\"\"", .sentence = "fit: picture to draw with gnuplot", .flag = "--picture"}};
}

Outcome run_fit(RunContext& run) {
  if (run.ranks > 1) throw UsageError("usage", "--task fit runs in one process; start it without mpirun");
  const std::string& path = run.config.get_text("fit.molecules");
  if (path.empty()) throw UsageError("usage", "--task fit needs --molecules; data/molecules/g2.h5 of the sources holds some");
  if (run.config.get_int("fit.channels") % 8 != 0)
    throw UsageError("bad_value", "--channels " + std::to_string(run.config.get_int("fit.channels")) + ": must be a multiple of 8");
  const Molecules molecules = read_molecules(path);
  const std::string& model = run.config.get_text("fit.model");
  if (!model.empty()) return evaluate(run, molecules, model);
  if (!molecules.labelled()) throw UsageError("bad_value", path + ": has no energies and forces to fit");
  return fit_all(run, molecules);
}

} // namespace ansatz::apps
