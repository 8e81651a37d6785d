# Where Eigen's headers come from, in this order: RAVINE_EIGEN_DIR, the copy inside a source distribution
# (third_party/eigen), the package cmeel-eigen of the Python that builds.

set(RAVINE_EIGEN_VENDORED ${CMAKE_CURRENT_LIST_DIR}/../third_party/eigen)

function(ravine_eigen_of_python result)
  find_package(Python REQUIRED COMPONENTS Interpreter)
  execute_process(
    COMMAND ${Python_EXECUTABLE} -c
            "import importlib.metadata as m; print(m.distribution('cmeel-eigen').locate_file('cmeel.prefix/include/eigen3'))"
    OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
  if(status EQUAL 0)
    file(TO_CMAKE_PATH "${folder}" folder)
    set(${result} ${folder} PARENT_SCOPE)
  else()
    set(${result} "" PARENT_SCOPE)
  endif()
endfunction()

# Sets RAVINE_EIGEN_INCLUDE and RAVINE_EIGEN_VERSION in the caller.
function(ravine_find_eigen)
  if(RAVINE_EIGEN_DIR)
    set(include ${RAVINE_EIGEN_DIR})
    set(origin "RAVINE_EIGEN_DIR")
  elseif(EXISTS ${RAVINE_EIGEN_VENDORED}/Eigen/Core)
    file(REAL_PATH ${RAVINE_EIGEN_VENDORED} include)
    set(origin "this source distribution")
  else()
    ravine_eigen_of_python(include)
    set(origin "cmeel-eigen")
  endif()
  if(NOT EXISTS "${include}/Eigen/Core")
    message(FATAL_ERROR "Eigen/Core not found in '${include}' (${origin}): install cmeel-eigen==3.4.1 for this Python, "
                        "or give -DRAVINE_EIGEN_DIR=<folder that holds Eigen/Core>")
  endif()
  file(READ "${include}/Eigen/src/Core/util/Macros.h" macros LIMIT 4000)
  set(numbers "")
  foreach(part WORLD MAJOR MINOR)
    string(REGEX MATCH "EIGEN_${part}_VERSION ([0-9]+)" found "${macros}")
    list(APPEND numbers ${CMAKE_MATCH_1})
  endforeach()
  list(JOIN numbers "." version)
  if(version VERSION_LESS 3.4.0 OR version VERSION_GREATER_EQUAL 3.5)
    message(FATAL_ERROR "ravine is made for Eigen 3.4, got ${version} in ${include}")
  endif()
  message(STATUS "Eigen ${version} (${origin})")
  set(RAVINE_EIGEN_INCLUDE ${include} PARENT_SCOPE)
  set(RAVINE_EIGEN_VERSION ${version} PARENT_SCOPE)
endfunction()

# Copies the headers that ravine may use into third_party/eigen, beside the licence. EIGEN_MPL2_ONLY refuses the few
# headers under the LGPL at compile time; here they are left out altogether.
function(ravine_vendor_eigen)
  if(RAVINE_EIGEN_INCLUDE STREQUAL RAVINE_EIGEN_VENDORED OR EXISTS ${RAVINE_EIGEN_VENDORED}/Eigen/Core)
    return()
  endif()
  file(GLOB_RECURSE headers RELATIVE ${RAVINE_EIGEN_INCLUDE} ${RAVINE_EIGEN_INCLUDE}/Eigen/*)
  foreach(header IN LISTS headers)
    file(STRINGS ${RAVINE_EIGEN_INCLUDE}/${header} lesser REGEX "GNU Lesser General Public|LGPL licen" LIMIT_COUNT 1)
    if(NOT lesser AND NOT header MATCHES "CMakeLists.txt$")
      get_filename_component(folder ${header} DIRECTORY)
      file(COPY ${RAVINE_EIGEN_INCLUDE}/${header} DESTINATION ${RAVINE_EIGEN_VENDORED}/${folder})
    endif()
  endforeach()
  file(COPY ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/eigen-licence/ DESTINATION ${RAVINE_EIGEN_VENDORED})
endfunction()
