# Shared by the scripts of this directory; sourced, never run. It knows where the repository is, how
# to speak to the reader, which machine this is, and which JDK to use.

GN_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"

say() { printf '%s\n' "$*"; }
step() { printf '==> %s\n' "$*"; }
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# The comment block at the top of a script is its help text: one description, which cannot go stale
# in a second place.
help_text() { sed -n '2,/^[^#]/{ s/^# \{0,1\}//p; }' "$0"; }

# --- This machine -----------------------------------------------------------------------------

gn_is_musl() {
  local loader
  for loader in /lib/ld-musl-*.so.1; do
    [ -e "$loader" ] || continue
    # A glibc system may have musl installed beside it; what counts is what its own tools run on.
    # musl's ldd has no --version and prints its name to stderr.
    if ! have ldd; then return 0; fi
    case "$(ldd --version 2>&1 || true)" in *musl*) return 0 ;; esac
  done
  return 1
}

# The directory name of this machine's library in the jar: linux-x86_64, linux-aarch64-musl, …
gn_host_target() {
  local os arch
  case "$(uname -s)" in
    Linux) os=linux ;;
    Darwin) os=macos ;;
    *) die "no native library is planned for $(uname -s); Linux and macOS are supported" ;;
  esac
  case "$(uname -m)" in
    x86_64 | amd64) arch=x86_64 ;;
    aarch64 | arm64) arch=aarch64 ;;
    *) die "no native library is planned for $(uname -m); x86_64 and aarch64 are supported" ;;
  esac
  if [ "$os" = linux ] && gn_is_musl; then
    printf '%s\n' "$os-$arch-musl"
  else
    printf '%s\n' "$os-$arch"
  fi
}

gn_cores() { getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2; }

# The C compiler that CMake would take, or nothing.
gn_cc() {
  if [ -n "${CC:-}" ]; then
    have "$CC" && command -v "$CC"
  else
    command -v cc || command -v gcc || command -v clang || true
  fi
}

# --- The JDK ----------------------------------------------------------------------------------

# Major version of the JDK in directory $1, or 0.
gn_jdk_major() {
  local line version=0
  if [ -r "$1/release" ]; then
    while IFS= read -r line; do
      case "$line" in
        JAVA_VERSION=*) version="${line#JAVA_VERSION=\"}" ;;
      esac
    done <"$1/release"
    version="${version%%[!0-9]*}"
  fi
  printf '%s\n' "${version:-0}"
}

# Sets and exports JAVA_HOME when a JDK can be found; says nothing when not.
gn_find_java_home() {
  local javac=""
  if [ -n "${JAVA_HOME:-}" ]; then
    export JAVA_HOME
    return 0
  fi
  if [ "$(uname -s)" = Darwin ]; then
    JAVA_HOME="$(/usr/libexec/java_home -v 17+ 2>/dev/null || true)"
    if [ -z "$JAVA_HOME" ] && have brew; then
      JAVA_HOME="$(brew --prefix openjdk@17 2>/dev/null || true)/libexec/openjdk.jdk/Contents/Home"
    fi
  else
    javac="$(command -v javac || true)"
    if [ -z "$javac" ] && have apk; then
      # Alpine leaves the compiler off the PATH.
      javac="$(apk info -qL openjdk17-jdk openjdk21-jdk 2>/dev/null | grep 'bin/javac$' |
        head -n 1 || true)"
      javac="${javac:+/$javac}"
    fi
    [ -n "$javac" ] || return 0
    javac="$(readlink -f "$javac")"
    JAVA_HOME="${javac%/bin/javac}"
  fi
  if [ -x "$JAVA_HOME/bin/javac" ]; then
    export JAVA_HOME
  else
    unset JAVA_HOME
  fi
}

# The newest JDK of version 21 or newer that can be found: the current one, its siblings, and what
# the environment or macOS names. Leaves out the version $1. Prints nothing when there is none.
gn_newer_jdk() {
  local home major best="" best_major=20
  while IFS= read -r home; do
    [ -x "$home/bin/javac" ] || continue
    major="$(gn_jdk_major "$home")"
    if [ "$major" -gt "$best_major" ] && [ "$major" -ne "${1:-0}" ]; then
      best="$home" best_major="$major"
    fi
  done < <(
    printf '%s\n' "$JAVA_HOME"
    for home in "$(dirname "$(readlink -f "$JAVA_HOME")")"/*; do printf '%s\n' "$home"; done
    env | sed -n 's/^JAVA_HOME_[0-9A-Za-z_]*=//p'
    /usr/libexec/java_home -V 2>&1 | sed -n 's/^ .* \(\/.*\)$/\1/p' || true
  )
  printf '%s\n' "$best"
}
