// SPDX-License-Identifier: Apache-2.0
/// Reasons to stop early or to write a checkpoint: SIGUSR1, SIGTERM, SIGINT, --wall-time, --checkpoint-every, and files named `stop` or `write_now` in the
/// output folder. A second SIGINT ends the process at once.  MPI: poll is collective, one Allreduce.  Threads: one caller; one watcher at a time.
#pragma once

#include <mpi.h>

#include <chrono>
#include <csignal>
#include <string>

namespace ansatz::apps {

enum class StopReason : int { none = 0, write_now = 1, stopped_file = 2, stopped_time = 3, stopped_signal = 4 };

/// "stopped_signal" and so on; "" for none.
[[nodiscard]] std::string to_text(StopReason reason);

/// From now on the three signals are only remembered. To be called first in main, so that none kills a run that is still starting, and once more after
/// PetscInitialize, which takes SIGTERM for itself unless MPI is Open MPI.
void catch_signals();

/// Holds the three signals back for as long as it lives.
class SignalsHeld {
public:
  SignalsHeld();
  ~SignalsHeld();
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

private:
  sigset_t before_{};
};

class StopWatcher {
public:
  /// \param wall_seconds  <= 0: no limit  \param checkpoint_every  seconds, <= 0: never  \param output_folder  empty: no files are looked for
  StopWatcher(MPI_Comm comm, double wall_seconds, double checkpoint_every, std::string output_folder);

  /// To be called once per step on all ranks; all get the same answer. Stops for time when less is left than 2 x longest checkpoint + 1.5 x longest step.
  /// `write_now` asks for a checkpoint: its time has come, or the file was there, which is removed.
  [[nodiscard]] StopReason poll();
  /// Tells that a checkpoint has been written, and how long that took.
  void checkpoint_took(double seconds);
  /// The reason of the stop, once poll has given one; none before.
  [[nodiscard]] StopReason reason() const noexcept { return reason_; }

private:
  [[nodiscard]] StopReason local_reason();
  [[nodiscard]] double elapsed() const;

  MPI_Comm comm_;
  int rank_ = 0;
  double wall_seconds_;
  double checkpoint_every_;
  std::string folder_;
  double longest_step_ = 0.0;
  double longest_checkpoint_ = 0.0;
  double last_poll_ = -1.0;
  double last_checkpoint_ = 0.0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  StopReason reason_ = StopReason::none;
};

/// "hh:mm:ss", "mm:ss" or seconds; 0 for an empty text. Throws UsageError `bad_value` otherwise.
[[nodiscard]] double parse_wall_time(const std::string& text);

} // namespace ansatz::apps
