// SPDX-License-Identifier: Apache-2.0
/// The HDF5 filter of coded chunks (chunk.hpp), number 287: of HDF5's range 256 to 511 for testing and internal use, since it is not registered with
/// The HDF Group. Programs of ours register it in the process; others load libansatz_hdf5_filter.so when HDF5_PLUGIN_PATH names its folder
/// (lib/hdf5/plugin). The plug-in links no HDF5 and calls none, so one file serves every build of the library, serial or with MPI; h5py, h5dump and
/// h5repack read through it. Parameters, 32-bit unsigned: version 1; method (1 lorenzo, 2 interp, 3 bfp); bytes of a value (4 or 8, IEEE, little
/// endian); chunk extents z, y, x (axes before the last three are multiplied into z, missing ones are 1); and the low and high half of eps (float64),
/// or for bfp its width and 0.
/// Errors: HDF5 reports a failing filter; in our process its error stack also says why. No exception leaves the callback.
/// Buffers come from malloc and go to free, as in HDF5 built without its own memory checks (Debian's are).  Threads, MPI: none of its own.
#pragma once

#include <ansatz/data/compression/chunk.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace ansatz::compression {

inline constexpr int filter_id = 287;
inline constexpr const char* filter_name = "Ansatz error-bounded fields; see docs/compression.md of Ansatz";
inline constexpr std::size_t filter_parameter_count = 8;

using FilterParameters = std::array<unsigned, filter_parameter_count>;

/// \param bytes  of a value, 4 or 8  \param chunk  extents of the dataset's chunk, slowest first
[[nodiscard]] FilterParameters filter_parameters(const Coding& coding, std::size_t bytes, const std::vector<std::size_t>& chunk);

/// What the callback does; 0 and `why` on failure, the buffer then being as it was.
/// \param backward  from coded bytes to values  \param used  bytes in the buffer  \param capacity, buffer  replaced
[[nodiscard]] std::size_t run_filter(bool backward, std::size_t count, const unsigned* parameters, std::size_t used, std::size_t* capacity,
                                     void** buffer, std::string& why) noexcept;

/// Makes the filter known to HDF5 in this process; again and again is harmless. Errors: FileError if HDF5 refuses.
void register_filter();

} // namespace ansatz::compression
