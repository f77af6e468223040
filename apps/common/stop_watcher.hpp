// SPDX-License-Identifier: Apache-2.0
/// Reasons to stop early: SIGUSR1, SIGTERM, SIGINT, --wall-time, and files named `stop` or `write_now` in the output folder.
/// A second SIGINT ends the process at once.  MPI: poll is collective, one Allreduce.  Threads: one caller; one watcher at a time.
#pragma once

#include <mpi.h>

#include <chrono>
#include <string>

namespace ansatz::apps {

enum class StopReason : int { none = 0, write_now = 1, stopped_file = 2, stopped_time = 3, stopped_signal = 4 };

/// "stopped_signal" and so on; "" for none.
[[nodiscard]] std::string to_text(StopReason reason);

class StopWatcher {
public:
  /// Installs the handlers; the default ones return with the destructor. \param wall_seconds  <= 0: no limit
  StopWatcher(MPI_Comm comm, double wall_seconds, std::string output_folder);
  ~StopWatcher();
  StopWatcher(const StopWatcher&) = delete;
  StopWatcher& operator=(const StopWatcher&) = delete;

  /// To be called once per step on all ranks; all get the same answer. Stops for time when less is left than 2 x longest checkpoint + 1.5 x longest step.
  /// `write_now` asks for a checkpoint and removes its file.
  [[nodiscard]] StopReason poll();
  /// Tells how long a checkpoint took.
  void checkpoint_took(double seconds);
  /// The reason of the stop, once poll has given one; none before.
  [[nodiscard]] StopReason reason() const noexcept { return reason_; }

private:
  [[nodiscard]] StopReason local_reason();

  MPI_Comm comm_;
  int rank_ = 0;
  double wall_seconds_;
  std::string folder_;
  double longest_step_ = 0.0;
  double longest_checkpoint_ = 0.0;
  double last_poll_ = -1.0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  StopReason reason_ = StopReason::none;
};

/// "hh:mm:ss", "mm:ss" or seconds; 0 for an empty text. Throws UsageError `bad_value` otherwise.
[[nodiscard]] double parse_wall_time(const std::string& text);

} // namespace ansatz::apps
