# SPDX-License-Identifier: Apache-2.0
# cmake -D source=DIR -D output=FILE -D version=V -D compiler=TEXT -P write_version.cmake
# Writes the version source, touching it only if something changed. Sources without git, or git refusing, give the commit "unknown".
set(git_commit unknown)
set(git_dirty false)
find_program(git git NO_CACHE)
if(git)
  # Another user's clone is "dubious" to git, which would then say nothing at all.
  set(git_here ${git} --no-optional-locks -c safe.directory=${source} -C ${source})
  execute_process(COMMAND ${git_here} rev-parse --show-toplevel RESULT_VARIABLE failed OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  # The sources may lie, unpacked from an archive, inside another project's repository.
  if(NOT failed AND top STREQUAL source)
    execute_process(COMMAND ${git_here} rev-parse --short=12 HEAD RESULT_VARIABLE failed OUTPUT_VARIABLE head OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(NOT failed)
      set(git_commit ${head})
      execute_process(COMMAND ${git_here} status --porcelain --untracked-files=no OUTPUT_VARIABLE changes ERROR_QUIET)
      if(changes)
        set(git_dirty true)
      endif()
    endif()
  endif()
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/version.cpp.in ${output} @ONLY)
