// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/gaunt/path_product.hpp>

#include <algorithm>

namespace ansatz::equivariant {
namespace {

/// The paths with the roles (2, 3, 1), `times` times.
std::vector<ScaledPath> turned(std::vector<ScaledPath> paths, int times) {
  for (int i = 0; i < times; ++i)
    for (auto& p : paths) p = {p.l2, p.l3, p.l1, p.factor};
  return paths;
}

} // namespace

template <class T>
PathProduct<T>::PathProduct(const std::vector<ScaledPath>& paths, const OperationKernels<T>& kernels)
    : kernels_(kernels), forward_(paths), first_(turned(paths, 1)), second_(turned(paths, 2)) {}

template <class T>
std::size_t PathProduct<T>::workspace() const {
  return std::max({forward_.terms(), first_.terms(), second_.terms()}) * lanes<T>;
}

template class PathProduct<float>;
template class PathProduct<double>;

} // namespace ansatz::equivariant
