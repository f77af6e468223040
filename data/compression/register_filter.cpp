// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/compression/filter.hpp>
#include <ansatz/data/hdf5.hpp>

namespace ansatz::compression {

namespace {

std::size_t callback(unsigned flags, std::size_t count, const unsigned* parameters, std::size_t used, std::size_t* capacity, void** buffer) {
  std::string why;
  const std::size_t size = run_filter((flags & H5Z_FLAG_REVERSE) != 0, count, parameters, used, capacity, buffer, why);
  if (size == 0) (void)H5Epush2(H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_PLINE, H5E_BADVALUE, "compressed chunk: %s", why.c_str());
  return size;
}

} // namespace

void register_filter() {
  static const H5Z_class2_t filter{H5Z_CLASS_T_VERS, filter_id, 1, 1, filter_name, nullptr, nullptr, callback};
  if (H5Zfilter_avail(filter_id) > 0) return;
  hdf5::checked(H5Zregister(&filter), "registering the compression filter", {"HDF5", "filter " + std::to_string(filter_id)});
}

} // namespace ansatz::compression
