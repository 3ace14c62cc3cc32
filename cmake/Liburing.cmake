# gn_find_liburing(TARGET): links liburing's static archive into TARGET. Static, because the shipped
# library may depend on libc alone.
#
# Where a distribution packages no liburing.a (Fedora), -DLIBURING_SRC=<unpacked source> builds one
# with liburing's own makefile in the build directory.

set(LIBURING_SRC "" CACHE PATH "Unpacked liburing source, when there is no packaged liburing.a")

set(gn_liburing_remedy
    "Packages with a static liburing: liburing-dev (apt, apk). Fedora has none: unpack its source "
    "package and pass -DLIBURING_SRC=<directory>; scripts/demo.sh does this by itself.")

function(gn_build_liburing source)
    set(dir "${CMAKE_CURRENT_BINARY_DIR}/liburing")
    if(NOT EXISTS "${dir}/src/liburing.a")
        message(STATUS "Building liburing from ${source}")
        file(COPY "${source}/" DESTINATION "${dir}")
        set(ENV{CFLAGS} "-O2 -fPIC -fvisibility=hidden -U_FORTIFY_SOURCE")
        # Newer versions do without libc where they can, and have to be asked not to.
        set(options "")
        file(STRINGS "${dir}/configure" known REGEX "--use-libc[)]")
        if(known)
            set(options --use-libc)
        endif()
        execute_process(COMMAND ./configure ${options} --cc=${CMAKE_C_COMPILER}
            WORKING_DIRECTORY "${dir}" RESULT_VARIABLE rc OUTPUT_VARIABLE log ERROR_VARIABLE log)
        if(rc EQUAL 0)
            execute_process(COMMAND make -C src liburing.a ENABLE_SHARED=0
                "AR=${CMAKE_AR}" "RANLIB=${CMAKE_RANLIB}"
                WORKING_DIRECTORY "${dir}" RESULT_VARIABLE rc OUTPUT_VARIABLE log
                ERROR_VARIABLE log)
        endif()
        if(NOT rc EQUAL 0)
            message(FATAL_ERROR "liburing from ${source} does not build:\n${log}")
        endif()
    endif()
    set(GN_LIBURING_A "${dir}/src/liburing.a" PARENT_SCOPE)
    set(GN_LIBURING_INCLUDE "${dir}/src/include" PARENT_SCOPE)
endfunction()

function(gn_find_liburing target)
    if(LIBURING_SRC)
        gn_build_liburing("${LIBURING_SRC}")
    else()
        find_library(GN_LIBURING_A NAMES liburing.a)
        find_path(GN_LIBURING_INCLUDE liburing.h)
    endif()
    if(NOT GN_LIBURING_A OR NOT GN_LIBURING_INCLUDE)
        # An answer "not found" must not outlive the installation of the package.
        unset(GN_LIBURING_A CACHE)
        unset(GN_LIBURING_INCLUDE CACHE)
        message(FATAL_ERROR "liburing.a or liburing.h is missing. " ${gn_liburing_remedy})
    endif()

    # Features are probed by linking: version numbers are missing from the older headers, and
    # distributions patch. io_uring_register_sync_cancel appeared in 2.3, the oldest release that
    # is supported.
    include(CheckSymbolExists)
    set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
    set(CMAKE_REQUIRED_INCLUDES "${GN_LIBURING_INCLUDE}")
    set(CMAKE_REQUIRED_LIBRARIES "${GN_LIBURING_A}")
    foreach(symbol io_uring_register_buf_ring io_uring_register_sync_cancel)
        check_symbol_exists(${symbol} liburing.h GN_HAS_${symbol})
        if(NOT GN_HAS_${symbol})
            unset(GN_HAS_${symbol} CACHE)
            message(FATAL_ERROR "${GN_LIBURING_A} has no ${symbol}: liburing 2.3 or newer is "
                "needed. " ${gn_liburing_remedy})
        endif()
    endforeach()
    check_symbol_exists(io_uring_set_iowait liburing.h GN_HAS_io_uring_set_iowait)

    target_include_directories(${target} SYSTEM PRIVATE "${GN_LIBURING_INCLUDE}")
    target_link_libraries(${target} PUBLIC "${GN_LIBURING_A}")
    if(GN_HAS_io_uring_set_iowait)
        target_compile_definitions(${target} PRIVATE GN_HAVE_SET_IOWAIT=1)
    endif()
endfunction()
