// SPDX-License-Identifier: Apache-2.0
/// Forecasts against the closed form of a geometric sequence; limits of time; reasons.
#include "scratch.hpp"

#include <ansatz/apps/common/progress.hpp>
#include <ansatz/apps/common/stop_watcher.hpp>
#include <ansatz/data/error.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <csignal>
#include <fstream>
#include <iostream>
#include <sstream>

namespace ansatz::apps {

BOOST_AUTO_TEST_SUITE(progress)

BOOST_AUTO_TEST_CASE(a_geometric_sequence_is_forecast_exactly) {
  // r_k = 2^-k: from k = 7 to 2^-20 there are 13 steps.
  std::deque<std::pair<std::int64_t, double>> residuals;
  for (int k = 3; k <= 7; ++k) residuals.emplace_back(k, std::ldexp(1.0, -k));

  const Forecast f = forecast(residuals, std::ldexp(1.0, -20), 0.5);

  BOOST_TEST(f.rate == 0.5);
  BOOST_TEST(f.steps_left == 13.0);
  BOOST_TEST(f.seconds_left == 6.5);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_forecast_is_not) {
  using R = std::deque<std::pair<std::int64_t, double>>;

  BOOST_TEST(forecast(R{}, 1e-6, 1).steps_left < 0);
  BOOST_TEST(forecast(R{{1, 1.0}}, 1e-6, 1).steps_left < 0);
  BOOST_TEST(forecast(R{{1, 1.0}, {2, 1.0}}, 1e-6, 1).steps_left < 0);
  BOOST_TEST(forecast(R{{1, 1.0}, {2, 2.0}}, 1e-6, 1).steps_left < 0);
  BOOST_TEST(forecast(R{{1, 1.0}, {2, 2.0}}, 1e-6, 1).rate == 2.0);
  BOOST_TEST(forecast(R{{1, 1.0}, {2, 0.0}}, 1e-6, 1).rate == 0.0);
  BOOST_TEST(forecast(R{{1, 1.0}, {2, std::nan("")}}, 1e-6, 1).steps_left < 0);
  BOOST_TEST(forecast(R{{1, 1.0}, {2, 0.5}}, 0.0, 1).steps_left < 0);
  BOOST_TEST(forecast(R{{1, 1.0}, {2, 0.5}}, 0.6, 1).steps_left == 0.0);
}

namespace {

/// What a Progress that is due at every step prints for two steps.
std::string printed(Progress::Style style, bool parallel) {
  std::ostringstream out;
  auto* const before = std::cout.rdbuf(out.rdbuf());
  Progress progress(style, 1e-9, 0, parallel);
  progress.start("cg", std::ldexp(1.0, -20));
  progress.step(0, 1.0);
  progress.step(1, 0.5);
  progress.say("done");
  std::cout.rdbuf(before);
  return out.str();
}

} // namespace

BOOST_AUTO_TEST_CASE(lines_bars_and_silence) {
  const std::string lines = printed(Progress::Style::lines, false);
  const std::string bar = printed(Progress::Style::bar, false);

  BOOST_TEST(lines.find("cg: step 0") == 0U);
  BOOST_TEST(lines.find("ETA -\ncg: step 1") != std::string::npos);
  BOOST_TEST(lines.find("residual 5.000e-01, rate 0.500, 19 steps left, ETA ") != std::string::npos);
  BOOST_TEST(bar.find("\rcg: step 0") == 0U);
  BOOST_TEST(bar.find("\033[K\r") != std::string::npos);
  BOOST_TEST(bar.find("\033[K\ndone\n") != std::string::npos);
  BOOST_TEST(printed(Progress::Style::bar, true).find('\r') == std::string::npos);
  BOOST_TEST(printed(Progress::Style::none, false) == "done\n");
}

BOOST_AUTO_TEST_CASE(wall_times) {
  BOOST_TEST(parse_wall_time("") == 0.0);
  BOOST_TEST(parse_wall_time("90") == 90.0);
  BOOST_TEST(parse_wall_time("2:30") == 150.0);
  BOOST_TEST(parse_wall_time("01:00:05") == 3605.0);
  BOOST_TEST(parse_wall_time("100:00:00") == 360000.0);
  for (const char* wrong : {":", "1:", ":1", "1:2:3:4", "1.5", "-1", "1h", " 1", "9999999999", "1::2"})
    BOOST_CHECK_THROW((void)parse_wall_time(wrong), UsageError);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(stop_watcher)

BOOST_AUTO_TEST_CASE(nothing_happens_without_a_cause) {
  StopWatcher watcher(MPI_COMM_WORLD, 0.0, 0.0, "");

  BOOST_TEST((watcher.poll() == StopReason::none));
  BOOST_TEST((watcher.reason() == StopReason::none));
}

BOOST_AUTO_TEST_CASE(the_time_is_up_before_it_is_over) {
  StopWatcher watcher(MPI_COMM_WORLD, 1000.0, 0.0, "");
  BOOST_TEST((watcher.poll() == StopReason::none));

  watcher.checkpoint_took(501.0); // twice that is more than is left

  BOOST_TEST((watcher.poll() == StopReason::stopped_time));
  BOOST_TEST((watcher.reason() == StopReason::stopped_time));
}

BOOST_AUTO_TEST_CASE(checkpoints_come_due) {
  StopWatcher watcher(MPI_COMM_WORLD, 0.0, 1e-9, "");

  BOOST_TEST((watcher.poll() == StopReason::write_now));
  BOOST_TEST((watcher.reason() == StopReason::none));
}

BOOST_AUTO_TEST_CASE(files_stop_or_ask) {
  const Scratch folder;
  StopWatcher watcher(MPI_COMM_WORLD, 0.0, 0.0, folder.path());
  BOOST_TEST((watcher.poll() == StopReason::none));

  std::ofstream(folder.path() + "/write_now").close();

  BOOST_TEST((watcher.poll() == StopReason::write_now));
  BOOST_TEST((watcher.poll() == StopReason::none)); // the file was removed

  std::ofstream(folder.path() + "/stop").close();

  BOOST_TEST((watcher.poll() == StopReason::stopped_file));
}

BOOST_AUTO_TEST_CASE(signals_are_remembered) {
  catch_signals();
  StopWatcher watcher(MPI_COMM_WORLD, 0.0, 0.0, "");
  {
    const SignalsHeld held;
    BOOST_REQUIRE(std::raise(SIGTERM) == 0);
    BOOST_TEST((watcher.poll() == StopReason::none));
  }

  BOOST_TEST((watcher.poll() == StopReason::stopped_signal));
  BOOST_TEST(to_text(watcher.reason()) == "stopped_signal");
}

BOOST_AUTO_TEST_SUITE_END()
} // namespace ansatz::apps
