# GN_SANITIZE=address,undefined | thread: instruments the core, the tests and the fuzz targets.
#
# Undefined behaviour must stop the test which caused it, hence no recovery: a printed report with
# exit status 0 would be missed by CTest.

set(GN_SANITIZE "" CACHE STRING "Sanitizers: address,undefined or thread; empty for none")

add_library(gn_sanitize INTERFACE)
if(GN_SANITIZE)
    if(GN_SANITIZE MATCHES "thread" AND GN_SANITIZE MATCHES "address")
        message(FATAL_ERROR
            "GN_SANITIZE=${GN_SANITIZE}: the thread and address sanitizers cannot share a process. "
            "Build twice, once with address,undefined and once with thread.")
    endif()
    set(gn_sanitize_flags
        -fsanitize=${GN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_compile_options(gn_sanitize INTERFACE ${gn_sanitize_flags})
    target_link_options(gn_sanitize INTERFACE ${gn_sanitize_flags})

    # A compiler may accept the flag and still lack the run-time library, which several
    # distributions package apart. Linking one program tells us now, in words.
    include(CheckCSourceCompiles)
    string(MAKE_C_IDENTIFIER "GN_SANITIZE_LINKS_${GN_SANITIZE}" gn_sanitize_links)
    set(CMAKE_REQUIRED_FLAGS "-fsanitize=${GN_SANITIZE}")
    check_c_source_compiles("int main(void) { return 0; }" ${gn_sanitize_links})
    unset(CMAKE_REQUIRED_FLAGS)
    if(NOT ${gn_sanitize_links})
        message(FATAL_ERROR
            "${CMAKE_C_COMPILER} cannot link -fsanitize=${GN_SANITIZE}: its run-time library is "
            "missing. Debian and Ubuntu bring it with gcc (libgcc-*-dev) or clang "
            "(libclang-rt-*-dev), Fedora in libasan, libubsan, libtsan or compiler-rt, Alpine in "
            "compiler-rt (for clang).")
    endif()
endif()
