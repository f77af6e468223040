// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/equivariant/gaunt/block_check.hpp>

#include <cstdint>

namespace ansatz::equivariant {
namespace {

void check_address(const char* plan, const std::string& name, const void* data) {
  if (reinterpret_cast<std::uintptr_t>(data) % cache_line != 0)
    throw UsageError("bad_value", std::string(plan) + ": " + name + " does not start on a 64-byte boundary; use AlignedVector");
}

} // namespace

template <class T>
std::size_t check_blocks(const char* plan, std::initializer_list<BlockOperand<T>> operands, std::span<const T> work, std::size_t workspace) {
  const std::size_t blocks = operands.begin()->data.size() / operands.begin()->block;
  for (const auto& [data, block, name] : operands) {
    if (data.size() != blocks * block)
      throw UsageError("bad_value", std::string(plan) + ": " + name + " holds " + std::to_string(data.size()) + " numbers, " +
                                        std::to_string(blocks) + " blocks need " + std::to_string(blocks * block));
    check_address(plan, name, data.data());
  }
  if (work.size() < workspace)
    throw UsageError("bad_value", std::string(plan) + ": the workspace holds " + std::to_string(work.size()) + " numbers, " +
                                      std::to_string(workspace) + " are needed");
  check_address(plan, "the workspace", work.data());
  return blocks;
}

void check_size(const char* plan, const char* name, std::size_t found, std::size_t wanted) {
  if (found != wanted)
    throw UsageError("bad_value",
                     std::string(plan) + ": " + name + " has " + std::to_string(found) + " numbers, " + std::to_string(wanted) + " are expected");
}

template std::size_t check_blocks(const char*, std::initializer_list<BlockOperand<float>>, std::span<const float>, std::size_t);
template std::size_t check_blocks(const char*, std::initializer_list<BlockOperand<double>>, std::span<const double>, std::size_t);

} // namespace ansatz::equivariant
