// SPDX-License-Identifier: Apache-2.0
// Random problems for the Gaussian-process solver: does it reach the error it predicts, or say that it has not?
//   bench_gp_sweep --count 500 --json sweep.json
// Each is c_x u_xx [+ c_y u_yy] - k u = f on a random box, u a sum of random waves and a smooth part, on a random number of points a wave (from 1.2,
// below Nyquist, to 8). With u given on all faces the equation is coercive, |u - u*| <= |residual| / (k + sum_d c_d (pi/T_d)^2), so the residual
// between the nodes predicts the error. A miss is an answer called converged whose true error is above three times the greater of that prediction and
// the posterior standard deviation. Everything else either keeps its word or has said that it did not converge.
#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/timing.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/version.hpp>
#include <ansatz/solvers/gp/direct.hpp>
#include <ansatz/solvers/gp/proposal.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace {

using namespace ansatz;
using namespace ansatz::solvers::gp;
using apps::Tree;

struct Statement {
  ProblemText text;
  double coercivity = 0.0;
  double points_per_wave = 0.0;
};

class Dice {
public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  /// Uniform; the engine's bits alone are the same with every library.
  double between(double low, double high) { return low + (high - low) * static_cast<double>(engine_() >> 11) * 0x1p-53; }
  int upto(int most) { return 1 + static_cast<int>(between(0.0, most) * 0.999999); }

private:
  std::mt19937_64 engine_;
};

Statement random_statement(Dice& dice) {
  Statement one;
  const int dimensions = dice.upto(4) == 1 ? 2 : 1; // one in four is a plane
  const std::string k = with_all_digits(dice.between(0.0, 50.0));
  std::array<double, 2> highest{};
  std::array<double, 2> length{};
  std::array<std::string, 2> c;
  one.text.box.clear();
  one.coercivity = std::stod(k);
  for (std::size_t d = 0; d < static_cast<std::size_t>(dimensions); ++d) {
    const double low = dice.between(-2.0, 2.0);
    length[d] = dice.between(0.5, 6.0);
    one.text.box.insert(one.text.box.end(), {low, low + length[d]});
    c[d] = with_all_digits(dice.between(0.2, 3.0));
    one.coercivity += std::stod(c[d]) * std::pow(std::numbers::pi / length[d], 2);
  }
  std::string u = with_all_digits(dice.between(-1.0, 1.0)) + "*x + exp(-x/5)";
  std::string f = c[0] + "*exp(-x/5)/25";
  const int waves = dice.upto(dimensions == 1 ? 3 : 2);
  for (int w = 0; w < waves; ++w) {
    const std::string a = with_all_digits(dice.between(0.1, 1.0));
    std::string product = a;
    std::string symbol = "0";
    for (std::size_t d = 0; d < static_cast<std::size_t>(dimensions); ++d) {
      const double m = dice.between(4.0, dimensions == 1 ? 60.0 : 20.0) * std::numbers::pi / length[d];
      highest[d] = std::max(highest[d], m);
      const std::string text = with_all_digits(m);
      product += "*sin(" + text + "*" + (d == 0 ? "x" : "y") + "+" + with_all_digits(dice.between(0.0, 6.0)) + ")";
      symbol += "+" + c[d] + "*" + text + "^2";
    }
    u += "+" + product;
    f += "-(" + symbol + ")*" + product;
  }
  one.points_per_wave = dice.between(1.2, 8.0);
  for (std::size_t d = 0; d < static_cast<std::size_t>(dimensions); ++d)
    one.text.points[d] = std::max(12, static_cast<int>(one.points_per_wave * highest[d] * length[d] / (2.0 * std::numbers::pi)));
  one.text.terms = {"xx: " + c[0]};
  if (dimensions == 2) one.text.terms.push_back("yy: " + c[1]);
  one.text.terms.push_back("u: -" + k);
  one.text.source = f + "-" + k + "*(" + u + ")";
  one.text.boundary = u;
  one.text.exact = u;
  return one;
}

double rms(const Matrix& a) { return std::sqrt(dot(a.values, a.values) / static_cast<double>(a.size())); }

struct Verdict {
  bool converged = false;
  double error = 0.0;
  double predicted = 0.0;
  std::string reason{};
  [[nodiscard]] bool missed() const { return converged && !(error <= 3.0 * predicted); }
};

Verdict judge(const Statement& one) {
  Verdict verdict;
  const Problem problem = to_problem(one.text);
  DirectResult result;
  try {
    const Proposal proposal = propose_lines(problem, {.points = one.text.points});
    result = solve_direct(problem, {.points = one.text.points, .models = proposal.models});
  } catch (const UsageError& refused) {
    verdict.reason = "refused";
    return verdict;
  }
  verdict.converged = result.converged;
  verdict.reason = result.reason;
  const auto x = uniform_points(problem.box[0], 173);
  const auto y = problem.dimensions == 2 ? uniform_points(problem.box[1], 61) : std::vector<double>{0.0};
  const Matrix exact = Expression(one.text.exact, "exact", problem.dimensions).at(x, y);
  Matrix difference = result.solution.mean(x, y);
  axpy(-1.0, exact.values, difference.values);
  verdict.error = rms(difference) / rms(exact);
  Matrix variance = result.solution.variance(x, y);
  for (double& value : variance.values) value = std::sqrt(value);
  const double by_residual = result.relative_residual * rms(problem.source.at(x, y)) / one.coercivity;
  verdict.predicted = std::max(by_residual, rms(variance)) / rms(exact);
  return verdict;
}

apps::Outcome body(apps::RunContext& run) {
  run.summary.set("compiler", Tree::of(std::string(compiler())));
  run.summary.set("commit", Tree::of(std::string(git_commit())));
  const std::int64_t count = run.config.get_int("count");
  Dice dice(static_cast<std::uint64_t>(run.config.get_int("run.seed")));
  std::int64_t misses = 0;
  std::int64_t said = 0;
  std::int64_t refused = 0;
  std::vector<double> errors;
  std::vector<double> seconds;
  for (std::int64_t i = 0; i < count; ++i) {
    const Statement one = random_statement(dice);
    const double start = MPI_Wtime();
    const Verdict verdict = judge(one);
    seconds.push_back(MPI_Wtime() - start);
    refused += verdict.reason == "refused" ? 1 : 0;
    said += verdict.converged ? 0 : 1;
    if (verdict.converged) errors.push_back(verdict.error);
    if (!verdict.missed()) continue;
    ++misses;
    Tree miss = Tree::object();
    miss["solver"] = Tree::of(std::string("direct"));
    miss["statement"] = Tree::of(i);
    miss["error"] = Tree::of(verdict.error);
    miss["predicted"] = Tree::of(verdict.predicted);
    miss["points_per_wave"] = Tree::of(one.points_per_wave);
    run.summary.add_result(miss);
  }
  std::sort(errors.begin(), errors.end());
  Tree all = Tree::object();
  all["solver"] = Tree::of(std::string("direct"));
  all["statements"] = Tree::of(count);
  all["converged"] = Tree::of(static_cast<std::int64_t>(errors.size()));
  all["said_not_converged"] = Tree::of(said);
  all["refused"] = Tree::of(refused);
  all["misses"] = Tree::of(misses);
  all["miss_rate"] = Tree::of(static_cast<double>(misses) / static_cast<double>(count));
  if (!errors.empty()) {
    all["median_error"] = Tree::of(errors[errors.size() / 2]);
    all["worst_error"] = Tree::of(errors.back());
  }
  all["seconds"] = apps::statistics(seconds);
  run.summary.add_result(all);
  run.progress.say(std::to_string(count) + " statements: " + std::to_string(errors.size()) + " converged, " + std::to_string(said) +
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
