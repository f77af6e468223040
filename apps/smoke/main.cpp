// SPDX-License-Identifier: Apache-2.0
// Incompressible smoke around obstacles, or a liquid with a free surface, with one pressure solve a step.
//   ansatz-smoke
//   ansatz-smoke --kind liquid --scene dam-break --grid 48,24,24 --steps 60 --frames-every 10 --output dam.h5
#include "checkpoint.hpp"
#include "forecast.hpp"
#include "options.hpp"
#include "report.hpp"

#include <ansatz/apps/common/compression_option.hpp>
#include <ansatz/apps/common/memory.hpp>
#include <ansatz/apps/common/output_place.hpp>
#include <ansatz/apps/common/petsc_options.hpp>
#include <ansatz/solvers/petsc.hpp>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <optional>

namespace {

using namespace ansatz;
using namespace ansatz::apps;
using solvers::flow::Flow;
using solvers::flow::StepReport;

class Simulation {
public:
  Simulation(RunContext& run, const solvers::Scene& scene, const solvers::flow::FlowOptions& options)
      : run_(run), dm_(solvers::create_dm(run.comm, scene.grid)), flow_(std::in_place, dm_, scene, options),
        last_step_(run.config.get_int("time.steps")), every_(run.config.get_int("frames.every")), interval_(run.config.get_real("frames.interval")) {
    for (const std::string& remark : flow_->remarks()) run.log.warn(remark);
    const double end = run.config.get_real("time.end");
    end_ = end > 0.0 ? end : std::numeric_limits<double>::infinity();
    clock_.next = interval_;
    if (!run.restart.empty()) {
      clock_ = read_checkpoint(run, *flow_);
      run.progress.say("going on from " + run.restart + ": step " + std::to_string(flow_->steps()));
    }
    series_ = open_series(run, *flow_);
  }
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  ~Simulation() {
    flow_.reset();
    (void)DMDestroy(&dm_);
  }

  Outcome operator()() {
    run_.progress.start("flow", 0.0);
    while (flow_->steps() < last_step_ && flow_->time() < end_ && !failed_ && !stopped_) advance();
    if (series_ && framed_ != flow_->steps() && totals_.steps > 0 && !stopped_) frame();
    if (series_) series_->flush();
    print_totals(run_, totals_, report_);
    add_to_summary(run_, totals_, *flow_, report_);
    if (failed_) return {ExitCode::no_answer, report_.pressure.reason};
    if (stopped_) return stop();
    if (series_) run_.progress.say("written: " + run_.config.get_text("run.output") + " and " + std::to_string(series_->frames()) + " frames");
    return {ExitCode::answer, totals_.steps > 0 ? report_.pressure.reason : "converged_atol"};
  }

private:
  void advance() {
    report_ = flow_->step(std::min(end_, interval_ > 0.0 ? clock_.next : end_));
    if (totals_.steps == 0) check_petsc_options();
    failed_ = !report_.pressure.converged;
    if (failed_) say_failure();
    if (flow_->steps() != report_.step) return; // given up before anything was done
    totals_.add(report_);
    if (series_) record(*series_, report_);
    log_step(run_, report_);
    run_.progress.step([&] {
      std::array<char, 160> line{};
      (void)std::snprintf(line.data(), line.size(), "step %lld, time %.4g s, dt %.3g s, %d iterations, divergence %.2e 1/s",
                          static_cast<long long>(report_.step), report_.time, report_.dt, report_.pressure.iterations, report_.pressure.divergence);
      return std::string(line.data());
    });
    const bool interval_over = interval_ > 0.0 && flow_->time() >= clock_.next;
    if (interval_over) clock_.next += interval_;
    if (series_ && (interval_over || (every_ > 0 && flow_->steps() % every_ == 0))) frame();
    watch();
  }

  void watch() {
    const StopReason reason = run_.stop.poll();
    const bool unfinished = flow_->steps() < last_step_ && flow_->time() < end_;
    stopped_ = reason > StopReason::write_now && unfinished && !failed_;
    if ((reason == StopReason::write_now || stopped_) && series_) {
      series_->flush();
      write_checkpoint(run_, *flow_, clock_);
    }
  }

  void frame() {
    write_frame(run_, *series_, *flow_, report_);
    framed_ = flow_->steps();
  }

  void say_failure() {
    const std::string& reason = report_.pressure.reason;
    std::array<char, 300> line{};
    (void)std::snprintf(line.data(), line.size(), "step %lld: %s; largest velocity %.3g m/s, time step %.3g s%s",
                        static_cast<long long>(report_.step), reason.c_str(), report_.speed, report_.dt,
                        reason == "diverged" ? ": smaller than time.smallest_step" : "");
    run_.log.warn(line.data());
  }

  Outcome stop() {
    const std::string path = checkpoint_path(run_.config);
    run_.progress.say(to_text(run_.stop.reason()) + " after step " + std::to_string(flow_->steps()) + "; " +
                      (path.empty() ? "nothing was kept, since no --output was given" : "checkpoint: " + path + "; go on with --restart " + path));
    if (run_.stop.reason() == StopReason::stopped_file) run_.progress.say("remove the file \"stop\" before going on");
    return {ExitCode::stopped, to_text(run_.stop.reason())};
  }

  RunContext& run_;
  DM dm_;
  std::optional<Flow> flow_;
  std::int64_t last_step_;
  std::int64_t every_;
  double interval_;
  double end_ = 0.0;
  FrameClock clock_;
  std::unique_ptr<SeriesFile> series_;
  StepReport report_;
  Totals totals_;
  std::int64_t framed_ = -1;
  bool failed_ = false;
  bool stopped_ = false;
};

Outcome body(RunContext& run) {
  const solvers::Scene scene = scene_of(run.config);
  const solvers::flow::FlowOptions options = flow_options(run.config, scene);
  if (const auto compression = compression_of(run.config); compression && compression->kind == Compression::Bound::residual)
    throw UsageError("bad_value", "compression: residual= is for the one system of ansatz-poisson; give abs= or rel=");
  require_output_place(run, true);
  if (run.dry_run) {
    print_forecast(run, options, scene.grid);
    return {ExitCode::answer, "dry_run"};
  }
  require_memory(run.comm, bytes_each_rank(options, scene.grid, run.ranks));
  const auto& cells = scene.grid.cells;
  run.progress.say("grid " + std::to_string(cells[0]) + " x " + std::to_string(cells[1]) + " x " + std::to_string(cells[2]) + ", " +
                   run.config.get_text("flow.kind"));
  Simulation simulation(run, scene, options);
  return simulation();
}

} // namespace

int main(int argc, char** argv) { return run_app(argc, argv, smoke_description(), body); }
