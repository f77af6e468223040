// SPDX-License-Identifier: Apache-2.0
#include "run_solvers.hpp"

#include "checkpoint.hpp"

#include <ansatz/apps/common/output_place.hpp>
#include <ansatz/apps/common/petsc_options.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <exception>

namespace ansatz::apps {

using solvers::petsc_check;

namespace {

/// One solve under watch. The callbacks are called from PETSc's loops, which no exception may cross: what they throw waits in `thrown_`.
class WatchedSolve {
public:
  /// \param format  of the network of direction published
  /// \param before  what an earlier run has done  \param keeps  whether checkpoints are written  \param last  no further solver will read PETSc options
  WatchedSolve(RunContext& run, const Problem& problem, std::string format, SolveState before, bool keeps, bool last)
      : run_(run), problem_(problem), format_(std::move(format)), before_(std::move(before)), state_(before_), keeps_(keeps), last_(last) {}

  Row operator()() {
    const double rtol = run_.config.get_real("solver.rtol");
    PetscReal guess = 0.0;
    petsc_check(VecNorm(problem_.x(), NORM_2, &guess));
    const solvers::SolveOptions options{
        .solver = state_.solver,
        .direction = run_.config.get_text("solver.direction"),
        .weights = run_.config.get_text("solver.weights"),
        .direction_format = format_,
        .rtol = rtol,
        .atol = run_.config.get_real("solver.atol"),
        .max_iterations = std::max(0, static_cast<int>(run_.config.get_int("solver.max_iterations")) - before_.iterations),
        .zero_guess = guess == 0.0,
        .monitor = [this](int iteration, double residual) { return guarded([&] { return watch(iteration, residual); }); },
        .observer = [this](int, const std::function<Vec()>& iterate) { guarded([&] { return observe(iterate), true; }); }};
    run_.progress.start(state_.solver, rtol);
    start_ = MPI_Wtime();
    Row row{.result = solvers::solve(problem_.A(), problem_.b(), problem_.x(), options), .seconds = {}, .refusal = {}};
    if (thrown_) std::rethrow_exception(thrown_);
    if (last_) check_petsc_options(); // a transform has no iteration 0
    complete(row);
    if (row.result.reason == "stopped") row.result.reason = to_text(run_.stop.reason());
    return row;
  }

private:
  template <class Body>
  bool guarded(Body&& body) {
    try {
      return !thrown_ && body();
    } catch (...) {
      thrown_ = std::current_exception();
      return false;
    }
  }

  bool watch(int iteration, double residual) {
    // By now the set-up has read all it reads.
    if (iteration == 0 && last_) check_petsc_options();
    const int total = before_.iterations + iteration;
    // The continuation begins with the residual the earlier run ended with.
    if (iteration > 0 || before_.history.empty()) {
      state_.history.push_back(residual);
      state_.seconds.push_back((before_.seconds.empty() ? 0.0 : before_.seconds.back()) + MPI_Wtime() - start_);
    }
    state_.iterations = total;
    run_.progress.step(total, residual);
    Tree values = Tree::object();
    values["solver"] = Tree::of(state_.solver);
    values["relative_residual"] = Tree::of(residual);
    run_.log.event("iteration", total, values);
    const StopReason reason = run_.stop.poll();
    due_ = reason == StopReason::write_now;
    return reason <= StopReason::write_now;
  }

  void observe(const std::function<Vec()>& iterate) {
    if (due_ && keeps_) write_checkpoint(run_, problem_, iterate(), state_);
    due_ = false;
  }

  /// What the earlier run has done comes before what this one has.
  void complete(Row& row) const {
    solvers::SolveResult& r = row.result;
    r.iterations += before_.iterations;
    if (!before_.history.empty()) {
      std::vector<double> all = before_.history;
      if (r.history.size() > 1) all.insert(all.end(), r.history.begin() + 1, r.history.end());
      r.history = std::move(all);
      if (!before_.seconds.empty()) r.solve_seconds += before_.seconds.back();
    }
    row.seconds = state_.seconds;
  }

  RunContext& run_;
  const Problem& problem_;
  const std::string format_;
  const SolveState before_;
  SolveState state_;
  bool keeps_;
  bool last_;
  bool due_ = false; ///< the monitor has found a checkpoint due; the observer writes it
  double start_ = 0.0;
  std::exception_ptr thrown_;
};

/// What an earlier run has left for the first solver.
SolveState first_state(const RunContext& run, const Problem& problem, const std::string& solver) {
  SolveState state{.solver = solver, .iterations = 0, .history = {}, .seconds = {}};
  if (run.restart.empty()) return state;
  state = read_checkpoint(run, problem);
  run.progress.say("going on from " + run.restart + ": " + std::to_string(state.iterations) + " iterations done by " + state.solver);
  state.solver = solver;
  return state;
}

/// A row of the table to be.
struct Choice {
  std::string solver;
  std::string format; ///< of the network of direction published
};

std::vector<Choice> choices(const Config& config) {
  std::vector<std::string> names = config.get_text_list("solver.compare");
  if (names.empty()) names = {config.get_text("solver.name")};
  std::vector<Choice> all;
  for (const std::string& name : names) {
    if (name == "dcdm")
      for (const std::string& format : config.get_text_list("solver.direction_format")) all.push_back({name, format});
    else
      all.push_back({name, "f32"});
  }
  return all;
}

} // namespace

Runs run_solvers(RunContext& run, const Problem& problem) {
  const std::vector<Choice> names = choices(run.config);
  const bool comparing = !run.config.get_text_list("solver.compare").empty();
  const bool keeps = !checkpoint_path(run.config).empty();
  Runs runs;
  Vec answer = nullptr;
  petsc_check(VecSet(problem.x(), 0.0));
  SolveState state = first_state(run, problem, names[0].solver);
  for (std::size_t i = 0; i < names.size() && !runs.stopped; ++i) {
    if (i > 0) {
      petsc_check(VecSet(problem.x(), 0.0));
      state = {.solver = names[i].solver, .iterations = 0, .history = {}, .seconds = {}};
    }
    try {
      runs.rows.push_back(WatchedSolve(run, problem, names[i].format, state, keeps && i == 0, i + 1 == names.size())());
    } catch (const UsageError& error) {
      if (!comparing || error.reason() == "bad_key") throw;
      runs.rows.emplace_back();
      runs.rows.back().result.solver = names[i].solver;
      runs.rows.back().refusal = error.what();
    }
    runs.stopped = run.stop.reason() != StopReason::none && (i + 1 < names.size() || !runs.rows.back().result.converged);
    if (i == 0 && names.size() > 1) {
      petsc_check(VecDuplicate(problem.x(), &answer));
      petsc_check(VecCopy(problem.x(), answer));
    }
  }
  if (answer != nullptr) {
    petsc_check(VecCopy(answer, problem.x()));
    petsc_check(VecDestroy(&answer));
  }
  if (runs.stopped && keeps) {
    const Row& first = runs.rows.front();
    write_checkpoint(run, problem, problem.x(), {names[0].solver, first.result.iterations, first.result.history, first.seconds});
  }
  return runs;
}

} // namespace ansatz::apps
