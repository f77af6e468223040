# SPDX-License-Identifier: Apache-2.0
# Third-party libraries as imported SYSTEM targets. What is missing is named by its Debian package in cmake/debian-packages.txt.
include_guard()

# ansatz_need(FOUND PACKAGE PURPOSE): stops if FOUND is false
macro(ansatz_need found package purpose)
  if(NOT ${found})
    message(FATAL_ERROR "${purpose} was not found. On Debian 12: apt-get install ${package} (the whole list: cmake/debian-packages.txt)")
  endif()
endmacro()

# mpi.h otherwise pulls in the old C++ bindings, half a second a file.
set(MPI_CXX_SKIP_MPICXX TRUE)
find_package(MPI COMPONENTS C CXX)
ansatz_need(MPI_FOUND libopenmpi-dev "MPI")
find_package(PkgConfig)
ansatz_need(PKG_CONFIG_FOUND pkg-config "pkg-config")
include(ansatz_hdf5)
ansatz_need(HDF5_FOUND libhdf5-openmpi-dev "HDF5 with MPI")
pkg_check_modules(PETSC IMPORTED_TARGET PETSc)
ansatz_need(PETSC_FOUND libpetsc-real-dev "PETSc (real numbers)")
# Flags of PETSc's own build: -D_FORTIFY_SOURCE warns without optimisation and blinds the sanitizers, -Wdate-time says nothing about our code.
get_target_property(options PkgConfig::PETSC INTERFACE_COMPILE_OPTIONS)
if(options)
  list(FILTER options EXCLUDE REGEX "-Wdate-time|-D_FORTIFY_SOURCE.*")
  set_target_properties(PkgConfig::PETSC PROPERTIES INTERFACE_COMPILE_OPTIONS "${options}")
endif()
if(ANSATZ_WITH_FFTW)
  pkg_check_modules(FFTW IMPORTED_TARGET fftw3)
  ansatz_need(FFTW_FOUND libfftw3-dev "FFTW (or switch it off: -D ANSATZ_WITH_FFTW=OFF)")
endif()
find_package(Boost 1.74)
ansatz_need(Boost_FOUND libboost-dev "Boost 1.74")
find_package(nlohmann_json QUIET)
ansatz_need(nlohmann_json_FOUND nlohmann-json3-dev "nlohmann JSON")
find_package(CLI11 QUIET)
ansatz_need(CLI11_FOUND libcli11-dev "CLI11")
find_package(assimp QUIET)
ansatz_need(assimp_FOUND libassimp-dev "assimp")
