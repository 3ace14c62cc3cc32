#!/usr/bin/env bash
# Usage: scripts/lib/check-jni.sh prepare|check DIR
#
# The JVMs of the Java tests run with -Xcheck:jni and write what they have to say to DIR, one file
# for each process. `prepare` empties DIR before the tests; `check` fails when a JVM complained
# about a native method, and also when no JVM wrote anything at all, because then nothing was
# checked. Maven calls both.

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case "${1:-}" in --help | -h) help_text; exit 0 ;; esac
[ $# -eq 2 ] || die "needs prepare or check, and a directory; see --help"
case "$1" in
  prepare)
    rm -rf "$2"
    mkdir -p "$2"
    ;;
  check)
    logs=("$2"/*.log)
    [ -e "${logs[0]}" ] || die "no JVM wrote a log to $2, so the JNI check checked nothing"
    if grep -nE -A 12 '(WARNING|FATAL ERROR) in native method' "${logs[@]}" >&2; then
      die "the JVM complained about the native methods above; see -Xcheck:jni"
    fi
    ;;
  *) die "unknown command $1; see --help" ;;
esac
