// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/by_precision.hpp>
#include <ansatz/equivariant/gaunt/operation_kernels.hpp>
#include <ansatz/equivariant/harmonics/degrees.hpp>

namespace ansatz::equivariant {

namespace isa_generic {
extern const OperationKernels<float> operations_f32;
extern const OperationKernels<double> operations_f64;
} // namespace isa_generic
#ifdef ANSATZ_X86_KERNELS
namespace isa_avx2 {
extern const OperationKernels<float> operations_f32;
extern const OperationKernels<double> operations_f64;
} // namespace isa_avx2
namespace isa_avx512 {
extern const OperationKernels<float> operations_f32;
extern const OperationKernels<double> operations_f64;
} // namespace isa_avx512
#endif

template <class T>
std::size_t grid_workspace(const GridView<T>& v) {
  const std::size_t orders = 4 * index(v.rings.degree + 1) * index(v.rings.pairs), folded = 2 * index(v.points);
  return (orders + folded) * lanes<T>;
}

template <class T>
const OperationKernels<T>& find_operation_kernels(const std::string& name) {
#ifdef ANSATZ_X86_KERNELS
  const std::string_view found = find_kernels<T>(name).name;
  if (found == "avx512") return by_precision<T>(isa_avx512::operations_f32, isa_avx512::operations_f64);
  if (found == "avx2") return by_precision<T>(isa_avx2::operations_f32, isa_avx2::operations_f64);
#else
  (void)find_kernels<T>(name);
#endif
  return by_precision<T>(isa_generic::operations_f32, isa_generic::operations_f64);
}

template std::size_t grid_workspace(const GridView<float>&);
template std::size_t grid_workspace(const GridView<double>&);
template const OperationKernels<float>& find_operation_kernels(const std::string&);
template const OperationKernels<double>& find_operation_kernels(const std::string&);

} // namespace ansatz::equivariant
