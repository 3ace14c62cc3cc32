# Everything about the shared library that a JVM loads: where jni.h is, how the headers of the
# native methods are generated, what the library exports and how it is hardened.

# --- The JDK ----------------------------------------------------------------------------------
# Looked up anew at each configure and not cached: the build has to follow JAVA_HOME. FindJNI is not
# used because it insists on libraries (AWT, libjvm) which a JNI library must not link.

function(gn_find_jdk)
    set(home "$ENV{JAVA_HOME}")
    if(home AND NOT EXISTS "${home}/bin/javac")
        message(FATAL_ERROR "JAVA_HOME=${home} has no bin/javac; point it at a JDK, not at a JRE.")
    endif()
    if(NOT home)
        find_program(gn_javac javac NO_CACHE)
        if(NOT gn_javac)
            message(FATAL_ERROR
                "No JDK: set JAVA_HOME or put javac on the PATH. Packages: openjdk-17-jdk-headless "
                "(apt), java-17-openjdk-devel (dnf), openjdk17-jdk (apk), openjdk@17 (brew).")
        endif()
        file(REAL_PATH "${gn_javac}" gn_javac)
        get_filename_component(home "${gn_javac}" DIRECTORY)
        get_filename_component(home "${home}" DIRECTORY)
        if(APPLE AND NOT EXISTS "${home}/include/jni.h")
            # The javac of the system path is a stub which asks java_home for the real one.
            execute_process(COMMAND /usr/libexec/java_home OUTPUT_VARIABLE home
                OUTPUT_STRIP_TRAILING_WHITESPACE)
        endif()
    endif()
    if(NOT EXISTS "${home}/include/jni.h")
        message(FATAL_ERROR "${home} has no include/jni.h; a JDK package with headers is needed.")
    endif()
    # The same jni_md.h serves Linux and macOS, so a JDK of either system will do.
    file(GLOB md "${home}/include/*/jni_md.h")
    list(GET md 0 md)
    get_filename_component(md "${md}" DIRECTORY)
    set(GN_JAVAC "${home}/bin/javac" PARENT_SCOPE)
    set(GN_JDK_INCLUDE "${home}/include" PARENT_SCOPE)
    set(GN_JDK_INCLUDES "${home}/include" "${md}" PARENT_SCOPE)
endfunction()

# --- Headers of the native methods ------------------------------------------------------------
# gn_jni_headers(TARGET NATIVES source... USES source...): runs `javac -h`, so that the native build
# works without Maven and a changed signature is a C compile error. NATIVES are the classes with
# native methods, USES what these need to compile. There is no class path: neither may depend on
# anything outside this repository.

function(gn_jni_headers target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "NATIVES;USES")
    set(headers "")
    set(out "${CMAKE_CURRENT_BINARY_DIR}/jni-headers")
    foreach(source IN LISTS arg_NATIVES)
        get_filename_component(name "${source}" NAME_WE)
        list(APPEND headers "${out}/io_gannet_internal_${name}.h")
    endforeach()
    # javac leaves a header alone which would not change, hence the touch.
    add_custom_command(
        OUTPUT ${headers}
        COMMAND "${CMAKE_COMMAND}" -E make_directory "${out}/classes"
        COMMAND "${GN_JAVAC}" -nowarn -proc:none -encoding UTF-8 --release 17
            -cp "${out}/classes" -h "${out}" -d "${out}/classes" ${arg_NATIVES} ${arg_USES}
        COMMAND "${CMAKE_COMMAND}" -E touch ${headers}
        DEPENDS ${arg_NATIVES} ${arg_USES}
        COMMENT "Generating JNI headers"
        VERBATIM)
    target_sources(${target} PRIVATE ${headers})
    target_include_directories(${target} PRIVATE "${out}" ${GN_JDK_INCLUDES})
endfunction()

# --- The shared library -----------------------------------------------------------------------

function(gn_jni_library target)
    set_target_properties(${target} PROPERTIES
        OUTPUT_NAME gannet)
    target_compile_options(${target} PRIVATE "-ffile-prefix-map=${GN_JDK_INCLUDE}=jdk")
    if(APPLE)
        # The identity of a dylib would be its path in the build directory otherwise.
        set(exports "${CMAKE_CURRENT_SOURCE_DIR}/jni/exports.txt")
        set_target_properties(${target} PROPERTIES
            INSTALL_NAME_DIR "@rpath"
            BUILD_WITH_INSTALL_NAME_DIR ON
            LINK_DEPENDS "${exports}")
        if(CMAKE_CROSSCOMPILING)
            # The toolchain calls the linker itself.
            target_link_options(${target} PRIVATE "SHELL:-exported_symbols_list '${exports}'")
        else()
            target_link_options(${target} PRIVATE "-Wl,-exported_symbols_list,${exports}")
        endif()
    else()
        set(exports "${CMAKE_CURRENT_SOURCE_DIR}/jni/exports.map")
        set_target_properties(${target} PROPERTIES LINK_DEPENDS "${exports}")
        target_link_options(${target} PRIVATE
            "-Wl,--version-script=${exports}"
            -Wl,--build-id=sha1
            -Wl,--as-needed
            -Wl,--gc-sections
            -Wl,-z,relro
            -Wl,-z,now
            -Wl,-z,noexecstack)
    endif()
    # A sanitized library needs its run-time library and is never shipped, so only the ordinary one
    # has to prove that libc is all it wants.
    if(NOT GN_SANITIZE AND NOT APPLE)
        target_link_options(${target} PRIVATE -Wl,-z,defs)
    endif()
    # Whether this machine's tools can read a cross-build is a matter of luck, so those are left to
    # scripts/check-natives.sh.
    if(NOT GN_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
        add_custom_command(TARGET ${target} POST_BUILD
            COMMAND "${CMAKE_COMMAND}"
                "-DLIBRARY=$<TARGET_FILE:${target}>" "-DNM=${CMAKE_NM}"
                "-DREADELF=${CMAKE_READELF}" "-DAPPLE=${APPLE}"
                "-DTEST_MARK=${gn_kqueue_mark}" "-DTEST_BUILD=${GN_KQUEUE_SHIM}"
                -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/CheckLibrary.cmake"
            VERBATIM)
    endif()
    install(TARGETS ${target} LIBRARY DESTINATION . COMPONENT jni)
endfunction()
