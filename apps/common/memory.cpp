// SPDX-License-Identifier: Apache-2.0
#include <ansatz/apps/common/memory.hpp>

#include <ansatz/data/collective.hpp>
#include <ansatz/data/error.hpp>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>

namespace ansatz::apps {

namespace {

/// Bytes of memory that can be had now; infinite if the kernel does not tell.
double available_memory() {
  std::ifstream info("/proc/meminfo");
  for (std::string name; info >> name;) {
    double kibibytes = 0;
    if (name == "MemAvailable:" && info >> kibibytes) return 1024 * kibibytes;
    info.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::numeric_limits<double>::infinity();
}

} // namespace

std::array<int, 3> largest_block(std::array<int, 3> n, int ranks) {
  for (int factor = 2; ranks > 1; ++factor)
    for (; ranks % factor == 0; ranks /= factor) {
      int& longest = *std::max_element(n.begin(), n.end());
      longest = (longest + factor - 1) / factor;
    }
  return n;
}

void require_memory(MPI_Comm comm, double bytes) {
  MPI_Comm machine = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine), "MPI_Comm_split_type");
  const int here = size_of(machine);
  check_mpi(MPI_Comm_free(&machine), "MPI_Comm_free");
  const double asked = here * bytes;
  agree(comm, [&] {
    const double available = available_memory();
    if (asked > available)
      throw InternalError("out_of_memory", "grid: " + std::to_string(here) + " ranks on this machine need " +
                                               std::to_string(static_cast<std::int64_t>(asked)) + " bytes, and " +
                                               std::to_string(static_cast<std::int64_t>(available)) +
                                               " are available; use a smaller grid or more machines (--dry-run --ranks N judges)");
  });
}

} // namespace ansatz::apps
