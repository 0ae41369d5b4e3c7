# Toolchain: compile with the zig that comes from the ziglang package, so that a machine needs no
# compiler of its own. zig carries headers and C library stubs for every target, which makes the
# result independent of the machine that built it: same glibc floor, same baseline CPU.
#
# PLEINAIR_TARGET  zig target triple (default: this machine's, with an old C library)
# PLEINAIR_ZIG     path of the zig executable (default: found through Python)

list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PLEINAIR_TARGET PLEINAIR_ZIG)

# `python -m ziglang` can't be the compiler inside pip's isolated builds, where the module is only
# visible to the build's own interpreter. The executable beside the module can.
if(NOT PLEINAIR_ZIG)
  if(NOT Python_EXECUTABLE)
    find_program(Python_EXECUTABLE NAMES python3 python REQUIRED)
  endif()
  execute_process(
    COMMAND "${Python_EXECUTABLE}" -c
            "import pathlib, ziglang; print(pathlib.Path(ziglang.__file__).with_name('zig').as_posix())"
    OUTPUT_VARIABLE PLEINAIR_ZIG
    OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "The ziglang package isn't there. Install it: ${Python_EXECUTABLE} -m pip install ziglang")
  endif()
  set(PLEINAIR_ZIG "${PLEINAIR_ZIG}" CACHE FILEPATH "zig executable")
endif()

if(NOT PLEINAIR_TARGET)
  string(TOLOWER "${CMAKE_HOST_SYSTEM_PROCESSOR}" processor)
  string(REPLACE "amd64" "x86_64" processor "${processor}")
  string(REPLACE "arm64" "aarch64" processor "${processor}")
  if(CMAKE_HOST_SYSTEM_NAME STREQUAL "Linux")
    set(PLEINAIR_TARGET "${processor}-linux-gnu.2.28")
  elseif(CMAKE_HOST_SYSTEM_NAME STREQUAL "Darwin")
    set(PLEINAIR_TARGET "${processor}-macos.11.0")
  else()
    message(FATAL_ERROR "No default target for ${CMAKE_HOST_SYSTEM_NAME}: give -DPLEINAIR_TARGET=<zig triple>")
  endif()
  set(PLEINAIR_TARGET "${PLEINAIR_TARGET}" CACHE STRING "zig target triple")
endif()

# What libraries are called, and how they are linked, is a matter of the target.
if(PLEINAIR_TARGET MATCHES "-windows")
  set(CMAKE_SYSTEM_NAME Windows)
elseif(PLEINAIR_TARGET MATCHES "-macos" AND NOT CMAKE_HOST_SYSTEM_NAME STREQUAL "Darwin")
  set(CMAKE_SYSTEM_NAME Darwin)
endif()

# CMake wants programs, zig has subcommands: one small script for each tool it needs.
set(tools "${CMAKE_BINARY_DIR}/zig-tools")
foreach(tool cc c++ ar ranlib wasm-ld)
  set(PLEINAIR_TOOL "${tool}")
  configure_file("${CMAKE_CURRENT_LIST_DIR}/zig-tool.sh.in" "${tools}/${tool}"
                 FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE @ONLY)
endforeach()
set(CMAKE_C_COMPILER "${tools}/cc")
set(CMAKE_CXX_COMPILER "${tools}/c++")
set(CMAKE_AR "${tools}/ar" CACHE FILEPATH "archiver" FORCE)
set(CMAKE_RANLIB "${tools}/ranlib" CACHE FILEPATH "archive indexer" FORCE)

# The engine uses no C++ library. Having zig build one, only for CMake's trial programs to link
# with it, takes over a minute.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

# zig tunes for the machine it runs on unless told not to.
set(CMAKE_C_FLAGS_INIT "-target ${PLEINAIR_TARGET} -mcpu=baseline")
set(CMAKE_CXX_FLAGS_INIT "-target ${PLEINAIR_TARGET} -mcpu=baseline -nostdlib++")
set(CMAKE_SHARED_LINKER_FLAGS_RELEASE_INIT "-s")
