#!/usr/bin/env bash
# Usage: scripts/build-native.sh [options] [TARGET...]
#
# Builds the native library with CMake and puts it where the jar takes it from:
# OUT/native-dist/META-INF/native/<target>/. Maven calls it in every build; it is incremental and
# says nothing when there is nothing to do.
#
#   --target T       what to build for. May be repeated, or written without --target.
#                    host (the default): this machine, with its own compiler and for its C library.
#                    linux-x86_64, linux-aarch64 (glibc 2.17 or newer), linux-x86_64-musl,
#                    linux-aarch64-musl, macos-x86_64, macos-aarch64 (macOS 11 or newer), or all of
#                    these: on any machine, with a compiler that npm installs in target/tools.
#   --debug          no optimisation; the library stays in the build directory.
#   --sanitize LIST  address,undefined or thread; the library stays in the build directory.
#   --tests          build the C tests too.
#   --run-tests      build the C tests and run them; their output and summary are shown.
#   --kqueue-shim    build a library for the Java tests instead, whose only backend is that of macOS
#                    over a kqueue made of epoll: OUT/native-kqueue/. It is never packaged, and the
#                    C tests, which always have that kqueue too, do not belong to it.
#   --fuzz           build the fuzz targets too (clang).
#   --bench          build the C benchmarks too.
#   --clean          delete the build directory first.
#   --out DIR        where all output goes (default: target for the host, else target/dist, where
#                    mvn -Pdist looks for it).
#   --name NAME      also lay the library out for nar-maven-plugin, as artifact NAME.
#   --version V      version the library reports (default: the one in pom.xml).
#   --print-dir      only print the build directory of the chosen options.
#   --help           this text.
#
# Environment: CC chooses the compiler, JAVA_HOME the JDK whose javac and jni.h are used,
# GN_WERROR=OFF lets compiler warnings pass, LIBURING_SRC names an unpacked liburing source for
# systems which package no liburing.a, CTEST_PARALLEL_LEVEL runs that many tests at once,
# GN_EMULATOR is a program that runs the tests built for another processor.

set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/setup.sh"
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/cross.sh"

targets=() build_type=Release sanitize="" tests=OFF fuzz=OFF bench=OFF shim=OFF
run_tests=no clean=no print_dir=no out="" name="" version=""

value() { [ $# -ge 2 ] && [ -n "$2" ] || die "$1 needs a value; see --help"; }
while [ $# -gt 0 ]; do
  case "$1" in
    --target) value "$@"; targets+=("$2"); shift ;;
    --debug) build_type=Debug ;;
    --sanitize) value "$@"; sanitize="$2"; shift ;;
    --tests) tests=ON ;;
    --run-tests) tests=ON run_tests=yes ;;
    --kqueue-shim) shim=ON ;;
    --fuzz) fuzz=ON ;;
    --bench) bench=ON ;;
    --clean) clean=yes ;;
    --out) value "$@"; out="$2"; shift ;;
    --name) value "$@"; name="$2"; shift ;;
    --version) value "$@"; version="$2"; shift ;;
    --print-dir) print_dir=yes ;;
    --help | -h) help_text; exit 0 ;;
    -*) die "unknown option $1; see --help" ;;
    *) targets+=("$1") ;;
  esac
  shift
done
[ ${#targets[@]} -gt 0 ] || targets=(host)
# shellcheck disable=SC2206  # the names of the targets are words
case " ${targets[*]} " in *" all "*) targets=($GN_TARGETS) ;; esac
cross=()
for t in "${targets[@]}"; do
  case " host ${GN_TARGETS//[[:space:]]/ } " in
    *" $t "*) [ "$t" = host ] || cross+=("$t") ;;
    *) die "no target is called $t; see --help" ;;
  esac
done
if [ -z "$out" ]; then
  out="$GN_ROOT/target"
  # What is built for old systems must not replace what is built, and tested, for this one.
  [ ${#cross[@]} -eq 0 ] || out="$out/dist"
fi
case "$out" in /*) ;; *) out="$PWD/$out" ;; esac
case "$sanitize" in
  "" | address | undefined | address,undefined | thread) ;;
  *) die "--sanitize $sanitize: choose address,undefined or thread" ;;
esac
if [ ${#cross[@]} -gt 0 ] && [ "$sanitize$shim" != OFF ]; then
  die "--sanitize and --kqueue-shim are for the host"
fi
if [ "$shim" = ON ] && [ "$tests$fuzz$bench$sanitize" != OFFOFFOFF ]; then
  die "--kqueue-shim builds a library for the Java tests and nothing else"
fi

# One message for each missing tool, all at once, with the package that brings it.
check_tools() {
  local missing=()
  have cmake || missing+=("CMake: package cmake (apt, dnf, apk, brew)")
  have ninja || have make || missing+=("ninja or make: package ninja-build (apt, dnf), ninja (brew),
    samurai (apk); or make (apt, dnf, apk)")
  [ -n "$(gn_cc)" ] || missing+=("a C compiler: package gcc and libc6-dev (apt), gcc (dnf),
    build-base (apk); on macOS run xcode-select --install")
  gn_find_java_home
  [ -n "${JAVA_HOME:-}" ] || missing+=("a JDK 17 or newer: package openjdk-17-jdk-headless (apt),
    java-17-openjdk-devel (dnf), openjdk17-jdk (apk), openjdk@17 (brew)")
  if [ ${#missing[@]} -gt 0 ]; then
    printf 'build-native.sh: missing %s\n' "${missing[@]}" >&2
    say "build-native.sh: scripts/demo.sh installs all of them" >&2
    exit 1
  fi
}

# Runs a command quietly; its output is shown when it fails, or when it warns of what is ours: the
# compiler of the cross-builds brings C libraries as sources.
quietly() {
  local log="$1"
  shift
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
  if grep -E '(warning|Warning)[: ]' "$log" | grep -Ev 'warnings? generated' |
    grep -Fv "$GN_TOOLS/" >/dev/null; then
    cat "$log" >&2
  fi
}

# The name which nar-maven-plugin gives to an architecture, operating system and linker.
nar_aol() {
  case "$1" in
    linux-x86_64) echo amd64-Linux-gpp ;;
    linux-aarch64) echo aarch64-Linux-gpp ;;
    macos-x86_64) echo x86_64-MacOSX-gpp ;;
    macos-aarch64) echo aarch64-MacOSX-gpp ;;
    # NAR's naming does not know musl: a second library would claim the name of the first.
    *) echo "" ;;
  esac
}

# Copies the stripped library to directory $2, unless it lies there already. Its bytes decide: what
# lies there may be newer and of another build.
install_library() {
  local build="$1" to="$2" file="$3" strip=(--strip)
  # A cross-build is linked without symbols: no strip knows all formats.
  if grep -q '^CMAKE_TOOLCHAIN_FILE:' "$build/CMakeCache.txt"; then strip=(); fi
  if [ ! "$build/stripped/$file" -nt "$build/$file" ]; then
    rm -f "$build/stripped/$file"
    quietly "$build/install.log" cmake --install "$build" --component jni \
      ${strip[@]+"${strip[@]}"} --prefix "$build/stripped" || return 1
    touch "$build/stripped/$file"
  fi
  if cmp -s "$build/stripped/$file" "$to/$file"; then return 0; fi
  mkdir -p "$to"
  rm -f "$to/$file"
  cp "$build/stripped/$file" "$to/$file"
}

# The host is built by another compiler than a target of the same name.
build_dir() {
  local dir="$out/cmake/$1"
  [ "$1" != host ] || dir="$out/cmake/$(gn_host_target)"
  case " ${cross[*]-} " in *" $1 "*) dir="$dir-zig" ;; esac
  [ "$build_type" = Release ] || dir="$dir-debug"
  [ -z "$sanitize" ] || dir="$dir-${sanitize//,/-}"
  [ "$fuzz" = OFF ] || dir="$dir-fuzz"
  [ "$shim" = OFF ] || dir="$dir-kqueue-shim"
  printf '%s\n' "$dir"
}

configure() {
  local target="$1" build="$2" generator=() option
  if [ ! -e "$build/CMakeCache.txt" ] && have ninja; then generator=(-G Ninja); fi
  local options=(
    "-DCMAKE_BUILD_TYPE=$build_type" "-DGN_WERROR=${GN_WERROR:-ON}" "-DGN_SANITIZE=$sanitize"
    "-DGN_FUZZ=$fuzz" "-DGN_BENCH=$bench" "-DGN_KQUEUE_SHIM=$shim" "-DGN_VERSION=$version"
    "-DLIBURING_SRC=${LIBURING_SRC:-}")
  if [ "$target" != host ]; then
    gn_cross_options "$target" >"$build/options"
    [ "$tests" = OFF ] || gn_cross_cmocka "$target" "$build/cmocka" >>"$build/options" || return 1
    while IFS= read -r option; do options+=("$option"); done <"$build/options"
    options+=("-DCMAKE_CROSSCOMPILING_EMULATOR=${GN_EMULATOR:-}")
  fi
  # Tests that were built once stay part of the build directory: Maven asks for the library and for
  # the tests in turn, and switching back and forth would configure everything anew each time.
  if [ "$tests" = ON ]; then options+=(-DGN_TESTS=ON); fi
  # Not every system and build asks for liburing.
  quietly "$build/configure.log" cmake --no-warn-unused-cli -S "$GN_ROOT/native" -B "$build" \
    ${generator[@]+"${generator[@]}"} "${options[@]}"
}

build_target() {
  local wanted="$1" target="$1" build file=libgannet.so aol
  [ "$target" != host ] || target="$(gn_host_target)"
  case "$target" in macos-*) file=libgannet.dylib ;; esac
  build="$(build_dir "$wanted")"
  if [ "$clean" = yes ]; then rm -rf "$build"; fi
  mkdir -p "$build"

  # Two builds in one directory would destroy each other; the second waits.
  if have flock; then
    exec 9>"$build/.lock"
    flock 9
  fi

  configure "$wanted" "$build" || die "CMake cannot configure $target; its messages are above"
  quietly "$build/build.log" cmake --build "$build" --parallel "$(gn_cores)" ||
    die "$target does not build; the compiler's messages are above"

  if [ "$wanted" != host ] && [ ! "$build/checked" -nt "$build/$file" ]; then
    # The library goes, or the next build would take a failed one for finished.
    quietly "$build/checked" "$GN_ROOT/scripts/check-natives.sh" "$build/$file" "$target" ||
      { rm -f "$build/$file"; die "$target is not fit to ship; the reasons are above"; }
  fi
  if [ -e "$build/$file" ] && [ "$build_type" = Release ] && [ -z "$sanitize" ] &&
    [ "$fuzz" = OFF ] && [ "$shim" = OFF ]; then
    install_library "$build" "$out/native-dist/META-INF/native/$target" "$file" ||
      die "cannot install $target; CMake's messages are above"
    aol="$(nar_aol "$target")"
    if [ -n "$name" ] && [ -n "$aol" ]; then
      install_library "$build" "$out/nar/$name-$aol-jni/lib/$aol/jni" "$file" ||
        die "cannot install $target; CMake's messages are above"
      # The licences of what is linked in go wherever the library goes.
      mkdir -p "$out/nar/$name-$aol-jni/META-INF"
      cp "$GN_ROOT/LICENSE" "$GN_ROOT/src/main/resources/META-INF/NOTICE" \
        "$out/nar/$name-$aol-jni/META-INF/"
    fi
  fi
  if [ "$shim" = ON ]; then
    install_library "$build" "$out/native-kqueue" "$file" ||
      die "cannot install $target; CMake's messages are above"
  fi
  if [ "$run_tests" = yes ]; then
    (cd "$build" && ctest --output-on-failure --no-tests=error --parallel 4) ||
      die "C tests failed; they are named above"
  fi
}

if [ "$print_dir" = yes ]; then
  for t in "${targets[@]}"; do build_dir "$t"; done
  exit 0
fi
check_tools
[ ${#cross[@]} -eq 0 ] || gn_cross_setup "${cross[@]}"
# What an earlier version left would be packaged as if it were ours.
if [ -n "$name" ] && [ -d "$out/nar" ]; then
  for dir in "$out/nar"/*; do
    case "$(basename "$dir")" in "$name"-*) ;; *) rm -rf "$dir" ;; esac
  done
fi
for t in "${targets[@]}"; do build_target "$t"; done
