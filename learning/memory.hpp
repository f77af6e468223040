// SPDX-License-Identifier: Apache-2.0
/// Memory of tensors with a byte ledger: every buffer that is alive is counted once, however many states and records share it.
/// A `phantom` memory counts and hands out no bytes: the same program run on it predicts the peak of the real one exactly.
/// Freed buffers are kept for the next request of their size (fresh pages cost as much as a pass over them); they are not counted as live.
/// Errors: InternalError `out_of_memory` with the bytes asked for.
/// Threads: one thread per Memory.  MPI: local.  Ownership: shared; buffers keep their Memory alive.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace ansatz::learning {

/// What a buffer holds, for the ledger.
enum class Holds { values, cotangents };

class Memory : public std::enable_shared_from_this<Memory> {
public:
  [[nodiscard]] static std::shared_ptr<Memory> real() { return std::shared_ptr<Memory>(new Memory(false)); }
  [[nodiscard]] static std::shared_ptr<Memory> phantom() { return std::shared_ptr<Memory>(new Memory(true)); }
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  /// 64-byte aligned, uninitialised; null in a phantom memory. Returned to the ledger with the last owner.
  [[nodiscard]] std::shared_ptr<void> take(std::int64_t bytes);
  [[nodiscard]] bool is_phantom() const noexcept { return phantom_; }

  /// Buffers taken from now on count as these.
  void counts_as(Holds holds) noexcept { holds_ = holds; }
  /// Bytes alive, and the most alive since `restart_peak`; the peaks of the parts need not fall together.
  [[nodiscard]] std::int64_t live() const noexcept { return live_[0] + live_[1]; }
  [[nodiscard]] std::int64_t live(Holds holds) const noexcept { return live_[static_cast<std::size_t>(holds)]; }
  [[nodiscard]] std::int64_t peak() const noexcept { return peak_both_; }
  [[nodiscard]] std::int64_t peak(Holds holds) const noexcept { return peak_[static_cast<std::size_t>(holds)]; }
  void restart_peak() noexcept;

private:
  explicit Memory(bool phantom) : phantom_(phantom) {}
  void give_back(void* data, std::int64_t bytes, Holds holds) noexcept;

  bool phantom_;
  Holds holds_ = Holds::values;
  std::array<std::int64_t, 2> live_{};
  std::array<std::int64_t, 2> peak_{};
  std::int64_t peak_both_ = 0;
  std::map<std::int64_t, std::vector<void*>> spare_;
};

} // namespace ansatz::learning
