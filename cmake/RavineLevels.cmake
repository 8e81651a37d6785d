# CPU levels. Each one is a complete set of kernel libraries and one Python module, so that no object compiled for a
# newer CPU is ever linked, or shared by the linker, into a module for an older one. The bindings alone are compiled
# once, for the oldest CPU of all (docs/decisions/0010).

set(RAVINE_FLAGS_v2 -march=x86-64-v2)
set(RAVINE_FLAGS_v3 -march=x86-64-v3)
set(RAVINE_FLAGS_v4 -march=x86-64-v4)
set(RAVINE_FLAGS_generic "")
set(RAVINE_X86_LEVELS v2 v3 v4)

set(architecture ${CMAKE_SYSTEM_PROCESSOR})
if(CMAKE_OSX_ARCHITECTURES)
  set(architecture ${CMAKE_OSX_ARCHITECTURES})
endif()
if(architecture MATCHES "^(x86_64|AMD64|amd64)$")
  set(RAVINE_ALL_LEVELS ${RAVINE_X86_LEVELS})
else()
  set(RAVINE_ALL_LEVELS generic)
endif()

# The best level of the machine that builds, by the same check that runs at import.
if(NOT CMAKE_CROSSCOMPILING)
  try_run(RAVINE_HOST_RAN RAVINE_HOST_COMPILED ${CMAKE_BINARY_DIR}/host_level ${CMAKE_CURRENT_LIST_DIR}/../cpp/cpu/print_level.c
          RUN_OUTPUT_VARIABLE RAVINE_HOST_OUTPUT)
  if(NOT DEFINED RAVINE_HOST_LEVEL AND RAVINE_HOST_COMPILED AND RAVINE_HOST_RAN EQUAL 0)
    string(STRIP "${RAVINE_HOST_OUTPUT}" host_level)
    set(RAVINE_HOST_LEVEL ${host_level} CACHE INTERNAL "best CPU level of the machine that builds")
  endif()
endif()
if(NOT RAVINE_HOST_LEVEL)
  set(RAVINE_HOST_LEVEL generic)
endif()

if(NOT RAVINE_LEVELS)
  set(RAVINE_LEVELS ${RAVINE_ALL_LEVELS})
elseif(RAVINE_LEVELS STREQUAL "native")
  if(RAVINE_HOST_LEVEL STREQUAL "v1")
    message(FATAL_ERROR "this CPU does not reach x86-64-v2, the lowest level that ravine is built for; use RAVINE_LEVELS=generic")
  endif()
  set(RAVINE_LEVELS ${RAVINE_HOST_LEVEL})
endif()
message(STATUS "CPU levels: ${RAVINE_LEVELS} (this machine: ${RAVINE_HOST_LEVEL})")

foreach(level IN LISTS RAVINE_LEVELS)
  if(NOT DEFINED RAVINE_FLAGS_${level})
    message(FATAL_ERROR "RAVINE_LEVELS has '${level}': expected v2, v3, v4, generic or native")
  endif()
  add_library(ravine_level_${level} INTERFACE)
  ravine_gnu_options(ravine_level_${level} ${RAVINE_FLAGS_${level}})
  target_compile_definitions(ravine_level_${level} INTERFACE RAVINE_LEVEL_NAME="${level}")
endforeach()

# What all the levels can run. RAVINE_LEVEL_NAME is not there: base/one_level.hpp refuses it.
add_library(ravine_every_level INTERFACE)
foreach(level IN LISTS RAVINE_X86_LEVELS)
  if(level IN_LIST RAVINE_LEVELS AND NOT "generic" IN_LIST RAVINE_LEVELS)
    ravine_gnu_options(ravine_every_level ${RAVINE_FLAGS_${level}})
    break()
  endif()
endforeach()

# Tests of a level above this machine's would die of an illegal instruction: they are built, not run.
function(ravine_level_runs_here level result)
  list(FIND RAVINE_X86_LEVELS "${level}" wanted)
  list(FIND RAVINE_X86_LEVELS "${RAVINE_HOST_LEVEL}" present)
  if(wanted LESS_EQUAL present OR level STREQUAL "generic")
    set(${result} TRUE PARENT_SCOPE)
  else()
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()
