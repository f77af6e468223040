// SPDX-License-Identifier: Apache-2.0
#include "stop_watcher.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/data/error.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <unistd.h>

namespace ansatz::apps {

namespace {

constexpr std::array stop_signals{SIGUSR1, SIGTERM, SIGINT};

// A signal handler can reach nothing but a global of this type.
volatile std::sig_atomic_t signals_seen = 0; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

extern "C" void on_signal(int number) {
  if (number == SIGINT && signals_seen != 0) _exit(128 + SIGINT);
  signals_seen = 1;
}

} // namespace

std::string to_text(StopReason reason) {
  switch (reason) {
    case StopReason::none: return "";
    case StopReason::write_now: return "write_now";
    case StopReason::stopped_file: return "stopped_file";
    case StopReason::stopped_time: return "stopped_time";
    case StopReason::stopped_signal: break;
  }
  return "stopped_signal";
}

void catch_signals() {
  for (const int number : stop_signals)
    if (std::signal(number, on_signal) == SIG_ERR) throw InternalError("internal", "a signal handler cannot be installed");
}

SignalsHeld::SignalsHeld() {
  sigset_t set;
  (void)sigemptyset(&set);
  for (const int number : stop_signals) (void)sigaddset(&set, number);
  (void)pthread_sigmask(SIG_BLOCK, &set, &before_);
}

SignalsHeld::~SignalsHeld() { (void)pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

StopWatcher::StopWatcher(MPI_Comm comm, double wall_seconds, double checkpoint_every, std::string output_folder)
    : comm_(comm), rank_(rank_of(comm)), wall_seconds_(wall_seconds), checkpoint_every_(checkpoint_every), folder_(std::move(output_folder)) {}

double StopWatcher::elapsed() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

StopReason StopWatcher::local_reason() {
  if (signals_seen != 0) return StopReason::stopped_signal;
  const double now = elapsed();
  if (last_poll_ >= 0) longest_step_ = std::max(longest_step_, now - last_poll_);
  last_poll_ = now;
  if (wall_seconds_ > 0 && wall_seconds_ - now < 2 * longest_checkpoint_ + 1.5 * longest_step_) return StopReason::stopped_time;
  if (rank_ == 0 && !folder_.empty()) {
    if (access((folder_ + "/stop").c_str(), F_OK) == 0) return StopReason::stopped_file;
    if (std::remove((folder_ + "/write_now").c_str()) == 0) return StopReason::write_now;
  }
  return checkpoint_every_ > 0 && now - last_checkpoint_ >= checkpoint_every_ ? StopReason::write_now : StopReason::none;
}

StopReason StopWatcher::poll() {
  const int mine = static_cast<int>(local_reason());
  int all = 0;
  check_mpi(MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_MAX, comm_), "MPI_Allreduce");
  const auto reason = static_cast<StopReason>(all);
  if (all > static_cast<int>(StopReason::write_now)) reason_ = reason;
  return reason;
}

void StopWatcher::checkpoint_took(double seconds) {
  longest_checkpoint_ = std::max(longest_checkpoint_, seconds);
  last_checkpoint_ = last_poll_ = elapsed(); // the writing is no part of a step
}

double parse_wall_time(const std::string& text) {
  double seconds = 0.0;
  std::size_t parts = 0;
  for (std::size_t start = 0; start <= text.size() && !text.empty(); ++parts) {
    const std::size_t end = std::min(text.find(':', start), text.size());
    const std::string part = text.substr(start, end - start);
    if (parts == 3 || part.empty() || part.size() > 9 || part.find_first_not_of("0123456789") != std::string::npos)
      throw UsageError("bad_value", "run.wall_time: found \"" + text + "\"; must be hh:mm:ss, mm:ss or seconds");
    seconds = 60 * seconds + std::stod(part);
    start = end + 1;
  }
  return seconds;
}

} // namespace ansatz::apps
