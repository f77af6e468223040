// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/equivariant/gaunt/operation_kernels.hpp>
#include <ansatz/equivariant/harmonics/degrees.hpp>

#include <type_traits>

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

namespace {

template <class T>
const OperationKernels<T>& pick(const OperationKernels<float>& f32, const OperationKernels<double>& f64) {
  if constexpr (std::is_same_v<T, float>)
    return f32;
  else
    return f64;
}

} // namespace

template <class T>
std::size_t grid_workspace(const GridView<T>& v) {
  const std::size_t orders = 4 * index(v.rings.degree + 1) * index(v.rings.pairs), folded = 2 * index(v.points);
  return (orders + folded) * lanes<T>;
}

template <class T>
const OperationKernels<T>& find_operation_kernels(const std::string& name) {
  std::vector<std::string> names = {"best"};
  for (const auto* k : available_kernels<T>()) {
    names.emplace_back(k->name);
    if (name != "best" && name != k->name) continue;
#ifdef ANSATZ_X86_KERNELS
    if (k->name == "avx512") return pick<T>(isa_avx512::operations_f32, isa_avx512::operations_f64);
    if (k->name == "avx2") return pick<T>(isa_avx2::operations_f32, isa_avx2::operations_f64);
#endif
    return pick<T>(isa_generic::operations_f32, isa_generic::operations_f64);
  }
  throw UsageError("bad_value", "kernels \"" + name + "\" are unknown or cannot run on this machine" + did_you_mean(name, names));
}

template std::size_t grid_workspace(const GridView<float>&);
template std::size_t grid_workspace(const GridView<double>&);
template const OperationKernels<float>& find_operation_kernels(const std::string&);
template const OperationKernels<double>& find_operation_kernels(const std::string&);

} // namespace ansatz::equivariant
