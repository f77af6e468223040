# SPDX-License-Identifier: Apache-2.0
# HDF5_FOUND and the target HDF5::HDF5 for HDF5 with MPI. Debian's pkg-config file comes first: CMake's own search compiles test programs with h5pcc, which
# fails in build folders whose path holds a space. Also read by the installed package.
if(NOT TARGET HDF5::HDF5)
  find_package(PkgConfig QUIET)
  if(PKG_CONFIG_FOUND)
    pkg_check_modules(HDF5 QUIET IMPORTED_TARGET GLOBAL hdf5-openmpi)
  endif()
  if(TARGET PkgConfig::HDF5)
    add_library(HDF5::HDF5 INTERFACE IMPORTED GLOBAL)
    # Dimension scales live in the high-level library, which Debian's file leaves out.
    find_library(ANSATZ_HDF5_HL hdf5_hl HINTS ${HDF5_LIBRARY_DIRS})
    if(NOT ANSATZ_HDF5_HL)
      set(HDF5_FOUND FALSE)
    endif()
    target_link_libraries(HDF5::HDF5 INTERFACE ${ANSATZ_HDF5_HL} PkgConfig::HDF5)
  else()
    set(HDF5_PREFER_PARALLEL TRUE)
    find_package(HDF5 QUIET COMPONENTS C HL)
    if(HDF5_FOUND AND NOT HDF5_IS_PARALLEL)
      set(HDF5_FOUND FALSE)
    endif()
  endif()
endif()
