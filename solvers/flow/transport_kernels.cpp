// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/instruction_set.hpp>
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
  if (runs(InstructionSet::avx512)) tables.push_back(&isa_avx512::table);
  if (runs(InstructionSet::avx2)) tables.push_back(&isa_avx2::table);
#endif
  tables.push_back(&isa_generic::table);
  return tables;
}

} // namespace ansatz::solvers::flow
