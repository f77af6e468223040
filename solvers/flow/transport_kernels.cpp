// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/flow/transport_kernels.hpp>

namespace ansatz::solvers::flow {

namespace isa_generic {
extern const TransportKernels table;
}
#ifdef ANSATZ_X86_KERNELS
namespace isa_avx2 {
extern const TransportKernels table;
}
namespace isa_avx512 {
extern const TransportKernels table;
}
#endif

std::vector<const TransportKernels*> transport_kernels() {
  std::vector<const TransportKernels*> tables;
#ifdef ANSATZ_X86_KERNELS
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    tables.push_back(&isa_avx512::table);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) tables.push_back(&isa_avx2::table);
#endif
  tables.push_back(&isa_generic::table);
  return tables;
}

} // namespace ansatz::solvers::flow
