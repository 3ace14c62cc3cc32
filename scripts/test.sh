#!/usr/bin/env bash
# Usage: scripts/test.sh [--help]
#
# Installs what is missing, as scripts/demo.sh does, and then passes every test of both languages:
# the whole Maven build; on Linux, the Java tests once more over the backend of macOS and a kqueue
# made of epoll; the C tests once more under ASan and UBSan, and under TSan; broken requests to a
# JVM with ASan; a short run of the fuzz targets; what measures is compiled, the peers of
# scripts/bench.sh included; and the Maven build once more on a second JDK when one of version 21 or
# newer is installed beside the first, with a moment of each micro-benchmark. Chromium comes along,
# for the page of the demo, and haproxy and nginx, behind which the servers are tested (their
# packages may start them as services, too). Ends with a summary and fails when anything failed.
#
#   --help  this text.
#
# What a machine cannot run (a sanitizer without its library, fuzzing without clang) is skipped, and
# the summary says so.

set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/setup.sh"

for argument in "$@"; do
  case "$argument" in
    --help | -h) help_text; exit 0 ;;
    *) die "unknown option $argument; see --help" ;;
  esac
done

gn_setup yes cc cmake make liburing jdk maven cmocka
gn_find_java_home
cd "$GN_ROOT"

summary=() failed=no
note() { summary+=("$(printf '%-34s %s' "$1" "$2")"); }

# Runs a part of the tests with its output visible and takes the lines with its figures along.
part() {
  local name="$1" log rc=0 figures
  shift
  log="$(mktemp)"
  step "$name"
  "$@" 2>&1 | tee "$log" || rc=$?
  figures="$(grep -aE '^\[[A-Z]+\] Tests run: [^-]*$|tests passed|^fuzz: ' "$log" |
    sed -E 's/^\[[A-Z]+\] //' | paste -sd ';' - | sed 's/;/; /g' || true)"
  rm -f "$log"
  if [ "$rc" -eq 0 ]; then
    note "$name" "passed: ${figures:-no figures}"
  else
    note "$name" "FAILED${figures:+: $figures}"
    failed=yes
  fi
}

# Which compiler can instrument: the usual one, or clang where that one has no run-time library.
sanitizing_cc() {
  local cc
  for cc in "$(gn_cc)" clang; do
    have "$cc" || continue
    if printf 'int main(void) { return 0; }\n' |
      "$cc" -x c - "-fsanitize=$1" -o /dev/null >/dev/null 2>&1; then
      printf '%s\n' "$cc"
      return 0
    fi
  done
}

sanitized() {
  local name="$1" list="$2" cc
  cc="$(sanitizing_cc "$list")"
  if [ -z "$cc" ]; then
    note "$name" "skipped: no compiler here can link -fsanitize=$list"
  else
    part "$name" env CC="$cc" scripts/build-native.sh --sanitize "$list" --run-tests
  fi
}

build_benchmarks() {
  scripts/build-native.sh --bench && JAVA_HOME="$1" mvn -B -q -f src/bench/pom.xml compile
}

gn_setup_optional browser ||
  note "the demo's page in a browser" "skipped: Chromium is not available"
gn_setup_optional proxies ||
  note "servers behind proxies" "skipped: haproxy and nginx are not available"
major="$(gn_jdk_major "$JAVA_HOME")"
part "mvn verify, JDK $major" mvn -B verify
if [ "$(uname -s)" = Linux ]; then
  # Of the unit tests one is enough: they know no backend.
  part "Java tests, kqueue" mvn -B verify -Pkqueue -DskipNativeTests -DskipTidy \
    -Dmaven.javadoc.skip -Dtest=NativeLoaderTest
fi
sanitized "C tests, ASan and UBSan" address,undefined
sanitized "C tests, TSan" thread
if [ "$(uname -s)" = Linux ] && [ -e "$("$(gn_cc)" -print-file-name=libasan.so)" ]; then
  part "fuzz from outside, ASan in the JVM" scripts/fuzz-jvm.sh
else
  note "fuzz from outside, ASan in the JVM" "skipped: the compiler has no libasan.so to preload"
fi
if gn_setup_optional fuzzer; then
  part "fuzz targets" scripts/fuzz.sh --seconds 10
else
  note "fuzz targets" "skipped: clang with libFuzzer is not available"
fi
other="$(gn_newer_jdk "$major")"
if [ "$(uname -s)" = Linux ]; then
  # Some peers need the newer JDK.
  part "benchmarks build" build_benchmarks "${other:-$JAVA_HOME}"
else
  note "benchmarks build" "skipped: scripts/bench.sh is for Linux"
fi
if [ -n "$other" ]; then
  # In a build directory of its own, compiled anew: the second javac has to be content as well.
  part "mvn verify, JDK $(gn_jdk_major "$other")" env JAVA_HOME="$other" \
    mvn -B verify "-Dbuild.dir=$GN_ROOT/target/second-jdk" -DskipNativeTests \
    -Pbench "-Djmh.args=-foe true -f 1 -wi 0 -i 1 -r 100ms -p routes=100 -p asked=10"
else
  note "a second JDK" "skipped: none of version 21 or newer beside JDK $major"
fi

step "summary"
printf '%s\n' "${summary[@]}"
[ "$failed" = no ] || die "some tests failed"
say "All tests passed."
