// SPDX-License-Identifier: Apache-2.0
// Random problems for the Gaussian-process solver: does it reach the error it predicts, or say that it has not?
//   bench_gp_sweep --count 500 --json sweep.json
// Three in five are forward problems without noise, three in ten have noisy sensors and faces missing at random, one in ten has sensors alone
// (statements.hpp). What an answer predicts is the greater of residual over coercivity and posterior standard deviation. A miss is an answer called
// converged, without a warning, whose true error is above three times that. One direction of doubt alone, as a missing end leaves, gives 0.3 % of misses
// by chance. Everything else either keeps its word or has said that it did not converge, or warned.
#include "verdict.hpp"

#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/timing.hpp>
#include <ansatz/data/version.hpp>

#include <algorithm>

namespace {

using namespace ansatz;
using namespace gp_sweep;
using apps::Tree;

constexpr std::array<const char*, 3> kinds{"direct", "sensors_and_equation", "sensors_alone"};

/// Of ten statements six, three and one.
Kind kind_of(std::int64_t i) {
  const std::int64_t place = i % 10;
  return place == 9 ? Kind::regression : place % 3 == 2 ? Kind::noisy : Kind::forward;
}

struct Tally {
  std::int64_t statements = 0;
  std::int64_t said = 0;
  std::int64_t warned = 0;
  std::int64_t refused = 0;
  std::int64_t misses = 0;
  std::int64_t warned_misses = 0; ///< as far off, but with a warning
  std::int64_t in_band = 0;
  std::vector<double> errors{};
  std::vector<double> seconds{};
};

void add(Tally& tally, const Verdict& verdict, double seconds) {
  ++tally.statements;
  tally.seconds.push_back(seconds);
  tally.refused += verdict.reason == "refused" ? 1 : 0;
  tally.said += verdict.converged ? 0 : 1;
  tally.warned += verdict.converged && verdict.warned ? 1 : 0;
  tally.misses += verdict.missed() ? 1 : 0;
  tally.warned_misses += verdict.warned && verdict.off() ? 1 : 0;
  if (!verdict.converged) return;
  tally.errors.push_back(verdict.error);
  tally.in_band += verdict.in_band ? 1 : 0;
}

Tree entry_of(const char* solver, Tally tally) {
  std::sort(tally.errors.begin(), tally.errors.end());
  Tree all = Tree::object();
  all["solver"] = Tree::of(std::string(solver));
  all["statements"] = Tree::of(tally.statements);
  all["converged"] = Tree::of(static_cast<std::int64_t>(tally.errors.size()));
  all["said_not_converged"] = Tree::of(tally.said);
  all["warned"] = Tree::of(tally.warned);
  all["refused"] = Tree::of(tally.refused);
  all["misses"] = Tree::of(tally.misses);
  all["as_far_off_with_a_warning"] = Tree::of(tally.warned_misses);
  all["miss_rate"] = Tree::of(static_cast<double>(tally.misses) / static_cast<double>(tally.statements));
  if (!tally.errors.empty()) {
    all["in_band_of_95_percent"] = Tree::of(static_cast<double>(tally.in_band) / static_cast<double>(tally.errors.size()));
    all["median_error"] = Tree::of(tally.errors[tally.errors.size() / 2]);
    all["worst_error"] = Tree::of(tally.errors.back());
  }
  all["seconds"] = apps::statistics(tally.seconds);
  return all;
}

Tree entry_of_miss(std::int64_t i, const RandomStatement& one, const Verdict& verdict) {
  Tree miss = Tree::object();
  miss["solver"] = Tree::of(std::string(kinds[static_cast<std::size_t>(one.kind)]));
  miss["statement"] = Tree::of(i);
  miss["error"] = Tree::of(verdict.error);
  miss["predicted"] = Tree::of(verdict.predicted);
  miss["points_per_wave"] = Tree::of(one.points_per_wave);
  miss["sensors"] = Tree::of(static_cast<std::int64_t>(one.sensors.size()));
  miss["noise"] = Tree::of(one.noise);
  miss["noise_told"] = Tree::of(one.sensors.noise > 0.0);
  miss["faces"] = Tree::of(static_cast<std::int64_t>(one.text.faces.size()));
  miss["dimensions"] = Tree::of(static_cast<std::int64_t>(one.text.box.size() / 2));
  return miss;
}

apps::Outcome body(apps::RunContext& run) {
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  const std::int64_t count = run.config.get_int("count");
  Dice dice(static_cast<std::uint64_t>(run.config.get_int("run.seed")));
  std::array<Tally, 3> tallies;
  std::int64_t misses = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const RandomStatement one = random_statement(dice, kind_of(i));
    const double start = MPI_Wtime();
    const Verdict verdict = judge(one, dice);
    add(tallies[static_cast<std::size_t>(one.kind)], verdict, MPI_Wtime() - start);
    if (!verdict.missed()) continue;
    ++misses;
    run.summary.add_result(entry_of_miss(i, one, verdict));
  }
  std::size_t converged = 0;
  std::int64_t said = 0;
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    if (tallies[k].statements > 0) run.summary.add_result(entry_of(kinds[k], tallies[k]));
    converged += tallies[k].errors.size();
    said += tallies[k].said;
  }
  run.progress.say(std::to_string(count) + " statements: " + std::to_string(converged) + " converged, " + std::to_string(said) +
                   " said that they had not, " + std::to_string(misses) + " missed what they predicted");
  return {misses * 20 > count ? ExitCode::no_answer : ExitCode::answer, misses * 20 > count ? "stagnated" : "measured"};
}

apps::AppDescription description() {
  using K = apps::OptionKind;
  return {.name = "bench_gp_sweep",
          .summary = "Random problems: the share of answers that miss their own predicted error. More than 5 in 100 is a failure.",
          .options = {{.path = "count", .kind = K::integer, .fallback = "500", .sentence = "random statements", .minimum = 1, .flag = "--count"}},
          .examples = {"bench_gp_sweep --count 500 --json sweep.json"}};
}

} // namespace

int main(int argc, char** argv) { return ansatz::apps::run_app(argc, argv, description(), body); }
