# The few words in which CMakeLists.txt is written.

option(OUTPOST_TESTS "Build the tests" ON)
set(OUTPOST_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize (address,undefined or thread)")
option(OUTPOST_FUZZ "Build the fuzz targets (clang only)" OFF)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

add_library(outpost_flags INTERFACE)
target_include_directories(outpost_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(outpost_flags INTERFACE -Wall -Wextra -Wshadow -Wold-style-cast
                       -Wcast-qual -Woverloaded-virtual -Werror -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Asio's frames have an operator new and delete of their own; g++ 12 takes inlined ones for a mismatch.
  target_compile_options(outpost_flags INTERFACE -fpch-preprocess -Wno-mismatched-new-delete)
endif()
target_compile_definitions(outpost_flags INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
                           OUTPOST_VERSION="${PROJECT_VERSION}")
if(OUTPOST_SANITIZE)
  target_compile_options(outpost_flags INTERFACE -fsanitize=${OUTPOST_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(outpost_flags INTERFACE -fsanitize=${OUTPOST_SANITIZE})
  if(OUTPOST_SANITIZE STREQUAL "thread")
    target_compile_options(outpost_flags INTERFACE -Wno-tsan)  # Asio's fences, which it can do without
  endif()
endif()

# outpost_library(NAME LINK … [HEADERS pch]): every .cpp below NAME/ (but a main.cpp) is one static library.
function(outpost_library name)
  cmake_parse_arguments(ARG "" "" "LINK;HEADERS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC outpost_flags ${ARG_LINK})
  if(NOT ARG_HEADERS)
    set(ARG_HEADERS cmake/pch.hpp)
  endif()
  target_precompile_headers(${name} PRIVATE ${PROJECT_SOURCE_DIR}/${ARG_HEADERS})
endfunction()

# outpost_program(NAME main.cpp LINK …)
function(outpost_program name main)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${main})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
endfunction()

include(Pages)
