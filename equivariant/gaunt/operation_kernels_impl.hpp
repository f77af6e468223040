// SPDX-License-Identifier: Apache-2.0
// Bodies of the kernels of operation_kernels.hpp; included and compiled as kernels_impl.hpp is.
#include <ansatz/equivariant/gaunt/operations_grid.hpp>
#include <ansatz/equivariant/gaunt/operations_paths.hpp>
#include <ansatz/equivariant/gaunt/operations_zonal.hpp>

namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE {

extern const OperationKernels<float> operations_f32;
extern const OperationKernels<double> operations_f64;
template <class T>
constexpr OperationKernels<T> operations = {ANSATZ_KERNEL_NAME, spread<T>,        gather<T>, multiply<T>,       cross<T>,        multiply_add<T>,
                                            scale_add<T>,       dot_add<T>,       paths<T>,  align<T>,          align_back<T>,   turn<T>,
                                            torque<T>,          zonal_factors<T>, zonal<T>,  zonal_gradient<T>, zonal_weights<T>};
const OperationKernels<float> operations_f32 = operations<float>;
const OperationKernels<double> operations_f64 = operations<double>;

} // namespace ansatz::equivariant::ANSATZ_KERNEL_NAMESPACE
