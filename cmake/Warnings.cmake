# Compiler warnings for every C target of Gannet.
#
# GN_WERROR turns warnings into errors. It is off by default, because somebody else's newer compiler
# may know warnings we have never seen; scripts/build-native.sh turns it on, so that our own builds
# stay clean.

option(GN_WERROR "Treat compiler warnings as errors" OFF)

add_library(gn_warnings INTERFACE)
target_compile_options(gn_warnings INTERFACE
    -Wall
    -Wextra
    -Wshadow
    -Wstrict-prototypes
    -Wmissing-prototypes
    -Wold-style-definition
    -Wpointer-arith
    -Wundef
    -Wvla
    -Wwrite-strings
    -Wformat=2
    -Wimplicit-fallthrough
    # Generic callbacks take parameters which one implementation does not need.
    -Wno-unused-parameter)
if(GN_WERROR)
    target_compile_options(gn_warnings INTERFACE -Werror)
endif()
