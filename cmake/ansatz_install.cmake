# SPDX-License-Identifier: Apache-2.0
# cmake --install: libraries, public headers in include/ansatz/<room>, CMake package, ansatz.pc, apps with man pages and completion, the PETSc plug-in.
# Apps install themselves in their own folders; their man pages and completions, made where help2man is there, are taken from the build tree.
include_guard()
include(CMakePackageConfigHelpers)
target_link_libraries(ansatz_data INTERFACE ansatz::version)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ansatz)
set_target_properties(ansatz_data PROPERTIES EXPORT_NAME data)
set_target_properties(ansatz_learning PROPERTIES EXPORT_NAME learning)
set_target_properties(ansatz_quant PROPERTIES EXPORT_NAME quant)
set_target_properties(ansatz_solvers PROPERTIES EXPORT_NAME solvers)
set_target_properties(ansatz_equivariant PROPERTIES EXPORT_NAME equivariant)
set_target_properties(ansatz_operators PROPERTIES EXPORT_NAME operators)
set_target_properties(ansatz_potential PROPERTIES EXPORT_NAME potential)
set_target_properties(ansatz_version PROPERTIES EXPORT_NAME version)
install(TARGETS ansatz_data ansatz_learning ansatz_quant ansatz_solvers ansatz_equivariant ansatz_operators ansatz_potential ansatz_version ansatz_warnings EXPORT ansatzTargets)
install(EXPORT ansatzTargets NAMESPACE ansatz:: DESTINATION ${package_dir})
foreach(room data learning quant solvers equivariant)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ansatz FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h"
    PATTERN "detail" EXCLUDE PATTERN "reference" EXCLUDE PATTERN "*_impl.hpp" EXCLUDE PATTERN "kernels_*.hpp" EXCLUDE PATTERN "fftw.hpp" EXCLUDE)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/ansatzConfig.cmake.in ${PROJECT_BINARY_DIR}/ansatzConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ansatzConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ansatzConfig.cmake ${PROJECT_BINARY_DIR}/ansatzConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/ansatz_hdf5.cmake DESTINATION ${package_dir})

file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
set(pc_fftw)
if(ANSATZ_WITH_FFTW)
  set(pc_fftw "fftw3 fftw3f")
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/ansatz.pc.in ${PROJECT_BINARY_DIR}/ansatz.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/ansatz.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS ansatz_gaunt LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS ansatz_hdf5_filter LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/hdf5/plugin)
if(TARGET ansatz_petsc)
  install(TARGETS ansatz_petsc LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
install(DIRECTORY ${PROJECT_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL FILES_MATCHING PATTERN "*.1")
install(DIRECTORY ${PROJECT_BINARY_DIR}/completions/ DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions OPTIONAL)
