#!/usr/bin/env bash
# Usage: scripts/fuzz.sh [--seconds N] [--merge] [TARGET...]
#
# Runs the fuzz targets of native/fuzz with clang's libFuzzer, each for N seconds (default: 60),
# from the corpus in native/fuzz/corpus/<target>. What crashes a target is left in
# target/fuzz/<target>/. The canary must crash: when it does not, the fuzzing itself is broken, and
# this script fails.
#
#   --seconds N  how long each target runs.
#   --merge      afterwards fold new coverage into the corpus, minimised.
#   --help       this text.

set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/setup.sh"

seconds=60 merge=no targets=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) [ $# -ge 2 ] || die "--seconds needs a number"; seconds="$2"; shift ;;
    --merge) merge=yes ;;
    --help | -h) help_text; exit 0 ;;
    -*) die "unknown option $1; see --help" ;;
    *) targets+=("$1") ;;
  esac
  shift
done
case "$seconds" in "" | *[!0-9]*) die "--seconds $seconds: not a number" ;; esac

gn_has fuzzer || die "clang with libFuzzer is missing: packages clang, libclang-rt-*-dev (apt)," \
  "clang and compiler-rt (dnf, apk), llvm (brew)"
cd "$GN_ROOT"
if [ ${#targets[@]} -eq 0 ]; then
  for source in native/fuzz/fuzz_*.c; do
    target="$(basename "$source" .c)"
    targets+=("${target#fuzz_}")
  done
fi

export CC=clang
scripts/build-native.sh --sanitize address,undefined --fuzz
build="$(scripts/build-native.sh --sanitize address,undefined --fuzz --print-dir)"

run() {
  local target="$1" work="$GN_ROOT/target/fuzz/$1" corpus="native/fuzz/corpus/$1" rc=0 dict=()
  [ -x "$build/fuzz_$target" ] || die "there is no fuzz target $target"
  mkdir -p "$work/corpus" "$corpus"
  if [ -e "native/fuzz/$target.dict" ]; then dict=("-dict=native/fuzz/$target.dict"); fi
  "$build/fuzz_$target" ${dict[@]+"${dict[@]}"} -max_total_time="$seconds" -timeout=20 \
    -artifact_prefix="$work/" -print_final_stats=0 -verbosity=0 \
    "$work/corpus" "$corpus" >"$work/log" 2>&1 || rc=$?
  if [ "$target" = canary ]; then
    [ "$rc" -ne 0 ] || die "the canary survived $seconds s: the fuzzer finds nothing"
    say "fuzz: canary crashed, as it must"
  elif [ "$rc" -ne 0 ]; then
    tail -n 60 "$work/log" >&2
    die "$target failed; its input is in $work"
  else
    say "fuzz: $target survived $seconds s ($(find "$work/corpus" -type f | wc -l | tr -d ' ')" \
      "new inputs)"
    if [ "$merge" = yes ]; then
      "$build/fuzz_$target" -merge=1 -verbosity=0 "$corpus" "$work/corpus"
    fi
  fi
}
for target in "${targets[@]}"; do run "$target"; done
