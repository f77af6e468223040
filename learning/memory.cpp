// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/learning/memory.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace ansatz::learning {

Memory::~Memory() {
  for (const auto& [bytes, buffers] : spare_)
    for (void* buffer : buffers) std::free(buffer);
}

std::shared_ptr<void> Memory::take(std::int64_t bytes) {
  constexpr std::int64_t alignment = 64;
  void* data = nullptr;
  if (!phantom_) {
    std::vector<void*>& spare = spare_[bytes];
    if (!spare.empty()) {
      data = spare.back();
      spare.pop_back();
    } else {
      data = std::aligned_alloc(alignment, static_cast<std::size_t>((bytes + alignment - 1) / alignment * alignment));
      if (data == nullptr) throw InternalError("out_of_memory", "no memory for a tensor of " + std::to_string(bytes) + " bytes");
    }
  }
  const auto part = static_cast<std::size_t>(holds_);
  live_[part] += bytes;
  peak_[part] = std::max(peak_[part], live_[part]);
  peak_both_ = std::max(peak_both_, live());
  return {data, [owner = shared_from_this(), bytes, holds = holds_](void* buffer) { owner->give_back(buffer, bytes, holds); }};
}

void Memory::give_back(void* data, std::int64_t bytes, Holds holds) noexcept {
  live_[static_cast<std::size_t>(holds)] -= bytes;
  if (data != nullptr) spare_[bytes].push_back(data);
}

void Memory::restart_peak() noexcept {
  peak_ = live_;
  peak_both_ = live();
}

} // namespace ansatz::learning
