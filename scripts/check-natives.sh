#!/usr/bin/env bash
# Usage: scripts/check-natives.sh [--twice] WHERE [TARGET...]
#
# Looks at native libraries that are to be shipped, of any target and on any machine: format,
# processor, the oldest system they load on, what they need (libc only), exports (the native methods
# and nothing else), liburing inside on Linux; on macOS the load commands and every page of the
# signature. Prints size and digest of each, and fails with everything that is wrong.
#
#   WHERE    a jar (which may have 3 MiB), a directory that holds META-INF/native, or one library.
#   TARGET   which libraries have to be there (default: all six); see build-native.sh --help.
#   --twice  build these targets once more, elsewhere, and demand the same bytes. Takes minutes.
#   --help   this text.

set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/setup.sh"
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/cross.sh"

twice=no where="" targets=()
while [ $# -gt 0 ]; do
  case "$1" in
    --twice) twice=yes ;;
    --help | -h) help_text; exit 0 ;;
    -*) die "unknown option $1; see --help" ;;
    *) if [ -z "$where" ]; then where="$1"; else targets+=("$1"); fi ;;
  esac
  shift
done
[ -n "$where" ] || die "needs a jar, a directory or a library; see --help"
[ -e "$where" ] || die "$where does not exist"
gn_find_java_home
[ -n "${JAVA_HOME:-}" ] || die "needs a JDK 17 or newer; set JAVA_HOME"
# shellcheck disable=SC2206  # the names of the targets are words
[ ${#targets[@]} -gt 0 ] || targets=($GN_TARGETS)

"$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 "-Duser.dir=$GN_ROOT" \
  "$GN_ROOT/src/test/java/io/gannet/internal/LibraryCheck.java" \
  "$GN_ROOT/src/main/java/io/gannet/internal" "$where" "${targets[@]}"

if [ "$twice" = yes ]; then
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/first"
  if [ -d "$where" ]; then
    cp -R "$where/META-INF" "$work/first/"
  else
    (cd "$work/first" && "$JAVA_HOME/bin/jar" xf "$where" META-INF/native)
  fi
  "$GN_ROOT/scripts/build-native.sh" --out "$work/second" "${targets[@]}"
  for target in "${targets[@]}"; do
    cmp "$work"/{first,second/native-dist}/META-INF/native/"$target"/libgannet.* ||
      die "$target: two builds differ"
  done
  say "two builds of ${#targets[@]} targets are the same bytes"
fi
