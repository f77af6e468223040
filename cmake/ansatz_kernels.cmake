# SPDX-License-Identifier: Apache-2.0
# Kernels that are compiled once per instruction set and chosen at run time (data/instruction_set.hpp).
include_guard()

# ansatz_kernels(TARGET STEM... OPTIONS FLAG...): of every stem, with these flags, STEM_generic.cpp and on x86-64 STEM_avx2.cpp and STEM_avx512.cpp where they
# exist; STEM.cpp, which chooses among them, sees ANSATZ_X86_KERNELS there.
function(ansatz_kernels target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "OPTIONS")
  set(set_generic "")
  set(set_avx2 -mavx2 -mfma)
  # g++ 12 warns inside its own avx512fintrin.h (GCC bug 105593).
  set(set_avx512 -mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma -mprefer-vector-width=512 $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  set(sets generic)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    list(APPEND sets avx2 avx512)
  endif()
  foreach(stem ${arg_UNPARSED_ARGUMENTS})
    foreach(set ${sets})
      if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${stem}_${set}.cpp)
        target_sources(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/${stem}_${set}.cpp)
        set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/${stem}_${set}.cpp TARGET_DIRECTORY ${target} PROPERTIES
          COMPILE_OPTIONS "${arg_OPTIONS};${set_${set}}")
      endif()
    endforeach()
    if("avx2" IN_LIST sets)
      set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/${stem}.cpp TARGET_DIRECTORY ${target} PROPERTIES COMPILE_DEFINITIONS ANSATZ_X86_KERNELS)
    endif()
  endforeach()
endfunction()
