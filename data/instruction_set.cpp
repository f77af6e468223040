// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/instruction_set.hpp>
#include <ansatz/data/nearest_name.hpp>

#include <array>
#include <cstdlib>
#include <vector>

namespace ansatz {

namespace {

constexpr std::array<std::string_view, 4> names{"portable", "avx2", "avx512", "vnni"};

InstructionSet best() {
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                      __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
  if (avx512 && __builtin_cpu_supports("avx512vnni") != 0) return InstructionSet::vnni;
  if (avx512) return InstructionSet::avx512;
  if (avx2) return InstructionSet::avx2;
#endif
  return InstructionSet::portable;
}

} // namespace

std::string_view name(InstructionSet set) { return names[static_cast<std::size_t>(set)]; }

InstructionSet instruction_set(const std::string& wanted) {
  const InstructionSet here = best();
  if (wanted.empty()) return here;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (wanted == names[i]) {
      if (static_cast<int>(i) > static_cast<int>(here))
        throw UsageError("bad_value", "the instruction set " + wanted + " was asked for (ANSATZ_ISA), this machine has " + std::string(name(here)));
      return static_cast<InstructionSet>(i);
    }
  throw UsageError("bad_value", "no instruction set is called " + wanted + " (ANSATZ_ISA)" +
                                    did_you_mean(wanted, std::vector<std::string>(names.begin(), names.end())));
}

InstructionSet instruction_set() {
  static const InstructionSet chosen = [] {
    const char* wanted = std::getenv("ANSATZ_ISA"); // NOLINT(concurrency-mt-unsafe): read once, nothing of ours sets it
    return instruction_set(wanted == nullptr ? std::string() : std::string(wanted));
  }();
  return chosen;
}

bool runs(InstructionSet set) { return static_cast<int>(set) <= static_cast<int>(instruction_set()); }

} // namespace ansatz
