# SPDX-License-Identifier: Apache-2.0
# Library ansatz::version: version number, commit and compiler (data/version.hpp). Looked at by every build; recompiled only when they change.
include_guard()
string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
string(STRIP "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE} ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}}" compiler)
string(REGEX REPLACE "[ ]+" " " compiler "${compiler}")
set(version_source ${PROJECT_BINARY_DIR}/generated/version.cpp)
add_custom_target(ansatz_version_source
  COMMAND ${CMAKE_COMMAND} -D source=${PROJECT_SOURCE_DIR} -D output=${version_source} -D version=${PROJECT_VERSION} "-Dcompiler=${compiler}"
          -P ${PROJECT_SOURCE_DIR}/cmake/write_version.cmake
  BYPRODUCTS ${version_source} COMMENT "Reading the commit" VERBATIM)
add_library(ansatz_version ${version_source})
add_library(ansatz::version ALIAS ansatz_version)
add_dependencies(ansatz_version ansatz_version_source)
target_include_directories(ansatz_version PUBLIC $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(ansatz_version PROPERTIES CXX_CLANG_TIDY "")
target_compile_features(ansatz_version PUBLIC cxx_std_20)
