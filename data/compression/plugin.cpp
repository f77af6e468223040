// SPDX-License-Identifier: Apache-2.0
// libansatz_hdf5_filter.so: the filter for programs that do not know of Ansatz (filter.hpp). Only types of HDF5 are used here, none of its functions.
#include <ansatz/data/compression/filter.hpp>

#include <H5PLextern.h>

namespace {

std::size_t callback(unsigned flags, std::size_t count, const unsigned* parameters, std::size_t used, std::size_t* capacity, void** buffer) {
  std::string why; // nobody to tell: the error stack belongs to a library that is not linked here
  return ansatz::compression::run_filter((flags & H5Z_FLAG_REVERSE) != 0, count, parameters, used, capacity, buffer, why);
}

constexpr H5Z_class2_t filter{H5Z_CLASS_T_VERS, ansatz::compression::filter_id, 1, 1, ansatz::compression::filter_name, nullptr, nullptr, callback};

} // namespace

H5PL_type_t H5PLget_plugin_type() { return H5PL_TYPE_FILTER; }
const void* H5PLget_plugin_info() { return &filter; }
