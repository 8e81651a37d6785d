# What every C++ source of ravine is compiled with: language, floating point, warnings, sanitizers, thread backend.

if(MSVC AND NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "ravine needs the vector extensions of GCC or Clang; on Windows configure with -T ClangCL "
                      "or CC=clang-cl CXX=clang-cl, got ${CMAKE_CXX_COMPILER_ID}")
endif()

# Clang under Windows reads the options of cl.exe; the GNU ones go through with this prefix.
if(CMAKE_CXX_COMPILER_FRONTEND_VARIANT STREQUAL "MSVC")
  set(RAVINE_GNU_OPTION "/clang:")
else()
  set(RAVINE_GNU_OPTION "")
endif()

function(ravine_gnu_options target)
  foreach(flag IN LISTS ARGN)
    target_compile_options(${target} INTERFACE ${RAVINE_GNU_OPTION}${flag})
  endforeach()
endfunction()

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS OFF)

add_library(ravine_options INTERFACE)
target_compile_features(ravine_options INTERFACE cxx_std_20)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)  # there are none, and the scan costs a process for each file

# errno is never read, and a*b+c may become one rounding; nothing else of -ffast-math: NaN, infinities and the order of
# sums keep their meaning. -ffast-math would also change the floating-point mode of the whole process at link time.
ravine_gnu_options(ravine_options -fno-math-errno -ffp-contract=fast)

add_library(ravine_warnings INTERFACE)
if(CMAKE_CXX_COMPILER_FRONTEND_VARIANT STREQUAL "MSVC")
  target_compile_options(ravine_warnings INTERFACE /W4)
  target_compile_definitions(ravine_options INTERFACE NOMINMAX _USE_MATH_DEFINES)
  target_compile_options(ravine_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:/bigobj>)
else()
  target_compile_options(ravine_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow
                         $<$<COMPILE_LANGUAGE:CXX>:-Wconversion> $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # "The ABI of passing 64-byte vectors changed in GCC 4.6" is of no interest where all is compiled together.
    target_compile_options(ravine_warnings INTERFACE -Wno-psabi)
  endif()
endif()
if(RAVINE_WERROR)
  set(CMAKE_COMPILE_WARNING_AS_ERROR ON)
endif()

if(RAVINE_SANITIZE)
  if(NOT RAVINE_SANITIZE MATCHES "^(address|undefined|address,undefined|thread)$")
    message(FATAL_ERROR "RAVINE_SANITIZE is 'address', 'undefined', 'address,undefined' or 'thread', got '${RAVINE_SANITIZE}'")
  endif()
  # -O1 keeps the kernels quick enough; NDEBUG goes, so that assertions are alive.
  foreach(language C CXX)
    set(CMAKE_${language}_FLAGS_RELEASE "-O1 -g1")
  endforeach()
  target_compile_options(ravine_options INTERFACE -fsanitize=${RAVINE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(ravine_options INTERFACE -fsanitize=${RAVINE_SANITIZE})
endif()

# Thread backend: a definition for all, the flag and the run-time library only for the room that asks for it.
if(NOT RAVINE_THREADS)
  set(RAVINE_THREADS std)  # docs/decisions/0007
endif()
add_library(ravine_threads INTERFACE)
if(RAVINE_THREADS STREQUAL "openmp")
  if(RAVINE_SANITIZE STREQUAL "thread")
    message(FATAL_ERROR "the thread sanitizer does not see into OpenMP's run-time library: use RAVINE_THREADS=std")
  endif()
  find_package(OpenMP REQUIRED COMPONENTS CXX)
  target_link_libraries(ravine_threads INTERFACE OpenMP::OpenMP_CXX)
  target_compile_definitions(ravine_options INTERFACE RAVINE_THREADS_OPENMP)
elseif(RAVINE_THREADS STREQUAL "std")
  find_package(Threads REQUIRED)
  target_link_libraries(ravine_threads INTERFACE Threads::Threads)
  target_compile_definitions(ravine_options INTERFACE RAVINE_THREADS_STD)
else()
  message(FATAL_ERROR "RAVINE_THREADS is 'openmp' or 'std', got '${RAVINE_THREADS}'")
endif()
message(STATUS "ravine ${RAVINE_VERSION}: threads ${RAVINE_THREADS}")
