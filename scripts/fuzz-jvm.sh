#!/usr/bin/env bash
# Usage: scripts/fuzz-jvm.sh [--connections N]
#
# Attacks a server process with N connections (default: 10000) full of broken requests from fixed
# seeds, on each backend, while its native library is built with ASan and UBSan. The run-time
# library of the sanitizer is preloaded, for the JVM has none. Clients that send what is right must
# be answered all the time.
#
#   --connections N  how many on each backend.
#   --help           this text.

set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/setup.sh"

connections=10000
while [ $# -gt 0 ]; do
  case "$1" in
    --connections) [ $# -ge 2 ] || die "--connections needs a number"; connections="$2"; shift ;;
    --help | -h) help_text; exit 0 ;;
    *) die "unknown option $1; see --help" ;;
  esac
  shift
done
case "$connections" in "" | *[!0-9]*) die "--connections $connections: not a number" ;; esac

cd "$GN_ROOT"
gn_find_java_home
cc="$(gn_cc)"
preload="$("$cc" -print-file-name=libasan.so)"
[ -e "$preload" ] || die "$cc has no libasan.so to preload: package libgcc-*-dev (apt), libasan" \
  "(dnf); clang links it statically"
scripts/build-native.sh --sanitize address,undefined
library="$(scripts/build-native.sh --sanitize address,undefined --print-dir)/libgannet.so"
[ -e "$library" ] || die "there is no $library"

mvn -B verify -DskipNativeTests -DskipTidy -Dmaven.javadoc.skip -Dtest=NativeLoaderTest \
  -Dit.test=FuzzIT "-Dgannet.fuzz=$connections" \
  "-Dgannet.fuzz.preload=$(readlink -f "$preload")" "-Dgannet.fuzz.library=$library"
