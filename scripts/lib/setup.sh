# Shared by demo.sh, test.sh, fuzz.sh and the cross-builds; sourced after common.sh. It knows which
# tools the build needs, which package of which package manager brings each, and how to install
# them.

GN_JDK_MIN=17

gn_package_manager() {
  local pm
  for pm in apt-get dnf apk brew; do
    if have "$pm"; then
      printf '%s\n' "$pm"
      return 0
    fi
  done
}

# --- What is there ----------------------------------------------------------------------------

gn_compiles() { printf '%s\n' "$1" | "$(gn_cc)" -x c - -fsyntax-only >/dev/null 2>&1; }

# Whether a tool, by the name this file gives to it, is usable. A compiler without the headers of
# the C library is not.
gn_has() {
  case "$1" in
    cc) [ -n "$(gn_cc)" ] && gn_compiles '#include <stdio.h>' ;;
    cmake) have cmake ;;
    make) have ninja || have make ;;
    gmake) have make ;;
    npm) have npm ;;
    lld) have lld ;;
    liburing)
      [ "$(uname -s)" != Linux ] || [ -n "${LIBURING_SRC:-}" ] || {
        [ -n "$(gn_cc)" ] && gn_compiles '#include <liburing.h>' &&
          [ "$("$(gn_cc)" -print-file-name=liburing.a)" != liburing.a ]
      }
      ;;
    jdk) gn_has_jdk ;;
    maven) have mvn ;;
    cmocka) [ -n "$(gn_cc)" ] && gn_compiles '#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>' ;;
    fuzzer)
      have clang && printf 'int LLVMFuzzerTestOneInput(const char *p, long n) { return 0; }\n' |
        clang -x c - -fsanitize=fuzzer,address -o /dev/null >/dev/null 2>&1
      ;;
    browser) have chromium || have chromium-browser || have google-chrome ;;
    # Where only root has the folder of daemons on its path.
    proxies) (PATH="$PATH:/usr/sbin:/usr/local/sbin" && have haproxy && have nginx) ;;
    *) die "gn_has: no tool is called $1" ;;
  esac
}

# A JAVA_HOME that names something else is the user's to mend: what is installed would not be used.
gn_has_jdk() {
  local own="${JAVA_HOME:-}"
  if [ -n "$own" ] && [ ! -x "$own/bin/javac" ]; then
    die "JAVA_HOME is $own, which is no JDK; unset it or point it to one"
  fi
  gn_find_java_home
  [ -n "${JAVA_HOME:-}" ] || return 1
  [ "$(gn_jdk_major "$JAVA_HOME")" -lt "$GN_JDK_MIN" ] || return 0
  if [ -n "$own" ]; then
    die "JAVA_HOME is $own, a JDK older than $GN_JDK_MIN; unset it or point it to a newer one"
  fi
  unset JAVA_HOME
  return 1
}

# --- What brings it ---------------------------------------------------------------------------

# Packages for tool $2 with package manager $1. A|B means A, or B where the system has no A.
gn_packages() {
  case "$1:$2" in
    apt-get:cc) echo "gcc libc6-dev" ;;
    apt-get:cmake) echo "cmake" ;;
    apt-get:make) echo "ninja-build" ;;
    apt-get:gmake) echo "make" ;;
    apt-get:lld) echo "lld" ;;
    apt-get:npm) echo "npm" ;;
    apt-get:liburing) echo "liburing-dev" ;;
    apt-get:jdk) echo "openjdk-17-jdk-headless|openjdk-21-jdk-headless|default-jdk-headless" ;;
    apt-get:maven) echo "maven" ;;
    apt-get:cmocka) echo "libcmocka-dev" ;;
    apt-get:browser) echo "chromium|chromium-browser" ;;
    apt-get:proxies) echo "haproxy nginx-light|nginx libnginx-mod-stream" ;;
    apt-get:fuzzer) echo "clang $(gn_apt_compiler_rt)" ;;

    dnf:cc) echo "gcc" ;;
    dnf:cmake) echo "cmake" ;;
    dnf:make) echo "ninja-build" ;;
    dnf:gmake) echo "make" ;;
    dnf:lld) echo "lld" ;;
    dnf:npm) echo "nodejs-npm|npm" ;;
    # Fedora ships no liburing.a: the source package is unpacked and built instead.
    dnf:liburing) echo "make cpio rpm-build dnf-plugins-core" ;;
    dnf:jdk) echo "java-17-openjdk-devel|java-21-openjdk-devel|java-latest-openjdk-devel" ;;
    dnf:maven) echo "maven" ;;
    dnf:cmocka) echo "libcmocka-devel" ;;
    dnf:browser) echo "chromium-headless" ;;
    dnf:proxies) echo "haproxy nginx nginx-mod-stream" ;;
    dnf:fuzzer) echo "clang compiler-rt" ;;

    apk:cc) echo "build-base" ;;
    apk:cmake) echo "cmake" ;;
    apk:make) echo "samurai|ninja" ;;
    apk:gmake) echo "make" ;;
    apk:lld) echo "lld" ;;
    apk:npm) echo "npm" ;;
    apk:liburing) echo "liburing-dev linux-headers" ;;
    apk:jdk) echo "openjdk17-jdk|openjdk21-jdk" ;;
    apk:maven) echo "maven" ;;
    apk:cmocka) echo "cmocka-dev" ;;
    apk:browser) echo "chromium" ;;
    apk:proxies) echo "haproxy nginx nginx-mod-stream" ;;
    apk:fuzzer) echo "clang compiler-rt" ;;

    brew:cc) echo "" ;;
    brew:cmake) echo "cmake" ;;
    brew:make) echo "ninja" ;;
    brew:gmake) echo "make" ;;
    brew:lld) echo "lld" ;;
    brew:npm) echo "node" ;;
    brew:jdk) echo "openjdk@17" ;;
    brew:maven) echo "maven" ;;
    brew:cmocka) echo "cmocka" ;;
    brew:browser) echo "chromium" ;;
    brew:proxies) echo "haproxy nginx" ;;
    brew:fuzzer) echo "llvm" ;;
  esac
}

# Debian keeps clang's run-time libraries apart from clang, under the number of its version.
gn_apt_compiler_rt() {
  local version
  version="$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' |
    head -n 1)"
  [ -z "$version" ] || ! gn_available apt-get "libclang-rt-$version-dev" ||
    echo "libclang-rt-$version-dev"
}

gn_available() {
  case "$1" in
    apt-get) [ -n "$(apt-cache madison "$2" 2>/dev/null)" ] ;;
    dnf) dnf -q info "$2" >/dev/null 2>&1 ;;
    apk) [ -n "$(apk search -qe "$2" 2>/dev/null)" ] ;;
    brew) true ;;
  esac
}

# Picks the first available one of A|B|C.
gn_pick() {
  local pm="$1" choice choices
  IFS='|' read -r -a choices <<<"$2"
  for choice in "${choices[@]}"; do
    if [ ${#choices[@]} -eq 1 ] || gn_available "$pm" "$choice"; then
      printf '%s\n' "$choice"
      return 0
    fi
  done
  printf '%s\n' "${choices[0]}"
}

# --- Installing -------------------------------------------------------------------------------

gn_as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    die "installing needs root or sudo, and there is neither"
  fi
}

gn_update_index() {
  case "$1" in
    apt-get) gn_as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update ;;
    apk) gn_as_root apk -q update ;;
    *) ;;
  esac
}

gn_install() {
  local pm="$1"
  shift
  say "    $pm: installing $*"
  case "$pm" in
    apt-get)
      gn_as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
        --no-install-recommends "$@" >/dev/null
      ;;
    dnf) gn_as_root dnf -q -y install "$@" ;;
    apk) gn_as_root apk -q add "$@" ;;
    brew) brew install -q "$@" ;;
  esac
}

# Unpacks the distribution's own source of liburing, on systems which package no static library.
gn_fetch_liburing_source() {
  local dir="$GN_ROOT/target/liburing-src" archive
  if [ ! -d "$dir" ]; then
    step "unpacking the liburing source package (this system has no static liburing)"
    mkdir -p "$dir.tmp"
    (
      cd "$dir.tmp"
      dnf -q download --source liburing
      rpm2cpio liburing-*.src.rpm | cpio -idm --quiet
      for archive in liburing-*.tar.*; do
        case "$archive" in *.asc) ;; *) tar -xf "$archive" --strip-components=1 ;; esac
      done
    )
    mv "$dir.tmp" "$dir"
  fi
  export LIBURING_SRC="$dir"
}

# gn_setup INSTALL TOOL...: makes sure that each tool is there. INSTALL is yes or no; with no it
# only says what is missing and how to get it, and exits with status 1.
gn_setup() {
  local install="$1" tool pm missing=() packages=() package
  shift
  if [ -d "$GN_ROOT/target/liburing-src" ]; then
    export LIBURING_SRC="$GN_ROOT/target/liburing-src"
  fi
  for tool in "$@"; do gn_has "$tool" || missing+=("$tool"); done
  [ ${#missing[@]} -gt 0 ] || return 0

  pm="$(gn_package_manager)"
  if [ "$install" = no ] || [ -z "$pm" ]; then
    for tool in "${missing[@]}"; do
      package="$(gn_packages "${pm:-apt-get}" "$tool")"
      say "missing: $(gn_words "$tool") (${pm:-apt-get}: ${package//|/ or })"
    done
    [ -n "$pm" ] || say "None of apt-get, dnf, apk and brew is here; install these by hand."
    exit 1
  fi
  step "installing what is missing: $(for t in "${missing[@]}"; do gn_words "$t"; done |
    paste -sd , - | sed "s/,/, /g")"
  gn_update_index "$pm" || say "    $pm: the package index could not be updated; trying as it is"
  for tool in "${missing[@]}"; do
    if [ "$pm:$tool" = brew:cc ]; then
      die "there is no C compiler; run xcode-select --install and start this script again"
    fi
    for package in $(gn_packages "$pm" "$tool"); do
      packages+=("$(gn_pick "$pm" "$package")")
    done
  done
  gn_install "$pm" "${packages[@]}"
  hash -r
  for tool in "${missing[@]}"; do
    if [ "$pm:$tool" = dnf:liburing ]; then gn_fetch_liburing_source; fi
    gn_has "$tool" || die "$(gn_words "$tool") is still missing after installing ${packages[*]}"
  done
}

# gn_setup_optional TOOL: like gn_setup, but a failure is an answer and not the end.
gn_setup_optional() {
  gn_has "$1" || (gn_setup yes "$1") || return 1
  gn_has "$1"
}

gn_words() {
  case "$1" in
    cc) echo "a C compiler" ;;
    cmake) echo "CMake" ;;
    make) echo "ninja or make" ;;
    gmake) echo "make" ;;
    npm) echo "npm" ;;
    lld) echo "LLVM's linker" ;;
    liburing) echo "a static liburing 2.3 or newer" ;;
    jdk) echo "a JDK $GN_JDK_MIN or newer" ;;
    maven) echo "Maven" ;;
    cmocka) echo "cmocka" ;;
    browser) echo "Chromium" ;;
    proxies) echo "haproxy and nginx" ;;
    fuzzer) echo "clang with libFuzzer" ;;
  esac
}
